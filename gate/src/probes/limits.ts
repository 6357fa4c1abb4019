import type { Rate } from '../admission/rate.ts'

/** What probes may cost a gate. Those beyond it get no answer. */
export interface ProbeLimits {
  /** From one IPv4 address, or one IPv6 /64. */
  readonly address: Rate
  /** From all together. */
  readonly all: Rate
  /** Answers held at once. */
  readonly held: number
}

export const PROBE_LIMITS: ProbeLimits = {
  address: { perSecond: 100, burst: 1_000 },
  all: { perSecond: 10_000, burst: 10_000 },
  held: 8_192,
}
