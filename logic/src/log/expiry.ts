import type { Clock } from '@longwire/kit'
import type { Row, Table } from '../store/table.ts'
import type { Readers } from './readers.ts'
import { goneTo, isStub, numberIn, rowKey, seqOf } from './rows.ts'
import type { MailboxKeys } from './rows.ts'
import type { Trimmer } from './trimmer.ts'

export interface ExpiryOptions {
  readonly table: Table
  readonly clock: Clock
  readonly trimmer: Trimmer
  readonly graceMs: number
}

/** An expired row that waits for its grace, in monotonic milliseconds. */
interface Expired {
  readonly keys: MailboxKeys
  readonly row: Row
  readonly dueAt: number
}

/** Beyond it, rows wait until the sweeper comes by again. */
const EXPIRED_MAX = 50_000
const SCAN_ROWS = 256
const NONE: ReadonlySet<number> = new Set()

/**
 * Takes expired messages away, a grace after they were found.
 *
 * Those at the front of a mailbox go once `cleared` in its own row says so: as the floor does, but readers
 * are told of no gap. One behind a message that is still to be read leaves a stub until the front comes to
 * it, or the floor passes it. So a seq is either taken or gone for good, and a write that was under way
 * for ever so long finds no hole to land in.
 */
export class Expiry {
  readonly #options: ExpiryOptions
  /** By key, in the order in which they are due. */
  readonly #expired = new Map<string, Expired>()

  constructor(options: ExpiryOptions) {
    this.#options = options
  }

  /** Wall clocks may jump by hours: an expired row waits from now on, by the clock that does not jump. */
  found(keys: MailboxKeys, row: Row): void {
    if (this.#expired.has(row.key) || this.#expired.size >= EXPIRED_MAX) return
    const { clock, graceMs } = this.#options
    this.#expired.set(row.key, { keys, row, dueAt: clock.monotonic() + graceMs })
  }

  /** Removes those that have waited for their grace, mailbox by mailbox. */
  async removeDue(): Promise<void> {
    const now = this.#options.clock.monotonic()
    const due = new Map<string, { readonly keys: MailboxKeys; readonly rows: Row[] }>()
    for (const [key, { keys, row, dueAt }] of this.#expired) {
      if (dueAt > now) break
      this.#expired.delete(key)
      const others = due.get(keys.path)
      if (others === undefined) due.set(keys.path, { keys, rows: [row] })
      else others.rows.push(row)
    }
    for (const { keys, rows } of due.values()) await this.#remove(keys, rows)
  }

  /** Removes stubs that have come to the front. */
  async clearStubs(keys: MailboxKeys): Promise<void> {
    await this.#clear(keys, NONE, await this.#options.trimmer.readersOf(keys))
  }

  /** As a trim does: records are marked done, then what goes is named durably, then it goes. */
  async #remove(keys: MailboxKeys, rows: readonly Row[]): Promise<void> {
    const { trimmer } = this.#options
    await trimmer.markDone(rows)
    const readers = await trimmer.readersOf(keys)
    const cleared = await this.#clear(keys, new Set(rows.map(seqOf)), readers)
    const kept = rows.filter(row => seqOf(row) > cleared)
    if (kept.length > 0) await trimmer.hollow(keys, kept, readers)
  }

  /** Removes stubs and `due` ones up to the first message that is neither; the seq up to which all is gone. */
  async #clear(keys: MailboxKeys, due: ReadonlySet<number>, readers: Readers): Promise<number> {
    const { table, trimmer } = this.#options
    const size = Math.min(SCAN_ROWS, due.size + 16)
    let cleared = goneTo(await table.get(keys.meta))
    for (;;) {
      const rows = await table.range(rowKey(keys, cleared + 1), keys.rowsEnd, size)
      const kept = rows.findIndex(row => !isStub(row) && !due.has(seqOf(row)))
      const going = kept < 0 ? rows : rows.slice(0, kept)
      const last = going[going.length - 1]
      if (last === undefined) return cleared
      cleared = seqOf(last)
      await table.raise([{ key: keys.meta, fields: { cleared, head: cleared } }])
      trimmer.passed(keys, cleared, numberIn(last.doc, 'bytes_total'))
      await trimmer.remove(keys, going, readers)
      if (going.length < size) return cleared
    }
  }
}
