import { ASK_MS, ReconnectPlan } from '@longwire/client/internal'
import { LongwireError } from '@longwire/client'

/** When one client dials. Milliseconds. */
export interface Dialler {
  /** From the loss of its gate to the first dial of another one. */
  first(): number
  /** From a dial that failed to the next one. */
  next(): number
}

export type Policy = (random: () => number, windowMs: number) => Dialler

const LOST = new LongwireError('CLOSED', 'retry', 'the connection broke')
const REFUSED = new LongwireError('UNREACHABLE', 'retry', 'the dial failed')
const HOUR_MS = 3_600_000

/** The product's own; the window that it was told may be off by a factor. */
export const longwire =
  (factor = 1): Policy =>
  (random, windowMs) => {
    const plan = new ReconnectPlan(random)
    plan.window(windowMs * factor)
    return {
      first: () => {
        const step = plan.ended(HOUR_MS, LOST)
        // The old gate's host is gone: it is silent.
        return step.ask ? ASK_MS + plan.silent(REFUSED) : step.delayMs
      },
      next: () => plan.failed(REFUSED),
    }
  }

export const fixedRetry =
  (everyMs: number): Policy =>
  random => ({ first: () => random() * 300, next: () => everyMs })

export const fullJitter =
  (baseMs: number, maxMs: number): Policy =>
  random => {
    let tries = 0
    const wait = (): number => random() * Math.min(maxMs, baseMs * 2 ** tries++)
    return { first: wait, next: wait }
  }
