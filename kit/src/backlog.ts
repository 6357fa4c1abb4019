const BUCKET_MS = 10
const BUCKETS = 4_096

/**
 * How many are under way, and since when the oldest is: two numbers per entry and no object. Time is
 * cut into buckets of 10 ms; ages beyond 40 s are not told apart.
 */
export class Backlog {
  size = 0
  /** Entries that have left since the beginning. */
  left = 0
  readonly #counts: Int32Array = new Int32Array(BUCKETS)
  /** The bucket of the oldest; it means nothing while the backlog is empty. */
  #oldest = 0

  /** Returns what `leave` must be given. */
  enter(now: number): number {
    const bucket = Math.floor(now / BUCKET_MS)
    if (this.size === 0) this.#oldest = bucket
    const ticket = Math.max(this.#oldest, Math.min(bucket, this.#oldest + BUCKETS - 1))
    this.#counts[ticket % BUCKETS] = this.#counts[ticket % BUCKETS]! + 1
    this.size++
    return ticket
  }

  leave(ticket: number): void {
    this.#counts[ticket % BUCKETS] = this.#counts[ticket % BUCKETS]! - 1
    this.size--
    this.left++
  }

  /** Age of the oldest entry in milliseconds; 0 where there is none. */
  oldestMs(now: number): number {
    if (this.size === 0) return 0
    while (this.#counts[this.#oldest % BUCKETS] === 0) this.#oldest++
    return Math.max(0, now - (this.#oldest + 1) * BUCKET_MS)
  }
}
