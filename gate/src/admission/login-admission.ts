import { Admission, type Clock, type LoopDelay } from '@longwire/kit'
import type { GateLimits } from '../limits.ts'

/** Of LOGINs that wait for logic; `strain`: share of what links may buffer that they do. */
export const loginAdmission = (
  { clock, loop, limits }: { clock: Clock; loop: LoopDelay; limits: GateLimits },
  strain: () => number,
): Admission =>
  new Admission({
    clock,
    loop,
    limits: {
      least: limits.loginsAtLeast,
      most: limits.loginsInFlight,
      ageMs: limits.loginAgeMs,
      loopMs: limits.loopDelayMs,
      retryMs: limits.retryAfterMs,
    },
    strain,
  })
