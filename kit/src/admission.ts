import { Backlog } from './backlog.ts'
import type { Clock } from './clock.ts'
import type { LoopDelay } from './loop-delay.ts'

export interface AdmissionLimits {
  /** Under way at once: always allowed, and never more. */
  readonly least: number
  readonly most: number
  /** The oldest under way should not be older, in milliseconds. */
  readonly ageMs: number
  /** The event loop should not be later, in milliseconds. */
  readonly loopMs: number
  /** Told to who is refused; more of it the more are refused, up to ten times as much. */
  readonly retryMs: number
}

export interface AdmissionParts {
  readonly clock: Clock
  readonly loop: LoopDelay
  readonly limits: AdmissionLimits
  /** Another measure of strain: 1 is what the process can just bear. */
  readonly strain?: () => number
}

/** A bound must be exceeded in this many looks in a row. */
const PATIENCE = 2
/** By Little's law the age comes to rest there: far enough below what is allowed that a hiccup of a store stays within it. */
const FILL = 0.4
/** Of the allowed age, however late the event loop is. */
const AGE_MIN = 0.25
const RELAXED = 0.4
const GROWTH = 1.05
/** Weight of the latest look in what is smoothed. */
const LATEST = 0.2
/** Share of refusals that counts as overload. */
const SHED_SHARE = 0.01
const RETRY_FACTOR_MAX = 10
const RETRY_STEP_MS = 250
/** Load that means: at its bounds. */
export const LOAD_FULL = 128
const LOAD_MAX = 254

/**
 * How much a process takes on at once. While work leaves soon enough the limit is high and nobody
 * meets it. Once the oldest is too old, or the event loop too late, the limit becomes what leaves
 * within the allowed age: what is taken keeps its latency, the rest is refused at once. It grows again
 * only while it is reached and the age is half of what is allowed, so it comes to rest in between.
 */
export class Admission {
  readonly backlog: Backlog = new Backlog()
  limit: number
  /** Milliseconds until who is refused should come again. */
  retryMs: number
  readonly #parts: AdmissionParts
  #lookedAt: number
  #left = 0
  #perMs = 0
  #strained = 0
  #reached = false
  #strain = 0
  #shed = 0
  #shedBefore = 0
  #shedShare = 0

  constructor(parts: AdmissionParts) {
    this.#parts = parts
    this.limit = parts.limits.most
    this.retryMs = parts.limits.retryMs
    this.#lookedAt = parts.clock.monotonic()
  }

  /** Whether no more may enter now. */
  get full(): boolean {
    if (this.backlog.size < this.limit) return false
    this.#reached = true
    return true
  }

  /** More than a few were refused lately. */
  get shedding(): boolean {
    return this.#shedShare > SHED_SHARE
  }

  /** 0: idle, {@link LOAD_FULL}: at its bounds, more: it refuses. */
  get load(): number {
    const used = this.shedding ? 1 + this.#shedShare : this.#strain
    return Math.min(LOAD_MAX, Math.round(used * LOAD_FULL))
  }

  get oldestMs(): number {
    return this.backlog.oldestMs(this.#parts.clock.monotonic())
  }

  enter(): number {
    return this.backlog.enter(this.#parts.clock.monotonic())
  }

  leave(ticket: number): void {
    this.backlog.leave(ticket)
  }

  /** Somebody was refused. */
  refused(): void {
    this.#shed++
  }

  /** To be called several times a second: sets the limit anew. */
  look(): void {
    const { clock, limits } = this.#parts
    const now = clock.monotonic()
    const passed = now - this.#lookedAt
    if (passed <= 0) return
    this.#lookedAt = now
    const left = this.backlog.left - this.#left
    this.#left = this.backlog.left
    this.#perMs = smooth(this.#perMs, left / passed)
    this.#adapt(this.#strainNow(now))
    this.#countRefusals(left)
    this.limit = Math.min(limits.most, Math.max(limits.least, this.limit))
  }

  #strainNow(now: number): number {
    const { loop, limits, strain } = this.#parts
    const own = Math.max(this.backlog.oldestMs(now) / this.#ageMs, loop.ms / limits.loopMs)
    return strain === undefined ? own : Math.max(own, strain())
  }

  /** What a late event loop takes before work is even seen is no longer there for doing it. */
  get #ageMs(): number {
    const { loop, limits } = this.#parts
    return Math.max(limits.ageMs * AGE_MIN, limits.ageMs - loop.ms)
  }

  #adapt(strain: number): void {
    this.#strain = smooth(this.#strain, Math.min(strain, 2))
    this.#strained = strain > 1 ? this.#strained + 1 : 0
    if (this.#strained >= PATIENCE)
      this.limit = Math.min(this.limit, Math.ceil(this.#perMs * this.#ageMs * FILL))
    else if (strain < RELAXED && this.#mayGrow()) this.limit = Math.ceil(this.limit * GROWTH)
    this.#reached = false
  }

  /** What nobody asks for needs no trying out; once it is quiet all is as at the beginning. */
  #mayGrow(): boolean {
    return this.#reached || this.backlog.size < this.limit * RELAXED
  }

  #countRefusals(left: number): void {
    const { limits } = this.#parts
    const shed = this.#shed - this.#shedBefore
    this.#shedBefore = this.#shed
    const share = shed === 0 ? 0 : shed / (shed + left)
    this.#shedShare = smooth(this.#shedShare, share)
    const factor = Math.min(RETRY_FACTOR_MAX, 1 / Math.max(0.001, 1 - this.#shedShare))
    this.retryMs = Math.round((limits.retryMs * factor) / RETRY_STEP_MS) * RETRY_STEP_MS
  }
}

const smooth = (before: number, latest: number): number => before + (latest - before) * LATEST
