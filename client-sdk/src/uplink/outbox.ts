import { CMD, edgeBody } from '@longwire/proto'
import type { Clock, Random, Timer } from '../clock.ts'
import { aborted, errorOfCode, LongwireError, textOf } from '../errors.ts'
import { hexOf } from '../message.ts'
import type { OutboxEntry, OutboxStore } from '../outbox-store.ts'
import type { OutboxLimits, SendStatus, Sent, UplinkSession } from './outgoing.ts'

export interface OutboxParts {
  readonly clock: Clock
  readonly random: Random
  readonly store: OutboxStore
  readonly key: string
  readonly limits: OutboxLimits
  readonly status: (status: SendStatus) => void
  readonly failed: (error: LongwireError) => void
}

export interface Draft {
  readonly kind: OutboxEntry['kind']
  readonly msgtype: number
  readonly body: Uint8Array
  readonly id: string | undefined
  readonly signal: AbortSignal | undefined
}

interface Waiting {
  readonly entry: OutboxEntry
  /** Saved, so that it may go out. */
  kept: boolean
  sent: boolean
  /** Called off: it goes where it has not been sent on this session. */
  off: boolean
  readonly settle: { resolve(sent: Sent): void; reject(error: LongwireError): void } | undefined
}

const IN_FLIGHT_MAX = 32
const REF_MAX = 2 ** 21 - 1
const RETRY_MS = 1_000
const LOAD_RETRY_MS = 1_000

/**
 * Messages in the order in which the app sent them, until the server has each: kept over restarts, sent
 * again under the same ref after a new login. One that is refused for now stays where it is, and what
 * stands behind it waits.
 */
export class Outbox {
  readonly #parts: OutboxParts
  readonly #waiting: Waiting[] = []
  readonly #byRef = new Map<number, Waiting>()
  #epoch: number
  #last = 0
  #lastAt = 0
  #bytes = 0
  #inFlight = 0
  #session: UplinkSession | undefined
  #loaded: Promise<void> | undefined
  #pause: Timer | undefined

  constructor(parts: OutboxParts) {
    this.#parts = parts
    this.#epoch = 1 + Math.floor(parts.random() * (2 ** 32 - 2))
  }

  /** The life of the refs, for LOGIN; `load` comes first. */
  get epoch(): number {
    return this.#epoch
  }

  get size(): number {
    return this.#waiting.length
  }

  /** The next ref: calls take theirs from here too. */
  nextRef(): number {
    for (;;) {
      this.#last = this.#last >= REF_MAX ? 1 : this.#last + 1
      if (!this.#byRef.has(this.#last)) return this.#last
    }
  }

  /** Reads what an earlier run left; tries until it can. */
  load(): Promise<void> {
    this.#loaded ??= this.#load()
    return this.#loaded
  }

  async send(draft: Draft): Promise<Sent> {
    const { signal, body } = draft
    if (signal?.aborted === true) throw aborted(signal.reason)
    await this.load()
    const { limits } = this.#parts
    if (this.#waiting.length >= limits.messages || this.#bytes + body.length > limits.bytes) {
      const text = `the outbox holds ${this.#waiting.length} messages of ${this.#bytes} bytes: wait until some are sent`
      throw new LongwireError('OUTBOX_FULL', 'retry', text)
    }
    return new Promise((resolve, reject) => this.#add(draft, { resolve, reject }))
  }

  attach(session: UplinkSession): void {
    this.#session = session
    this.#pump()
  }

  /** What has no answer goes out again on the next session. */
  detach(): void {
    this.#session = undefined
    this.#pause?.cancel()
    this.#pause = undefined
    this.#inFlight = 0
    for (const waiting of this.#waiting.slice()) {
      waiting.sent = false
      if (waiting.off) this.#fail(waiting, aborted(undefined))
    }
  }

  /** The client stops: whoever waits hears of it, and the messages stay. */
  close(): void {
    const text =
      'the client was closed; the message stays in the outbox and goes out after the next connect'
    for (const { settle } of this.#waiting)
      settle?.reject(new LongwireError('CLOSED', 'retry', text))
  }

  /** SEND_ACK. False: it is about no message of the outbox. */
  acked(ref: number, status: number, body: Uint8Array): boolean {
    const waiting = this.#byRef.get(ref)
    if (waiting === undefined || !waiting.sent) return false
    const ack = edgeBody.SendAck.decode(body)
    this.#inFlight--
    if (status === 0) this.#done(waiting, ack)
    else this.#refused(waiting, errorOfCode(status, ack.message, waitOf(ack.retryAfter)))
    this.#pump()
    return true
  }

  /** ERROR with this ref. */
  putOff(ref: number, error: LongwireError): boolean {
    const waiting = this.#byRef.get(ref)
    if (waiting === undefined || !waiting.sent) return false
    this.#inFlight--
    this.#refused(waiting, error)
    this.#pump()
    return true
  }

  async #load(): Promise<void> {
    const { store, key, clock, failed } = this.#parts
    for (;;) {
      try {
        const saved = await store.load(key)
        if (saved === undefined) return
        this.#epoch = saved.epoch
        this.#last = saved.last
        for (const entry of saved.entries) this.#restore(entry)
        return
      } catch (thrown) {
        failed(storeError('read', thrown))
        await new Promise<void>(resolve => void clock.after(LOAD_RETRY_MS, resolve))
      }
    }
  }

  #restore(entry: OutboxEntry): void {
    this.#lastAt = Math.max(this.#lastAt, entry.at)
    this.#enter({ entry, kept: true, sent: false, off: false, settle: undefined })
  }

  #add(draft: Draft, settle: NonNullable<Waiting['settle']>): void {
    const { clock, store, key } = this.#parts
    const { kind, msgtype, body, signal } = draft
    const ref = this.nextRef()
    const at = (this.#lastAt = Math.max(this.#lastAt, clock.now()))
    const id = draft.id ?? `${this.#epoch.toString(16)}-${ref}`
    const entry = { ref, kind, msgtype, body, id, at }
    const waiting: Waiting = { entry, kept: false, sent: false, off: false, settle }
    this.#enter(waiting)
    signal?.addEventListener('abort', () => this.#abort(waiting, signal), { once: true })
    store.put(key, this.#epoch, entry).then(
      () => {
        waiting.kept = true
        if (this.#byRef.get(ref) === waiting) this.#parts.status({ id, status: 'queued' })
        this.#pump()
      },
      (thrown: unknown) => this.#fail(waiting, storeError('written', thrown)),
    )
  }

  #enter(waiting: Waiting): void {
    this.#waiting.push(waiting)
    this.#byRef.set(waiting.entry.ref, waiting)
    this.#bytes += waiting.entry.body.length
  }

  #abort(waiting: Waiting, { reason }: AbortSignal): void {
    if (this.#byRef.get(waiting.entry.ref) !== waiting) return
    waiting.off = true
    if (waiting.sent) waiting.settle?.reject(aborted(reason))
    else this.#fail(waiting, aborted(reason))
  }

  /** Sends what may go, in order. */
  #pump(): void {
    const session = this.#session
    if (session === undefined || this.#pause !== undefined) return
    for (const waiting of this.#waiting) {
      if (this.#inFlight >= IN_FLIGHT_MAX) return
      if (waiting.sent) continue
      // What was put later is kept later: nobody overtakes.
      if (!waiting.kept) return
      const { ref, kind, msgtype, body, id } = waiting.entry
      waiting.sent = true
      this.#inFlight++
      session.request(kind === 'c2s' ? CMD.C2S : CMD.C2C, ref, msgtype, body)
      this.#parts.status({ id, status: 'sent' })
    }
  }

  #done(waiting: Waiting, ack: edgeBody.SendAck): void {
    const { id } = waiting.entry
    const sent = { id, msgid: hexOf(ack.msgid), logid: hexOf(ack.logid) }
    this.#leave(waiting)
    this.#parts.status({ id, status: 'acked', msgid: sent.msgid })
    waiting.settle?.resolve(sent)
  }

  #refused(waiting: Waiting, error: LongwireError): void {
    if (error.action === 'stop') return this.#fail(waiting, error)
    waiting.sent = false
    const waitMs = error.retryAfterMs ?? RETRY_MS
    const { clock, random } = this.#parts
    // Behind it everything waits, so that it keeps its place.
    this.#pause?.cancel()
    this.#pause = clock.after(waitMs * (1 + random() / 4), () => {
      this.#pause = undefined
      this.#pump()
    })
  }

  #fail(waiting: Waiting, error: LongwireError): void {
    if (this.#byRef.get(waiting.entry.ref) !== waiting) return
    this.#leave(waiting)
    this.#parts.status({ id: waiting.entry.id, status: 'failed', error })
    waiting.settle?.reject(error)
  }

  #leave(waiting: Waiting): void {
    const { entry } = waiting
    this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
    this.#byRef.delete(entry.ref)
    this.#bytes -= entry.body.length
    const { store, key, failed } = this.#parts
    // Where it stays, it is sent once more after a restart, and the server knows its ref.
    store.remove(key, [entry]).catch((thrown: unknown) => failed(storeError('written', thrown)))
  }
}

export const waitOf = (retryAfter: number): { retryAfterMs?: number } =>
  retryAfter > 0 ? { retryAfterMs: retryAfter } : {}

const storeError = (what: 'read' | 'written', thrown: unknown): LongwireError =>
  new LongwireError('OUTBOX_STORE', 'stop', `the outbox could not be ${what}: ${textOf(thrown)}`, {
    cause: thrown,
  })
