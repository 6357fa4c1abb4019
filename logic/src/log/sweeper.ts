import type { Clock, Timer } from '@longwire/kit'
import type { Row, Table } from '../store/table.ts'
import { keyAfter, keyEnd, keyPartText } from '../store/table.ts'
import { Expiry } from './expiry.ts'
import { goneTo, isStub, mailboxKeys, numberIn, seqOf } from './rows.ts'
import type { LogPlace, MailboxKeys } from './rows.ts'
import { RECORD_MS } from './trimmer.ts'
import type { Trimmer } from './trimmer.ts'

export interface SweeperOptions {
  readonly table: Table
  readonly place: LogPlace
  readonly clock: Clock
  readonly trimmer: Trimmer
  readonly graceMs: number
  /** Rows looked at in one step, and the pause between two steps. */
  readonly pageRows: number
  readonly pauseMs: number
  /** Told of errors that are not the store being away. */
  readonly onError: (error: unknown) => void
}

/** Walks through the store for ever, slowly: expired rows, rows that a trim left behind, old records. */
export class Sweeper {
  readonly #options: SweeperOptions
  #messagesFrom: string
  #recordsFrom: string
  readonly #expiry: Expiry
  #timer: Timer | undefined
  #step: Promise<void> | undefined
  #started = false

  constructor(options: SweeperOptions) {
    this.#options = options
    this.#expiry = new Expiry(options)
    this.#messagesFrom = options.place.rows
    this.#recordsFrom = options.place.records
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
    await this.#expiry.removeDue()
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
    const { table, pageRows, place } = this.#options
    const rows = await table.range(this.#messagesFrom, keyEnd(place.rows), pageRows)
    const last = rows[rows.length - 1]
    for (let start = 0; start < rows.length;) {
      const mailbox = mailboxOf(rows[start], place)
      let end = start + 1
      while (end < rows.length && rows[end]?.key.startsWith(mailbox.rows) === true) end++
      await this.#sweepMailbox(mailbox, rows.slice(start, end))
      start = end
    }
    this.#messagesFrom =
      last === undefined || rows.length < pageRows ? place.rows : keyAfter(last.key)
  }

  /** What wall clocks say of the age of rows is only a first sieve: see {@link Expiry.found}. */
  async #sweepMailbox(keys: MailboxKeys, rows: readonly Row[]): Promise<void> {
    const { table, clock, trimmer, graceMs } = this.#options
    const old = clock.now() - graceMs
    const young = rows.findIndex(row => numberIn(row.doc, 'senddate') > old)
    const aged = young < 0 ? rows : rows.slice(0, young)
    const last = aged[aged.length - 1]
    if (last === undefined) return
    // read after the rows: what is there in spite of it came too late, and nobody saw it
    const gone = goneTo(await table.get(keys.meta))
    for (const row of aged)
      if (seqOf(row) > gone && numberIn(row.doc, 'expire_at') <= old && !isStub(row))
        this.#expiry.found(keys, row)
    trimmer.schedule(keys, seqOf(last), Math.min(gone, seqOf(last)))
    const front = rows.find(row => seqOf(row) > gone)
    if (front !== undefined && isStub(front)) await this.#expiry.clearStubs(keys)
  }

  async #sweepRecords(): Promise<void> {
    const { table, clock, pageRows, place } = this.#options
    const rows = await table.range(this.#recordsFrom, keyEnd(place.records), pageRows)
    const last = rows[rows.length - 1]
    const old = clock.now() - RECORD_MS
    const gone = rows.filter(row => numberIn(row.doc, 'at') < old)
    if (gone.length > 0) await table.remove(gone.map(row => row.key))
    this.#recordsFrom =
      last === undefined || rows.length < pageRows ? place.records : keyAfter(last.key)
  }
}

const mailboxOf = (row: Row | undefined, place: LogPlace): MailboxKeys => {
  const [system = '', uid = ''] = row?.key.slice(place.rows.length).split('/') ?? []
  return mailboxKeys({ system: keyPartText(system), uid: keyPartText(uid) }, place)
}
