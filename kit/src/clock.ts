/** A timer that can be called off. */
export interface Timer {
  cancel(): void
}

/**
 * The only source of time. Nothing else in the core calls setTimeout, Date.now or performance.now, so
 * a test or a simulation can run a whole system on {@link VirtualClock}.
 */
export interface Clock {
  /** Wall time in milliseconds since 1970; it may jump. */
  now(): number
  /** Milliseconds that only ever rise; the origin means nothing. */
  monotonic(): number
  /** Calls `task` once, `ms` from now. A pending timer does not keep a process alive. */
  after(ms: number, task: () => void): Timer
  /** Calls `task` soon, after the I/O at hand: where a batch ends. */
  soon(task: () => void): void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, task) {
    const handle = setTimeout(task, ms)
    handle.unref()
    return { cancel: () => clearTimeout(handle) }
  },
  soon(task) {
    setImmediate(task)
  },
}

/** Resolves after `ms`, or as soon as `signal` aborts. */
export const pause = (clock: Clock, ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const done = (): void => {
      timer.cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.after(ms, done)
    signal?.addEventListener('abort', done)
    if (signal?.aborted === true) done()
  })

/** Whether `work` settles, either way, within `ms`. */
export const settlesWithin = (clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> =>
  new Promise(resolve => {
    const limit = clock.after(Math.max(0, ms), () => resolve(false))
    const settled = (): void => {
      limit.cancel()
      resolve(true)
    }
    work.then(settled, settled)
  })

/** Source of randomness: a number in [0, 1). */
export type Random = () => number
export const systemRandom: Random = () => Math.random()

/** Mulberry32: a small seeded source for tests and simulations. */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Pending {
  at: number
  order: number
  task: () => void
}

/** A clock that stands still until it is told to move. */
export class VirtualClock implements Clock {
  #now: number
  #order = 0
  #pending: Pending[] = []

  constructor(now = 1_700_000_000_000) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  after(ms: number, task: () => void): Timer {
    const pending = { at: this.#now + Math.max(0, ms), order: this.#order++, task }
    this.#pending.push(pending)
    return {
      cancel: () => {
        const index = this.#pending.indexOf(pending)
        if (index >= 0) this.#pending.splice(index, 1)
      },
    }
  }

  soon(task: () => void): void {
    this.after(0, task)
  }

  /** Milliseconds until the next timer, or undefined when there is none. */
  untilNext(): number | undefined {
    const next = this.#next()
    return next === undefined ? undefined : next.at - this.#now
  }

  /** Moves time on, running due timers in order; timers set on the way run too when due. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#now = Math.max(this.#now, next.at)
      this.#pending.splice(this.#pending.indexOf(next), 1)
      next.task()
    }
    this.#now = end
  }

  #next(): Pending | undefined {
    let first: Pending | undefined
    for (const pending of this.#pending) {
      if (
        first === undefined ||
        pending.at < first.at ||
        (pending.at === first.at && pending.order < first.order)
      )
        first = pending
    }
    return first
  }
}
