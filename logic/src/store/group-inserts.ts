import type { Clock } from '@longwire/kit'
import { InsertCounts } from './insert-counts.ts'
import type { Row } from './table.ts'

/** What a store without transactions can insert in one command. */
export interface RowWriter {
  /** Inserts rows that have nothing to do with each other; the places of those inserted. */
  insertEach(table: string, rows: readonly Row[]): Promise<ReadonlySet<number>>
  /** Inserts rows one behind the other up to the first key that exists; how many. */
  insertInOrder(table: string, rows: readonly Row[]): Promise<number>
}

const BATCH_ROWS = 1_000
/** FerretDB 1 does not stop an ordered insert at an error, but at the end of its hundred. */
const RUN_ROWS = 100
const BATCH_BYTES = 8 * 1024 * 1024
/** Turns on their way at a time; what comes meanwhile is gathered into one. */
const TURNS_MAX = 8

/** A group on its way: `count` rows are in. */
interface Group {
  readonly rows: readonly Row[]
  readonly counts: InsertCounts
  readonly index: number
  count: number
}

/**
 * Inserts the groups of a turn together. First rows that stand alone go as one unordered batch per
 * table, several rows of one group in one table as one ordered batch; then the rows behind them.
 */
export class GroupInserts {
  readonly #writer: RowWriter
  readonly #clock: Clock
  #waiting: Group[] = []
  #turns = 0
  #scheduled = false

  constructor(writer: RowWriter, clock: Clock) {
    this.#writer = writer
    this.#clock = clock
  }

  insert(groups: readonly (readonly Row[])[]): Promise<number[]> {
    if (groups.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      const counts = new InsertCounts(groups.length, resolve, reject)
      for (const [index, rows] of groups.entries()) {
        if (rows.length === 0) counts.settle(index, 0)
        else this.#waiting.push({ rows, counts, index, count: 0 })
      }
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#scheduled || this.#turns >= TURNS_MAX || this.#waiting.length === 0) return
    this.#scheduled = true
    this.#clock.soon(() => {
      this.#scheduled = false
      const groups = this.#waiting
      this.#waiting = []
      this.#turns++
      void this.#send(groups).finally(() => {
        this.#turns--
        this.#schedule()
      })
    })
  }

  /** Rejects the calls of what fails; never rejects itself. */
  async #send(groups: readonly Group[]): Promise<void> {
    let active = groups
    while (active.length > 0) {
      const singles = new Map<string, Group[]>()
      const sends: Promise<Group[]>[] = []
      for (const group of active) {
        const table = tableOf(group.rows[group.count])
        const alone = singles.get(table)
        if (runOf(group, table) > 1) sends.push(this.#sendRun(group, table))
        else if (alone === undefined) singles.set(table, [group])
        else alone.push(group)
      }
      for (const [table, alone] of singles)
        for (const batch of batchesOf(alone)) sends.push(this.#sendBatch(batch, table))
      active = (await Promise.all(sends)).flat()
    }
  }

  /** The groups that have more rows to insert. */
  async #sendBatch(groups: readonly Group[], table: string): Promise<Group[]> {
    try {
      const inserted = await this.#writer.insertEach(
        table,
        groups.flatMap(group => group.rows.slice(group.count, group.count + 1)),
      )
      return groups.filter((group, place) => advance(group, inserted.has(place) ? 1 : 0, 1))
    } catch (error) {
      for (const { counts } of groups) counts.fail(error)
      return []
    }
  }

  async #sendRun(group: Group, table: string): Promise<Group[]> {
    const length = Math.min(runOf(group, table), RUN_ROWS)
    try {
      const inserted = await this.#writer.insertInOrder(
        table,
        group.rows.slice(group.count, group.count + length),
      )
      return advance(group, inserted, length) ? [group] : []
    } catch (error) {
      group.counts.fail(error)
      return []
    }
  }
}

/** Counts rows in; true if the group goes on. */
const advance = (group: Group, inserted: number, sent: number): boolean => {
  group.count += inserted
  if (inserted === sent && group.count < group.rows.length) return true
  group.counts.settle(group.index, group.count)
  return false
}

const tableOf = (row: Row | undefined): string => row?.key.slice(0, row.key.indexOf('/')) ?? ''

/** How many rows from the group's next on are in `table`. */
const runOf = (group: Group, table: string): number => {
  let end = group.count
  while (end < group.rows.length && tableOf(group.rows[end]) === table) end++
  return end - group.count
}

/** Cuts into what one command may carry. */
const batchesOf = (groups: readonly Group[]): Group[][] => {
  const batches: Group[][] = []
  let batch: Group[] = []
  let bytes = 0
  for (const group of groups) {
    const size = bytesIn(group.rows[group.count])
    if (batch.length === BATCH_ROWS || (bytes + size > BATCH_BYTES && batch.length > 0)) {
      batches.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(group)
    bytes += size
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}

const bytesIn = (row: Row | undefined): number => {
  let bytes = 64
  for (const field in row?.doc) {
    const value = row?.doc[field]
    bytes += 16 + (typeof value === 'string' || value instanceof Uint8Array ? value.length : 8)
  }
  return bytes
}
