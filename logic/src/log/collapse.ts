import type { RaiseRow } from '../store/table.ts'
import { keyEnd, keyPart } from '../store/table.ts'
import type { LogContext } from './appender.ts'
import type { Appended, LogMessage, MailboxId, NewMessage, Page } from './log.ts'
import { CollapseKeysExceeded } from './log.ts'
import { goneTo, mailboxKeys, numberIn } from './rows.ts'

/** Keys of one mailbox under which something may still be waiting. */
const KEYS_MAX = 16
/** Entries looked at to find out; what is over is removed on the way. */
const SCAN_ROWS = 64
/** An entry that says nothing any more goes once nobody has touched it for so long. */
const IDLE_MS = 3600 * 1000

/** What a key is good for: one business, and the ends of one appcode (0: all). */
interface Scope {
  readonly appcode: number
  readonly business?: string
  readonly collapse?: string
}

/**
 * Newer messages take the place of older ones of the same key.
 *
 * `collapse/<system>/<uid>/<appcode>/<business>/<key>` holds the seq of the newest. It is only ever raised,
 * after its row is durable and before the publisher is answered, and readers pass over every row of the
 * key below it. So there is no order in which writers could race or die that brings an older one back once
 * a newer one was answered for: the row of a writer that died in between is simply not the newest yet.
 */
export class Collapses {
  readonly #context: Pick<LogContext, 'table' | 'clock'>
  readonly #replaced: (count: number) => void

  /** `replaced` is told of each row that a reader passes over. */
  constructor(context: Pick<LogContext, 'table' | 'clock'>, replaced: (count: number) => void) {
    this.#context = context
    this.#replaced = replaced
  }

  /** Appends by `append`. Rejects with {@link CollapseKeysExceeded} before it where the mailbox has too many keys. */
  async append(
    id: MailboxId,
    message: NewMessage,
    append: () => Promise<Appended>,
  ): Promise<Appended> {
    const { table, clock } = this.#context
    const key = entryKey(id, message)
    if ((await table.get(key)) === undefined) await this.#admit(id)
    const appended = await append()
    const at = clock.now()
    const until = at + message.ttlSeconds * 1000
    await table.raise([{ key, fields: { seq: appended.seq, until, at } }])
    return appended
  }

  /** The page without what has been replaced. */
  async newest(id: MailboxId, page: Page): Promise<Page> {
    const keyed = page.messages.filter(({ collapse }) => collapse !== '')
    if (keyed.length === 0) return page
    const keys = [...new Set(keyed.map(message => entryKey(id, message)))]
    const docs = await Promise.all(keys.map(key => this.#context.table.get(key)))
    const newest = new Map(keys.map((key, index) => [key, numberIn(docs[index], 'seq')]))
    const isNewest = (message: LogMessage): boolean =>
      message.collapse === '' || message.seq >= newest.get(entryKey(id, message))!
    const messages = page.messages.filter(isNewest)
    this.#replaced(page.messages.length - messages.length)
    return { ...page, messages }
  }

  /** Whether a newer message has taken the place of this one. */
  async isReplaced(id: MailboxId, message: LogMessage): Promise<boolean> {
    return message.seq < numberIn(await this.#context.table.get(entryKey(id, message)), 'seq')
  }

  /** Whether one more key may be used. */
  async #admit(id: MailboxId): Promise<void> {
    const { table, clock } = this.#context
    const prefix = `collapse/${mailboxKeys(id).path}/`
    const [entries, meta] = await Promise.all([
      table.range(prefix, keyEnd(prefix), SCAN_ROWS),
      table.get(mailboxKeys(id).meta),
    ])
    const now = clock.now()
    const gone = goneTo(meta)
    const over = entries.filter(
      ({ doc }) => numberIn(doc, 'seq') <= gone || numberIn(doc, 'until') <= now,
    )
    // All rows that such an entry hides are gone: at worst a writer at this very moment hides nothing.
    const idle = over.filter(({ doc }) => numberIn(doc, 'at') < now - IDLE_MS)
    if (idle.length > 0) await table.remove(idle.map(({ key }) => key))
    if (entries.length - over.length < KEYS_MAX) return
    throw new CollapseKeysExceeded(
      `${KEYS_MAX} collapse keys wait in this mailbox; use one of them again, or none`,
    )
  }
}

const entryKey = (
  id: MailboxId,
  { appcode, business = '', collapse = '' }: Scope,
): RaiseRow['key'] =>
  `collapse/${mailboxKeys(id).path}/${appcode}/${keyPart(business)}/${keyPart(collapse)}`
