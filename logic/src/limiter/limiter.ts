/** So many per second on average, and so many at once after a quiet time. */
export interface Allowance {
  readonly perSecond: number
  readonly burst: number
}

export interface Grant {
  /** How many were taken: at most what was asked, 0 where there is none. */
  readonly granted: number
  /** How many are left. */
  readonly left: number
  /** Milliseconds until there is one; 0 where some were granted. */
  readonly waitMs: number
}

/**
 * PORT: limits that hold for all nodes together.
 *
 * Every call concerns one key and is atomic. It rejects with {@link LimiterUnavailable} where nobody
 * answers; it may have counted all the same.
 */
export interface Limiter {
  /** Takes up to `most` tokens from a bucket, which is full when it is first named. */
  take(bucket: string, allowance: Allowance, most: number): Promise<Grant>
  /**
   * Says that `holder` now has `count` of something, for `leaseMs` unless it says so again; 0: none.
   * Answers how many all holders have whose lease lives: a holder that died falls out by itself.
   */
  hold(gauge: string, holder: string, count: number, leaseMs: number): Promise<number>
  close(): Promise<void>
}

export class LimiterUnavailable extends Error {
  override readonly name = 'LimiterUnavailable'
}
