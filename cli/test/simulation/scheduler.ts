import { type Clock, seededRandom, type Timer } from '@longwire/kit'

/** Something that happens at a moment, on a host. */
export interface Task extends Timer {
  readonly at: number
  readonly order: number
  readonly host: Host
  /** A process set it for itself. */
  timer: boolean
  run: (() => void) | undefined
}

/** Tasks per turn of the event loop; Node lets promises run between any two of them. */
const TURN = 64

/**
 * One thread of time for a whole cluster: every timer, packet and answer is a task in one queue, and all
 * promises have run before the next task begins. So one seed gives one history.
 */
export class Scheduler {
  now = 0
  /** Tasks that were run. */
  steps = 0
  readonly random: () => number
  /** Called with what a task threw. */
  fault: (host: Host, error: unknown) => void = (_, error) => {
    throw error
  }
  readonly #heap: Task[] = []
  #order = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  /** A whole number from 0 to below − 1. */
  int(below: number): number {
    return Math.floor(this.random() * below)
  }

  chance(share: number): boolean {
    return this.random() < share
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)]!
  }

  add(host: Host, delayMs: number, run: () => void): Task {
    const task: Task = {
      at: this.now + Math.max(0, delayMs),
      order: this.#order++,
      host,
      timer: false,
      run,
      cancel: () => {
        task.run = undefined
      },
    }
    push(this.#heap, task)
    return task
  }

  /** Timers of a host that are still to fire. */
  timers(host: Host): number {
    return this.#heap.filter(task => task.host === host && task.timer && task.run !== undefined)
      .length
  }

  /** Runs `ms` of time; resolves when all promises of the last task have run. */
  run(ms: number): Promise<void> {
    const end = this.now + ms
    return new Promise((resolve, reject) => {
      let over = false
      const step = (): void => {
        if (over) return
        try {
          over = !this.#step(end)
          if (over) setImmediate(resolve)
        } catch (error) {
          over = true
          reject(error)
        }
      }
      const turn = (): void => {
        if (over) return
        for (let count = 0; count < TURN; count++) setImmediate(step)
        setImmediate(turn)
      }
      turn()
    })
  }

  #step(end: number): boolean {
    for (;;) {
      const task = this.#heap[0]
      if (task === undefined || task.at > end) {
        this.now = end
        return false
      }
      pop(this.#heap)
      const { run, host } = task
      if (run === undefined || !host.alive) continue
      this.now = Math.max(this.now, task.at)
      if (host.hold(task)) continue
      this.steps++
      try {
        run()
      } catch (error) {
        this.fault(host, error)
      }
      return true
    }
  }
}

/** A process: it can be killed, stopped and continued, and its wall clock can be wrong. */
export class Host {
  readonly name: string
  alive = true
  /** Wall time is this far off. */
  skewMs = 0
  readonly clock: Clock
  readonly scheduler: Scheduler
  #paused = false
  #held: Task[] = []

  constructor(scheduler: Scheduler, name: string) {
    this.scheduler = scheduler
    this.name = name
    // The monotonic clocks of two machines have nothing to do with each other.
    const origin = 1_000 + scheduler.int(1_000_000)
    this.clock = {
      now: () => WALL_START + Math.floor(scheduler.now) + this.skewMs,
      monotonic: () => origin + scheduler.now,
      after: (ms, run) => {
        // As timers of Node are: a millisecond at least.
        const task = scheduler.add(this, Math.max(1, ms), run)
        task.timer = true
        return task
      },
      soon: run => void scheduler.add(this, 0, run),
    }
  }

  get paused(): boolean {
    return this.#paused
  }

  /** kill -9: nothing of this process happens any more. */
  kill(): void {
    this.alive = false
    this.#held = []
  }

  /** SIGSTOP: time goes on, this process does not. */
  pause(): void {
    this.#paused = true
  }

  /** SIGCONT: what was missed happens now, in its order. */
  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    const held = this.#held
    this.#held = []
    // One of them may cancel another.
    for (const task of held) this.scheduler.add(this, 0, () => task.run?.())
  }

  /** Whether a task has to wait for the process to go on. */
  hold(task: Task): boolean {
    if (!this.#paused) return false
    this.#held.push(task)
    return true
  }
}

const WALL_START = 1_700_000_000_000

const before = (one: Task, other: Task): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order)

const push = (heap: Task[], task: Task): void => {
  let at = heap.push(task) - 1
  while (at > 0) {
    const parent = (at - 1) >>> 1
    if (!before(task, heap[parent]!)) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = task
}

const pop = (heap: Task[]): void => {
  const last = heap.pop()!
  if (heap.length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
    if (!before(heap[child]!, last)) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = last
}
