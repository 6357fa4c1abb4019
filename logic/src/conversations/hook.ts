import type { Clock, Counter, Logger } from '@longwire/kit'
import { LIMITS } from '@longwire/proto'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Resolve } from '../webhooks/guard.ts'
import { post } from '../webhooks/post.ts'
import { signatureOf } from '../webhooks/signature.ts'

/** Who looks at messages before they are stored. */
export interface ContentHookOptions {
  readonly url: string
  readonly secret: string
  /** CIDR blocks that it may be in although they are not on the internet. */
  readonly allow: readonly string[]
  readonly timeoutMs: number
  /** What becomes of a message where the hook does not answer. */
  readonly onFailure: 'allow' | 'deny'
  /** Messages of backends are shown to it too. */
  readonly s2c: boolean
}

export interface Shown {
  readonly kind: 'c2c' | 's2c'
  /** '': a backend. */
  readonly from: string
  readonly to: string
  readonly appcode: number
  readonly msgtype: number
  readonly logid: string
  readonly content: Uint8Array
}

export type Verdict =
  | { readonly allowed: true; readonly content: Uint8Array }
  | { readonly allowed: false; readonly reason: string; readonly failed: boolean }

export const VERDICTS = ['allowed', 'altered', 'denied', 'failed'] as const

export interface HookParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly resolve: Resolve
  readonly counted: (verdict: (typeof VERDICTS)[number]) => Counter
}

const ANSWER = Type.Object({
  action: Type.Union([Type.Literal('allow'), Type.Literal('deny'), Type.Literal('alter')]),
  bodyBase64: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String({ maxLength: 200 })),
})
/** Base64 takes a third more. */
const ANSWER_BYTES = LIMITS.messageBytes * 1.4 + 1_024

/** Asks a webhook whether a message may be stored, as it is or otherwise. */
export class ContentHook {
  readonly s2c: boolean
  readonly #options: ContentHookOptions
  readonly #parts: HookParts
  readonly #stop = new AbortController()

  constructor(options: ContentHookOptions, parts: HookParts) {
    this.#options = options
    this.#parts = parts
    this.s2c = options.s2c
  }

  /** Never rejects. */
  async judge(shown: Shown): Promise<Verdict> {
    const { counted, logger } = this.#parts
    try {
      const verdict = await this.#ask(shown)
      const altered = verdict.allowed && verdict.content !== shown.content
      counted(altered ? 'altered' : verdict.allowed ? 'allowed' : 'denied').add()
      return verdict
    } catch (error) {
      counted('failed').add()
      const text = error instanceof Error ? error.message : String(error)
      logger.warn({ logid: shown.logid, error: text }, 'the content hook did not answer')
      return this.#options.onFailure === 'allow'
        ? { allowed: true, content: shown.content }
        : { allowed: false, reason: 'the content could not be checked', failed: true }
    }
  }

  stop(): void {
    this.#stop.abort(new Error('the node stops'))
  }

  async #ask({ content, ...shown }: Shown): Promise<Verdict> {
    const { clock, resolve } = this.#parts
    const { url, secret, allow, timeoutMs } = this.#options
    const bodyBase64 = Buffer.from(content).toString('base64')
    const body = Buffer.from(JSON.stringify({ ...shown, bodyBase64 }))
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'longwire',
      'longwire-logid': shown.logid,
      'longwire-signature': signatureOf(secret, clock.now(), body),
    }
    const { signal } = this.#stop
    const request = { url: new URL(url), allow, headers, body, timeoutMs, signal }
    const answer = await post({ ...request, answerBytes: ANSWER_BYTES }, { clock, resolve })
    if (answer.status < 200 || answer.status > 299) throw new Error(`answered ${answer.status}`)
    return verdictOf(JSON.parse(answer.body.toString('utf8')), content)
  }
}

const verdictOf = (said: unknown, content: Uint8Array): Verdict => {
  if (!Value.Check(ANSWER, said))
    throw new Error('its answer is not {action, bodyBase64?, reason?}')
  if (said.action === 'allow') return { allowed: true, content }
  if (said.action === 'deny') return { allowed: false, reason: said.reason ?? '', failed: false }
  const altered = Buffer.from(said.bodyBase64 ?? '', 'base64')
  if (altered.length > LIMITS.messageBytes)
    throw new Error(`it makes ${altered.length} bytes of it, allowed are ${LIMITS.messageBytes}`)
  return { allowed: true, content: altered }
}
