import type { Clock } from '@longwire/kit'
import type { Limiter } from './limiter.ts'

/** Keys that are full or empty again are forgotten when so many have gathered. */
const SWEEP_AT = 10_000

interface Share {
  readonly count: number
  /** On the monotonic clock. */
  readonly untilMs: number
}

/** The limits of one process. */
export const memoryLimiter = (clock: Clock): Limiter => {
  /** When a bucket is full again. */
  const buckets = new Map<string, number>()
  const gauges = new Map<string, Map<string, Share>>()
  let sweepAt = SWEEP_AT

  const sweep = (now: number): void => {
    if (buckets.size + gauges.size < sweepAt) return
    for (const [bucket, fullAt] of buckets) if (fullAt <= now) buckets.delete(bucket)
    for (const [gauge, shares] of gauges) if (total(shares, now) === 0) gauges.delete(gauge)
    sweepAt = Math.max(SWEEP_AT, 2 * (buckets.size + gauges.size))
  }

  return {
    async take(bucket, { perSecond, burst }, most) {
      const now = clock.monotonic()
      sweep(now)
      const tokenMs = 1_000 / perSecond
      const fullAt = Math.max(buckets.get(bucket) ?? 0, now)
      const there = Math.floor(burst - (fullAt - now) / tokenMs + EPSILON)
      const granted = Math.max(0, Math.min(most, there))
      buckets.set(bucket, fullAt + granted * tokenMs)
      const waitMs = granted > 0 ? 0 : Math.ceil(fullAt - now - (burst - 1) * tokenMs - EPSILON)
      return { granted, left: Math.max(0, there - granted), waitMs: Math.max(0, waitMs) }
    },
    async hold(gauge, holder, count, leaseMs) {
      const now = clock.monotonic()
      sweep(now)
      const shares = gauges.get(gauge) ?? new Map<string, Share>()
      gauges.set(gauge, shares)
      if (count === 0) shares.delete(holder)
      else shares.set(holder, { count, untilMs: now + leaseMs })
      const all = total(shares, now)
      if (all === 0) gauges.delete(gauge)
      return all
    },
    async close() {
      buckets.clear()
      gauges.clear()
    },
  }
}

/** Sums of thirds are not whole. */
const EPSILON = 1e-6

/** Also drops the shares whose lease has ended. */
const total = (shares: Map<string, Share>, now: number): number => {
  let all = 0
  for (const [holder, { count, untilMs }] of shares) {
    if (untilMs <= now) shares.delete(holder)
    else all += count
  }
  return all
}
