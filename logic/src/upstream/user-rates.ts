import type { Clock } from '@longwire/kit'
import type { Allowance, Limiter } from '../limiter/limiter.ts'
import { Recent } from '../recent.ts'

/** A lot is this share of the burst: so much may be spent beyond the limit, by each node. */
const LOT_SHARE = 1 / 8
const KEPT = { ms: 60_000, users: 200_000 } as const

interface Purse {
  /** Fetched and not spent; below 0: spent ahead. */
  tokens: number
  /** The bucket is known to be empty until then, on the monotonic clock. */
  emptyUntil: number
  fetching: boolean
}

/**
 * Holds users to a rate over all nodes. Nobody waits for the limiter: tokens are fetched in lots, and a
 * lot is spent ahead while it is on its way.
 */
export class UserRates {
  readonly #limiter: Limiter
  readonly #clock: Clock
  readonly #rate: Allowance
  readonly #lot: number
  readonly #purses: Recent<Purse>

  /** `perSecond` 0: no limit. */
  constructor(limiter: Limiter, clock: Clock, rate: Allowance) {
    this.#limiter = limiter
    this.#clock = clock
    this.#rate = rate
    this.#lot = Math.max(1, Math.ceil(rate.burst * LOT_SHARE))
    this.#purses = new Recent(clock, KEPT.ms, KEPT.users)
  }

  /** Spends one: 0, or the milliseconds until there is another. */
  spend(system: string, uid: string): number {
    if (this.#rate.perSecond === 0) return 0
    const name = `up:${system}/${uid}`
    const purse = this.#purseOf(name)
    if (purse.tokens > -this.#lot) {
      const waitMs = purse.tokens > 0 ? 0 : purse.emptyUntil - this.#clock.monotonic()
      if (waitMs > 0) return Math.ceil(waitMs)
      purse.tokens--
      if (purse.tokens < this.#lot / 2 && !purse.fetching) void this.#fetch(name, purse)
      return 0
    }
    return Math.max(1, Math.ceil(Math.max(1_000 / this.#rate.perSecond, this.#leftMs(purse))))
  }

  #leftMs(purse: Purse): number {
    return purse.emptyUntil - this.#clock.monotonic()
  }

  #purseOf(name: string): Purse {
    const known = this.#purses.get(name)
    if (known !== undefined) return known
    const purse = { tokens: 0, emptyUntil: -Infinity, fetching: false }
    this.#purses.set(name, purse)
    return purse
  }

  async #fetch(name: string, purse: Purse): Promise<void> {
    purse.fetching = true
    try {
      const { granted, waitMs } = await this.#limiter.take(name, this.#rate, this.#lot)
      purse.tokens += granted
      if (granted === 0) purse.emptyUntil = this.#clock.monotonic() + waitMs
    } catch {
      // The limiter has a fallback of its own; without one nobody is refused for its sake.
      purse.tokens = this.#lot
    }
    purse.fetching = false
  }
}
