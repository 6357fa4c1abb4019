import { pause, type Clock } from '@longwire/kit'
import type { Row, Table } from '../store/table.ts'

/** Between the beginnings of two writes: a commit costs far more than the rows in it. */
const SPACING_MS = 10

/** Inserts rows that somebody waits for: the first at once, those that come right behind it together. */
export class Enrolments {
  readonly #table: Table
  readonly #clock: Clock
  readonly #stopped = new AbortController()
  #rows: Row[] = []
  /** Settles with the write of what is in `#rows`. */
  #next: Promise<void> | undefined
  #freeAt = 0

  constructor(table: Table, clock: Clock) {
    this.#table = table
    this.#clock = clock
  }

  /** Resolves when it is durable that there is a row with this key. Rejects with TableUnavailable. */
  add(row: Row): Promise<void> {
    this.#rows.push(row)
    return (this.#next ??= this.#write())
  }

  /** From now on nothing waits for others. */
  stop(): void {
    this.#stopped.abort()
  }

  async #write(): Promise<void> {
    const waitMs = this.#freeAt - this.#clock.monotonic()
    // Also where there is nothing to wait for: others of this turn may come.
    await (waitMs > 0 ? pause(this.#clock, waitMs, this.#stopped.signal) : undefined)
    const rows = this.#rows
    this.#rows = []
    this.#next = undefined
    this.#freeAt = this.#clock.monotonic() + SPACING_MS
    await this.#table.insert(rows.map(row => [row]))
  }
}
