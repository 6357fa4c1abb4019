/** So many per second on average, and so many at once after a quiet time. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/**
 * A token bucket in one number: the time at which it will be full again (the generic cell rate
 * algorithm). A bucket that was never used is 0.
 */
export const fullAfter = (fullAt: number, now: number, cost: number, rate: Rate): number =>
  Math.max(fullAt, now) + (cost * 1_000) / rate.perSecond

/** Milliseconds until a bucket that is full at `fullAt` holds a token again; 0: it does. */
export const waitOf = (fullAt: number, now: number, rate: Rate): number =>
  Math.max(0, fullAt - now - (rate.burst * 1_000) / rate.perSecond)
