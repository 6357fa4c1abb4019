import type { Table } from '../store/table.ts'
import { keySeq } from '../store/table.ts'
import type { Appended, NewMessage } from './log.ts'
import { contentOf, goneTo, isUrgent, numberIn, seqOf, urgentToOf } from './rows.ts'
import type { MailboxKeys } from './rows.ts'

/** An append that waits for its row. */
export interface Waiting {
  readonly message: NewMessage
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: unknown) => void
}

/** What this process knows of one mailbox, and the appends that wait for it. */
export class Mailbox {
  readonly keys: MailboxKeys
  /** Nothing below may be used while this is false. */
  known = false
  /** Monotonic ms at which `head` was true for certain; a row put behind it must land soon after. */
  verifiedAt = -1
  head = 0
  /** The last seq up to the head that does not wait for a device that sleeps. */
  urgentTo = 0
  /** Everything up to it is gone for good, told to readers or not. */
  floor = 0
  epoch = 0
  /** Content bytes of all rows ever up to the head, and up to the floor. */
  bytes = 0
  floorBytes = 0
  waiting: Waiting[] = []
  /** One batch is being written, or is about to be. */
  busy = false
  /** What is below this may be for any appcode. */
  #unseen = 0
  /** Pairs of appcode and its last seq above `#unseen`. */
  readonly #lasts: number[] = []

  constructor(keys: MailboxKeys) {
    this.keys = keys
  }

  /** Whether a row that was put behind `head` and has landed now may lie where others were trimmed. */
  isLate(now: number, headCacheMs: number): boolean {
    return now - this.verifiedAt >= headCacheMs
  }

  /** The last seq that an end of `appcode` may have to read before the next row. */
  previousFor(appcode: number): number {
    if (appcode === 0) return this.head
    let previous = this.#unseen
    const lasts = this.#lasts
    for (let index = 0; index < lasts.length; index += 2) {
      const other = lasts[index]
      const seq = lasts[index + 1] ?? 0
      if ((other === appcode || other === 0) && seq > previous) previous = seq
    }
    return previous
  }

  /** A row of ours is at `seq`, right behind the head. */
  born(seq: number, message: NewMessage): void {
    const { appcode, content } = message
    this.head = seq
    if (isUrgent(message)) this.urgentTo = seq
    this.bytes += content.length
    const lasts = this.#lasts
    for (let index = 0; index < lasts.length; index += 2) {
      if (lasts[index] !== appcode) continue
      lasts[index + 1] = seq
      return
    }
    lasts.push(appcode, seq)
  }

  /** Rows up to `seq`, where the running total was `bytes` (−1: not known), are gone for good. */
  trimmed(seq: number, bytes: number): void {
    if (seq > this.floor) this.floor = seq
    if (bytes > this.floorBytes) this.floorBytes = bytes
  }

  /** Reads what the table has; rows first, so that what is trimmed meanwhile shows in the mailbox's own row. */
  async load(table: Table, storeEpoch: number, now: number): Promise<void> {
    const { rows, rowsEnd, meta } = this.keys
    const [[last], [first]] = await Promise.all([
      table.range(rows, rowsEnd, 1, true),
      table.range(rows, rowsEnd, 1),
    ])
    const doc = await table.get(meta)
    const floor = goneTo(doc)
    const head = Math.max(numberIn(doc, 'head'), floor, last === undefined ? 0 : seqOf(last))
    if (head !== this.head || this.verifiedAt < 0) {
      this.#unseen = head
      this.#lasts.length = 0
    }
    this.head = head
    this.urgentTo = last === undefined ? 0 : urgentToOf(last)
    this.floor = floor
    this.epoch = numberIn(doc, 'epoch') || storeEpoch
    const kept =
      first === undefined || seqOf(first) > floor
        ? first
        : (await table.range(rows + keySeq(floor + 1), rowsEnd, 1))[0]
    this.bytes = numberIn(last?.doc, 'bytes_total')
    this.floorBytes =
      kept === undefined
        ? this.bytes
        : numberIn(kept.doc, 'bytes_total') - contentOf(kept.doc).length
    this.verifiedAt = now
    this.known = true
  }
}

/** Recently used mailboxes, about `entries` of them: those of the last generation and the one before. */
export class MailboxCache {
  readonly #half: number
  readonly #keysOf: (system: string, uid: string) => MailboxKeys
  #young = new Map<string, Mailbox>()
  #old = new Map<string, Mailbox>()

  constructor(entries: number, keysOf: (system: string, uid: string) => MailboxKeys) {
    this.#half = Math.max(1, entries >>> 1)
    this.#keysOf = keysOf
  }

  of(system: string, uid: string): Mailbox {
    const name = nameOf(system, uid)
    const young = this.#young.get(name)
    if (young !== undefined) return young
    const mailbox = this.#old.get(name) ?? new Mailbox(this.#keysOf(system, uid))
    if (this.#young.size >= this.#half) this.#turn()
    this.#young.set(name, mailbox)
    return mailbox
  }

  peek(system: string, uid: string): Mailbox | undefined {
    const name = nameOf(system, uid)
    return this.#young.get(name) ?? this.#old.get(name)
  }

  /** Drops the old generation, but for those that are in use. */
  #turn(): void {
    const next = new Map<string, Mailbox>()
    for (const [name, mailbox] of this.#old)
      if (mailbox.busy && !this.#young.has(name)) next.set(name, mailbox)
    this.#old = this.#young
    this.#young = next
  }
}

const nameOf = (system: string, uid: string): string => `${system}\u0000${uid}`
