import { type edgeBody, FEATURE } from '@longwire/proto'
import type { Clock } from './clock.ts'
import type { LongwireError } from './errors.ts'
import type { Environment } from './heartbeat/environment.ts'
import { METERED, Wakefulness } from './heartbeat/wakefulness.ts'
import { agentOf, type ClientOptions } from './options.ts'
import type { Sync } from './sync.ts'
import { tokenFailed } from './token-renewal.ts'

/** First step by which a refused dial number is raised; each further one is 16 times as far, up to centuries. */
const LEAP_MS = 60_000
const LEAPS_MAX = 6

/** What a client says of itself in LOGIN, and what it learns from the answers. */
export class Credentials {
  readonly #options: ClientOptions
  readonly #clock: Clock
  /** What gates are told of the device. */
  readonly wakefulness: Wakefulness
  #previousSession: Uint8Array = new Uint8Array(0)
  #dial = 0
  /** Logins in a row that were refused because of a higher dial number. */
  #stale = 0
  /** Logins in a row that were refused because the token had expired. */
  #expired = 0

  constructor(options: ClientOptions, clock: Clock, environment: Environment) {
    this.#options = options
    this.#clock = clock
    this.wakefulness = new Wakefulness(clock, environment)
  }

  /** With a ticket nobody is asked for a token. Rejects with a LongwireError where none can be had. */
  async login(
    sync: Sync,
    refs: { refEpoch(): Promise<number> },
    { signal, ticket }: { readonly signal: AbortSignal; readonly ticket: Uint8Array | undefined },
  ): Promise<edgeBody.Login.$Properties> {
    const { uid, appcode, device } = this.#options
    const isSpared = ticket !== undefined && typeof this.#options.token !== 'string'
    const asked = isSpared ? '' : this.#token(signal)
    const [token, refEpoch] = await Promise.all([asked, refs.refEpoch()])
    this.#dial = Math.max(this.#dial + 1, this.#clock.now()) + this.#leap()
    const { epoch, seq } = sync.saved
    const doing = this.wakefulness.login()
    return {
      uid,
      appcode,
      device,
      token,
      epoch,
      seq,
      prevSession: this.#previousSession,
      dial: this.#dial,
      agent: agentOf(this.#options),
      awake: doing % METERED,
      metered: doing >= METERED,
      ...(ticket === undefined ? {} : { ticket }),
      features: FEATURE.MIGRATE | FEATURE.CONVERSATIONS | FEATURE.TOPICS,
      refEpoch,
    }
  }

  accepted({ session }: edgeBody.LoginAck): void {
    this.#expired = this.#stale = 0
    this.#previousSession = session
  }

  /** A session ended, or never began. True: a new token mends it, so that it is worth a dial at once. */
  refused({ code }: LongwireError): boolean {
    if (code === 'STALE_DIAL') this.#stale++
    if (code !== 'AUTH_EXPIRED' || typeof this.#options.token === 'string') return false
    return this.#expired++ === 0
  }

  /** An earlier run of this app saw a clock that was ahead: its dial numbers are still to be passed. */
  #leap(): number {
    return this.#stale === 0 ? 0 : LEAP_MS * 16 ** Math.min(this.#stale - 1, LEAPS_MAX)
  }

  async #token(signal: AbortSignal): Promise<string> {
    const { token } = this.#options
    if (typeof token === 'string') return token
    try {
      return await token({ expired: this.#expired > 0, signal })
    } catch (thrown) {
      throw tokenFailed(thrown)
    }
  }
}
