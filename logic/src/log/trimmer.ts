import type { Clock, Timer } from '@longwire/kit'
import type { RaiseRow, Row, Table } from '../store/table.ts'
import { keyEnd } from '../store/table.ts'
import type { LogLimits, MailboxId } from './log.ts'
import type { Mailbox, MailboxCache } from './mailbox.ts'
import type { Losses } from './losses.ts'
import { Readers } from './readers.ts'
import { goneTo, isStub, numberIn, rowKey, seqOf, stubOf, textIn } from './rows.ts'
import type { MailboxKeys } from './rows.ts'

export interface TrimmerOptions {
  readonly table: Table
  readonly clock: Clock
  readonly cache: MailboxCache
  readonly limitsOf: (id: MailboxId) => LogLimits
  /** Rows stay at least this long after they were born, longer than any writer relies on a head. */
  readonly graceMs: number
  /** An end that was not seen for this long no longer holds rows back. */
  readonly endIdleMs: number
  readonly losses: Losses
  /** Told of each row that is removed; `acked`: every active end has acknowledged it. */
  readonly onRemoved: (row: Row, acked: boolean) => void
  /** Told of errors that are not the store being away. */
  readonly onError: (error: unknown) => void
}

/** What has waited for its grace at `dueAt` (monotonic ms). */
interface Due {
  readonly keys: MailboxKeys
  dueAt: number
  /** An end has read up to here. */
  read: number
  /** The floor is here already, rows have only to go. */
  cut: number
  /** What came meanwhile and has to wait longer. */
  later: Due | undefined
}

const SCHEDULED_MAX = 200_000
const AT_ONCE = 64
const SCAN_ROWS = 256
/** Looked at by one call of `expire`. */
const EXPIRED_ROWS = 8_192
const ENDS_MAX = 1_000
/** Records older than this are gone or about to go. */
export const RECORD_MS = 24 * 3600 * 1000
/** Share of a full mailbox that is kept by a forced trim. */
const KEPT_SHARE = 0.9

/**
 * Removes rows that every end has, and the oldest of a mailbox that is too full.
 *
 * In this order, each step durable before the next: idempotency records are marked done, the floor
 * rises, rows go. So a row that is at or below the floor while its record is not done was never seen.
 */
export class Trimmer {
  readonly #options: TrimmerOptions
  readonly #due = new Map<string, Due>()
  readonly #cutting = new Set<Mailbox>()
  #timer: Timer | undefined
  #running = false
  #stopped = false

  constructor(options: TrimmerOptions) {
    this.#options = options
  }

  /** An end has read up to `read`, the floor is at `cut`: looked at again after the grace. */
  schedule(keys: MailboxKeys, read: number, cut = 0): void {
    this.#put({ keys, dueAt: 0, read, cut, later: undefined })
  }

  /** Makes room in a mailbox that is over its limits. */
  makeRoom(mailbox: Mailbox): void {
    if (!this.#isFull(mailbox) || this.#cutting.has(mailbox)) return
    this.#cutting.add(mailbox)
    this.#cut(mailbox)
      .catch(this.#options.onError)
      .finally(() => this.#cutting.delete(mailbox))
  }

  /** Trims up to `seq` what all active ends have acknowledged; rows up to it must be older than the grace. */
  async trimRead(keys: MailboxKeys, seq: number): Promise<void> {
    const { table } = this.#options
    const readers = await this.readersOf(keys)
    const upTo = Math.min(readers.all, seq)
    if (upTo <= 0) return
    const floor = numberIn(await table.get(keys.meta), 'floor')
    if (upTo > floor) {
      const bytes = await this.#raiseFloor(keys, floor, upTo)
      this.passed(keys, upTo, bytes)
    }
    await this.removeTo(keys, upTo, readers)
  }

  /** The active ends of a mailbox. */
  async readersOf(keys: MailboxKeys): Promise<Readers> {
    const { table, clock, endIdleMs } = this.#options
    const ends = await table.range(keys.ends, keyEnd(keys.ends), ENDS_MAX)
    const activeSince = clock.now() - endIdleMs
    const active = ends.filter(({ doc }) => numberIn(doc, 'seen') >= activeSince)
    return new Readers(keys.ends, active, ends.length < ENDS_MAX)
  }

  /** Removes the rows that were born before `time`, the first {@link EXPIRED_ROWS} of them. */
  async expire(mailbox: Mailbox, time: number): Promise<void> {
    const { table } = this.#options
    const { keys } = mailbox
    const floor = goneTo(await table.get(keys.meta))
    let upTo = floor
    for (let looked = 0; looked < EXPIRED_ROWS; looked += SCAN_ROWS) {
      const rows = await table.range(rowKey(keys, upTo + 1), keys.rowsEnd, SCAN_ROWS)
      const young = rows.findIndex(row => numberIn(row.doc, 'senddate') >= time)
      const last = rows[(young < 0 ? rows.length : young) - 1]
      if (last !== undefined) upTo = seqOf(last)
      if (young >= 0 || rows.length < SCAN_ROWS) break
    }
    if (upTo === floor) return
    mailbox.trimmed(upTo, await this.#raiseFloor(keys, floor, upTo))
    await this.removeTo(keys, upTo, await this.readersOf(keys))
  }

  /** Removes the rows up to `seq`, which are at or below the floor. */
  async removeTo(keys: MailboxKeys, seq: number, readers: Readers): Promise<void> {
    const end = rowKey(keys, seq + 1)
    for (;;) {
      const rows = await this.#options.table.range(keys.rows, end, SCAN_ROWS)
      if (rows.length > 0) await this.remove(keys, rows, readers)
      if (rows.length < SCAN_ROWS) return
    }
  }

  async remove(keys: MailboxKeys, rows: readonly Row[], readers: Readers): Promise<void> {
    const { table, losses } = this.#options
    await losses.before(keys.id, rows, readers)
    await table.remove(rows.map(row => row.key))
    this.#removed(rows, readers)
  }

  /** As `remove`, but their seqs stay taken. */
  async hollow(keys: MailboxKeys, rows: readonly Row[], readers: Readers): Promise<void> {
    const { table, losses } = this.#options
    await losses.before(keys.id, rows, readers)
    await table.replace(rows.map(stubOf))
    this.#removed(rows, readers)
  }

  /** All rows up to `seq`, where the running total was `bytes`, are gone for good. */
  passed({ id }: MailboxKeys, seq: number, bytes: number): void {
    this.#options.cache.peek(id.system, id.uid)?.trimmed(seq, bytes)
  }

  /** Says of messages that readers could see that they have been delivered, or never will be. */
  async markDone(rows: readonly Row[]): Promise<void> {
    const youngest = this.#options.clock.now() - RECORD_MS
    const records: RaiseRow[] = []
    for (const { doc } of rows) {
      const key = textIn(doc, 'idem')
      const at = numberIn(doc, 'senddate')
      // raising makes a document that is missing; with `at` the sweeper takes it away again
      if (key !== '' && at > youngest) records.push({ key, fields: { done: 1, at } })
    }
    if (records.length > 0) await this.#options.table.raise(records)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #removed(rows: readonly Row[], readers: Readers): void {
    const { onRemoved } = this.#options
    for (const row of rows) if (!isStub(row)) onRemoved(row, seqOf(row) <= readers.all)
  }

  #isFull({ keys, head, floor, bytes, floorBytes }: Mailbox): boolean {
    const { maxMessages, maxBytes } = this.#options.limitsOf(keys.id)
    return head - floor > maxMessages || bytes - floorBytes > maxBytes
  }

  /** Again while it is full: it grows meanwhile. */
  async #cut(mailbox: Mailbox): Promise<void> {
    const { maxMessages, maxBytes } = this.#options.limitsOf(mailbox.keys.id)
    while (this.#isFull(mailbox)) {
      const { keys, floor } = mailbox
      const byBytes = await this.#seqBelowBytes(mailbox, mailbox.bytes - maxBytes * KEPT_SHARE)
      const tooMany = mailbox.head - floor > maxMessages
      const byCount = tooMany ? mailbox.head - Math.floor(maxMessages * KEPT_SHARE) : 0
      const upTo = Math.min(mailbox.head - 1, Math.max(byCount, byBytes))
      if (upTo <= floor) return
      mailbox.trimmed(upTo, await this.#raiseFloor(keys, floor, upTo))
      this.#put({ keys, dueAt: 0, read: 0, cut: upTo, later: undefined })
    }
  }

  /** The last seq whose running total is below `total`. */
  async #seqBelowBytes(
    { keys, floor, bytes, floorBytes }: Mailbox,
    total: number,
  ): Promise<number> {
    const { table, limitsOf } = this.#options
    if (bytes - floorBytes <= limitsOf(keys.id).maxBytes) return 0
    let seq = floor
    for (;;) {
      const rows = await table.range(rowKey(keys, seq + 1), keys.rowsEnd, SCAN_ROWS)
      for (const row of rows) {
        if (numberIn(row.doc, 'bytes_total') > total) return seq
        seq = seqOf(row)
      }
      if (rows.length < SCAN_ROWS) return seq
    }
  }

  /** Makes the floor `upTo`; the running total of bytes there, −1 if not known. */
  async #raiseFloor(keys: MailboxKeys, floor: number, upTo: number): Promise<number> {
    const { table } = this.#options
    const end = rowKey(keys, upTo + 1)
    let at = floor
    let total = -1
    for (;;) {
      const rows = await table.range(rowKey(keys, at + 1), end, SCAN_ROWS)
      await this.#markSeen(keys, rows)
      const last = rows[rows.length - 1]
      if (last !== undefined) {
        at = seqOf(last)
        total = numberIn(last.doc, 'bytes_total')
      }
      if (rows.length < SCAN_ROWS) break
    }
    await table.raise([{ key: keys.meta, fields: { floor: upTo, head: upTo } }])
    return total
  }

  /**
   * Marks messages that are about to go. What lies where another process has trimmed meanwhile was put
   * there too late, and nobody saw it: so what is gone is read after the rows.
   */
  async #markSeen(keys: MailboxKeys, rows: readonly Row[]): Promise<void> {
    if (!rows.some(({ doc }) => textIn(doc, 'idem') !== '')) return
    const gone = goneTo(await this.#options.table.get(keys.meta))
    await this.markDone(rows.filter(row => seqOf(row) > gone))
  }

  #put(fresh: Due): void {
    fresh.dueAt = this.#options.clock.monotonic() + this.#options.graceMs
    const due = this.#due.get(fresh.keys.path)
    if (due === undefined) {
      // beyond the bound the sweeper does it
      if (this.#due.size < SCHEDULED_MAX) this.#due.set(fresh.keys.path, fresh)
    } else {
      const { later } = due
      if (later !== undefined) {
        fresh.read = Math.max(fresh.read, later.read)
        fresh.cut = Math.max(fresh.cut, later.cut)
      }
      due.later = fresh
    }
    this.#arm()
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#running || this.#stopped) return
    const first = this.#due.values().next()
    if (first.done === true) return
    const { clock, onError } = this.#options
    this.#timer = clock.after(Math.max(0, first.value.dueAt - clock.monotonic()), () => {
      this.#timer = undefined
      this.#running = true
      this.#run()
        .catch(onError)
        .finally(() => {
          this.#running = false
          this.#arm()
        })
    })
  }

  async #run(): Promise<void> {
    const now = this.#options.clock.monotonic()
    const batch: Due[] = []
    for (const due of this.#due.values()) {
      if (due.dueAt > now || batch.length === AT_ONCE) break
      batch.push(due)
    }
    for (const due of batch) this.#due.delete(due.keys.path)
    const outcomes = await Promise.allSettled(batch.map(due => this.#trim(due)))
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') this.#options.onError(outcome.reason)
  }

  async #trim({ keys, read, cut, later }: Due): Promise<void> {
    if (later !== undefined) this.#due.set(keys.path, later)
    if (cut > 0) await this.removeTo(keys, cut, await this.readersOf(keys))
    if (read > 0) await this.trimRead(keys, read)
  }
}
