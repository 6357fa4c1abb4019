import { widened } from '../columns.ts'

/** What a request is about. */
export const ASK = { LOGIN: 1, PULL: 2, TOKEN: 3 } as const

/**
 * Requests to logic that wait for an answer, as columns, oldest first.
 *
 * A request is named on the wire by its sequenceid: index and stamp. The stamp changes with every use
 * of an index, so an answer that comes late finds nobody. All requests wait equally long.
 */
export class Contexts {
  kind: Uint8Array = new Uint8Array(0)
  slot: Int32Array = new Int32Array(0)
  /** Of the link that carries it. */
  link: Int32Array = new Int32Array(0)
  /** One number of the asker. */
  note: Float64Array = new Float64Array(0)
  /** Nodes that were asked so far. */
  asked: Uint8Array = new Uint8Array(0)
  startedAt: Float64Array = new Float64Array(0)
  /** Of the admission, for LOGIN. */
  ticket: Float64Array = new Float64Array(0)
  /** What to send again to another node, for LOGIN and TOKEN. */
  readonly body: (Uint8Array | undefined)[] = []
  size = 0

  #stamp: Uint32Array = new Uint32Array(0)
  #older: Int32Array = new Int32Array(0)
  /** Free rows are chained here too. */
  #newer: Int32Array = new Int32Array(0)
  #oldest = NONE
  #newest = NONE
  #free = NONE

  get capacity(): number {
    return this.kind.length
  }

  open(kind: number, slot: number, link: number, now: number): number {
    if (this.#free === NONE) this.#grow()
    const id = this.#free
    this.#free = this.#newer[id]!
    this.kind[id] = kind
    this.slot[id] = slot
    this.link[id] = link
    this.note[id] = 0
    this.asked[id] = 1
    this.startedAt[id] = now
    this.#stamp[id] = (this.#stamp[id]! + 1) % STAMPS
    this.#older[id] = this.#newest
    this.#newer[id] = NONE
    if (this.#newest === NONE) this.#oldest = id
    else this.#newer[this.#newest] = id
    this.#newest = id
    this.size++
    return id
  }

  close(id: number): void {
    const older = this.#older[id]!
    const newer = this.#newer[id]!
    if (older === NONE) this.#oldest = newer
    else this.#newer[older] = newer
    if (newer === NONE) this.#newest = older
    else this.#older[newer] = older
    this.kind[id] = 0
    this.body[id] = undefined
    this.#newer[id] = this.#free
    this.#free = id
    this.size--
  }

  /** Another link carries it from now on; an answer of the former one finds nobody. */
  move(id: number, link: number): void {
    this.link[id] = link
    this.asked[id] = this.asked[id]! + 1
    this.#stamp[id] = (this.#stamp[id]! + 1) % STAMPS
  }

  sequenceid(id: number): number {
    return this.#stamp[id]! * INDEXES + id
  }

  /** The open context that a sequenceid names, or −1. */
  find(sequenceid: number): number {
    const id = sequenceid % INDEXES
    if (id >= this.capacity || this.kind[id] === 0) return NONE
    return this.sequenceid(id) === sequenceid ? id : NONE
  }

  /** The oldest one if it was opened at or before `before`, or −1. */
  expired(before: number): number {
    const id = this.#oldest
    return id !== NONE && this.startedAt[id]! <= before ? id : NONE
  }

  /** The sequenceids of all that `link` carries, oldest first. */
  ofLink(link: number): number[] {
    const found: number[] = []
    for (let id = this.#oldest; id !== NONE; id = this.#newer[id]!)
      if (this.link[id] === link) found.push(this.sequenceid(id))
    return found
  }

  #grow(): void {
    const from = this.capacity
    const to = Math.max(FIRST_CAPACITY, from * 2)
    this.kind = widened(new Uint8Array(to), this.kind)
    this.slot = widened(new Int32Array(to), this.slot)
    this.link = widened(new Int32Array(to), this.link)
    this.note = widened(new Float64Array(to), this.note)
    this.asked = widened(new Uint8Array(to), this.asked)
    this.startedAt = widened(new Float64Array(to), this.startedAt)
    this.ticket = widened(new Float64Array(to), this.ticket)
    while (this.body.length < to) this.body.push(undefined)
    this.#stamp = widened(new Uint32Array(to), this.#stamp)
    this.#older = widened(new Int32Array(to), this.#older)
    this.#newer = widened(new Int32Array(to), this.#newer)
    for (let id = to - 1; id >= from; id--) {
      this.#newer[id] = this.#free
      this.#free = id
    }
  }
}

const NONE = -1
const FIRST_CAPACITY = 1024
const INDEXES = 2 ** 24
/** Index and stamp together stay below 2^53. */
const STAMPS = 2 ** 28
