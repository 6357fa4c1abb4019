import { LongwireError } from '../errors.ts'
import { isObject, problemOf, retryAfterOf, unreachable } from './http.ts'

/** A live connection of a user. */
export interface OnlineEnd {
  readonly appcode: number
  readonly device: string
  /** `name@incarnation` of the gate that holds it. */
  readonly gate: string
}

export interface OnlineUser {
  readonly uid: string
  readonly online: boolean
  /** Those that the key may see, oldest first. */
  readonly ends: readonly OnlineEnd[]
}

/** What a backend learns of who is online. Everything rejects with a {@link LongwireError}. */
export interface Presence {
  /** One answer per uid, in order; any number of uids. */
  online(
    uids: readonly string[],
    options?: { readonly appcode?: number; readonly signal?: AbortSignal },
  ): Promise<OnlineUser[]>
}

export interface PresenceOptions {
  /** `http(s)://host:port` of the HTTP API. */
  readonly url: string
  /** The API key of a business. */
  readonly key: string
}

const UIDS_AT_ONCE = 1_000

export const createPresence = (options: PresenceOptions): Presence => new HttpPresence(options)

class HttpPresence implements Presence {
  readonly #url: string
  readonly #authorization: string

  constructor({ url, key }: PresenceOptions) {
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

  async #ask(path: string, request: RequestInit): Promise<unknown> {
    const response = await this.#fetch(path, request)
    const answer: unknown = await response.json().catch(() => undefined)
    if (!response.ok) throw problemOf(response.status, answer, retryAfterOf(response))
    return answer
  }

  async #fetch(path: string, request: RequestInit): Promise<Response> {
    const headers = { authorization: this.#authorization, 'content-type': 'application/json' }
    try {
      return await fetch(this.#url + path, { ...request, headers })
    } catch (thrown) {
      if (request.signal?.aborted === true) throw request.signal.reason
      throw unreachable(this.#url, thrown)
    }
  }
}

const notOurs = (): LongwireError =>
  new LongwireError(
    'UNKNOWN',
    'stop',
    'the answer is of another form: is this the address of a Longwire API?',
  )
