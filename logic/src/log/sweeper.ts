import type { Clock, Timer } from '@longwire/kit'
import type { Row, Table } from '../store/table.ts'
import { keyAfter, keyEnd, keyPartText } from '../store/table.ts'
import { mailboxKeys, numberIn, seqOf } from './rows.ts'
import type { MailboxKeys } from './rows.ts'
import { RECORD_MS } from './trimmer.ts'
import type { Trimmer } from './trimmer.ts'

export interface SweeperOptions {
  readonly table: Table
  readonly clock: Clock
  readonly trimmer: Trimmer
  readonly graceMs: number
  /** Rows looked at in one step, and the pause between two steps. */
  readonly pageRows: number
  readonly pauseMs: number
  /** Told of errors that are not the store being away. */
  readonly onError: (error: unknown) => void
}

/** An expired row that waits for its grace, in monotonic milliseconds. */
interface Expired {
  readonly keys: MailboxKeys
  readonly row: Row
  readonly dueAt: number
}

/** Beyond it, rows wait until the sweeper comes by again. */
const EXPIRED_MAX = 50_000
const MESSAGES = 'messages/'
const RECORDS = 'idempotency/'

/** Walks through the store for ever, slowly: expired rows, rows that a trim left behind, old records. */
export class Sweeper {
  readonly #options: SweeperOptions
  #messagesFrom = MESSAGES
  #recordsFrom = RECORDS
  /** By key, in the order in which they are due. */
  readonly #expired = new Map<string, Expired>()
  #timer: Timer | undefined
  #step: Promise<void> | undefined
  #started = false

  constructor(options: SweeperOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#started) return
    this.#started = true
    this.#later()
  }

  async stop(): Promise<void> {
    this.#started = false
    this.#timer?.cancel()
    this.#timer = undefined
    await this.#step
  }

  /** Looks at the next page of messages and of records. */
  async step(): Promise<void> {
    await this.#removeExpired()
    await this.#sweepMessages()
    await this.#sweepRecords()
  }

  #later(): void {
    if (!this.#started) return
    const { clock, pauseMs, onError } = this.#options
    this.#timer = clock.after(pauseMs, () => {
      this.#step = this.step()
        .catch(onError)
        .finally(() => this.#later())
    })
  }

  async #sweepMessages(): Promise<void> {
    const { table, pageRows } = this.#options
    const rows = await table.range(this.#messagesFrom, keyEnd(MESSAGES), pageRows)
    const last = rows[rows.length - 1]
    for (let start = 0; start < rows.length;) {
      const mailbox = mailboxOf(rows[start])
      let end = start + 1
      while (end < rows.length && rows[end]?.key.startsWith(mailbox.rows) === true) end++
      await this.#sweepMailbox(mailbox, rows.slice(start, end))
      start = end
    }
    this.#messagesFrom =
      last === undefined || rows.length < pageRows ? MESSAGES : keyAfter(last.key)
  }

  /**
   * What wall clocks say of the age of rows is only a first sieve: they may jump by hours. Whatever is
   * to be removed waits for the grace from now on, by the clock that does not jump.
   */
  async #sweepMailbox(keys: MailboxKeys, rows: readonly Row[]): Promise<void> {
    const { table, clock, trimmer, graceMs } = this.#options
    const old = clock.now() - graceMs
    const dueAt = clock.monotonic() + graceMs
    let read = 0
    for (const row of rows) {
      if (numberIn(row.doc, 'senddate') > old) break
      read = seqOf(row)
      if (numberIn(row.doc, 'expire_at') > old || this.#expired.has(row.key)) continue
      if (this.#expired.size < EXPIRED_MAX) this.#expired.set(row.key, { keys, row, dueAt })
    }
    if (read === 0) return
    const floor = numberIn(await table.get(keys.meta), 'floor')
    trimmer.schedule(keys, read, Math.min(floor, read))
  }

  /** Those that have waited for their grace, mailbox by mailbox. */
  async #removeExpired(): Promise<void> {
    const { table, clock, trimmer } = this.#options
    const now = clock.monotonic()
    const due = new Map<string, { readonly keys: MailboxKeys; readonly rows: Row[] }>()
    for (const [key, { keys, row, dueAt }] of this.#expired) {
      if (dueAt > now) break
      this.#expired.delete(key)
      const others = due.get(keys.path)
      if (others === undefined) due.set(keys.path, { keys, rows: [row] })
      else others.rows.push(row)
    }
    for (const { keys, rows } of due.values()) {
      await trimmer.markDone(rows)
      await table.raise([{ key: keys.meta, fields: { head: Math.max(...rows.map(seqOf)) } }])
      await trimmer.remove(keys, rows, await trimmer.readersOf(keys))
    }
  }

  async #sweepRecords(): Promise<void> {
    const { table, clock, pageRows } = this.#options
    const rows = await table.range(this.#recordsFrom, keyEnd(RECORDS), pageRows)
    const last = rows[rows.length - 1]
    const old = clock.now() - RECORD_MS
    const gone = rows.filter(row => numberIn(row.doc, 'at') < old)
    if (gone.length > 0) await table.remove(gone.map(row => row.key))
    this.#recordsFrom = last === undefined || rows.length < pageRows ? RECORDS : keyAfter(last.key)
  }
}

const mailboxOf = (row: Row | undefined): MailboxKeys => {
  const [, system = '', uid = ''] = row?.key.split('/') ?? []
  return mailboxKeys({ system: keyPartText(system), uid: keyPartText(uid) })
}
