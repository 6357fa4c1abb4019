/** Who would wait longer than this has given up by the time it is served, or soon after. */
const WAIT_MS = 3_000
/** Fewer logins in a sample say nothing about what the process can do. */
const LOGINS_MIN = 20
/** However bad a measurement was. */
const PER_SECOND_MIN = 100
/** Of the latest sample, where the process was busy all the time. */
const LATEST = 0.3

/**
 * Connections on their way to a session, as a queue that is served at the pace the process was seen to
 * have. Knows no time and counts nobody: how long it is follows from who joined and from the pace.
 */
export class AcceptQueue {
  /** When all who joined will have been served. */
  #emptyAt = 0
  #perSecond: number | undefined

  /** Logins that the process can take in a second; undefined: not known yet. */
  get perSecond(): number | undefined {
    return this.#perSecond
  }

  /** How long one that joins now has to wait. */
  waitMs(now: number): number {
    return this.#perSecond === undefined ? 0 : Math.max(0, this.#emptyAt - now)
  }

  /** Whether one more would wait for too long: it is to be turned away before anything is done for it. */
  isCrowded(now: number): boolean {
    return this.waitMs(now) > WAIT_MS
  }

  join(now: number): void {
    if (this.#perSecond === undefined) return
    this.#emptyAt = Math.max(this.#emptyAt, now) + 1_000 / this.#perSecond
  }

  /**
   * `logins` a second were finished while the process was busy for the share `use` of it (0 to 1). What
   * kept it from finishing more was itself, or (`held`) somebody it waits for.
   */
  measured(logins: number, use: number, held: boolean): void {
    if (logins < LOGINS_MIN || (use <= 0 && !held)) return
    const seen = Math.max(PER_SECOND_MIN, held ? logins : logins / Math.min(1, use))
    const before = this.#perSecond ?? seen
    this.#perSecond = before + (seen - before) * (held ? LATEST : LATEST * Math.min(1, use))
  }
}
