import type { NodeHealth } from '@longwire/kit'
import { LIMITS, type CodeName } from '@longwire/proto'

/** A quarter of a doubling each: up to 9 minutes. */
const BUCKETS = 80
const PER_DOUBLING = 4
/** Latencies are told of this time, and of the one before it. */
const WINDOW_MS = 15_000
const SHARE = 0.99

/** A session that ends like this was wanted by nobody. */
const LOST: ReadonlySet<string> = new Set<CodeName | 'PEER_CLOSED' | 'PEER_RESET'>([
  'PEER_CLOSED',
  'PEER_RESET',
  'IDLE_TIMEOUT',
  'FRAME_TIMEOUT',
  'SLOW_CONSUMER',
  'INTERNAL',
])

/** What a gate says of itself with every beat, for whoever compares two versions of it. Hot: only adds numbers. */
export class HealthFigures {
  #requests = 0
  #errors = 0
  #lost = 0
  #delivered = 0
  #acked = 0
  #now = new Uint32Array(BUCKETS)
  #before = new Uint32Array(BUCKETS)
  #turnedAt = -Infinity

  /** A LOGIN or PULL was answered; not well: by no fault of its client. */
  answered(well: boolean): void {
    this.#requests++
    if (!well) this.#errors++
  }

  delivered(messages: number): void {
    this.#delivered += messages
  }

  /** So many messages, `tookMs` after the first of them was sent. */
  acked(messages: number, tookMs: number): void {
    this.#acked += messages
    // Clients gather acknowledgements for so long; what is beyond that is the network's and the app's.
    const ms = Math.max(0, tookMs - LIMITS.ackDelayMs)
    const bucket = Math.min(BUCKETS - 1, Math.floor(Math.log2(ms + 1) * PER_DOUBLING))
    this.#now[bucket] = this.#now[bucket]! + 1
  }

  /** A session ended; `moving`: it was told to go elsewhere. */
  ended(reason: string, moving: boolean): void {
    if (!moving && LOST.has(reason)) this.#lost++
  }

  /** As they are published; `now` is monotonic. */
  figures(now: number, lagMs: number): NodeHealth {
    if (now - this.#turnedAt >= WINDOW_MS) {
      this.#turnedAt = now
      const oldest = this.#before
      this.#before = this.#now
      this.#now = oldest.fill(0)
    }
    return {
      requests: this.#requests,
      errors: this.#errors,
      lost: this.#lost,
      delivered: this.#delivered,
      acked: this.#acked,
      latencyMs: this.#latency(),
      lagMs: Math.round(lagMs),
      rssMb: Math.round(process.memoryUsage.rss() / 1_000_000),
    }
  }

  /** The upper end of the bucket within which all but one in a hundred are. */
  #latency(): number {
    let all = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++)
      all += this.#now[bucket]! + this.#before[bucket]!
    let left = all * SHARE
    for (let bucket = 0; bucket < BUCKETS && all > 0; bucket++) {
      left -= this.#now[bucket]! + this.#before[bucket]!
      if (left <= 0) return Math.ceil(2 ** ((bucket + 1) / PER_DOUBLING) - 1)
    }
    return 0
  }
}
