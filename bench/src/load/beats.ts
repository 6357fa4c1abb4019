const TICK_MS = 250
/** As many ticks as the longest interval a client may choose, and some. */
const BUCKETS = 4_096
const NOBODY = -1

/**
 * When each of many sessions is to be looked at next: a wheel over columns, no object and no timer per
 * session. A session is in it once.
 */
export class Beats {
  readonly #heads: Int32Array = new Int32Array(BUCKETS).fill(NOBODY)
  readonly #next: Int32Array
  #tick = 0

  constructor(sessions: number) {
    this.#next = new Int32Array(sessions)
  }

  /** Within {@link TICK_MS} × {@link BUCKETS} from now. */
  set(session: number, inMs: number): void {
    const ahead = Math.min(BUCKETS - 1, Math.max(1, Math.ceil(inMs / TICK_MS)))
    const bucket = (this.#tick + ahead) % BUCKETS
    this.#next[session] = this.#heads[bucket]!
    this.#heads[bucket] = session
  }

  /** Every {@link TICK_MS}: calls `due` with each session whose time has come. */
  tick(due: (session: number) => void): void {
    this.#tick++
    const bucket = this.#tick % BUCKETS
    let session = this.#heads[bucket]!
    this.#heads[bucket] = NOBODY
    while (session !== NOBODY) {
      const next = this.#next[session]!
      due(session)
      session = next
    }
  }

  static readonly tickMs: number = TICK_MS
}
