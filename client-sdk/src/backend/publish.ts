import { LIMITS, URGENCY, URGENCY_NAMES, type UrgencyName } from '@longwire/proto'
import { PLAIN_TERMS, type PublishTerms } from '@longwire/proto/trunk'
import type { Clock, Random } from '../clock.ts'
import { LongwireError } from '../errors.ts'
import type { ConsumedRecord, ConsumeOptions, RecordHandler } from './consume.ts'

/** A message to hand in. */
export interface Publish {
  readonly to: {
    readonly uid: string
    readonly appcode: number
    /** `all`: every end of the user, not only those of this appcode. @default 'one' */
    readonly ends?: 'one' | 'all'
  }
  /** What kind of message it is: 0–65535. */
  readonly msgtype: number
  /** Text is sent as UTF-8; at most 60 KiB. */
  readonly body: string | Uint8Array
  /** How long it is worth delivering; 0: for who is online now, and never stored. @default the server's: 7 days */
  readonly ttlSeconds?: number
  /**
   * `low` and `idle` wait until the device shows that it is awake, at the latest for its next heartbeat;
   * `now` is exempt from its budget of wake-ups. @default 'normal'
   */
  readonly urgency?: UrgencyName
  /** Goes out at the latest after `maxDeferSeconds`, even if that wakes the device. @default false */
  readonly mustWake?: boolean
  /** With `mustWake`; at most half of the ttl. @default the server's: 30 minutes */
  readonly maxDeferSeconds?: number
  /**
   * 1–64 visible ASCII characters: takes the place of what was sent under the same key to the same ends and
   * they have not read yet. At most 16 keys of a user wait at a time; more are refused with COLLAPSE_KEYS.
   */
  readonly collapseKey?: string
  /** An event `expired` tells where it is removed before every end that it is for has read it. @default false */
  readonly tellExpired?: boolean
  /** 1–128 visible ASCII characters: the same key again is the same message. @default a new one */
  readonly idempotencyKey?: string
  /** Stops waiting; the message may be stored all the same. */
  readonly signal?: AbortSignal
}

/** The message is stored: it will be delivered. Ids are 16 hex digits. */
export interface Published {
  readonly msgid: string
  /** 0: it was sent with a ttl of 0, and not stored. */
  readonly seq: number
  readonly logid: string
  /** Of a message that is not stored: to how many sessions it was handed on. */
  readonly sessions?: number
}

export type PublishResult =
  | ({ readonly ok: true } & Published)
  | { readonly ok: false; readonly error: LongwireError }

export interface Backend {
  /** Resolves when the message is stored; rejects with a {@link LongwireError}. */
  publish(message: Publish): Promise<Published>
  /** One result per message, in the same order; never rejects for a single message. */
  publishMany(messages: readonly Publish[]): Promise<PublishResult[]>
  /**
   * Takes records of topics as a consumer of a group; needs a `tcp://` or `tls://` URL. Goes on over other connections and
   * servers until its signal aborts; a lost connection loses nothing.
   *
   * With a handler: up to `window` at once, those of one key one after the other. It resolves: the record is done.
   * It throws: the record comes again later, {@link RetryAfter} says when. Resolves once the signal has aborted and
   * all handlers are done; rejects with what the server refuses it for.
   */
  consume(options: ConsumeOptions, handler: RecordHandler): Promise<void>
  /** Without: one after the other, each is done when the loop asks for the next; by `break` it goes back. */
  consume(options: ConsumeOptions): AsyncGenerator<ConsumedRecord, void, undefined>
  /** What is not answered yet is rejected with CLOSED. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface BackendOptions {
  /** `http(s)://host:port` for the HTTP API, `tcp://` or `tls://host:port` for one pipelined connection. */
  readonly url: string
  /** The API key of a business. */
  readonly key: string
  /** How long a publish may take, tries and waits together. @default 10_000 */
  readonly timeoutMs?: number
  /** tcp: messages under way at most; more wait for their turn. @default 4_096 */
  readonly window?: number
  readonly clock?: Clock
  readonly random?: Random
}

const COLLAPSE_KEY = /^[\x21-\x7e]{1,64}$/
const KEY = /^[\x21-\x7e]{1,128}$/

const refuse = (text: string): never => {
  throw new LongwireError('INVALID', 'stop', text)
}

const isWhole = (value: number, min: number, max: number): boolean =>
  Number.isInteger(value) && value >= min && value <= max

/** Throws INVALID with the field, what is wrong with it, and how it should be. */
export const checkPublish = (message: Publish): void => {
  const { to, msgtype, body, ttlSeconds, idempotencyKey, signal } = message
  if (signal?.aborted) throw aborted(signal)
  const uidBytes = Buffer.byteLength(to.uid)
  if (uidBytes === 0 || uidBytes > LIMITS.uidBytes)
    refuse(`to.uid has ${uidBytes} bytes; use 1 to ${LIMITS.uidBytes}`)
  if (!isWhole(to.appcode, 1, LIMITS.appcodeMax))
    refuse(`to.appcode is ${to.appcode}; use 1 to ${LIMITS.appcodeMax}`)
  if (!isWhole(msgtype, 0, LIMITS.msgtypeMax))
    refuse(`msgtype is ${msgtype}; use 0 to ${LIMITS.msgtypeMax}`)
  const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  if (bodyBytes > LIMITS.messageBytes)
    refuse(
      `body has ${bodyBytes} bytes; send at most ${LIMITS.messageBytes}, or a link to the rest`,
    )
  if (ttlSeconds !== undefined && !isWhole(ttlSeconds, 0, 0xffff_ffff))
    refuse(`ttlSeconds is ${ttlSeconds}; use whole seconds, or 0`)
  checkTerms(message)
  if (idempotencyKey !== undefined && !KEY.test(idempotencyKey))
    refuse('idempotencyKey: use 1 to 128 visible ASCII characters')
}

const checkTerms = (message: Publish): void => {
  const { urgency = 'normal', mustWake, maxDeferSeconds, collapseKey } = message
  if (collapseKey !== undefined && !COLLAPSE_KEY.test(collapseKey))
    refuse('collapseKey: use 1 to 64 visible ASCII characters')
  if (!URGENCY_NAMES.includes(urgency))
    refuse(`urgency is not known; use ${URGENCY_NAMES.join(', ')}`)
  if (maxDeferSeconds === undefined) return
  if (!isWhole(maxDeferSeconds, 1, 0xffff_ffff))
    refuse(`maxDeferSeconds is ${maxDeferSeconds}; use whole seconds, at least 1`)
  if (mustWake !== true) refuse('maxDeferSeconds comes without mustWake; set it, or leave this out')
}

/** As the trunk says them. */
export const termsOf = (message: Publish): PublishTerms => {
  const { ttlSeconds, urgency, mustWake, maxDeferSeconds, collapseKey, tellExpired } = message
  const terms = [urgency, mustWake, collapseKey, tellExpired]
  if (ttlSeconds !== 0 && terms.every(term => term === undefined)) return PLAIN_TERMS
  return {
    ...PLAIN_TERMS,
    urgency: urgency === undefined ? URGENCY.NORMAL : URGENCY_NAMES.indexOf(urgency),
    onlineOnly: ttlSeconds === 0,
    mustWake: mustWake ?? false,
    maxDeferSeconds: maxDeferSeconds ?? 0,
    collapseKey: collapseKey ?? '',
    ...(tellExpired === true ? { tellExpired } : {}),
  }
}

export const aborted = (signal: AbortSignal): LongwireError =>
  new LongwireError('ABORTED', 'stop', 'the publish was called off by its signal', {
    cause: signal.reason,
  })

/** `last`: what the last try failed with; it is the cause, so that `cause.code` says BUSY, for example. */
export const timedOut = (timeoutMs: number, key: string, last?: LongwireError): LongwireError => {
  const reason = last === undefined ? '' : `; last failure: ${last.message}`
  const remedy = `publish it again with idempotencyKey "${key}"`
  const text = `no answer within ${timeoutMs} ms; the message may be stored: ${remedy}${reason}`
  if (last === undefined) return new LongwireError('TIMEOUT', 'retry', text)
  const { retryAfterMs } = last
  const details = { cause: last, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  return new LongwireError('TIMEOUT', 'retry', text, details)
}

/** Makes idempotency keys: short, and unique over all processes. */
export const keySource = (): (() => string) => {
  const prefix = crypto.randomUUID().replaceAll('-', '').slice(0, 20)
  let count = 0
  return () => `${prefix}-${(count++).toString(36)}`
}
