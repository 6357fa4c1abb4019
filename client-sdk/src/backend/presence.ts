import { fullJitter, systemClock, systemRandom, type Clock, type Random } from '../clock.ts'
import { LongwireError } from '../errors.ts'
import { isObject, problemOf, retryAfterOf, unreachable } from './http.ts'

/** A live connection of a user. */
export interface OnlineEnd {
  readonly appcode: number
  readonly device: string
  /** `name@incarnation` of the gate that holds it. */
  readonly gate: string
  /** When it logged in, ISO 8601. */
  readonly since: string
}

export interface OnlineUser {
  readonly uid: string
  readonly online: boolean
  /** Those that the key may see, oldest first. */
  readonly ends: readonly OnlineEnd[]
}

/** A gate that lives. */
export interface LiveGate {
  /** `name@incarnation`. */
  readonly id: string
  readonly name: string
  /** Changes with every start. */
  readonly incarnation: string
  /** Where it listens. */
  readonly address: string
  /** False: it is only heard, the registry does not have it. */
  readonly listed: boolean
  /** Connections that are logged in, as of its last beat. */
  readonly sessions?: number
  /** ISO 8601. */
  readonly since?: string
  /** Connections, logged in or not, and how many it is meant to hold. */
  readonly connections?: number
  readonly capacity?: number
  /** Where clients connect, and in which network that lies. */
  readonly addresses?: readonly { readonly url: string; readonly net?: string }[]
}

/** What the stream of events brings, in order. */
export type PresenceEvent =
  | {
      readonly kind: 'online' | 'offline'
      /** Where to go on: pass it as `after`. */
      readonly seq: number
      /** The same wherever and however often the event is told. */
      readonly id: string
      /** When it was found, ISO 8601. */
      readonly at: string
      readonly uid: string
      readonly appcode: number
      readonly device: string
      readonly gate: string
      /** login; closed, gate-lost. */
      readonly reason: string
    }
  | {
      readonly kind: 'gate_up' | 'gate_down'
      readonly seq: number
      readonly id: string
      readonly at: string
      readonly gate: string
      /** started; left, link-closed, silent. */
      readonly reason: string
    }
  | {
      /** A message that was sent with `tellExpired` was removed before every end that it was for had read it. */
      readonly kind: 'expired'
      readonly seq: number
      readonly id: string
      readonly at: string
      readonly business: string
      readonly msgid: string
      readonly logid: string
      readonly uid: string
      /** Left out: it was for all ends. */
      readonly appcode?: number
      readonly mailboxSeq: number
      readonly msgtype: number
      /** ttl; trimmed: the mailbox was too full, or all ends that there are read past it; replaced: by a newer one of its collapse key. */
      readonly reason: string
      /** Active ends that it was for, and those of them that have read it. */
      readonly ends: number
      readonly readBy: number
    }
  /** Events up to `seq` were removed before they were read: query `online` for what matters. */
  | { readonly kind: 'gap'; readonly seq: number; readonly from: number }
  /** The store is a new one: what was known is worth nothing, and reading begins anew. */
  | { readonly kind: 'reset'; readonly seq: number }

/** What a backend learns of who is online. Everything rejects with a {@link LongwireError}. */
export interface Presence {
  /** One answer per uid, in order; any number of uids. */
  online(
    uids: readonly string[],
    options?: { readonly appcode?: number; readonly signal?: AbortSignal },
  ): Promise<OnlineUser[]>
  gates(signal?: AbortSignal): Promise<LiveGate[]>
  /**
   * Who comes online and goes offline, and which gates come and go, as long as it is iterated. Failures
   * that pass are waited out. `after`: the last seq that was handled; left out: from now on.
   */
  events(options?: EventsOptions): AsyncGenerator<PresenceEvent, void, undefined>
}

export interface EventsOptions {
  readonly after?: number
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal
}

export interface PresenceOptions {
  /** `http(s)://host:port` of the HTTP API. */
  readonly url: string
  /** The API key of a business. */
  readonly key: string
  readonly clock?: Clock
  readonly random?: Random
}

const WAIT_SECONDS = 25
const EVENTS_AT_ONCE = 500
const RETRY_BASE_MS = 200
const RETRY_MAX_MS = 10_000
const UIDS_AT_ONCE = 1_000

export const createPresence = (options: PresenceOptions): Presence => new HttpPresence(options)

class HttpPresence implements Presence {
  readonly #url: string
  readonly #authorization: string
  readonly #clock: Clock
  readonly #random: Random

  constructor({ url, key, clock, random }: PresenceOptions) {
    this.#clock = clock ?? systemClock
    this.#random = random ?? systemRandom
    this.#url = url.replace(/\/+$/, '')
    this.#authorization = `Bearer ${key}`
  }

  async online(
    uids: readonly string[],
    options: { readonly appcode?: number; readonly signal?: AbortSignal } = {},
  ): Promise<OnlineUser[]> {
    const { appcode, signal } = options
    const users: OnlineUser[] = []
    for (let at = 0; at < uids.length; at += UIDS_AT_ONCE) {
      const asked = uids.slice(at, at + UIDS_AT_ONCE)
      const body = JSON.stringify({ ...(appcode === undefined ? {} : { appcode }), uids: asked })
      const answer = await this.#ask('/v1/online', { method: 'POST', body, signal: signal ?? null })
      if (!isObject(answer) || !Array.isArray(answer['users'])) throw notOurs()
      users.push(...(answer['users'] as OnlineUser[]))
    }
    return users
  }

  async gates(signal?: AbortSignal): Promise<LiveGate[]> {
    const answer = await this.#ask('/v1/gates', { signal: signal ?? null })
    if (!isObject(answer) || !Array.isArray(answer['gates'])) throw notOurs()
    return answer['gates'] as LiveGate[]
  }

  async *events({ after, signal }: EventsOptions = {}): AsyncGenerator<PresenceEvent> {
    let at = after
    let epoch = 0
    let failures = 0
    while (!isAborted(signal)) {
      // The first answer without `after` says where now is.
      const wait = at === undefined ? 0 : WAIT_SECONDS
      const from = at === undefined ? '' : `&after=${at}`
      const query = `limit=${EVENTS_AT_ONCE}&wait=${wait}${epoch === 0 ? '' : `&epoch=${epoch}`}`
      let page: EventPage
      try {
        page = pageOf(await this.#ask(`/v1/events?${query}${from}`, { signal: signal ?? null }))
        failures = 0
      } catch (thrown) {
        if (isAborted(signal)) return
        await this.#beforeRetry(thrown, ++failures, signal)
        continue
      }
      yield* itemsOf(page)
      epoch = page.epoch
      at = page.next
    }
  }

  /** Waits until the next try is due, or throws where there is no point in one. */
  async #beforeRetry(thrown: unknown, tries: number, signal?: AbortSignal): Promise<void> {
    if (!(thrown instanceof LongwireError) || thrown.action === 'stop') throw thrown
    const spread = fullJitter(this.#random, tries, RETRY_BASE_MS, RETRY_MAX_MS)
    await new Promise<void>(resolve => {
      const timer = this.#clock.after((thrown.retryAfterMs ?? 0) + spread, resolve)
      signal?.addEventListener('abort', () => (timer.cancel(), resolve()), { once: true })
    })
  }

  async #ask(path: string, request: RequestInit): Promise<unknown> {
    const response = await this.#fetch(path, request)
    const answer: unknown = await response.json().catch(() => undefined)
    if (!response.ok) throw problemOf(response.status, answer, retryAfterOf(response))
    return answer
  }

  async #fetch(path: string, request: RequestInit): Promise<Response> {
    const headers = {
      authorization: this.#authorization,
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    try {
      return await fetch(this.#url + path, { ...request, headers })
    } catch (thrown) {
      if (request.signal?.aborted === true) throw request.signal.reason
      throw unreachable(this.#url, thrown)
    }
  }
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true

interface EventPage {
  readonly events: readonly PresenceEvent[]
  readonly next: number
  readonly epoch: number
  readonly gap?: { readonly from: number; readonly to: number }
  readonly reset?: boolean
}

const pageOf = (answer: unknown): EventPage => {
  if (isObject(answer) && Array.isArray(answer['events']) && typeof answer['next'] === 'number')
    return { ...answer, epoch: Number(answer['epoch']) } as EventPage
  throw notOurs()
}

const itemsOf = ({ events, gap, reset }: EventPage): PresenceEvent[] => [
  ...(reset === true ? [{ kind: 'reset', seq: 0 } as const] : []),
  ...(gap === undefined ? [] : [{ kind: 'gap', seq: gap.to, from: gap.from } as const]),
  ...events,
]

const notOurs = (): LongwireError =>
  new LongwireError(
    'UNKNOWN',
    'stop',
    'the answer is of another form: is this the address of a Longwire API?',
  )
