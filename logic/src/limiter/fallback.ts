import type { Logger } from '@longwire/kit'
import { type Limiter, LimiterUnavailable } from './limiter.ts'

/**
 * Limits that never fail open: while the shared ones do not answer, this node limits by what it knows
 * itself. What holders say is always told to both, so that it knows something.
 */
export const fallbackLimiter = (shared: Limiter, own: Limiter, log: Logger): Limiter => {
  let away = false
  const either = async <T>(first: Promise<T>, second: () => Promise<T>): Promise<T> => {
    try {
      const answer = await first
      if (away) log.info('limits hold for the cluster again')
      away = false
      return answer
    } catch (error) {
      if (!(error instanceof LimiterUnavailable)) throw error
      if (!away) log.warn({ error: error.message }, 'limits hold for each node by itself for now')
      away = true
      return second()
    }
  }
  return {
    take: (bucket, allowance, most) =>
      either(shared.take(bucket, allowance, most), () => own.take(bucket, allowance, most)),
    hold(gauge, holder, count, leaseMs) {
      const known = own.hold(gauge, holder, count, leaseMs)
      return either(shared.hold(gauge, holder, count, leaseMs), () => known)
    },
    async close() {
      await shared.close()
      await own.close()
    },
  }
}
