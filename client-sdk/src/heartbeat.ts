import { LIMITS, NEXT_UNIT_MS } from '@longwire/proto'
import type { Clock, Timer } from './clock.ts'

/** What the gate said at login, in milliseconds. */
export interface HeartbeatHints {
  readonly startMs: number
  readonly maxMs: number
}

/** What a heartbeat asks of its connection. */
export interface HeartbeatSide {
  /** Send PING; `next`: say that the next one comes within this many 15 s units. */
  ping(next: number | undefined): void
  /** The gate does not answer: hang up. */
  dead(): void
}

/** Keeps one connection alive; made at login, stopped when the connection ends. */
export interface Heartbeat {
  /** Bytes went either way: the idle time starts again. */
  active(): void
  pong(): void
  stop(): void
}

const INTERVAL_MIN_MS = 2 * LIMITS.pingMinMs
const ACK_MIN_MS = 6_000
const ACK_MAX_MS = 20_000

/** How long to wait for a PONG. */
export const ackTimeoutMs = (roundTripMs: number): number =>
  Math.min(ACK_MAX_MS, Math.max(ACK_MIN_MS, 4 * roundTripMs + 3_000))

class FixedHeartbeat implements Heartbeat {
  readonly #clock: Clock
  readonly #side: HeartbeatSide
  readonly #intervalMs: number
  #roundTripMs: number
  #activeAt: number
  #pingedAt = -1
  #announced = 0
  #timer: Timer

  constructor(clock: Clock, side: HeartbeatSide, hints: HeartbeatHints, roundTripMs: number) {
    this.#clock = clock
    this.#side = side
    const startMs = hints.startMs > 0 ? hints.startMs : LIMITS.pingStartMs
    const maxMs = hints.maxMs > 0 ? hints.maxMs : LIMITS.pingMaxMs
    this.#intervalMs = Math.max(INTERVAL_MIN_MS, Math.min(startMs, maxMs))
    this.#roundTripMs = roundTripMs
    this.#activeAt = clock.monotonic()
    this.#timer = clock.after(this.#intervalMs, () => this.#fire())
  }

  active(): void {
    this.#activeAt = this.#clock.monotonic()
  }

  pong(): void {
    if (this.#pingedAt < 0) return
    const roundTripMs = this.#clock.monotonic() - this.#pingedAt
    this.#roundTripMs += (roundTripMs - this.#roundTripMs) / 8
    this.#pingedAt = -1
    this.#timer.cancel()
    this.#timer = this.#clock.after(this.#intervalMs, () => this.#fire())
  }

  stop(): void {
    this.#timer.cancel()
  }

  // Bytes only write a timestamp; the timer looks at it when it fires.
  #fire(): void {
    const idleMs = this.#clock.monotonic() - this.#activeAt
    if (idleMs < this.#intervalMs) {
      this.#timer = this.#clock.after(this.#intervalMs - idleMs, () => this.#fire())
      return
    }
    this.#pingedAt = this.#clock.monotonic()
    this.#timer = this.#clock.after(ackTimeoutMs(this.#roundTripMs), () => this.#side.dead())
    const next = Math.ceil(this.#intervalMs / NEXT_UNIT_MS)
    this.#side.ping(next === this.#announced ? undefined : next)
    this.#announced = next
  }
}

/** Pings after a fixed idle time. `roundTripMs`: a first guess, such as that of LOGIN. */
export const createHeartbeat = (
  clock: Clock,
  side: HeartbeatSide,
  hints: HeartbeatHints,
  roundTripMs: number,
): Heartbeat => new FixedHeartbeat(clock, side, hints, roundTripMs)
