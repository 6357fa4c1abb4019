/** A timer that can be called off. */
export interface Timer {
  cancel(): void
}

/** The only source of time in the SDK; a test passes its own. */
export interface Clock {
  /** Wall time in milliseconds since 1970; it may jump. */
  now(): number
  /** Milliseconds that only ever rise; the origin means nothing. */
  monotonic(): number
  /** Calls `task` once, `ms` from now. */
  after(ms: number, task: () => void): Timer
  /** Calls `task` after the work at hand: where a batch ends. */
  soon(task: () => void): void
}

/** Source of randomness: a number in [0, 1). */
export type Random = () => number

// Browsers have no setImmediate; there a microtask is where a batch ends.
const soon: (task: () => void) => void =
  typeof setImmediate === 'function' ? task => void setImmediate(task) : queueMicrotask

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, task) {
    // Unlike a server's, this timer keeps a process alive: a client that waits to dial again is at work.
    const handle = setTimeout(task, ms)
    return { cancel: () => clearTimeout(handle) }
  },
  soon,
}

export const systemRandom: Random = () => Math.random()

/** Full jitter: evenly spread over [0, min(maxMs, baseMs · 2^(tries − 1))). */
export const fullJitter = (random: Random, tries: number, baseMs: number, maxMs: number): number =>
  random() * Math.min(maxMs, baseMs * 2 ** Math.min(tries - 1, 30))

/** Whether `work` settles, however it does, within `ms`. */
export const settlesWithin = (clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> =>
  new Promise(resolve => {
    const limit = clock.after(ms, () => resolve(false))
    const settled = (): void => {
      limit.cancel()
      resolve(true)
    }
    work.then(settled, settled)
  })
