/** How long a connection may be idle: what is asked of it, in milliseconds. */
export interface RhythmBounds {
  /** Shortest interval between pings. */
  readonly floorMs: number
  /** The first interval on a network that nothing is known of. */
  readonly startMs: number
  readonly maxMs: number
  /** Longest interval while a person looks at the app. */
  readonly foregroundMs: number
}

/** What is known of one network, to be kept as JSON. Milliseconds; wall time where a time is meant. */
export interface NetworkRecord {
  /** Longest idle gap that a ping survived; 0: none yet. */
  readonly good: number
  /** Shortest that it did not; 0: none yet. */
  readonly bad: number
  readonly interval: number
  /** When the search ended; 0: it goes on. */
  readonly stableSince: number
  /** Probes in a row that failed. */
  readonly failures: number
  /** Failures of the proven interval within a day, and when the last one was. */
  readonly strikes: number
  readonly struckAt: number
  /** 1: the search is a second look at a network that was stable, which one failure ends. */
  readonly again: number
}

/** What an interval depends on besides what was learned. */
export interface RhythmContext {
  /** Wall time. */
  readonly now: number
  readonly foreground: boolean
  /** Nobody would notice a lost connection: at night, or while charging. */
  readonly calm: boolean
}

/** A probe goes this much beyond what is proven, while nothing is known to be too long. */
const GROW = 1.5
/** The search ends once the shortest bad gap is less than this above the longest good one. */
const RESOLUTION = 1.12
/** Share of the longest good gap that is used. */
const GUARD = 0.95
/** A first interval that failed twice shrinks to this; one strike shortens a stable interval to the next. */
const SHRINK = 0.66
const STRUCK = 0.6
/** What is left of a proven gap after two strikes. */
const FALL = 0.55
/** Share of the longest interval from which on there is nothing more to find. */
const ENOUGH = 0.97
/** Share of the wanted gap that a ping must have waited for its answer to teach anything. */
const WAITED = 0.9
/** A gap this much above the longest good one was a probe. */
const PROBED = 1.01
const DAY_MS = 86_400_000
const REPROBE_MS = 7 * DAY_MS

/**
 * Finds the longest idle time that a network lets a connection live, and stays a little below it.
 *
 * Pure: told of pings that were answered or were not, it says how long to wait for the next one. While
 * searching it grows from the longest good gap, then halves (geometrically) between good and bad; once
 * they are close it is stable, and looks for more after a week in a calm hour. Two failures in a row,
 * or two strikes within a day against a gap that was proven, move it back: one may be chance.
 */
export class Rhythm {
  #bounds: RhythmBounds
  #good: number
  #bad: number
  #interval: number
  #stableSince: number
  /** A ping was answered on this connection. */
  #settled = false
  #failures: number
  #strikes: number
  #struckAt: number
  #again: boolean
  #wanted = 0

  constructor(bounds: RhythmBounds, record?: NetworkRecord) {
    this.#bounds = bounds
    this.#good = record?.good ?? 0
    this.#bad = record === undefined || record.bad === 0 ? Infinity : record.bad
    this.#interval = this.#clamp(record?.interval ?? bounds.startMs)
    this.#stableSince = record?.stableSince ?? 0
    this.#failures = record?.failures ?? 0
    this.#strikes = record?.strikes ?? 0
    this.#struckAt = record?.struckAt ?? 0
    this.#again = record?.again === 1
    this.#reopen()
  }

  /** What to keep of it. */
  get record(): NetworkRecord {
    return {
      good: this.#good,
      bad: this.#bad === Infinity ? 0 : this.#bad,
      interval: this.#interval,
      stableSince: this.#stableSince,
      failures: this.#failures,
      strikes: this.#strikes,
      struckAt: this.#struckAt,
      again: this.#again ? 1 : 0,
    }
  }

  /** The longest gap that a ping survived; 0: none yet. */
  get good(): number {
    return this.#good
  }

  /** The gate says other bounds. */
  bound(bounds: RhythmBounds): void {
    this.#bounds = bounds
    this.#interval = this.#clamp(this.#good > 0 ? this.#good * GUARD : bounds.startMs)
    this.#reopen()
  }

  get stable(): boolean {
    return this.#stableSince > 0
  }

  /** A connection begins: its first ping comes after a gap that was proven before. */
  connected(): void {
    this.#settled = false
  }

  /** How long the connection may be idle before the next ping. */
  interval(context: RhythmContext): number {
    this.#wanted = this.#next(context)
    return this.#wanted
  }

  /** The longest that {@link interval} can answer once the ping at hand, sent after `gapMs` idle, is answered. */
  longest(gapMs: number, now: number): number {
    // While a second look is far off, what was found is all there will be.
    if (this.stable && now + this.#bounds.maxMs < this.#stableSince + REPROBE_MS)
      return this.#interval
    return Math.max(this.#interval, this.#clamp(Math.max(gapMs, this.#good) * GROW))
  }

  /** A ping that was sent after `gapMs` idle was answered. */
  answered(gapMs: number, now: number): void {
    this.#settled = true
    if (gapMs < WAITED * this.#wanted) return
    if (gapMs > this.#good * PROBED) this.#failures = 0
    this.#good = Math.max(this.#good, gapMs)
    if (!this.stable && this.#found()) this.#settle(now)
  }

  /**
   * A ping that was sent after `gapMs` idle was not answered, and it was the network: a connection made
   * at once worked, and the gate had not ended the old one.
   */
  failed(gapMs: number, now: number): void {
    if (this.stable || (this.#good > 0 && gapMs <= this.#good * PROBED)) this.#strike(gapMs, now)
    else if (this.#good === 0) this.#shrink(gapMs, now)
    else this.#bounded(gapMs, now)
  }

  #next({ now, foreground, calm }: RhythmContext): number {
    if (foreground) return Math.min(this.#interval, this.#bounds.foregroundMs)
    if (this.#good === 0) return this.#interval
    if (this.stable && !this.#looksAgain(now, calm)) {
      return this.#strikes > 0 && !this.#settled
        ? this.#clamp(this.#interval * STRUCK)
        : this.#interval
    }
    if (!this.#settled) return this.#clamp(this.#good * GUARD)
    return this.#clamp(
      this.#bad === Infinity ? this.#good * GROW : Math.sqrt(this.#good * this.#bad),
    )
  }

  #looksAgain(now: number, calm: boolean): boolean {
    if (!calm || !this.#settled || now - this.#stableSince < REPROBE_MS || this.#isEnough())
      return false
    this.#stableSince = 0
    this.#bad = Math.min(1.2 * this.#bounds.maxMs, GROW * GROW * this.#good)
    this.#again = true
    this.#failures = 0
    return true
  }

  /** The first interval is too long. */
  #shrink(gapMs: number, now: number): void {
    if (++this.#failures < 2 && gapMs > this.#bounds.floorMs * 1.1) return
    this.#failures = 0
    this.#bad = gapMs
    this.#interval = this.#clamp(gapMs * SHRINK)
    if (this.#interval > this.#bounds.floorMs) return
    this.#good = this.#bounds.floorMs
    this.#settle(now)
  }

  /** A probe found a bound. */
  #bounded(gapMs: number, now: number): void {
    if (++this.#failures < 2 && !this.#again) return
    this.#failures = 0
    this.#bad = gapMs
    if (this.#again || this.#found()) this.#settle(now)
  }

  /** What was proven failed: perhaps the network has changed. */
  #strike(gapMs: number, now: number): void {
    if (now - this.#struckAt > DAY_MS) this.#strikes = 0
    this.#struckAt = now
    if (++this.#strikes < 2) return
    this.#bad = gapMs
    this.#good = Math.max(this.#bounds.floorMs, gapMs * FALL)
    this.#interval = this.#clamp(this.#good)
    this.#stableSince = this.#strikes = this.#failures = 0
    this.#again = false
  }

  #settle(now: number): void {
    this.#stableSince = Math.max(1, now)
    this.#interval = this.#clamp(this.#good * GUARD)
    this.#failures = this.#strikes = 0
    this.#again = false
  }

  /** The search ended at the longest interval that was allowed, and now there is more to find. */
  #reopen(): void {
    if (this.stable && this.#bad === Infinity && !this.#isEnough()) this.#stableSince = 0
  }

  #found(): boolean {
    return this.#isEnough() || this.#bad / this.#good < RESOLUTION
  }

  #isEnough(): boolean {
    return this.#good >= ENOUGH * this.#bounds.maxMs
  }

  #clamp(ms: number): number {
    return Math.max(this.#bounds.floorMs, Math.min(this.#bounds.maxMs, ms))
  }
}
