import type { Clock, Counter, Logger } from '@longwire/kit'
import { LIMITS, type CodeName } from '@longwire/proto'
import { AddressRefused, type Resolve } from '../webhooks/guard.ts'
import { post, type PostAnswer } from '../webhooks/post.ts'
import { signatureOf } from '../webhooks/signature.ts'
import { traceparentOf, type UpMessage } from './c2s.ts'
import type { C2sRoutes } from './c2s-routes.ts'
import type { UserRates } from './user-rates.ts'

/** A backend that answers calls. */
export interface CallHook {
  /** Named by routes. */
  readonly name: string
  readonly url: string
  readonly secret: string
  /** CIDR blocks that it may be in although they are not on the internet. */
  readonly allow: readonly string[]
  readonly timeoutMs: number
}

export interface Outcome {
  /** Undefined: it went well, and `content` is the answer. */
  readonly code: CodeName | undefined
  readonly content: Uint8Array
  readonly message: string
  /** What the backend calls it: its HTTP status, or what it says in `longwire-code`. */
  readonly said: string
  readonly retryAfterMs: number
}

export type CallResult = 'done' | 'refused' | 'timeout' | 'failed' | 'shed'
export const CALL_RESULTS: readonly CallResult[] = ['done', 'refused', 'timeout', 'failed', 'shed']

export interface CallsParts {
  readonly routes: C2sRoutes
  readonly rates: UserRates
  readonly hooks: readonly CallHook[]
  readonly clock: Clock
  readonly logger: Logger
  readonly msgid: () => string
  readonly resolve: Resolve
  readonly counted: (result: CallResult) => Counter
  /** Calls under way at once; beyond: BUSY. */
  readonly inFlightMax: number
  readonly retryAfterMs: number
}

const NOTHING = new Uint8Array(0)

/** Calls of clients, each a signed POST to the webhook that its route names. Asked once: whoever calls may ask again. */
export class Calls {
  readonly #parts: CallsParts
  readonly #hooks: ReadonlyMap<string, CallHook>
  readonly #stop = new AbortController()
  #inFlight = 0

  constructor(parts: CallsParts) {
    this.#parts = parts
    this.#hooks = new Map(parts.hooks.map(hook => [hook.name, hook]))
  }

  get inFlight(): number {
    return this.#inFlight
  }

  has(name: string): boolean {
    return this.#hooks.has(name)
  }

  /** Never rejects. `withinMs`: nobody waits for longer. */
  async call(message: UpMessage, withinMs: number): Promise<Outcome> {
    const { routes, rates, counted, inFlightMax, retryAfterMs } = this.#parts
    const route = routes.find(message.appcode, message.msgtype)
    const hook = this.#hooks.get(route?.webhook ?? '')
    if (hook === undefined)
      return outcome('NO_ROUTE', `no webhook is configured for calls of msgtype ${message.msgtype}`)
    const waitMs = rates.spend(message.system, message.uid)
    if (waitMs > 0 || this.#inFlight >= inFlightMax) {
      counted('shed').add()
      return waitMs > 0 ? outcome('SEND_RATE', '', waitMs) : outcome('BUSY', '', retryAfterMs)
    }
    this.#inFlight++
    try {
      return this.#judge(await this.#ask(message, hook, withinMs))
    } catch (error) {
      return this.#failed(hook, message, error)
    } finally {
      this.#inFlight--
    }
  }

  stop(): void {
    this.#stop.abort(new Error('the node stops'))
  }

  #ask(message: UpMessage, hook: CallHook, withinMs: number): Promise<PostAnswer> {
    const { clock, resolve, msgid } = this.#parts
    const body = Buffer.from(message.content)
    const id = msgid()
    const headers = {
      'content-type': 'application/octet-stream',
      'user-agent': 'longwire',
      'longwire-webhook': hook.name,
      'longwire-signature': signatureOf(hook.secret, clock.now(), body),
      'longwire-uid': encodeURIComponent(message.uid),
      'longwire-appcode': String(message.appcode),
      'longwire-device': encodeURIComponent(message.device),
      'longwire-msgtype': String(message.msgtype),
      'longwire-msgid': id,
      'longwire-logid': message.logid,
      traceparent: traceparentOf(id, message.logid),
    }
    return post(
      {
        url: new URL(hook.url),
        allow: hook.allow,
        headers,
        body,
        timeoutMs: Math.min(hook.timeoutMs, withinMs),
        signal: this.#stop.signal,
        answerBytes: LIMITS.messageBytes,
      },
      { clock, resolve },
    )
  }

  #judge({ status, body, headers, retryAfterMs }: PostAnswer): Outcome {
    const { counted } = this.#parts
    const said = headers['longwire-code']
    const name = typeof said === 'string' ? said : String(status)
    if (status >= 200 && status <= 299) {
      counted('done').add()
      return { code: undefined, content: body, message: '', said: '', retryAfterMs: 0 }
    }
    const isTheirs = status >= 400 && status <= 499 && status !== 429
    counted(isTheirs ? 'refused' : 'failed').add()
    return {
      code: isTheirs ? 'DENIED' : 'BACKEND_FAILED',
      content: body,
      message: `the backend answered ${status}`,
      said: name,
      retryAfterMs: isTheirs ? 0 : Math.max(retryAfterMs, this.#parts.retryAfterMs),
    }
  }

  #failed(hook: CallHook, { logid }: UpMessage, error: unknown): Outcome {
    const { logger, counted, retryAfterMs } = this.#parts
    const text = error instanceof Error ? error.message : String(error)
    logger.warn({ webhook: hook.name, logid, error: text }, 'a call was not answered')
    const isLate = text.startsWith('no answer within')
    counted(isLate ? 'timeout' : 'failed').add()
    // What a webhook's address is concerns nobody outside.
    const said = error instanceof AddressRefused ? 'the webhook may not be reached' : ''
    return outcome(isLate ? 'BACKEND_TIMEOUT' : 'BACKEND_FAILED', said, retryAfterMs)
  }
}

export const outcome = (code: CodeName, message = '', retryAfterMs = 0): Outcome => ({
  code,
  content: NOTHING,
  message,
  said: '',
  retryAfterMs,
})
