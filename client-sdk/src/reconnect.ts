import { fullJitter, type Random } from './clock.ts'
import type { LongwireError } from './errors.ts'

export interface ReconnectOptions {
  /** Full jitter starts at this. @default 2_000 */
  readonly baseMs?: number
  /** Full jitter never exceeds this while a person looks. @default 60_000 */
  readonly maxMs?: number
  /** Full jitter never exceeds this while nobody does. @default 600_000 */
  readonly backgroundMaxMs?: number
  /** A connection that lived this long was a good one: the count of tries starts again. @default 60_000 */
  readonly settledMs?: number
}

/** How long the gate that was lost has to take a connection before it is held to be dead. */
export const ASK_MS = 1_500
/** A network that is back, or a person who looks, is followed by a dial within this. */
const NOTICED_MS = 300
/** The longest window that a gate may ask for. */
const WINDOW_MAX_MS = 300_000

/** What a device dials next: the old gate at once, to see whether it lives, or any after a delay. */
export type Step = { readonly ask: true } | { readonly ask: false; readonly delayMs: number }

/** When to dial next. Knows no time: what happened goes in, a delay comes out. */
export class ReconnectPlan {
  readonly #random: Random
  readonly #baseMs: number
  readonly #maxMs: number
  readonly #backgroundMaxMs: number
  readonly #settledMs: number
  readonly #foreground: () => boolean
  /** Tries since a connection lived long enough. */
  #tries = 0
  /** As the gate of the last session told. */
  #windowMs = 0

  constructor(random: Random, options: ReconnectOptions = {}, foreground = (): boolean => true) {
    this.#random = random
    this.#baseMs = options.baseMs ?? 2_000
    this.#maxMs = options.maxMs ?? 60_000
    this.#backgroundMaxMs = options.backgroundMaxMs ?? 600_000
    this.#settledMs = options.settledMs ?? 60_000
    this.#foreground = foreground
  }

  /** The gate says over how long those spread who lose it. */
  window(ms: number): void {
    this.#windowMs = Math.min(ms, WINDOW_MAX_MS)
  }

  /** A connection that was logged in ended. */
  ended(livedMs: number, error: LongwireError): Step {
    if (livedMs >= this.#settledMs) this.#tries = 0
    const asked = this.#asked(error)
    const first = this.#tries === 0
    if (asked === undefined && first && isLoss(error)) {
      this.#tries = 1
      return { ask: true }
    }
    const delayMs = asked ?? (first ? this.#random() * this.#windowMs : this.#jitter())
    this.#tries++
    return { ask: false, delayMs }
  }

  /** The old gate was asked and did not answer, as do all whom it has lost: the delay before the next dial. */
  silent(error: LongwireError): number {
    return this.#asked(error) ?? this.#random() * this.#windowMs
  }

  /** A dial or login failed: the delay in milliseconds before the next one. */
  failed(error: LongwireError): number {
    this.#tries = Math.max(this.#tries, 1)
    const delayMs = this.#asked(error) ?? this.#jitter()
    this.#tries++
    return delayMs
  }

  /** The network changed, a person looks, the device woke: the delay before the dial that follows. */
  noticed(): number {
    return this.#random() * NOTICED_MS
  }

  #asked(error: LongwireError): number | undefined {
    if (error.retryAfterMs !== undefined) return error.retryAfterMs * (0.75 + 0.5 * this.#random())
    if (error.spreadMs !== undefined) return error.spreadMs * this.#random()
    return undefined
  }

  #jitter(): number {
    const maxMs = this.#foreground() ? this.#maxMs : this.#backgroundMaxMs
    return fullJitter(this.#random, this.#tries, this.#baseMs, maxMs)
  }
}

/** Nobody said goodbye: the gate has died, or something between lost the connection. */
const isLoss = ({ code }: LongwireError): boolean => code === 'CLOSED' || code === 'TIMEOUT'
