import type { Clock, Timer } from './clock.ts'
import type { Histogram, Metrics } from './metrics.ts'

/** How late the event loop runs. */
export interface LoopDelay {
  /** Milliseconds that what is due waits for its turn: the worst of late, soon forgotten. */
  readonly ms: number
}

/** The delay of a process that is not looked at: none. */
export const NO_LOOP_DELAY: LoopDelay = { ms: 0 }

const SAMPLE_MS = 25
/** What is left of a peak after one sample: a tenth after half a second. */
const FORGET = 0.9
const BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const

/**
 * Measures by being late itself: a timer of the injected clock, so that a test or a simulation decides
 * what is seen.
 */
export class LoopMeter implements LoopDelay {
  ms = 0
  readonly #clock: Clock
  readonly #histogram: Histogram
  #timer: Timer | undefined
  #dueAt = 0
  readonly #sample = (): void => {
    const late = Math.max(0, this.#clock.monotonic() - this.#dueAt)
    this.ms = Math.max(late, this.ms * FORGET)
    this.#histogram.observe(late / 1_000)
    this.#arm()
  }

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock
    const help = 'how late timers of this process fire'
    this.#histogram = metrics.histogram('longwire_event_loop_delay_seconds', help, BUCKETS_SECONDS)
  }

  start(): void {
    if (this.#timer === undefined) this.#arm()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #arm(): void {
    this.#dueAt = this.#clock.monotonic() + SAMPLE_MS
    this.#timer = this.#clock.after(SAMPLE_MS, this.#sample)
  }
}
