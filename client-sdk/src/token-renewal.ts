import type { edgeBody } from '@longwire/proto'
import type { ClientEvents } from './api.ts'
import { fullJitter, type Clock, type Random, type Timer } from './clock.ts'
import type { Emitter } from './emitter.ts'
import { errorOfCode, LongwireError, textOf } from './errors.ts'
import type { TokenSource } from './options.ts'

export interface RenewalParts {
  readonly clock: Clock
  readonly random: Random
  readonly source: TokenSource
  /** Sends TOKEN. */
  readonly send: (token: string) => void
  readonly renewed: (expiresInMs: number) => void
  /** It did not work this time. */
  readonly failed: (error: LongwireError) => void
}

/** Of the time a token has left, when the next one is fetched: at random, so that not all come at once. */
const SHARE = { least: 0.75, spread: 0.15 } as const
const DELAY_MIN_MS = 1_000
/** No timer takes more than 2^31 − 1 ms. */
const DELAY_MAX_MS = 20 * 24 * 3_600_000
const ANSWER_MS = 10_000
const RETRY_MS = { base: 2_000, max: 60_000 } as const

/** Gets a session a new token before its old one ends. One per session; stopped when that ends. */
export class TokenRenewal {
  readonly #parts: RenewalParts
  readonly #abort: AbortController = new AbortController()
  #state: 'idle' | 'fetching' | 'sent' | 'stopped' = 'idle'
  #timer: Timer | undefined
  #tries = 0

  /** `expiresMs` is what LOGIN_ACK said; 0: the session does not end. */
  constructor(parts: RenewalParts, expiresMs: number) {
    this.#parts = parts
    this.#plan(expiresMs)
  }

  /** EXPIRING came. */
  expiring(): void {
    if (this.#state === 'idle') this.#fetch()
  }

  /** TOKEN_ACK came. */
  answered({ code, expires, message, retryAfter }: edgeBody.TokenAck): void {
    if (this.#state !== 'sent') return
    this.#state = 'idle'
    if (code !== 0) {
      const error = errorOfCode(code, message, retryAfter > 0 ? { retryAfterMs: retryAfter } : {})
      this.#fail(error)
      return
    }
    this.#tries = 0
    this.#plan(expires)
    this.#parts.renewed(expires)
  }

  stop(): void {
    this.#state = 'stopped'
    this.#timer?.cancel()
    this.#abort.abort()
  }

  #plan(expiresMs: number): void {
    this.#timer?.cancel()
    if (expiresMs === 0) return
    const share = SHARE.least + SHARE.spread * this.#parts.random()
    this.#later(Math.min(expiresMs * share, DELAY_MAX_MS))
  }

  #later(delayMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#parts.clock.after(Math.max(delayMs, DELAY_MIN_MS), () => this.#fetch())
  }

  #fetch(): void {
    this.#timer?.cancel()
    this.#state = 'fetching'
    this.#ask().then(
      token => {
        if (this.#state === 'fetching') this.#send(token)
      },
      (thrown: unknown) => {
        if (this.#state !== 'fetching') return
        this.#state = 'idle'
        this.#fail(tokenFailed(thrown))
      },
    )
  }

  async #ask(): Promise<string> {
    return this.#parts.source({ expired: false, signal: this.#abort.signal })
  }

  #send(token: string): void {
    this.#state = 'sent'
    this.#timer = this.#parts.clock.after(ANSWER_MS, () => {
      this.#state = 'idle'
      this.#fail(new LongwireError('TIMEOUT', 'retry', 'the gate did not answer a TOKEN'))
    })
    this.#parts.send(token)
  }

  #fail(error: LongwireError): void {
    const { random, failed } = this.#parts
    this.#tries++
    const delayMs =
      error.retryAfterMs === undefined
        ? fullJitter(random, this.#tries, RETRY_MS.base, RETRY_MS.max)
        : error.retryAfterMs * (0.75 + 0.5 * random())
    this.#later(delayMs)
    failed(error)
  }
}

/** Undefined where the app has one token for good. */
export const renewalOf = (
  source: TokenSource | string,
  parts: {
    readonly clock: Clock
    readonly random: Random
    readonly emitter: Emitter<ClientEvents>
    readonly session: { token(token: string): void }
  },
  expiresMs: number,
): TokenRenewal | undefined => {
  if (typeof source === 'string') return undefined
  const { clock, random, emitter, session } = parts
  return new TokenRenewal(
    {
      clock,
      random,
      source,
      send: token => session.token(token),
      renewed: expiresInMs => emitter.emit('renewed', { expiresInMs }),
      failed: error => emitter.emit('error', error),
    },
    expiresMs,
  )
}

/** The app's own function for tokens threw. */
export const tokenFailed = (thrown: unknown): LongwireError =>
  new LongwireError('TOKEN_FAILED', 'retry', `the app gave no token: ${textOf(thrown)}`, {
    cause: thrown,
  })
