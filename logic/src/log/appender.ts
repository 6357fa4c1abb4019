import type { Clock } from '@longwire/kit'
import type { Row, Table } from '../store/table.ts'
import type { StoreEpoch } from './epoch.ts'
import type { KeyedAppends } from './keyed.ts'
import type { Appended, MailboxId, NewMessage } from './log.ts'
import type { Mailbox, MailboxCache, Waiting } from './mailbox.ts'
import { isUrgent, messageRow, numberIn, recordRow, rowKey } from './rows.ts'
import type { LogPlace } from './rows.ts'

/** What the parts of a log share. */
export interface LogContext {
  readonly table: Table
  readonly clock: Clock
  readonly epoch: StoreEpoch
  readonly cache: MailboxCache
  readonly place: LogPlace
  /** A head is relied on this long after it was true for certain. */
  readonly headCacheMs: number
}

/** A batch of one mailbox: its appends, their rows as one group, and when it left. */
interface Flight {
  readonly mailbox: Mailbox
  readonly appends: readonly Waiting[]
  readonly rows: readonly Row[]
  readonly firstSeq: number
  readonly leftAt: number
}

const FLIGHT_APPENDS = 100
const FLIGHT_BYTES = 512 * 1024

/**
 * Puts messages behind the head of their mailbox.
 *
 * A mailbox has one batch on its way at a time; what arrives meanwhile is the next one. The batches of
 * all mailboxes that are ready in a turn go to the table in one call.
 */
export class Appender {
  readonly #context: LogContext
  readonly #keyed: KeyedAppends
  readonly #onGrown: (mailbox: Mailbox) => void
  #ready: Mailbox[] = []

  constructor(context: LogContext, keyed: KeyedAppends, onGrown: (mailbox: Mailbox) => void) {
    this.#context = context
    this.#keyed = keyed
    this.#onGrown = onGrown
  }

  append(id: MailboxId, message: NewMessage): Promise<Appended> {
    return new Promise((resolve, reject) => {
      const mailbox = this.#context.cache.of(id.system, id.uid)
      mailbox.waiting.push({ message, resolve, reject })
      if (mailbox.busy) return
      mailbox.busy = true
      this.#makeReady(mailbox)
    })
  }

  #makeReady(mailbox: Mailbox): void {
    this.#ready.push(mailbox)
    if (this.#ready.length === 1) queueMicrotask(this.#depart)
  }

  readonly #depart = (): void => {
    const { table, clock, headCacheMs } = this.#context
    const ready = this.#ready
    this.#ready = []
    const leftAt = clock.monotonic()
    const now = clock.now()
    const flights: Flight[] = []
    const groups: (readonly Row[])[] = []
    for (const mailbox of ready) {
      if (!mailbox.known || leftAt - mailbox.verifiedAt >= headCacheMs) {
        void this.#load(mailbox)
        continue
      }
      const flight = board(mailbox, now, leftAt)
      flights.push(flight)
      groups.push(flight.rows)
    }
    if (flights.length === 0) return
    table.insert(groups).then(
      counts => this.#landed(flights, counts),
      (error: unknown) => this.#lost(flights, error),
    )
  }

  async #load(mailbox: Mailbox): Promise<void> {
    const { table, clock, epoch } = this.#context
    try {
      const now = clock.monotonic()
      await mailbox.load(table, await epoch.read(), now)
      this.#makeReady(mailbox)
    } catch (error) {
      this.#refuse(mailbox, mailbox.waiting.splice(0), error)
    }
  }

  #landed(flights: readonly Flight[], counts: readonly number[]): void {
    const { clock, headCacheMs } = this.#context
    const now = clock.monotonic()
    for (let index = 0; index < flights.length; index++) {
      const flight = flights[index]
      if (flight === undefined) continue
      if (flight.mailbox.isLate(now, headCacheMs)) void this.#settleLate(flight, counts[index] ?? 0)
      else this.#settle(flight, counts[index] ?? 0)
    }
  }

  #lost(flights: readonly Flight[], error: unknown): void {
    for (const { mailbox, appends } of flights) this.#refuse(mailbox, appends, error)
  }

  /** The outcome of these is unknown: what the cache says may be wrong now. */
  #refuse(mailbox: Mailbox, appends: readonly Waiting[], error: unknown): void {
    mailbox.known = false
    for (const { reject } of appends) reject(error)
    this.#next(mailbox)
  }

  #settle(flight: Flight, inserted: number): void {
    const { mailbox, appends } = flight
    let rows = 0
    let settled = 0
    for (; settled < appends.length; settled++) {
      const append = appends[settled]
      if (append === undefined) break
      rows += rowsOf(append)
      if (rows > inserted) break
      accept(mailbox, append, flight.firstSeq + settled)
    }
    if (settled > 0) {
      mailbox.verifiedAt = flight.leftAt
      this.#onGrown(mailbox)
    }
    if (settled === appends.length) this.#next(mailbox)
    else void this.#contend(mailbox, appends.slice(settled))
  }

  /**
   * The writer was held up for so long that others may have appended where this batch went, had it
   * read, and trimmed it. No reader will see a row at or below the last one removed: it goes anew.
   */
  async #settleLate(flight: Flight, inserted: number): Promise<void> {
    const { table } = this.#context
    const { mailbox, appends, firstSeq } = flight
    const { keys } = mailbox
    mailbox.known = false
    const again: Waiting[] = []
    try {
      const removed = numberIn(await table.get(keys.meta), 'head')
      const void_: string[] = []
      const good: number[] = []
      let rows = 0
      for (let index = 0; index < appends.length; index++) {
        const append = appends[index]
        if (append === undefined) continue
        rows += rowsOf(append)
        if (rows <= inserted && firstSeq + index > removed) {
          good.push(index)
          continue
        }
        if (rows <= inserted) void_.push(rowKey(keys, firstSeq + index))
        again.push(append)
      }
      if (void_.length > 0) await table.remove(void_)
      for (const index of good)
        resolveAt(mailbox, appends[index], firstSeq + index, firstSeq + index - 1)
    } catch (error) {
      return this.#refuse(mailbox, appends, error)
    }
    if (again.length === 0) this.#next(mailbox)
    else await this.#contend(mailbox, again)
  }

  /** Somebody else wrote here: the first of these stopped at a row or an idempotency record that exists. */
  async #contend(mailbox: Mailbox, appends: Waiting[]): Promise<void> {
    mailbox.known = false
    const first = appends[0]
    if (first?.message.idempotency !== undefined) {
      try {
        const appended = await this.#keyed.settle(mailbox, first.message)
        if (appended !== undefined) {
          appends.shift()
          first.resolve(appended)
        }
      } catch (error) {
        mailbox.known = false
        appends.shift()
        first.reject(error)
      }
    }
    mailbox.waiting.unshift(...appends)
    this.#next(mailbox)
  }

  #next(mailbox: Mailbox): void {
    if (mailbox.waiting.length > 0) this.#makeReady(mailbox)
    else mailbox.busy = false
  }
}

const rowsOf = ({ message }: Waiting): number =>
  (message.idempotency === undefined ? 1 : 2) + (message.alongside === undefined ? 0 : 1)

const board = (mailbox: Mailbox, now: number, leftAt: number): Flight => {
  const { waiting, keys } = mailbox
  const firstSeq = mailbox.head + 1
  const rows: Row[] = []
  let bytesTotal = mailbox.bytes
  let urgentTo = mailbox.urgentTo
  let count = 0
  while (
    count < waiting.length &&
    count < FLIGHT_APPENDS &&
    bytesTotal - mailbox.bytes < FLIGHT_BYTES
  ) {
    const message = waiting[count]?.message
    if (message === undefined) break
    bytesTotal += message.content.length
    const seq = firstSeq + count
    if (isUrgent(message)) urgentTo = seq
    const place = { seq, now, bytesTotal, urgentTo }
    if (message.idempotency !== undefined) rows.push(recordRow(keys, message, place))
    rows.push(messageRow(keys, message, place))
    if (message.alongside !== undefined) rows.push(message.alongside(seq, message.msgid, now))
    count++
  }
  const appends = count === waiting.length ? waiting : waiting.slice(0, count)
  mailbox.waiting = count === waiting.length ? [] : waiting.slice(count)
  return { mailbox, appends, rows, firstSeq, leftAt }
}

const accept = (mailbox: Mailbox, append: Waiting, seq: number): void => {
  const { message } = append
  const prev = mailbox.previousFor(message.appcode)
  mailbox.born(seq, message)
  resolveAt(mailbox, append, seq, prev)
}

const resolveAt = (
  mailbox: Mailbox,
  append: Waiting | undefined,
  seq: number,
  prev: number,
): void => {
  if (append === undefined) return
  const { msgid, logid } = append.message
  append.resolve({ seq, prev, epoch: mailbox.epoch, msgid, logid, repeated: false })
}
