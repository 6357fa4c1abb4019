/** Who would wait longer than this has given up by the time it is served, or soon after. */
const WAIT_MS = 3_000
/** Fewer logins in a sample say nothing about what the process can do. */
const LOGINS_MIN = 20
/** However bad a measurement was. */
const PER_SECOND_MIN = 100
/** Weight of the latest sample, where the process was busy all the time with logins. */
const LATEST = 0.3
/** Code that has not run so often is not compiled yet, and takes several times as long. */
const COLD_LOGINS = 2_000
/** While it is cold, what so many logins have cost is all that is remembered. */
const COLD_MEMORY = 250
/** So many must have been seen before others are told. */
const SURE_LOGINS = 500
/** Weight of the latest second in what the process does beside logins, and the most that is believed. */
const LATEST_REST = 0.1
const REST_MAX = 0.9

/**
 * Connections on their way to a session, as a queue that is served at the pace the process was seen to
 * have. Knows no time and counts nobody: how long it is follows from who joined and from the pace.
 */
export class AcceptQueue {
  /** When all who joined will have been served. */
  #emptyAt = 0
  #perSecond: number | undefined
  /** Logins lately, and the seconds that they took of those that were free for them. */
  #logins = 0
  #busy = 0
  /** Logins ever. */
  #all = 0
  /** Share of the time that goes into everything else. */
  #rest = 0

  /** Logins that the process can take in a second; undefined: not known yet. */
  get perSecond(): number | undefined {
    return this.#perSecond
  }

  /** Whether `perSecond` is more than a first guess: others may reckon with it. */
  get isSure(): boolean {
    return this.#all >= SURE_LOGINS
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
    const used = Math.min(1, use)
    if (used < this.#rest) this.#rest = used
    if (logins < LOGINS_MIN) {
      this.#rest = Math.min(REST_MAX, this.#rest + (used - this.#rest) * LATEST_REST)
      return
    }
    const busy = held ? 1 : (used - this.#rest) / (1 - this.#rest)
    if (busy <= 0) return
    const forgotten = this.#all < COLD_LOGINS ? logins / COLD_MEMORY : 0
    const kept = Math.max(0, 1 - Math.max(LATEST * busy, forgotten))
    this.#all += logins
    this.#logins = this.#logins * kept + logins
    this.#busy = this.#busy * kept + busy
    this.#perSecond = Math.max(PER_SECOND_MIN, this.#logins / this.#busy)
  }
}
