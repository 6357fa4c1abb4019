import { LIMITS } from '@longwire/proto'
import type { Cursor } from './cursor-store.ts'
import { Message } from './message.ts'

/** Seqs in [from, to] are gone: the mailbox was trimmed before this end read them. */
export interface Gap {
  readonly from: number
  readonly to: number
  readonly reason: 'trimmed'
}

/** The mailbox started anew: nothing is known of what lay between the two cursors. */
export interface Reset {
  readonly previous: Cursor
  readonly cursor: Cursor
}

/** What the sync core wants done. Every seq is absolute but for `ack`, which counts from the base. */
export interface SyncOutput {
  /** Send PULL. At most one is outstanding. */
  pull(cursor: number, maxBytes: number): void
  /** Send ACK: everything up to base + cumulative is saved. */
  ack(cumulative: number): void
  /** Hand to the app, in this order, one at a time. */
  deliver(message: Message): void
  gap(gap: Gap): void
  /** After this, cursors reached before it must not be given to `delivered` any more. */
  reset(reset: Reset): void
}

/** How much may wait for the app; one page may come on top. */
export interface SyncWindow {
  readonly messages: number
  readonly bytes: number
}

/** Fields of a DATA frame as they are on the wire: `seq` counts from the base of the connection. */
export interface DataFrame {
  readonly seq: number
  /** seq − prev; 1 when nothing lies between. */
  readonly back: number
  readonly msgtype: number
  readonly content: Uint8Array
  readonly logid?: string
}

/** A PULL_RESP: every live message of (from, next]. */
export interface PageFrame {
  readonly from: number
  readonly next: number
  /** End of a flagged gap, or −1. */
  readonly floor: number
  readonly more: boolean
  readonly messages: readonly Message[]
}

export interface LoginFrame {
  readonly epoch: number
  readonly base: number
  readonly max: number
  readonly reset: boolean
}

/** `page`: LOGIN_ACK promised a PULL_RESP that nobody asked for. */
type Outstanding = 'nothing' | 'page' | 'pull'

const DEFAULT_WINDOW: SyncWindow = { messages: 256, bytes: 1024 * 1024 }
const PAGE_BYTES_MIN = 64 * 1024
const PAGE_BYTES_MAX = 128 * 1024

/**
 * The reader's side of a mailbox: decides what is new, what to ask for and what may be acknowledged.
 *
 * Pure: it does no I/O and knows no time. Frames may be lost, repeated or late and the connection may
 * end between any two inputs; still every message is delivered once and in order, or lies in a gap or
 * reset that was reported. Outputs may call inputs again.
 */
export class Sync {
  readonly #out: SyncOutput
  readonly #window: SyncWindow
  readonly #waiting: Message[] = []
  #waitingBytes = 0
  #epoch: number
  /** Everything up to here was handed over. */
  #cursor: number
  /** Everything up to here was handled by the app, and the cursor survives a crash. */
  #saved: number
  #online = false
  #base = 0
  /** The highest seq that this connection spoke of. */
  #head = 0
  #acked = 0
  #unacked = 0
  #outstanding: Outstanding = 'nothing'
  /** The gate waits for a PULL, whatever is known of the head. */
  #owed = false

  /** `saved` is the cursor that the store holds; epoch 0 when it holds none. */
  constructor(saved: Cursor, out: SyncOutput, window: SyncWindow = DEFAULT_WINDOW) {
    this.#epoch = saved.epoch
    this.#cursor = this.#saved = saved.seq
    this.#out = out
    this.#window = window
  }

  /** How far messages were handed over. */
  get cursor(): Cursor {
    return { epoch: this.#epoch, seq: this.#cursor }
  }

  /** What LOGIN has to name. */
  get saved(): Cursor {
    return { epoch: this.#epoch, seq: this.#saved }
  }

  /** True while something is saved that the gate was not told: call `flushAck` within two seconds. */
  get ackPending(): boolean {
    return this.#online && this.#ackable() > this.#acked
  }

  loggedIn(ack: LoginFrame): void {
    const known = this.#epoch !== 0
    const lost = known && (ack.reset || ack.epoch !== this.#epoch)
    this.#online = true
    this.#base = this.#acked = ack.base
    this.#head = Math.max(ack.max, ack.base)
    this.#unacked = 0
    this.#owed = false
    this.#outstanding = ack.max > ack.base ? 'page' : 'nothing'
    if (lost || !known) this.#restart(ack)
    else this.#skipTo(ack.base)
    this.#pullIfNeeded()
  }

  disconnected(): void {
    this.#online = false
    this.#outstanding = 'nothing'
    this.#owed = false
  }

  /** NOTIFY: the head of the mailbox. The gate sends no DATA until it is pulled, so always pull. */
  notify(max: number): void {
    if (!this.#online) return
    if (max > this.#head) this.#head = max
    // The page promised at login comes before anything else: it is not coming any more.
    if (this.#outstanding === 'page') this.#outstanding = 'nothing'
    this.#owed = true
    this.#pullIfNeeded()
  }

  data(frame: DataFrame): void {
    if (!this.#online) return
    const seq = this.#base + frame.seq
    if (!this.accepts(seq)) {
      this.#sendAck()
      return
    }
    if (seq > this.#head) this.#head = seq
    if (this.follows(seq - frame.back) && this.#hasRoom()) {
      const { msgtype, content, logid = '' } = frame
      this.#take(new Message({ seq, msgtype, content, logid }))
      return
    }
    if (this.#outstanding === 'page') this.#outstanding = 'nothing'
    this.#pullIfNeeded()
  }

  pullResp(page: PageFrame): void {
    if (!this.#online) return
    if (page.next > this.#head) this.#head = page.next
    if (page.more) this.#owed = true
    if (this.#hasRoom()) this.#takePage(page)
    this.#outstanding = 'nothing'
    this.#pullIfNeeded()
  }

  /** The app has handled everything up to `saved`, and the store holds it. */
  delivered(saved: Cursor): void {
    if (saved.epoch !== this.#epoch || saved.seq <= this.#saved) return
    this.#saved = Math.min(saved.seq, this.#cursor)
    const waiting = this.#waiting
    while (waiting.length > 0 && waiting[0]!.seq <= this.#saved) {
      this.#waitingBytes -= waiting.shift()!.content.length
      this.#unacked++
    }
    if (this.#unacked >= LIMITS.ackEvery) this.flushAck()
    this.#pullIfNeeded()
  }

  /** Sends the ACK that is due, if any: two seconds after it became pending, and before a PING. */
  flushAck(): void {
    if (this.ackPending) this.#sendAck()
  }

  /** THE acceptance test: only what lies beyond the cursor is new. */
  protected accepts(seq: number): boolean {
    return seq > this.#cursor
  }

  /** Whether nothing is missing between the cursor and a message whose predecessor is `previous`. */
  protected follows(previous: number): boolean {
    return previous <= this.#cursor
  }

  #restart(ack: LoginFrame): void {
    const previous = this.cursor
    this.#epoch = ack.epoch
    this.#cursor = this.#saved = ack.base
    this.#waiting.length = 0
    this.#waitingBytes = 0
    if (previous.epoch !== 0) this.#out.reset({ previous, cursor: this.cursor })
  }

  #skipTo(floor: number): void {
    const from = this.#cursor + 1
    if (floor < from) return
    this.#cursor = floor
    this.#out.gap({ from, to: floor, reason: 'trimmed' })
  }

  #takePage(page: PageFrame): void {
    this.#skipTo(page.floor)
    // An answer that begins beyond the cursor says nothing of what lies between: ask again.
    if (page.from > this.#cursor) return
    for (const message of page.messages) {
      if (this.accepts(message.seq)) this.#take(message)
    }
    if (page.next > this.#cursor) this.#cursor = page.next
  }

  #take(message: Message): void {
    this.#cursor = message.seq
    this.#waiting.push(message)
    this.#waitingBytes += message.content.length
    this.#out.deliver(message)
  }

  #hasRoom(): boolean {
    return this.#waiting.length < this.#window.messages && this.#waitingBytes < this.#window.bytes
  }

  #pullIfNeeded(): void {
    if (!this.#online || this.#outstanding !== 'nothing') return
    if (!this.#owed && this.#head <= this.#cursor) return
    if (!this.#hasRoom()) return
    this.#owed = false
    this.#outstanding = 'pull'
    const room = this.#window.bytes - this.#waitingBytes
    this.#out.pull(this.#cursor, Math.max(PAGE_BYTES_MIN, Math.min(room, PAGE_BYTES_MAX)))
  }

  // A gate that could not read the head at login takes an ACK beyond what it knows for a fault.
  #ackable(): number {
    return Math.min(this.#saved, this.#head)
  }

  #sendAck(): void {
    const upTo = this.#ackable()
    if (upTo < this.#base) return
    this.#acked = upTo
    this.#unacked = 0
    this.#out.ack(upTo - this.#base)
  }
}
