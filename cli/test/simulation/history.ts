import type { Cursor } from '@longwire/client'
import type { edgeBody } from '@longwire/proto'

/** A message as its publisher knows it. */
export interface Published {
  readonly id: string
  readonly uid: string
  readonly system: string
  /** 0: every end of the system. */
  readonly appcode: number
  /** Lives so long that no clock that jumps can have it expire. */
  readonly lasting: boolean
  /** 0 until the publisher has its answer. */
  seq: number
  epoch: number
}

interface Range {
  readonly epoch: number
  readonly from: number
  readonly to: number
}

interface Owner {
  readonly title: string
  readonly uid: string
  readonly system: string
  readonly appcode: number
}

const LINES_MAX = 400

/** All that happened: a hash of it, the last of it, and what must not have happened. */
export class History {
  readonly faults: string[] = []
  readonly messages = new Map<string, Published>()
  readonly devices: DeviceHistory[] = []
  deliveries = 0
  gaps = 0
  resets = 0
  /** Sessions that followed a MIGRATE. */
  moves = 0
  /** Prints as it comes. */
  echo: ((line: string) => void) | undefined
  readonly #now: () => number
  readonly #lines: string[] = []
  #hash = 0x811c9dc5

  constructor(now: () => number) {
    this.#now = now
  }

  /** Two runs of one seed have the same. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  tail(lines: number): readonly string[] {
    return this.#lines.slice(-lines)
  }

  note(who: string, what: string): void {
    const line = `${(this.#now() / 1000).toFixed(3).padStart(9)} ${who.padEnd(12)} ${what}`
    for (let at = 0; at < line.length; at++)
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(at), 0x01000193)
    if (this.#lines.push(line) > 2 * LINES_MAX) this.#lines.splice(0, LINES_MAX)
    this.echo?.(line)
  }

  fault(who: string, text: string): void {
    this.faults.push(`${who}: ${text}`)
    this.note(who, `VIOLATION ${text}`)
  }

  published(message: Published): void {
    this.messages.set(message.id, message)
  }

  accepted(id: string, epoch: number, seq: number): void {
    const message = this.messages.get(id)!
    message.epoch = epoch
    message.seq = seq
    this.note('publisher', `${id} accepted as ${epoch}:${seq}`)
  }
}

/**
 * One end, and what it is owed.
 *
 * I1 every accepted message is delivered, has expired, or lies in a gap or reset that was reported.
 * I2 within an epoch delivered seqs rise. I3 nothing is delivered twice but after a crash of the app
 * between its handler and the saved cursor. I4 cursors never go back. I7 nothing of another user or
 * appcode is delivered, and nothing that was never published; one publish is one message.
 */
export class DeviceHistory {
  readonly #history: History
  readonly #who: Owner
  /** Seqs under which a message was delivered, by epoch. */
  readonly #delivered = new Map<string, Map<number, number>>()
  #missing: Range[] = []
  #epoch = 0
  #last = 0
  #saved: Cursor = { epoch: 0, seq: 0 }
  /** Epochs whose loss the app was told of. */
  readonly #excused = new Set<number>()
  readonly #known = new Set<number>()

  constructor(history: History, who: Owner) {
    this.#history = history
    this.#who = who
    history.devices.push(this)
  }

  fault(text: string): void {
    this.#history.fault(this.#who.title, text)
  }

  /** A new life of the app, from what its disk holds: what was delivered beyond may come again. */
  started(saved: Cursor): void {
    this.#saved = saved
    this.#epoch = saved.epoch
    this.#last = saved.seq
    this.#missing = this.#missing.filter(gap => gap.epoch !== saved.epoch || gap.from <= saved.seq)
    this.#known.clear()
    if (saved.epoch !== 0) this.#known.add(saved.epoch)
    this.#note(`opens with ${saved.epoch}:${saved.seq}`)
  }

  loggedIn({ epoch, base }: Pick<edgeBody.LoginAck, 'epoch' | 'base'>): void {
    this.#known.add(epoch)
    if (this.#epoch !== 0) return
    this.#epoch = epoch
    this.#startAt(epoch, base)
  }

  delivered(id: string, seq: number): void {
    const history = this.#history
    history.deliveries++
    this.#note(`delivered ${id} as ${this.#epoch}:${seq}`)
    const message = history.messages.get(id)
    if (message === undefined) return this.fault(`delivered ${id}, which nobody published`)
    if (!this.#isMine(message)) this.fault(`delivered ${id}, which is for somebody else`)
    if (seq <= this.#last) this.fault(`delivered ${seq} after ${this.#last} (${id})`)
    if (message.seq !== 0 && message.epoch === this.#epoch && message.seq !== seq)
      this.fault(`${id} was accepted as ${message.seq} and delivered as ${seq}`)
    const seqs = this.#delivered.get(id) ?? new Map<number, number>()
    const before = seqs.get(this.#epoch)
    if (before !== undefined && before !== seq)
      this.fault(`${id} was delivered as ${before} and again as ${seq}`)
    seqs.set(this.#epoch, seq)
    this.#delivered.set(id, seqs)
    this.#last = seq
  }

  gap(from: number, to: number): void {
    this.#history.gaps++
    this.#note(`gap ${this.#epoch}:${from}–${to}`)
    this.#missing.push({ epoch: this.#epoch, from, to })
    if (from <= this.#last) this.fault(`gap from ${from} after ${this.#last}`)
    this.#last = Math.max(this.#last, to)
  }

  /** It has another session, and its app need not know. */
  moved(from: string, to: string): void {
    this.#history.moves++
    this.#note(`moved from ${from} to ${to}`)
  }

  reset(previous: Cursor, cursor: Cursor): void {
    this.#history.resets++
    this.#note(`reset from ${previous.epoch}:${previous.seq} to ${cursor.epoch}:${cursor.seq}`)
    this.#excused.add(previous.epoch)
    this.#epoch = cursor.epoch
    this.#startAt(cursor.epoch, cursor.seq)
  }

  saved(cursor: Cursor): void {
    if (cursor.epoch === this.#saved.epoch && cursor.seq < this.#saved.seq)
      this.fault(`the saved cursor went back from ${this.#saved.seq} to ${cursor.seq}`)
    this.#saved = cursor
    this.#note(`saved ${cursor.epoch}:${cursor.seq}`)
  }

  /** What this end should have and has not; `epoch` is the store's. */
  owed(epoch: number): string[] {
    const owed: string[] = []
    for (const message of this.#history.messages.values()) {
      const { id, seq } = message
      if (seq === 0 || !message.lasting || !this.#isMine(message)) continue
      if (this.#delivered.get(id)?.has(message.epoch) === true) continue
      const told =
        message.epoch !== epoch &&
        (this.#excused.has(message.epoch) || !this.#known.has(message.epoch))
      if (!told && !this.#isMissing(message))
        owed.push(`${id} (${message.epoch}:${seq}) was accepted and not delivered`)
    }
    return owed
  }

  #isMine({ uid, system, appcode }: Published): boolean {
    const mine = this.#who
    return uid === mine.uid && system === mine.system && (appcode === 0 || appcode === mine.appcode)
  }

  #isMissing({ epoch, seq }: Published): boolean {
    return this.#missing.some(gap => gap.epoch === epoch && gap.from <= seq && seq <= gap.to)
  }

  /** What lies before is not this end's business. */
  #startAt(epoch: number, base: number): void {
    this.#missing.push({ epoch, from: 0, to: base })
    this.#last = base
  }

  #note(what: string): void {
    this.#history.note(this.#who.title, what)
  }
}
