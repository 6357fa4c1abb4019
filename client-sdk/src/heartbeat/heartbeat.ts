import { NEXT_UNIT_MS } from '@longwire/proto'
import type { Clock, Timer } from '../clock.ts'

/** What a heartbeat asks of its connection. */
export interface HeartbeatSide {
  /** Send PING; `next`: say that the next one comes within this many 15 s units. */
  ping(next: number | undefined): void
  /** The gate does not answer: hang up. */
  dead(): void
}

/** How long the connection may be idle, and who is told how long it was. Milliseconds. */
export interface Pace {
  interval(): number
  /** The longest that `interval` can answer once a ping sent after `gapMs` idle is answered. */
  longest(gapMs: number): number
  answered(gapMs: number): void
}

/** Keeps one connection alive; made at login, stopped when the connection ends. */
export interface Heartbeat {
  /** How long the connection was idle before the ping that waits for its answer; undefined: none does. */
  readonly waiting: number | undefined
  /** Bytes went either way: the idle time starts again. */
  active(): void
  pong(): void
  /** A person looks, the network or the clock changed: a connection that was idle is tried at once. */
  nudge(): void
  stop(): void
}

const ACK_MIN_MS = 6_000
const ACK_MAX_MS = 20_000
/** A timer that fired this late means that the device slept: the answer is waited for less long. */
const SLEPT_MS = 60_000
const ACK_SLEPT_MS = 5_000
/** Somebody waits: an idle time and a patience that suit a person. */
const NUDGE_IDLE_MS = 30_000
const ACK_NUDGE_MS = 3_000
/** Wall time and monotonic time went apart this far: the device slept, or its clock was set. */
const JUMP_MS = 5_000

/** How long to wait for a PONG. */
export const ackTimeoutMs = (roundTripMs: number): number =>
  Math.min(ACK_MAX_MS, Math.max(ACK_MIN_MS, 4 * roundTripMs + 3_000))

class PacedHeartbeat implements Heartbeat {
  readonly #clock: Clock
  readonly #side: HeartbeatSide
  readonly #pace: Pace
  #roundTripMs: number
  #activeAt: number
  #pingedAt = -1
  #gapMs = 0
  #announced = 0
  #dueAt = 0
  /** Wall time less monotonic time. */
  #offset: number
  #timer: Timer

  constructor(clock: Clock, side: HeartbeatSide, pace: Pace, roundTripMs: number) {
    this.#clock = clock
    this.#side = side
    this.#pace = pace
    this.#roundTripMs = roundTripMs
    this.#activeAt = clock.monotonic()
    this.#offset = clock.now() - clock.monotonic()
    this.#timer = this.#arm(pace.interval())
  }

  get waiting(): number | undefined {
    return this.#pingedAt < 0 ? undefined : this.#gapMs
  }

  active(): void {
    this.#activeAt = this.#clock.monotonic()
  }

  pong(): void {
    if (this.#pingedAt < 0) return
    const roundTripMs = this.#clock.monotonic() - this.#pingedAt
    this.#roundTripMs += (roundTripMs - this.#roundTripMs) / 8
    this.#pingedAt = -1
    this.#pace.answered(this.#gapMs)
    this.#again(this.#pace.interval())
  }

  nudge(): void {
    if (this.#pingedAt >= 0) return
    const idleMs = this.#idleMs()
    if (idleMs > NUDGE_IDLE_MS) this.#ping(idleMs, ACK_NUDGE_MS)
    else this.#again(this.#pace.interval() - idleMs)
  }

  stop(): void {
    this.#timer.cancel()
  }

  #again(delayMs: number): void {
    this.#timer.cancel()
    this.#timer = this.#arm(delayMs)
  }

  #arm(delayMs: number): Timer {
    this.#dueAt = this.#clock.monotonic() + delayMs
    return this.#clock.after(Math.max(0, delayMs), () => this.#fire())
  }

  // Bytes only write a timestamp; the timer looks at it when it fires.
  #fire(): void {
    const lateMs = this.#clock.monotonic() - this.#dueAt
    const idleMs = this.#idleMs()
    const leftMs = this.#pace.interval() - idleMs
    if (leftMs > 0 && !this.#hasJumped()) {
      this.#timer = this.#arm(leftMs)
      return
    }
    this.#ping(idleMs, lateMs > SLEPT_MS ? ACK_SLEPT_MS : ackTimeoutMs(this.#roundTripMs))
  }

  #ping(idleMs: number, patienceMs: number): void {
    this.#gapMs = idleMs
    this.#pingedAt = this.#clock.monotonic()
    this.#timer.cancel()
    this.#timer = this.#clock.after(patienceMs, () => this.#side.dead())
    const next = Math.ceil(this.#pace.longest(idleMs) / NEXT_UNIT_MS)
    this.#side.ping(next === this.#announced ? undefined : next)
    this.#announced = next
  }

  #idleMs(): number {
    return this.#clock.monotonic() - this.#activeAt
  }

  #hasJumped(): boolean {
    const offset = this.#clock.now() - this.#clock.monotonic()
    const jumped = Math.abs(offset - this.#offset) > JUMP_MS
    this.#offset = offset
    return jumped
  }
}

/** Pings whenever `pace` says so. `roundTripMs`: a first guess, such as that of LOGIN. */
export const createHeartbeat = (
  clock: Clock,
  side: HeartbeatSide,
  pace: Pace,
  roundTripMs: number,
): Heartbeat => new PacedHeartbeat(clock, side, pace, roundTripMs)
