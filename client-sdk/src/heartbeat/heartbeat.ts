import { NEXT_UNIT_MS } from '@longwire/proto'
import type { Clock, Timer } from '../clock.ts'
import { JUMP_MS } from './stillness.ts'

/** What a heartbeat asks of its connection. */
export interface HeartbeatSide {
  /**
   * Send PING; `next`: say that the next one comes within this many 15 s units, and whether that is what
   * was learned.
   */
  ping(next: number | undefined, learned: boolean): void
  /** The gate does not answer: hang up. */
  dead(): void
}

/** How long the connection may be idle, and who is told how long it was. Milliseconds. */
export interface Pace {
  interval(): number
  /** The longest that `interval` can answer once a ping sent after `gapMs` idle is answered. */
  longest(gapMs: number): number
  /** The longest that a connection was idle and lived. */
  proven(): number
  /** The search for the interval is over. */
  learned(): boolean
  answered(gapMs: number): void
  /** How long to wait for a PONG where the gate said so; 0: by the round trip. */
  ackTimeoutMs(): number
}

export interface HeartbeatOptions {
  readonly side: HeartbeatSide
  readonly pace: Pace
  /** A first guess, such as that of LOGIN. */
  readonly roundTripMs: number
  /** How long the gate waits for the first PING before it thinks that the client is gone. */
  readonly expectedMs: number
  /** Wakes the device for a ping. Left out: a timer of the clock. */
  readonly alarm?: ((ms: number, task: () => void) => Timer) | undefined
}

/** Keeps one connection alive; made at login, stopped when the connection ends. */
export interface Heartbeat {
  /**
   * How long the connection was idle before the ping that waits for its answer, where its failure would
   * tell of the network; undefined otherwise.
   */
  readonly waiting: number | undefined
  /** A ping has no answer yet. */
  readonly unanswered: boolean
  /** The platform lets this device sleep for longer than the network leaves a connection idle. */
  readonly dozing: boolean
  /** Bytes went either way: the idle time starts again. */
  active(): void
  pong(): void
  /** A person looks, the network or the clock changed: a connection that was idle is tried at once. */
  nudge(): void
  /** The device is awake for something else: a ping that is nearly due goes along. */
  awake(): void
  /** The interval may be another one now. */
  retime(): void
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
/** Share of the interval from which on a ping may go along with something else. */
const ALONG = 0.85
/** Alarms this late, twice in a row, show at what pace the platform lets this device wake. */
const LATE_MS = 20_000
const LATES = 2
/** Less is what any timer is late by. */
const LATE_MIN_MS = 1_000

/** How long to wait for a PONG. */
export const ackTimeoutMs = (roundTripMs: number): number =>
  Math.min(ACK_MAX_MS, Math.max(ACK_MIN_MS, 4 * roundTripMs + 3_000))

class PacedHeartbeat implements Heartbeat {
  readonly #clock: Clock
  readonly #side: HeartbeatSide
  readonly #pace: Pace
  readonly #alarm: HeartbeatOptions['alarm']
  #roundTripMs: number
  #activeAt: number
  #pingedAt = -1
  #gapMs = 0
  /** Of the ping under way: its answer tells how long the connection may be idle, and its failure. */
  #proves = false
  #blames = false
  /** What the gate was told last, in units; 0: nothing. */
  #announced = 0
  #saidLearned = false
  /** The gate expects no ping later than this after the last byte. */
  #expectedMs: number
  #dueAt = 0
  #askedMs = 0
  /** How late the timer was that fired last. */
  #lateMs = 0
  #lates = 0
  /** What the platform made of the alarms that were late; 0: they come when asked for. */
  #quantumMs = 0
  /** Wall time less monotonic time. */
  #offset: number
  #timer: Timer
  #stopped = false

  constructor(clock: Clock, { side, pace, roundTripMs, expectedMs, alarm }: HeartbeatOptions) {
    this.#clock = clock
    this.#side = side
    this.#pace = pace
    this.#alarm = alarm
    this.#roundTripMs = roundTripMs
    this.#expectedMs = expectedMs
    this.#activeAt = clock.monotonic()
    this.#offset = clock.now() - clock.monotonic()
    this.#timer = this.#arm(pace.interval())
    // What is known of this network is longer than what the gate waits for: it has to be told first.
    if (pace.interval() > expectedMs) clock.soon(() => this.#announce())
  }

  get waiting(): number | undefined {
    return this.#pingedAt >= 0 && this.#blames ? this.#gapMs : undefined
  }

  get unanswered(): boolean {
    return this.#pingedAt >= 0
  }

  get dozing(): boolean {
    return this.#quantumMs > this.#pace.proven()
  }

  active(): void {
    this.#activeAt = this.#clock.monotonic()
  }

  pong(): void {
    if (this.#pingedAt < 0) return
    const roundTripMs = this.#clock.monotonic() - this.#pingedAt
    this.#roundTripMs += (roundTripMs - this.#roundTripMs) / 8
    this.#pingedAt = -1
    if (this.#proves) this.#pace.answered(this.#gapMs)
    this.#again(this.#interval())
  }

  nudge(): void {
    this.#lates = this.#quantumMs = 0
    if (this.#pingedAt >= 0) return
    const idleMs = this.#idleMs()
    this.#blames = false
    if (this.#hasJumped() || idleMs > NUDGE_IDLE_MS) this.#ping(idleMs, ACK_NUDGE_MS)
    else this.retime()
  }

  awake(): void {
    if (this.#pingedAt >= 0) return
    const idleMs = this.#idleMs()
    if (idleMs < ALONG * this.#interval()) return
    this.#blames = true
    this.#ping(idleMs, this.#patienceMs())
  }

  retime(): void {
    if (this.#pingedAt < 0) this.#again(this.#interval() - this.#idleMs())
  }

  stop(): void {
    this.#stopped = true
    this.#timer.cancel()
  }

  #again(delayMs: number): void {
    this.#timer.cancel()
    this.#timer = this.#arm(delayMs)
  }

  #arm(delayMs: number): Timer {
    const askedMs = Math.max(0, delayMs)
    this.#askedMs = askedMs
    this.#dueAt = this.#clock.monotonic() + askedMs
    const fire = (): void => this.#fire()
    return this.#alarm?.(askedMs, fire) ?? this.#clock.after(askedMs, fire)
  }

  // Bytes only write a timestamp; the timer looks at it when it fires.
  #fire(): void {
    if (this.#stopped) return
    const lateMs = this.#clock.monotonic() - this.#dueAt
    if (this.#alarm !== undefined) this.#timed(lateMs)
    const idleMs = this.#idleMs()
    const leftMs = this.#interval() - idleMs
    const jumped = this.#hasJumped()
    if (leftMs > 0 && !jumped) {
      this.#timer = this.#arm(leftMs)
      return
    }
    const slept = lateMs > SLEPT_MS
    // A timer that was late, as in a hidden page, may be so again: the gate is to wait for that.
    this.#lateMs = slept || lateMs < LATE_MIN_MS ? 0 : lateMs
    // How long a device slept is its own doing: a connection lost meanwhile says little of the network.
    this.#blames = !slept && !jumped
    this.#ping(idleMs, slept ? ACK_SLEPT_MS : this.#patienceMs())
  }

  /** An alarm came this late: twice in a row, and the platform has a pace of its own. */
  #timed(lateMs: number): void {
    this.#lates = lateMs >= LATE_MS ? this.#lates + 1 : 0
    if (this.#lates >= LATES) this.#quantumMs = this.#askedMs + lateMs
    else if (this.#lates === 0 && this.#askedMs !== this.#quantumMs) this.#quantumMs = 0
  }

  /** What was learned, or the pace at which alarms come where that is proven too; never more than the gate expects. */
  #interval(): number {
    const intervalMs = this.#pace.interval()
    const quantumMs = this.#quantumMs > this.#pace.proven() ? 0 : this.#quantumMs
    return Math.min(Math.max(intervalMs, quantumMs), this.#expectedMs)
  }

  #patienceMs(): number {
    const said = this.#pace.ackTimeoutMs()
    return said > 0 ? said : ackTimeoutMs(this.#roundTripMs)
  }

  #ping(idleMs: number, patienceMs: number): void {
    this.#gapMs = idleMs
    this.#proves = true
    this.#send(idleMs, patienceMs)
  }

  /** Says how long the first wait will be. Its answer says nothing of the network. */
  #announce(): void {
    if (this.#stopped || this.#pingedAt >= 0) return
    this.#proves = this.#blames = false
    this.#send(0, this.#patienceMs())
  }

  #send(idleMs: number, patienceMs: number): void {
    this.#pingedAt = this.#clock.monotonic()
    this.#timer.cancel()
    this.#timer = this.#clock.after(patienceMs, () => this.#side.dead())
    const longestMs = Math.max(this.#pace.longest(idleMs) + this.#lateMs, this.#quantumMs)
    const next = Math.ceil(longestMs / NEXT_UNIT_MS)
    const learned = this.#pace.learned()
    const known = next === this.#announced && learned === this.#saidLearned
    this.#side.ping(known ? undefined : next, learned)
    this.#announced = next
    this.#saidLearned = learned
    this.#expectedMs = next * NEXT_UNIT_MS
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

/** Pings whenever `pace` says so. */
export const createHeartbeat = (clock: Clock, options: HeartbeatOptions): Heartbeat =>
  new PacedHeartbeat(clock, options)
