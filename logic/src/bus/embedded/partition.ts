import type { Clock } from '@longwire/kit'
import { keyEnd, keySeq, keyAfter, type Row, type Table } from '../../store/table.ts'
import { BusUnavailable, type BusRecord, type Position, type StoredRecord } from '../bus.ts'
import { baseOf, countOf, packedRow, packedSize, unpack } from './packing.ts'

/** A row takes no more than this, so that MongoDB takes it and a reader need not decode much at once. */
const ROW_BYTES = 256 * 1024
const ROW_RECORDS = 1_024
/** Rows of one insert: a flush that is larger goes in several. */
const FLUSH_ROWS = 16
/** The end is relied on this long without a look at the table; shorter than any retention. */
const END_CACHE_MS = 20_000
const TRIM_ROWS = 200

/** A call of publish that waits for its records. */
export class Ticket {
  #left: number
  readonly #resolve: () => void
  readonly #reject: (error: unknown) => void

  constructor(records: number, resolve: () => void, reject: (error: unknown) => void) {
    this.#left = records
    this.#resolve = resolve
    this.#reject = reject
  }

  landed(): void {
    if (--this.#left === 0) this.#resolve()
  }

  failed(error: unknown): void {
    this.#reject(error)
  }
}

interface Waiting {
  readonly record: BusRecord
  readonly ticket: Ticket
}

interface Waiter {
  readonly offset: number
  readonly done: () => void
}

/** What a partition puts into one insert. */
export interface Flight {
  readonly rows: readonly Row[]
  readonly base: number
  /** Records of each row. */
  readonly counts: readonly number[]
  readonly waiting: readonly Waiting[]
}

/** One partition: a log of packed rows. Several processes may append: an insert at the end succeeds once. */
export class Partition {
  readonly topic: string
  readonly number: number
  readonly #prefix: string
  readonly #to: string
  readonly #table: Table
  readonly #clock: Clock
  readonly #waiters = new Set<Waiter>()
  #waiting: Waiting[] = []
  /** One insert is under way at a time: that is what keeps the order. */
  flying = false
  /** Offset of the next record, as far as is known. */
  #end = 0
  #verifiedAt = -Infinity

  constructor(
    topic: string,
    number: number,
    parts: { readonly table: Table; readonly clock: Clock },
  ) {
    this.topic = topic
    this.number = number
    this.#prefix = `bus/${topic}/${number}/`
    this.#to = keyEnd(this.#prefix)
    this.#table = parts.table
    this.#clock = parts.clock
  }

  get idle(): boolean {
    return this.#waiting.length === 0
  }

  get watched(): boolean {
    return this.#waiters.size > 0
  }

  /** Whether the end was looked at so recently that nothing can have been trimmed behind it. */
  get known(): boolean {
    return this.#clock.monotonic() - this.#verifiedAt < END_CACHE_MS
  }

  add(record: BusRecord, ticket: Ticket): void {
    this.#waiting.push({ record, ticket })
  }

  /** Takes what waits, as rows at the end. */
  board(now: number): Flight {
    const rows: Row[] = []
    const counts: number[] = []
    let base = this.#end
    let from = 0
    while (from < this.#waiting.length && rows.length < FLUSH_ROWS) {
      const records: BusRecord[] = []
      let bytes = 0
      for (let at = from; at < this.#waiting.length && records.length < ROW_RECORDS; at++) {
        const record = this.#waiting[at]!.record
        bytes += packedSize(record)
        if (records.length > 0 && bytes > ROW_BYTES) break
        records.push(record)
      }
      rows.push(packedRow(this.#prefix, base, records, now))
      counts.push(records.length)
      base += records.length
      from += records.length
    }
    const waiting = from === this.#waiting.length ? this.#waiting : this.#waiting.slice(0, from)
    this.#waiting = from === this.#waiting.length ? [] : this.#waiting.slice(from)
    this.flying = true
    return { rows, base: this.#end, counts, waiting }
  }

  /** `inserted` rows of the flight are in; what is left waits again, in front. */
  landed({ base, counts, waiting }: Flight, inserted: number, leftAt: number): void {
    this.flying = false
    let records = 0
    for (let row = 0; row < inserted; row++) records += counts[row] ?? 0
    const late = this.#clock.monotonic() - this.#verifiedAt >= END_CACHE_MS
    if (records < waiting.length) this.#waiting = [...waiting.slice(records), ...this.#waiting]
    // Another one wrote here, or may have trimmed here: look again before the next insert.
    if (records < waiting.length || late) this.#verifiedAt = -Infinity
    else this.#verifiedAt = leftAt
    this.#grown(base + records)
    const error = late ? lateError() : undefined
    for (let at = 0; at < records; at++) {
      if (error === undefined) waiting[at]!.ticket.landed()
      else waiting[at]!.ticket.failed(error)
    }
  }

  /** Nobody knows whether they are in. */
  lost({ waiting }: Flight, error: unknown): void {
    this.flying = false
    this.#verifiedAt = -Infinity
    for (const { ticket } of waiting) ticket.failed(error)
  }

  /** Refuses what waits. */
  refuse(error: unknown): void {
    for (const { ticket } of this.#waiting.splice(0)) ticket.failed(error)
  }

  async end(): Promise<number> {
    const now = this.#clock.monotonic()
    const [last] = await this.#table.range(this.#prefix, this.#to, 1, true)
    this.#verifiedAt = now
    this.#grown(last === undefined ? 0 : baseOf(last) + countOf(last.doc))
    return this.#end
  }

  /** Offset of the oldest record. */
  async start(): Promise<number> {
    const [first] = await this.#table.range(this.#prefix, this.#to, 1)
    return first === undefined ? this.end() : baseOf(first)
  }

  /** The offset at which somebody begins. */
  async at(position: Position): Promise<number> {
    if (position === 'earliest') return this.start()
    if (position === 'latest') return this.end()
    const end = await this.end()
    let low = await this.start()
    let high = end
    // The first row that is as young: rows are in the order of their times.
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const [row] = await this.#table.range(this.#prefix + keySeq(middle), this.#to, 1)
      if (row === undefined || Number(row.doc['time']) >= position.time) high = middle
      else low = baseOf(row) + countOf(row.doc)
    }
    while (low < end) {
      const records = await this.read(low, ROW_RECORDS)
      const found = records.find(({ time }) => time >= position.time)
      if (found !== undefined) return found.offset
      const last = records.at(-1)
      if (last === undefined) break
      low = last.offset + 1
    }
    return end
  }

  /** Records from `offset` on, or from the oldest that is left. */
  async read(offset: number, limit: number): Promise<StoredRecord[]> {
    let rows = await this.#rows(offset)
    if (rows[0] === undefined || baseOf(rows[0]) > offset)
      rows = [...(await this.#rowBefore(offset)), ...rows]
    const records: StoredRecord[] = []
    const place = { topic: this.topic, partition: this.number }
    for (const row of rows) {
      if (records.length >= limit) break
      if (baseOf(row) + countOf(row.doc) <= offset) continue
      for (const record of unpack(row, place, offset, limit - records.length)) records.push(record)
    }
    return records
  }

  /** Resolves once there may be a record at `offset`, or when `signal` aborts. */
  reaches(offset: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      if (signal.aborted || this.#end > offset) return resolve()
      const done = (): void => {
        signal.removeEventListener('abort', done)
        this.#waiters.delete(waiter)
        resolve()
      }
      const waiter: Waiter = { offset, done }
      this.#waiters.add(waiter)
      signal.addEventListener('abort', done)
    })
  }

  #grown(end: number): void {
    this.#end = Math.max(this.#end, end)
    for (const { offset, done } of this.#waiters) if (offset < this.#end) done()
  }

  /** Removes rows that were written before `time`, but for the last one, which says where the end is. */
  async trim(time: number): Promise<void> {
    for (;;) {
      const rows = await this.#table.range(this.#prefix, this.#to, TRIM_ROWS)
      const old = rows.slice(0, -1).filter(({ doc }) => Number(doc['time']) < time)
      await this.#table.remove(old.map(({ key }) => key))
      if (old.length < TRIM_ROWS - 1) return
    }
  }

  #rows(offset: number): Promise<Row[]> {
    return this.#table.range(this.#prefix + keySeq(offset), this.#to, 4)
  }

  #rowBefore(offset: number): Promise<Row[]> {
    return this.#table.range(this.#prefix, keyAfter(this.#prefix + keySeq(offset)), 1, true)
  }
}

const lateError = (): Error =>
  new BusUnavailable(
    'the write took so long that nobody knows whether consumers will see it; publish it again',
  )
