import {
  TRUNK,
  TRUNK_VERSION,
  encodePublishPrefix,
  publishReserve,
  trunkBody,
  type TrunkView,
} from '@longwire/proto/trunk'
import {
  fullJitter,
  systemClock,
  systemRandom,
  type Clock,
  type Random,
  type Timer,
} from '../clock.ts'
import { LongwireError, textOf } from '../errors.ts'
import { hexOf } from '../message.ts'
import {
  aborted,
  checkPublish,
  keySource,
  termsOf,
  timedOut,
  type Backend,
  type BackendOptions,
  type Publish,
  type Published,
  type PublishResult,
} from './publish.ts'
import {
  consumeEach,
  consumeWith,
  Subscription,
  type ConsumedRecord,
  type ConsumeHost,
  type ConsumeOptions,
  type OpenSubscription,
  type RecordHandler,
} from './consume.ts'
import { openSocket } from '../transports/tcp.ts'
import { type ByteStream, TrunkLink } from './trunk-link.ts'

const WINDOW = 4_096
const FLUSH_BYTES = 128 * 1024
const DIAL_BASE_MS = 100
const DIAL_MAX_MS = 5_000
const SWEEP_MS = 250
/** What is under way shrinks by a quarter when the server sheds, at most so often, and never below. */
const SHRINK = 0.75
const SHRINK_MS = 250
const UNDER_WAY_MIN = 64
/** … and grows by so much with each answer: a twentieth for all that was under way. */
const GROWTH = 0.05

/** A publish that is not answered yet. `parked`: it waits for the time that the server asked for. */
interface Pending {
  readonly id: number
  readonly message: Publish
  readonly content: Uint8Array
  readonly key: string
  readonly deadlineMs: number
  readonly resolve: (published: Published) => void
  readonly reject: (error: LongwireError) => void
  readonly onAbort: (() => void) | undefined
  state: 'queued' | 'sent' | 'parked' | 'over'
  tries: number
  /** What the last answer refused it with. */
  last: LongwireError | undefined
  /** Ends the time in `parked`. */
  timer: Timer | undefined
}

type LinkState =
  | { readonly name: 'none' | 'closed' }
  | { readonly name: 'waiting'; readonly timer: Timer }
  | { readonly name: 'opening' | 'open'; readonly link: TrunkLink }

class TrunkBackend implements Backend {
  readonly #options: BackendOptions
  readonly #clock: Clock
  readonly #random: Random
  readonly #timeoutMs: number
  readonly #window: number
  readonly #newKey: () => string = keySource()
  readonly #incarnation: string = crypto.randomUUID()
  /** In the order of their deadlines. */
  readonly #pending = new Map<number, Pending>()
  readonly #subscriptions = new Map<number, Subscription>()
  #subscriptionIds = 0
  #queue: Pending[] = []
  #queued = 0
  #underWay = 0
  /** How many may be under way; the window, unless the server has shed lately. */
  #allowed: number
  #shrunkAt = -Infinity
  #ids = 0
  #link: LinkState = { name: 'none' }
  #dials = 0
  #lastFailure: LongwireError | undefined
  #scheduled = false
  #sweep: Timer | undefined

  readonly #connect: (url: string) => ByteStream

  constructor(options: BackendOptions, connect: (url: string) => ByteStream) {
    this.#options = options
    this.#connect = connect
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? systemRandom
    this.#timeoutMs = options.timeoutMs ?? 10_000
    this.#window = this.#allowed = options.window ?? WINDOW
  }

  publish(message: Publish): Promise<Published> {
    // What is thrown in here rejects the promise.
    return new Promise((resolve, reject) => {
      checkPublish(message)
      if (this.#link.name === 'closed') throw closed()
      const { signal, body } = message
      const pending: Pending = {
        id: ++this.#ids,
        message,
        content: typeof body === 'string' ? Buffer.from(body) : body,
        key: message.idempotencyKey ?? this.#newKey(),
        deadlineMs: this.#clock.monotonic() + this.#timeoutMs,
        resolve,
        reject,
        onAbort: signal === undefined ? undefined : () => this.#fail(pending, aborted(signal)),
        state: 'queued',
        tries: 0,
        last: undefined,
        timer: undefined,
      }
      this.#add(pending)
    })
  }

  publishMany(messages: readonly Publish[]): Promise<PublishResult[]> {
    const one = async (message: Publish): Promise<PublishResult> => {
      try {
        return { ok: true, ...(await this.publish(message)) }
      } catch (thrown) {
        const error =
          thrown instanceof LongwireError
            ? thrown
            : new LongwireError('UNKNOWN', 'stop', textOf(thrown), { cause: thrown })
        return { ok: false, error }
      }
    }
    return Promise.all(messages.map(one))
  }

  consume(options: ConsumeOptions, handler: RecordHandler): Promise<void>
  consume(options: ConsumeOptions): AsyncGenerator<ConsumedRecord, void, undefined>
  consume(
    options: ConsumeOptions,
    handler?: RecordHandler,
  ): Promise<void> | AsyncGenerator<ConsumedRecord, void, undefined> {
    return handler === undefined
      ? consumeEach(options, this.#subscribe, this.#clock)
      : consumeWith(options, handler, this.#subscribe)
  }

  async close(): Promise<void> {
    for (const each of this.#subscriptions.values()) each.end(closed())
    const link = this.#link
    this.#link = { name: 'closed' }
    if (link.name === 'waiting') link.timer.cancel()
    if (link.name === 'opening' || link.name === 'open') link.link.close()
    this.#sweep?.cancel()
    for (const pending of this.#pending.values()) this.#fail(pending, closed())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  readonly #subscribe: OpenSubscription = (options, on) => {
    if (this.#link.name === 'closed') throw closed()
    const id = ++this.#subscriptionIds
    const host: ConsumeHost = {
      clock: this.#clock,
      random: this.#random,
      link: () => (this.#link.name === 'open' ? this.#link.link : undefined),
      wrote: () => this.#schedule(),
      ended: each => void this.#subscriptions.delete(each),
    }
    const subscription = new Subscription(id, options, host, on)
    this.#subscriptions.set(id, subscription)
    subscription.subscribe()
    this.#schedule()
    return subscription
  }

  #add(pending: Pending): void {
    if (pending.onAbort !== undefined)
      pending.message.signal?.addEventListener('abort', pending.onAbort)
    this.#pending.set(pending.id, pending)
    this.#queue.push(pending)
    this.#sweep ??= this.#clock.after(SWEEP_MS, () => this.#onSweep())
    this.#schedule()
  }

  /** Everything published in one turn leaves in one go. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#clock.soon(this.#onSoon)
  }

  readonly #onSoon = (): void => {
    this.#scheduled = false
    const wanted = this.#pending.size > 0 || this.#subscriptions.size > 0
    if (this.#link.name === 'none' && wanted) this.#dial()
    if (this.#link.name === 'open') this.#send(this.#link.link)
  }

  #dial(): void {
    const hello = trunkBody.Hello.encode({
      node: 'backend',
      incarnation: this.#incarnation,
      role: 'backend',
      version: TRUNK_VERSION,
      key: this.#options.key,
    }).finish()
    const link: TrunkLink = new TrunkLink(this.#connect(this.#options.url), hello, this.#clock, {
      frame: view => this.#frame(link, view),
      drained: () => this.#schedule(),
      ended: reason => this.#ended(reason),
    })
    this.#link = { name: 'opening', link }
  }

  #send(link: TrunkLink): void {
    const { writer } = link
    while (this.#queued < this.#queue.length && this.#underWay < this.#allowed && link.writable) {
      const pending = this.#queue[this.#queued++]!
      if (pending.state !== 'queued') continue
      const { message, content, key } = pending
      writer.head.sequenceid = pending.id
      writer.head.appcode = message.to.appcode
      writer.head.msgtype = message.msgtype
      const terms = termsOf(message)
      writer.head.reserve = publishReserve(message.to.ends === 'all', terms)
      writer.frame(
        TRUNK.PUBLISH,
        message.to.uid,
        content,
        encodePublishPrefix(message.ttlSeconds ?? 0, key, terms),
      )
      pending.state = 'sent'
      this.#underWay++
      if (writer.size >= FLUSH_BYTES) link.flush()
    }
    link.flush()
    if (this.#queued === this.#queue.length) this.#queue = []
    else if (this.#queued > WINDOW) this.#queue = this.#queue.slice(this.#queued)
    else return
    this.#queued = 0
  }

  #frame(link: TrunkLink, view: TrunkView): void {
    if (view.cmd === TRUNK.HELLO_ACK)
      this.#helloAck(link, trunkBody.Hello.decode(view.body).message)
    else if (view.cmd === TRUNK.PUBLISH_RESULT) this.#result(view)
    else if (view.cmd === TRUNK.CONSUMING) {
      this.#dials = 0
      this.#subscriptions.get(view.sequenceid)?.frame(view)
    } else this.#subscriptions.get(view.slot)?.frame(view)
  }

  #helloAck(link: TrunkLink, refusal: string): void {
    if (refusal === '') {
      this.#link = { name: 'open', link }
      link.opened()
      for (const each of this.#subscriptions.values()) each.subscribe()
      this.#schedule()
      return
    }
    link.close()
    this.#link = { name: 'none' }
    const error = new LongwireError(
      'REFUSED',
      'stop',
      `the server refuses this backend: ${refusal}`,
    )
    for (const pending of this.#pending.values()) this.#fail(pending, error)
    for (const each of this.#subscriptions.values()) each.end(error)
  }

  #result(view: TrunkView): void {
    this.#dials = 0
    const pending = this.#pending.get(view.sequenceid)
    if (pending === undefined || pending.state !== 'sent') return
    const { code, message, retryAfter, msgid, seq, sessions } = trunkBody.PublishResult.decode(
      view.body,
    )
    if (code === '') {
      this.#allowed = Math.min(this.#window, this.#allowed + GROWTH)
      this.#settle(pending)
      pending.resolve({
        msgid: hexOf(msgid),
        seq,
        logid: hex32(view.logidHigh) + hex32(view.logidLow),
        ...(seq === 0 ? { sessions } : {}),
      })
    } else if (retryAfter > 0) {
      const details = { retryAfterMs: retryAfter }
      pending.last = new LongwireError(code, 'retry', `${code}: ${message}`, details)
      if (code === 'BUSY') this.#shrink()
      this.#park(pending, retryAfter)
    } else this.#fail(pending, new LongwireError(code, 'stop', `${code}: ${message}`))
    if (this.#queued < this.#queue.length) this.#schedule()
  }

  /** What would be refused is better not sent: it waits here, in order. */
  #shrink(): void {
    const now = this.#clock.monotonic()
    if (now - this.#shrunkAt < SHRINK_MS) return
    this.#shrunkAt = now
    const wanted = Math.floor(Math.min(this.#allowed, this.#underWay) * SHRINK)
    this.#allowed = Math.min(this.#window, Math.max(UNDER_WAY_MIN, wanted))
  }

  #park(pending: Pending, retryAfterMs: number): void {
    this.#underWay--
    pending.state = 'parked'
    const delayMs =
      retryAfterMs + fullJitter(this.#random, ++pending.tries, DIAL_BASE_MS, DIAL_MAX_MS)
    pending.timer = this.#clock.after(Math.min(delayMs, this.#timeoutMs), () => {
      pending.state = 'queued'
      this.#queue.push(pending)
      this.#schedule()
    })
  }

  /** Lets go of a publish that is answered, given up or called off. */
  #settle(pending: Pending): void {
    if (pending.state === 'sent') this.#underWay--
    pending.state = 'over'
    pending.timer?.cancel()
    this.#pending.delete(pending.id)
    if (pending.onAbort !== undefined)
      pending.message.signal?.removeEventListener('abort', pending.onAbort)
    if (this.#pending.size > 0) return
    this.#sweep?.cancel()
    this.#sweep = undefined
  }

  #fail(pending: Pending, error: LongwireError): void {
    this.#settle(pending)
    pending.reject(error)
  }

  #onSweep(): void {
    this.#sweep = this.#clock.after(SWEEP_MS, () => this.#onSweep())
    const now = this.#clock.monotonic()
    for (const pending of this.#pending.values()) {
      if (pending.deadlineMs > now) return
      this.#fail(pending, timedOut(this.#timeoutMs, pending.key, pending.last ?? this.#lastFailure))
    }
  }

  /** The connection broke: what was under way is sent again, under the same keys, when another one is open. */
  #ended(reason: string): void {
    this.#lastFailure = new LongwireError('UNREACHABLE', 'retry', reason)
    this.#underWay = 0
    this.#queued = 0
    for (const each of this.#subscriptions.values()) each.lost()
    for (const pending of this.#pending.values()) {
      if (pending.state !== 'sent') continue
      // Nobody could tell that it is the same: it would be handed on twice.
      if (pending.message.ttlSeconds === 0) this.#fail(pending, brokenLive(reason))
      else pending.state = 'queued'
    }
    this.#queue = [...this.#pending.values()].filter(({ state }) => state === 'queued')
    const delayMs = fullJitter(this.#random, ++this.#dials, DIAL_BASE_MS, DIAL_MAX_MS)
    const timer = this.#clock.after(delayMs, () => {
      this.#link = { name: 'none' }
      this.#schedule()
    })
    this.#link = { name: 'waiting', timer }
  }
}

const brokenLive = (reason: string): LongwireError =>
  new LongwireError(
    'UNREACHABLE',
    'retry',
    `nobody knows whether it was handed on: ${reason}; nothing is stored`,
  )

const hex32 = (value: number): string => value.toString(16).padStart(8, '0')

const closed = (): LongwireError => new LongwireError('CLOSED', 'stop', 'the backend was closed')

/** Publishes over one pipelined connection. */
export const trunkBackend = (
  options: BackendOptions,
  connect: (url: string) => ByteStream = url => openSocket(url),
): Backend => new TrunkBackend(options, connect)
