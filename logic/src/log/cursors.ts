import type { Clock, Timer } from '@longwire/kit'
import type { RaiseRow, Table } from '../store/table.ts'
import { Enrolments } from './enrolments.ts'
import type { EndId, MailboxId } from './log.ts'
import { endKey, mailboxKeys } from './rows.ts'
import type { LogPlace, MailboxKeys } from './rows.ts'

interface Cursor {
  readonly keys: MailboxKeys
  acked: number
}

export interface CursorOptions {
  readonly table: Table
  readonly place: LogPlace
  readonly clock: Clock
  /** Cursors are written at the latest this long after they moved. */
  readonly flushMs: number
  /** Told of every cursor that has become durable. */
  readonly onSaved: (keys: MailboxKeys, seq: number) => void
  /** Told of errors that are not the store being away. */
  readonly onError: (error: unknown) => void
}

/** More moved cursors than this are written at once. */
const PENDING_MAX = 50_000
const BATCH_ROWS = 1_000

/** How far the ends have read, written behind. */
export class Cursors {
  readonly #options: CursorOptions
  readonly #enrolments: Enrolments
  #moved = new Map<string, Cursor>()
  #saving = new Map<string, Cursor>()
  #timer: Timer | undefined

  constructor(options: CursorOptions) {
    this.#options = options
    this.#enrolments = new Enrolments(options.table, options.clock)
  }

  acknowledge(id: MailboxId, end: EndId, seq: number): void {
    const keys = mailboxKeys(id, this.#options.place)
    const key = endKey(keys, end)
    const cursor = this.#moved.get(key)
    if (cursor === undefined) this.#moved.set(key, { keys, acked: seq })
    else if (seq > cursor.acked) cursor.acked = seq
    if (this.#moved.size >= PENDING_MAX && this.#saving.size === 0) this.#flushSoon(0)
    else this.#flushSoon(this.#options.flushMs)
  }

  async enrol(id: MailboxId, end: EndId, seq: number): Promise<void> {
    const { table, clock, place } = this.#options
    const key = endKey(mailboxKeys(id, place), end)
    if ((await table.get(key)) !== undefined) return
    await this.#enrolments.add({ key, doc: { acked: seq, seen: clock.now() } })
  }

  /** Writes what has moved. Rejects with TableUnavailable and keeps it for the next time. */
  async flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    const { table, clock, onSaved } = this.#options
    const saving = this.#moved
    if (saving.size === 0 || this.#saving.size > 0) return
    this.#saving = saving
    this.#moved = new Map()
    const seen = clock.now()
    try {
      let rows: RaiseRow[] = []
      for (const [key, { acked }] of saving) {
        rows.push({ key, fields: { acked, seen } })
        if (rows.length < BATCH_ROWS) continue
        await table.raise(rows)
        rows = []
      }
      if (rows.length > 0) await table.raise(rows)
      this.#saving = new Map()
      for (const { keys, acked } of saving.values()) onSaved(keys, acked)
    } catch (error) {
      this.#saving = new Map()
      for (const [key, cursor] of saving) {
        const moved = this.#moved.get(key)
        if (moved === undefined || moved.acked < cursor.acked) this.#moved.set(key, cursor)
      }
      throw error
    } finally {
      if (this.#moved.size > 0) this.#flushSoon(this.#options.flushMs)
    }
  }

  stop(): void {
    this.#enrolments.stop()
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #flushSoon(ms: number): void {
    if (this.#timer !== undefined && ms > 0) return
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(ms, () => {
      this.#timer = undefined
      this.flush().catch(this.#options.onError)
    })
  }
}
