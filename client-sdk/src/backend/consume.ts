import { SETTLE, TRUNK, decodeRecord, trunkBody, type TrunkView } from '@longwire/proto/trunk'
import { fullJitter, type Clock, type Random, type Timer } from '../clock.ts'
import { LongwireError, textOf } from '../errors.ts'
import type { TrunkLink } from './trunk-link.ts'

export interface ConsumeOptions {
  /** Consumers of a group share its records; every group gets all of them. Groups are those of the key's business. */
  readonly group: string
  /** Which topics; the same in all consumers of a group. */
  readonly topics: readonly string[]
  /** Where a group that is new begins. @default 'earliest' */
  readonly from?: 'earliest' | 'latest'
  /** Records under way at most: handlers at once, or what an iteration reads ahead. @default 100, or 16 when iterating */
  readonly window?: number
  /** A handler has so long; then the record goes to somebody else, and its ACK is refused. @default 30 */
  readonly visibilitySeconds?: number
  /** Failed so many times, a record is set aside as a dead letter. @default 5 */
  readonly attempts?: number
  /** Ends it: handlers under way may finish, what was not begun goes back. */
  readonly signal?: AbortSignal
  /** Told when a record was settled too late: it comes again, to whoever has it then. */
  readonly onLate?: (record: ConsumedRecord) => void
}

/** A record of a topic. It may come more than once: `id` stays the same. */
export interface ConsumedRecord {
  /** Header `msgid`, or where there is none `topic/partition/offset`: the key for being idempotent. */
  readonly id: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Records of one key come one after the other. */
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Milliseconds since 1970. */
  readonly time: number
  /** 1, or more when it comes again. */
  readonly attempt: number
  /** Aborts when the connection is lost: the record goes to somebody else. */
  readonly signal: AbortSignal
}

/** Thrown by a handler: when the record is to come again, instead of the usual wait. */
export class RetryAfter extends Error {
  override readonly name = 'RetryAfter'
  readonly ms: number
  constructor(ms: number, reason = 'not now') {
    super(reason)
    this.ms = ms
  }
}

export type RecordHandler = (record: ConsumedRecord) => Promise<void> | void

interface Held {
  readonly lease: number
  readonly record: ConsumedRecord
  readonly lost: AbortController
}

/** What a subscription tells; `over` once, without an error where it was called off. */
interface SubscriptionSide {
  given(held: Held): void
  over(error: LongwireError | undefined): void
}

/** What a subscription needs of the connection it lives on. */
export interface ConsumeHost {
  readonly clock: Clock
  readonly random: Random
  /** The open link, or undefined while there is none. */
  link(): TrunkLink | undefined
  /** To be called after frames were written. */
  wrote(): void
  ended(id: number): void
}

const RETRY_BASE_MS = 500
const RETRY_MAX_MS = 15_000
const DEFAULTS = { window: 100, visibilitySeconds: 30, attempts: 5 } as const

/** One consumer: subscribes again on each connection, and settles what it was given on that same one. */
export class Subscription {
  readonly #id: number
  readonly #options: ConsumeOptions
  readonly #host: ConsumeHost
  readonly #on: SubscriptionSide
  readonly #held = new Map<number, Held>()
  #refusals = 0
  #retry: Timer | undefined
  #ended = false

  constructor(id: number, options: ConsumeOptions, host: ConsumeHost, on: SubscriptionSide) {
    this.#id = id
    this.#options = options
    this.#host = host
    this.#on = on
    options.signal?.addEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (): void => this.end(undefined)

  /** To be called whenever a link has opened. */
  subscribe(): void {
    const link = this.#host.link()
    if (link === undefined || this.#ended) return
    const { group, topics, from, attempts, visibilitySeconds } = { ...DEFAULTS, ...this.#options }
    const body = trunkBody.Consume.encode({
      group,
      topics: [...topics],
      latest: from === 'latest',
      window: this.#options.window ?? DEFAULTS.window,
      visibility: visibilitySeconds * 1_000,
      attempts,
    }).finish()
    link.writer.head.sequenceid = this.#id
    link.writer.frame(TRUNK.CONSUME, '', body)
    this.#host.wrote()
  }

  /** The link is gone: what it had is somebody else's. */
  lost(): void {
    this.#retry?.cancel()
    const reason = new LongwireError('UNREACHABLE', 'retry', 'the connection was lost')
    for (const { lost } of this.#held.values()) lost.abort(reason)
    this.#held.clear()
  }

  frame(view: TrunkView): void {
    if (view.cmd === TRUNK.CONSUMING) this.#answered(view)
    else if (view.cmd === TRUNK.RECORD) this.#record(view)
    else if (view.cmd === TRUNK.LATE) this.#late(view.sequenceid)
  }

  /** What is not settled goes back, uncounted, but for what is still being handled. */
  end(error: LongwireError | undefined): void {
    if (this.#ended) return
    this.#ended = true
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    this.#on.over(error)
  }

  /** Nothing is being handled any more: leaves the group. */
  leave(): void {
    this.#retry?.cancel()
    const link = this.#host.link()
    if (link !== undefined) {
      link.writer.head.sequenceid = this.#id
      link.writer.frame(TRUNK.UNCONSUME, '')
      this.#host.wrote()
    }
    this.#host.ended(this.#id)
  }

  settle(held: Held, what: number, more: { delayMs?: number; reason?: string } = {}): void {
    const link = this.#host.link()
    // Of an earlier link: it is somebody else's.
    if (link === undefined || held.lost.signal.aborted) return
    link.writer.head.slot = this.#id
    link.writer.head.sequenceid = held.lease
    link.writer.head.reserve = what
    link.writer.head.generation = Math.min(0xffff_ffff, Math.round(more.delayMs ?? 0))
    link.writer.frame(TRUNK.SETTLE, '', Buffer.from(more.reason ?? ''))
    if (what !== SETTLE.EXTEND) this.#settled.set(held.lease, held.record)
    if (what !== SETTLE.EXTEND) this.#held.delete(held.lease)
    this.#host.wrote()
  }

  /** The last settled ones, to name those that were late. */
  readonly #settled = new Map<number, ConsumedRecord>()

  #record(view: TrunkView): void {
    const decoded = decodeRecord(view.body)
    if (decoded === undefined || this.#ended) return
    const { topic, partition, offset, value, headers, ...rest } = decoded
    const lost = new AbortController()
    const id = headers['msgid'] ?? `${topic}/${partition}/${offset}`
    const place = { id, topic, partition, offset, headers, ...rest }
    // The view is only valid until this returns.
    const body = Uint8Array.prototype.slice.call(value)
    const record = { ...place, body, attempt: view.reserve, signal: lost.signal }
    const held = { lease: view.sequenceid, record, lost }
    this.#held.set(held.lease, held)
    for (const lease of this.#settled.keys()) {
      if (this.#settled.size <= 1_000) break
      this.#settled.delete(lease)
    }
    this.#on.given(held)
  }

  #late(lease: number): void {
    const record = this.#settled.get(lease) ?? this.#held.get(lease)?.record
    this.#settled.delete(lease)
    if (record !== undefined) this.#options.onLate?.(record)
  }

  /** Refused for now: again later. Refused for good: over. */
  #answered(view: TrunkView): void {
    const { code, message, retryAfter } = trunkBody.PublishResult.decode(view.body)
    if (code === '') {
      this.#refusals = 0
      return
    }
    if (retryAfter === 0) {
      this.end(new LongwireError(code, 'stop', `${code}: ${message}`))
      return
    }
    const { clock, random } = this.#host
    const waitMs = retryAfter + fullJitter(random, ++this.#refusals, RETRY_BASE_MS, RETRY_MAX_MS)
    this.#retry = clock.after(waitMs, () => this.subscribe())
  }
}

/** Opens a subscription: makes one that the host knows. */
export type OpenSubscription = (options: ConsumeOptions, on: SubscriptionSide) => Subscription

/** Calls the handler for each record; resolves when the signal aborts, once all handlers are done. */
export const consumeWith = (
  options: ConsumeOptions,
  handler: RecordHandler,
  open: OpenSubscription,
): Promise<void> =>
  new Promise((resolve, reject) => {
    let running = 0
    let over: { readonly error: LongwireError | undefined } | undefined
    const finish = (): void => {
      if (over === undefined || running > 0) return
      subscription.leave()
      if (over.error === undefined) resolve()
      else reject(over.error)
    }
    const handle = async (held: Held): Promise<void> => {
      running++
      try {
        await handler(held.record)
        subscription.settle(held, SETTLE.ACK)
      } catch (error) {
        const delayMs = error instanceof RetryAfter ? error.ms : 0
        subscription.settle(held, SETTLE.NACK, { delayMs, reason: textOf(error) })
      }
      running--
      finish()
    }
    const subscription = open(options, {
      given: held => void handle(held),
      over: error => {
        over = { error }
        finish()
      },
    })
    if (options.signal?.aborted === true) subscription.end(undefined)
  })

/**
 * Yields each record, and acknowledges it when the next one is asked for: the body of the loop is the
 * handler. Leaving the loop by `break` or an error gives the record at hand back.
 */
export async function* consumeEach(
  options: ConsumeOptions,
  open: OpenSubscription,
  clock: Clock,
): AsyncGenerator<ConsumedRecord, void, undefined> {
  const queue: Held[] = []
  let over: { readonly error: LongwireError | undefined } | undefined
  let wake: (() => void) | undefined
  const { visibilitySeconds = DEFAULTS.visibilitySeconds, window = 16 } = options
  const subscription = open(
    { ...options, window },
    {
      given: held => {
        queue.push(held)
        wake?.()
      },
      over: error => {
        over = { error }
        wake?.()
      },
    },
  )
  if (options.signal?.aborted === true) subscription.end(undefined)
  // What waits here must not run out before its turn.
  const extend = (): void => {
    for (const held of queue) subscription.settle(held, SETTLE.EXTEND)
    timer = clock.after((visibilitySeconds * 1_000) / 3, extend)
  }
  let timer = clock.after((visibilitySeconds * 1_000) / 3, extend)
  let current: Held | undefined
  try {
    while (over === undefined) {
      current = queue.shift()
      if (current === undefined) {
        await new Promise<void>(resolve => (wake = resolve))
        continue
      }
      if (current.lost.signal.aborted) continue
      subscription.settle(current, SETTLE.EXTEND)
      yield current.record
      subscription.settle(current, SETTLE.ACK)
      current = undefined
    }
  } finally {
    timer.cancel()
    if (current !== undefined) subscription.settle(current, SETTLE.RELEASE)
    subscription.end(undefined)
    subscription.leave()
  }
  if (over.error !== undefined) throw over.error
}
