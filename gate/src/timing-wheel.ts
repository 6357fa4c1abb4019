import { widened } from './columns.ts'

/**
 * One hashed wheel for all deadlines of a process, in typed arrays: 12 bytes per id.
 *
 * Every id has at most one entry. Filing is lazy: an entry fires at or after its time, and whoever
 * owns it says when to look again; moving a deadline later costs nothing until then. Deadlines
 * further away than the wheel reaches are looked at once per turn.
 */
export class TimingWheel {
  readonly #tickMs: number
  readonly #size: number
  readonly #origin: number
  readonly #heads: Int32Array
  #next: Int32Array
  #prev: Int32Array
  /** The tick an id is filed at, or −1. */
  #filed: Int32Array
  #current = 0
  /** Ids that have an entry. */
  size = 0

  constructor(options: { tickMs: number; size: number; now: number; ids: number }) {
    this.#tickMs = options.tickMs
    this.#size = options.size
    this.#origin = options.now
    this.#heads = new Int32Array(options.size).fill(NONE)
    this.#next = new Int32Array(options.ids).fill(NONE)
    this.#prev = new Int32Array(options.ids).fill(NONE)
    this.#filed = new Int32Array(options.ids).fill(NONE)
  }

  /** Makes room for ids below `ids`. */
  grow(ids: number): void {
    if (ids <= this.#filed.length) return
    this.#next = widened(new Int32Array(ids).fill(NONE), this.#next)
    this.#prev = widened(new Int32Array(ids).fill(NONE), this.#prev)
    this.#filed = widened(new Int32Array(ids).fill(NONE), this.#filed)
  }

  /** Looks at `id` at `atMs` or up to a tick later. An earlier entry stays: it will be re-filed. */
  schedule(id: number, atMs: number): void {
    const wanted = Math.ceil((atMs - this.#origin) / this.#tickMs)
    const tick = Math.min(Math.max(wanted, this.#current + 1), this.#current + this.#size - 1)
    const filed = this.#filed[id]!
    if (filed !== NONE) {
      if (filed <= tick) return
      this.remove(id)
    }
    const bucket = tick % this.#size
    const head = this.#heads[bucket]!
    this.#next[id] = head
    this.#prev[id] = NONE
    if (head !== NONE) this.#prev[head] = id
    this.#heads[bucket] = id
    this.#filed[id] = tick
    this.size++
  }

  remove(id: number): void {
    const filed = this.#filed[id]!
    if (filed === NONE) return
    const next = this.#next[id]!
    const prev = this.#prev[id]!
    if (next !== NONE) this.#prev[next] = prev
    if (prev === NONE) this.#heads[filed % this.#size] = next
    else this.#next[prev] = next
    this.#filed[id] = NONE
    this.size--
  }

  /** Calls `due` for every id whose time has come; it returns when to look again, or Infinity. */
  advance(nowMs: number, due: (id: number) => number): void {
    const target = Math.floor((nowMs - this.#origin) / this.#tickMs)
    while (this.#current < target) {
      this.#current++
      const bucket = this.#current % this.#size
      for (let id = this.#heads[bucket]!; id !== NONE; id = this.#heads[bucket]!) {
        this.remove(id)
        const at = due(id)
        if (at !== Infinity) this.schedule(id, at)
      }
    }
  }
}

const NONE = -1
