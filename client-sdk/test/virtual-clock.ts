import type { Clock, Random, Timer } from '../src/clock.ts'

interface Pending {
  readonly at: number
  readonly order: number
  readonly task: () => void
}

/** Stands still until it is told to move; what is due `soon` runs after the work at hand, as it does outside of tests. */
export class VirtualClock implements Clock {
  #now = 1_700_000_000_000
  /** What the clock on the wall is ahead. */
  #ahead = 0
  #order = 0
  readonly #pending = new Set<Pending>()

  now(): number {
    return this.#now + this.#ahead
  }

  /** Sets the clock on the wall forward. */
  leap(ms: number): void {
    this.#ahead += ms
  }

  monotonic(): number {
    return this.#now
  }

  after(ms: number, task: () => void): Timer {
    const pending = { at: this.#now + Math.max(0, ms), order: this.#order++, task }
    this.#pending.add(pending)
    return { cancel: () => void this.#pending.delete(pending) }
  }

  soon(task: () => void): void {
    setImmediate(task)
  }

  get timers(): number {
    return this.#pending.size
  }

  /** Moves time on, running due timers in order; timers set on the way run too when due. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = next.at
      this.#pending.delete(next)
      next.task()
    }
    this.#now = end
  }

  #next(end: number): Pending | undefined {
    const due = [...this.#pending].filter(({ at }) => at <= end)
    return due.sort((a, b) => a.at - b.at || a.order - b.order)[0]
  }
}

/** Mulberry32. */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
