import { fullJitter, type Random } from './clock.ts'
import type { LongwireError } from './errors.ts'

export interface ReconnectOptions {
  /** Full jitter starts at this. @default 2_000 */
  readonly baseMs?: number
  /** Full jitter never exceeds this. @default 60_000 */
  readonly maxMs?: number
  /** A connection that lived this long was a good one: the count of tries starts again. @default 60_000 */
  readonly settledMs?: number
}

/** When to dial next. Knows no time: what happened goes in, a delay comes out. */
export class ReconnectPlan {
  readonly #random: Random
  readonly #baseMs: number
  readonly #maxMs: number
  readonly #settledMs: number
  /** Tries since a connection lived long enough. */
  #tries = 0

  constructor(random: Random, options: ReconnectOptions = {}) {
    this.#random = random
    this.#baseMs = options.baseMs ?? 2_000
    this.#maxMs = options.maxMs ?? 60_000
    this.#settledMs = options.settledMs ?? 60_000
  }

  /** A logged-in connection ended: the delay in milliseconds before the next dial. */
  ended(livedMs: number, windowMs: number, error: LongwireError): number {
    if (livedMs >= this.#settledMs) this.#tries = 0
    const asked = this.#asked(error)
    const delayMs = asked ?? (this.#tries === 0 ? this.#random() * windowMs : this.#jitter())
    this.#tries++
    return delayMs
  }

  /** A dial or login failed: the delay in milliseconds before the next one. */
  failed(error: LongwireError): number {
    this.#tries = Math.max(this.#tries, 1)
    const delayMs = this.#asked(error) ?? this.#jitter()
    this.#tries++
    return delayMs
  }

  #asked(error: LongwireError): number | undefined {
    if (error.retryAfterMs !== undefined) return error.retryAfterMs * (0.75 + 0.5 * this.#random())
    if (error.spreadMs !== undefined) return error.spreadMs * this.#random()
    return undefined
  }

  #jitter(): number {
    return fullJitter(this.#random, this.#tries, this.#baseMs, this.#maxMs)
  }
}
