import { type edgeBody, TOPIC_OP } from '@longwire/proto'
import type { Clock, Random } from '../clock.ts'
import type { Cursor, CursorStore } from '../cursor-store.ts'
import { memoryCursors } from '../cursors/memory.ts'
import { Emitter } from '../emitter.ts'
import { LongwireError } from '../errors.ts'
import { type Entry, Inbox } from '../inbox.ts'
import { iterateMessages } from '../messages.ts'
import type { Gap, Reset } from '../sync.ts'
import { Publication } from './publication.ts'
import { Reading } from './reading.ts'
import type { TopicRequests } from './requests.ts'

export interface SubscribeOptions {
  /** Goes on behind this cursor; left out: with what is published from now on. */
  readonly since?: Cursor
  /** The cursor is kept where that of the mailbox is, and comes before `since`. @default false */
  readonly keep?: boolean
  /** Who comes and goes is told, where the namespace tells it. @default false */
  readonly events?: boolean
  /** Listeners from the beginning. */
  readonly onPublication?: (publication: Publication) => void | Promise<void>
  readonly onGap?: (gap: Gap) => void | Promise<void>
  readonly onReset?: (reset: Reset) => void | Promise<void>
}

/** A session that has a topic. */
export interface TopicMember {
  readonly uid: string
  readonly appcode: number
  readonly device: string
}

export interface SubscriptionEvents {
  /** The gate hands the topic over; `recovered`: nothing since the cursor is lost. */
  subscribed: { readonly recovered: boolean; readonly cursor: Cursor }
  /** Awaited, one after the other; one whose listener rejected is offered again. */
  publication: Publication
  /** Publications between are gone. */
  gap: Gap
  /** The topic began anew. */
  reset: Reset
  join: TopicMember
  leave: TopicMember
  /** So many sessions have the topic now. */
  occupancy: { readonly count: number }
  /** It is over, unless the app subscribes again. */
  unsubscribed: { readonly code: string; readonly error: LongwireError | undefined }
  error: LongwireError
}

export interface SubscriptionParts {
  readonly clock: Clock
  readonly random: Random
  readonly requests: TopicRequests
  readonly cursors: CursorStore
  /** Of its cursor. */
  readonly key: string
  readonly granted: boolean
  /** The gate calls it by this number; undefined: it has ended. */
  readonly numbered: (number: number | undefined) => void
}

/** Publications that may wait for the app. */
const WAITING_MAX = 1_024

/** A topic, as long as the app wants it: over reconnects and gates, each publication once. */
export class Subscription {
  readonly topic: string
  /** By the backend, not by this app. */
  readonly granted: boolean
  readonly #parts: SubscriptionParts
  readonly #options: SubscribeOptions
  readonly #emitter = new Emitter<SubscriptionEvents>()
  readonly #reading: Reading
  readonly #inbox: Inbox
  #waiting = 0
  /** A subscription of the gate is asked for. */
  #asking = false
  /** The cursor that was kept is being read. */
  #loading: boolean
  #online = false
  #active = false
  #ended = false

  constructor(topic: string, options: SubscribeOptions, parts: SubscriptionParts, cursor: Cursor) {
    this.topic = topic
    this.granted = parts.granted
    this.#parts = parts
    this.#options = options
    this.#loading = options.keep === true
    this.#reading = new Reading(topic, cursor, {
      deliver: event => {
        this.#waiting++
        this.#inbox.push({ kind: 'message', event })
      },
      gap: event => this.#inbox.push({ kind: 'gap', event }),
      reset: event => this.#inbox.push({ kind: 'reset', event }),
      ask: from => this.#history(from),
      full: () => this.#waiting >= WAITING_MAX,
    })
    const store = options.keep === true ? parts.cursors : memoryCursors()
    this.#inbox = new Inbox(
      parts,
      store,
      { key: parts.key, cursor },
      {
        listening: ({ kind }) => kind !== 'message' || this.#emitter.of('publication').length > 0,
        handle: entry => this.#handle(entry),
        cursor: () => this.#reading.cursor,
        saved: () => undefined,
        failed: error => this.#emitter.emit('error', error),
      },
    )
    const { onPublication, onGap, onReset } = options
    if (onPublication !== undefined) this.#emitter.on('publication', onPublication)
    if (onGap !== undefined) this.#emitter.on('gap', onGap)
    if (onReset !== undefined) this.#emitter.on('reset', onReset)
  }

  /** Behind which publication it goes on; epoch 0: that is not known yet. */
  get cursor(): Cursor {
    return this.#reading.cursor
  }

  /** Whether the gate hands the topic over now. */
  get active(): boolean {
    return this.#active
  }

  get ended(): boolean {
    return this.#ended
  }

  on<K extends keyof SubscriptionEvents>(
    event: K,
    listener: (event: SubscriptionEvents[K]) => void | Promise<void>,
  ): () => void {
    const stop = this.#emitter.on(event, listener)
    if (event === 'publication') this.run()
    return stop
  }

  /** Publications one after the other; each counts as handled when the next one is asked for. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Publication> {
    return this.publications()
  }

  publications({
    signal,
  }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<Publication> {
    const source = {
      listen: (handler: (publication: Publication) => Promise<void>) =>
        this.on('publication', handler),
      closed: (ended: (error: LongwireError | undefined) => void) =>
        this.on('unsubscribed', ({ error }) => ended(error)),
    }
    return iterateMessages(source, signal)
  }

  /** Resolves when what was handled is saved; the gate forgets it. */
  async unsubscribe(): Promise<void> {
    if (this.#ended) return
    const wasOnline = this.#online
    this.finish('UNSUBSCRIBED', undefined)
    await this.#inbox.stop()
    if (wasOnline) this.#forgotten()
  }

  /** What was kept; from now on it may begin. */
  resume(saved: Cursor | undefined): void {
    if (saved !== undefined) this.#reading.cursor = saved
    this.#loading = false
  }

  /** There is a session: it is asked for the topic, from the cursor on. */
  begin(): void {
    if (this.#ended) return
    this.#online = true
    if (this.granted || this.#asking || this.#loading) return
    this.#asking = true
    const { topic } = this
    const { epoch, seq } = this.#reading.cursor
    const request = { topic, epoch, seq, events: this.#options.events ?? false }
    this.#parts.requests.ask(TOPIC_OP.SUBSCRIBE, request).then(
      answer => this.#subscribed(answer),
      (error: unknown) => this.#refused(error),
    )
  }

  /** The backend's word, with what it says of the topic. */
  grantedAs({ number, epoch, head }: edgeBody.TopicAnswer): void {
    this.#online = this.#active = true
    this.#parts.numbered(number)
    const { cursor } = this.#reading
    if (cursor.epoch === 0) this.#reading.cursor = { epoch, seq: head }
    else this.#reading.headIs(head, epoch)
    this.#emitter.emit('subscribed', { recovered: cursor.epoch === epoch, cursor: this.cursor })
    this.run()
  }

  /** The session is gone. */
  disconnected(): void {
    this.#online = this.#active = this.#asking = false
    this.#reading.failed()
  }

  pushed(publication: Publication): void {
    if (publication.seq > 0) return this.#reading.pushed(publication)
    this.#emitter.emit('publication', publication)
  }

  headIs(head: number, epoch: number): void {
    this.#reading.headIs(head, epoch)
  }

  told({ joined, left, count }: edgeBody.TopicEvent): void {
    for (const member of joined) this.#emitter.emit('join', memberOf(member))
    for (const member of left) this.#emitter.emit('leave', memberOf(member))
    this.#emitter.emit('occupancy', { count })
  }

  /** Goes on with whatever there is to do. */
  run(): void {
    this.#inbox.run()
  }

  /** No more comes. */
  finish(code: string, error: LongwireError | undefined): void {
    if (this.#ended) return
    this.#ended = true
    this.#online = this.#active = false
    this.#parts.numbered(undefined)
    this.#emitter.emit('unsubscribed', { code, error })
  }

  /** The client is closed: iterations end, and another `connect` goes on. */
  closed(error: LongwireError | undefined): void {
    this.disconnected()
    this.#emitter.emit('unsubscribed', { code: error?.code ?? 'CLOSED', error })
  }

  #subscribed(answer: edgeBody.TopicAnswer): void {
    if (this.#ended) return this.#forgotten()
    if (!this.#online) return
    this.#asking = false
    this.#active = true
    this.#parts.numbered(answer.number)
    this.#reading.subscribed(answer)
    this.#emitter.emit('subscribed', { recovered: answer.recovered, cursor: this.cursor })
    this.run()
  }

  /** Where nobody wants it any more, nobody waits for the answer either. */
  #forgotten(): void {
    const { requests } = this.#parts
    requests.ask(TOPIC_OP.UNSUBSCRIBE, { topic: this.topic }).catch(() => undefined)
  }

  #refused(thrown: unknown): void {
    this.#asking = false
    if (!(thrown instanceof LongwireError) || thrown.action === 'retry') return
    this.finish(thrown.code, thrown)
  }

  #history({ epoch, seq }: Cursor): void {
    const request = { topic: this.topic, epoch, seq }
    this.#parts.requests.ask(TOPIC_OP.HISTORY, request).then(
      answer => {
        this.#reading.page(answer)
        this.run()
      },
      () => this.#reading.failed(),
    )
  }

  #handle(entry: Entry): Promise<void> | undefined {
    if (entry.kind === 'gap') return all(this.#emitter.of('gap'), entry.event)
    if (entry.kind === 'reset') return all(this.#emitter.of('reset'), entry.event)
    const event = entry.event
    if (!(event instanceof Publication)) return undefined
    const work = all(this.#emitter.of('publication'), event)
    if (work !== undefined) return work.then(() => this.#handled())
    this.#handled()
    return undefined
  }

  #handled(): void {
    if (--this.#waiting === WAITING_MAX / 2) this.#reading.goOn()
  }
}

/** Tells every listener in turn; undefined when none had to be awaited. */
const all = <T>(
  listeners: readonly ((event: T) => unknown)[],
  event: T,
): Promise<void> | undefined => {
  let work: Promise<void> | undefined
  for (const listener of listeners) {
    if (work !== undefined) {
      work = work.then(async () => void (await listener(event)))
      continue
    }
    const result = listener(event)
    if (result instanceof Promise) work = result
  }
  return work
}

const memberOf = ({ uid, appcode, device }: edgeBody.Member.$Properties): TopicMember => ({
  uid: uid ?? '',
  appcode: appcode ?? 0,
  device: device ?? '',
})
