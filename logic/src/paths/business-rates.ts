import type { Clock } from '@longwire/kit'
import { Problem } from '../api/problems.ts'
import type { Limiter } from '../limiter/limiter.ts'
import type { Business } from './draft.ts'

/** How often a node fetches tokens, at its busiest. */
const FETCHES_PER_SECOND = 20
/** Publishes that wait for tokens at once; beyond, they are refused. */
const WAITERS_MAX = 10_000

interface Waiter {
  readonly go: () => void
  readonly refuse: (problem: Problem) => void
}

interface Purse {
  /** Fetched and not spent. */
  tokens: number
  /** In the bucket, as of the last fetch. */
  left: number
  /** The bucket is known to be empty until then, on the monotonic clock. */
  emptyUntil: number
  fetching: boolean
  waiters: Waiter[]
}

/** What the answer to a request says of a rate, as RateLimit-* headers. */
export interface RateView {
  readonly limit: number
  readonly remaining: number
  readonly resetSeconds: number
}

/**
 * Holds businesses to their rates, all nodes together: each node takes tokens in small lots ahead, so
 * that a publish rarely waits for the limiter, and asks nobody while the bucket is known to be empty.
 */
export class BusinessRates {
  readonly #limiter: Limiter
  readonly #clock: Clock
  readonly #purses = new Map<string, Purse>()

  constructor(limiter: Limiter, clock: Clock) {
    this.#limiter = limiter
    this.#clock = clock
  }

  /**
   * Spends a token for one publish: undefined where it may go on at once, otherwise it may once the
   * promise resolves. Throws, or rejects with, RATE_LIMITED.
   */
  spend(business: Business): Promise<void> | undefined {
    if (business.rate === undefined) return undefined
    const purse = this.#purse(business)
    if (purse.waiters.length === 0 && purse.tokens > 0) {
      purse.tokens--
      return undefined
    }
    if (this.#clock.monotonic() < purse.emptyUntil || purse.waiters.length >= WAITERS_MAX)
      throw this.#problem(business, purse)
    return new Promise((resolve, reject) => {
      purse.waiters.push({ go: resolve, refuse: reject })
      if (!purse.fetching) void this.#fetch(business, purse)
    })
  }

  /** Undefined where a business has no rate. */
  view(business: Business): RateView | undefined {
    const { rate } = business
    if (rate === undefined) return undefined
    const { tokens, left, emptyUntil } = this.#purse(business)
    const waitMs = emptyUntil - this.#clock.monotonic()
    const remaining = waitMs > 0 ? 0 : Math.min(rate.burst, tokens + left)
    const resetMs = waitMs > 0 ? waitMs : ((rate.burst - remaining) * 1_000) / rate.perSecond
    return { limit: rate.burst, remaining, resetSeconds: Math.ceil(resetMs / 1_000) }
  }

  #purse(business: Business): Purse {
    const known = this.#purses.get(business.name)
    if (known !== undefined) return known
    const burst = business.rate?.burst ?? 0
    const purse = { tokens: 0, left: burst, emptyUntil: -Infinity, fetching: false, waiters: [] }
    this.#purses.set(business.name, purse)
    return purse
  }

  async #fetch(business: Business, purse: Purse): Promise<void> {
    const { rate, name } = business
    if (rate === undefined) return
    purse.fetching = true
    while (purse.waiters.length > 0) {
      const ahead = Math.max(
        1,
        Math.floor(Math.min(rate.perSecond, rate.burst) / FETCHES_PER_SECOND),
      )
      const most = Math.max(ahead, purse.waiters.length)
      try {
        const { granted, left, waitMs } = await this.#limiter.take(`business:${name}`, rate, most)
        purse.tokens += granted
        purse.left = left
        if (granted === 0) purse.emptyUntil = this.#clock.monotonic() + waitMs
      } catch {
        // The limiter has a fallback of its own; without one nobody is refused for its sake.
        purse.tokens += purse.waiters.length
      }
      this.#serve(business, purse)
    }
    purse.fetching = false
  }

  /** In the order in which they came. */
  #serve(business: Business, purse: Purse): void {
    const isEmpty = purse.tokens === 0
    const served = purse.waiters.splice(0, isEmpty ? purse.waiters.length : purse.tokens)
    if (!isEmpty) purse.tokens -= served.length
    for (const { go, refuse } of served) {
      if (isEmpty) refuse(this.#problem(business, purse))
      else go()
    }
  }

  #problem({ name, rate }: Business, { emptyUntil }: Purse): Problem {
    const waitMs = Math.max(1, Math.ceil(emptyUntil - this.#clock.monotonic()))
    const detail = `"${name}" may send ${rate?.perSecond ?? 0} messages per second; wait for Retry-After`
    return new Problem('RATE_LIMITED', detail, [], waitMs)
  }
}
