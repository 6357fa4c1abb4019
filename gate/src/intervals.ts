import type { Histogram, Logger } from '@longwire/kit'
import { NEXT_UNIT_MS } from '@longwire/proto'

export interface IntervalsParts {
  readonly histogram: Histogram
  readonly log: Logger
  /** A mean up to this is alarming; 0: none is. */
  readonly alarmMs: number
  /** The longest interval that clients may choose, now. */
  readonly maxMs: () => number
}

/** So many of the latest learned intervals are looked at, and at least so many say something. */
const KEPT = 200
const LEAST = 100
/** Up to this share of what may be chosen is short; where little may be chosen, all is short. */
const SHORT = 0.6
/** Beyond this share of long ones somebody gets through: then it is other networks that cut. */
const THROUGH = 0.1

/**
 * How long clients say that they let a connection be idle. What stands in front of the gate cuts all of
 * them alike: where nobody learns more than a few minutes, it is the likely reason.
 *
 * Only what a client has settled on counts: those that have just begun, and those that somebody looks
 * at, ping often for other reasons.
 */
export class Intervals {
  readonly #parts: IntervalsParts
  readonly #latest: Uint16Array = new Uint16Array(KEPT)
  #kept = 0
  #at = 0
  #sum = 0
  alarming = false

  constructor(parts: IntervalsParts) {
    this.#parts = parts
  }

  /** Of the latest learned ones, in milliseconds; 0 where there are none. */
  get meanMs(): number {
    return this.#kept === 0 ? 0 : (this.#sum / this.#kept) * NEXT_UNIT_MS
  }

  /** A client says that its next ping comes within `units` of 15 s, and whether it has settled on that. */
  declared(units: number, learned: boolean): void {
    this.#parts.histogram.observe((units * NEXT_UNIT_MS) / 1_000)
    if (!learned) return
    this.#sum += units - this.#latest[this.#at]!
    this.#latest[this.#at] = units
    this.#at = (this.#at + 1) % KEPT
    this.#kept = Math.min(this.#kept + 1, KEPT)
    this.#judge()
  }

  #judge(): void {
    const { alarmMs, maxMs, log } = this.#parts
    const shortMs = Math.min(alarmMs, SHORT * maxMs())
    const alarming =
      this.#kept >= LEAST && this.meanMs <= shortMs && this.#above(shortMs) <= THROUGH * this.#kept
    if (alarming === this.alarming) return
    this.alarming = alarming
    const facts = { meanSeconds: Math.round(this.meanMs / 1_000), sessions: this.#kept }
    if (alarming)
      log.warn(
        facts,
        'hardly any client learns a long interval: does a load balancer or proxy in front of this gate cut idle connections? raise its idle timeout, and set gate.heartbeat.ingressIdleSec to it',
      )
    else log.info(facts, 'clients learn longer intervals again')
  }

  #above(ms: number): number {
    let above = 0
    for (let at = 0; at < this.#kept; at++) if (this.#latest[at]! * NEXT_UNIT_MS > ms) above++
    return above
  }
}
