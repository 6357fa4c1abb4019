import type { Doc, Row } from '../store/table.ts'
import type { LogContext } from './appender.ts'
import type { Collapses } from './collapse.ts'
import type { Cursor, Heads, LogMessage, MailboxId, Page, Resumption } from './log.ts'
import {
  contentOf,
  goneTo,
  isStub,
  mailboxKeys,
  messageOf,
  numberIn,
  RECALLED,
  rowKey,
  seqOf,
  urgentToOf,
} from './rows.ts'
import type { MailboxKeys } from './rows.ts'

export interface PageRequest {
  readonly appcode: number
  readonly after: number
  readonly limit: number
  readonly maxBytes: number
}

/** Rows looked at for one page, per message asked for: an end may have to step over many rows of others. */
const ROWS_PER_MESSAGE = 4
/** Rows fetched at once. */
const CHUNK_ROWS = 256

/** Reads pages. Depends on nothing but the table, so that every process gives the same answer. */
export class Reader {
  readonly #context: LogContext

  readonly #collapses: Collapses

  constructor(context: LogContext, collapses: Collapses) {
    this.#context = context
    this.#collapses = collapses
  }

  async heads(id: MailboxId): Promise<Heads> {
    const { table, epoch } = this.#context
    const keys = this.#keysOf(id)
    const storeEpoch = epoch.value || (await epoch.read())
    // rows first: what is trimmed meanwhile shows in the mailbox's own row
    const [last] = await table.range(keys.rows, keys.rowsEnd, 1, true)
    const meta = await table.get(keys.meta)
    const floor = numberIn(meta, 'floor')
    const head = Math.max(numberIn(meta, 'head'), floor, last === undefined ? 0 : seqOf(last))
    const urgentTo = last === undefined ? 0 : urgentToOf(last)
    return { head, urgentTo, floor, epoch: numberIn(meta, 'epoch') || storeEpoch }
  }

  /** As {@link Log.resume}: one look at the mailbox's own row and one at its rows, where there is anything to read. */
  async resume(
    id: MailboxId,
    cursor: Cursor,
    request: Omit<PageRequest, 'after'>,
  ): Promise<Resumption> {
    const { table, epoch } = this.#context
    const storeEpoch = epoch.value || (await epoch.read())
    const meta = await table.get(this.#keysOf(id).meta)
    const heads = {
      head: numberIn(meta, 'head'),
      floor: numberIn(meta, 'floor'),
      epoch: numberIn(meta, 'epoch') || storeEpoch,
    }
    const after = cursor.epoch === heads.epoch ? cursor.seq : heads.floor
    const page = await this.#page(id, { ...request, after }, meta)
    // a page that ends where it began does not show whether the cursor lies beyond the head
    if (page.next > after || after <= Math.max(heads.head, heads.floor))
      return { heads: { ...heads, head: page.head }, base: after, page }
    const now = await this.heads(id)
    if (now.epoch === heads.epoch && after <= now.head)
      return { heads: now, base: after, page: { ...page, head: now.head } }
    return {
      heads: now,
      base: now.floor,
      page: await this.page(id, { ...request, after: now.floor }),
    }
  }

  page(id: MailboxId, request: PageRequest): Promise<Page> {
    return this.#page(id, request, undefined)
  }

  /** `known`: the mailbox's own row, if it was read before. */
  async #page(id: MailboxId, request: PageRequest, known: Doc | undefined): Promise<Page> {
    return this.#collapses.newest(id, await this.#scan(id, request, known))
  }

  async #scan(id: MailboxId, request: PageRequest, known: Doc | undefined): Promise<Page> {
    const { table, cache, clock } = this.#context
    const keys = this.#keysOf(id)
    const scan = new PageScan(request, clock.now())
    // what another process lately said is gone is no harm: its rows are kept for the grace
    let from = Math.max(request.after, cache.peek(id.system, id.uid)?.floor ?? 0)
    let meta = known
    for (let first = true; ; first = false) {
      const size = scan.rowsToRead()
      const range = table.range(rowKey(keys, from + 1), keys.rowsEnd, size)
      const unread = first && meta === undefined
      const [rows, read] = await Promise.all([range, unread ? table.get(keys.meta) : meta])
      // rows that are missing at the front may have been trimmed since, or are for all that this process
      // knows: then the floor shows it by now
      const start = Math.max(first ? request.after : from, goneTo(read))
      meta = startsBehind(rows, start) ? await table.get(keys.meta) : read
      scan.floor = numberIn(meta, 'floor')
      scan.gone = goneTo(meta)
      if (!scan.take(rows)) return scan.page(await this.#headBehind(keys, scan.next))
      if (rows.length < size) return scan.lastPage(numberIn(meta, 'head'))
      from = Math.max(scan.next, scan.gone)
    }
  }

  /** The head of a mailbox that has rows behind `seq`. */
  async #headBehind(keys: MailboxKeys, seq: number): Promise<number> {
    const [last] = await this.#context.table.range(rowKey(keys, seq + 1), keys.rowsEnd, 1, true)
    return last === undefined ? seq : seqOf(last)
  }

  #keysOf(id: MailboxId): MailboxKeys {
    const { cache, place } = this.#context
    return cache.peek(id.system, id.uid)?.keys ?? mailboxKeys(id, place)
  }
}

const startsBehind = ([row]: readonly Row[], seq: number): boolean =>
  row === undefined || seqOf(row) > seq + 1

/** A page while it is being put together. */
class PageScan {
  floor = 0
  /** Nothing up to it is for anybody any more; at least the floor. */
  gone = 0
  /** The last seq looked at. */
  next: number
  #rowsLeft: number
  readonly #request: PageRequest
  readonly #now: number
  readonly #messages: LogMessage[] = []
  #allStubs = false
  #bytes = 0

  constructor(request: PageRequest, now: number) {
    this.#request = request
    this.#now = now
    this.next = request.after
    this.#rowsLeft = request.limit * ROWS_PER_MESSAGE
  }

  /** How many rows to fetch next, one more than the page can take. */
  rowsToRead(): number {
    const { limit, maxBytes } = this.#request
    if (this.#allStubs) return CHUNK_ROWS
    const count = this.#messages.length
    const byRows = count === 0 ? limit : Math.min(this.#rowsLeft, limit)
    const byBytes =
      count === 0 ? CHUNK_ROWS : Math.ceil(((maxBytes - this.#bytes) / (this.#bytes + 1)) * count)
    return 1 + Math.max(0, Math.min(byRows, byBytes, CHUNK_ROWS))
  }

  /** False when the page was full before all of them were looked at. */
  take(rows: readonly Row[]): boolean {
    this.#allStubs = rows.every(isStub)
    for (const row of rows) {
      if (!this.#look(row)) return false
    }
    return true
  }

  #look(row: Row): boolean {
    const seq = seqOf(row)
    if (seq > this.gone && !isStub(row)) {
      if (this.#rowsLeft <= 0) return false
      this.#rowsLeft--
      if (this.#concerns(row) && !this.#add(row)) return false
    }
    this.next = seq
    return true
  }

  #concerns({ doc }: Row): boolean {
    const appcode = numberIn(doc, 'to_appcode')
    return (
      (appcode === 0 || appcode === this.#request.appcode) &&
      numberIn(doc, 'expire_at') > this.#now &&
      numberIn(doc, 'state') !== RECALLED
    )
  }

  #add(row: Row): boolean {
    const { limit, maxBytes } = this.#request
    const bytes = this.#bytes + contentOf(row.doc).length
    const count = this.#messages.length
    if (count >= limit || (count > 0 && bytes > maxBytes)) return false
    this.#bytes = bytes
    this.#messages.push(messageOf(row))
    return true
  }

  /** Nothing is behind the rows that were looked at. */
  lastPage(metaHead: number): Page {
    this.next = Math.max(this.next, metaHead, this.gone)
    return this.#make(this.next, false)
  }

  page(head: number): Page {
    this.next = Math.max(this.next, this.gone)
    return this.#make(Math.max(head, this.next), true)
  }

  #make(head: number, more: boolean): Page {
    const { after } = this.#request
    return {
      from: after,
      next: this.next,
      head,
      gapFloor: after < this.floor ? this.floor : -1,
      more,
      messages: this.#messages,
    }
  }
}
