import type { Doc } from '../store/table.ts'
import type { LogContext } from './appender.ts'
import { IdempotencyConflict } from './log.ts'
import type { Appended, NewMessage } from './log.ts'
import type { Mailbox } from './mailbox.ts'
import { goneTo, isUrgent, messageRow, numberIn, recordKey, rowKey, textIn } from './rows.ts'

const ROUNDS = 50

/**
 * Settles an append whose idempotency record exists already: a repeat, or the rest of an attempt that
 * did not get as far as its row. Runs while the mailbox is busy, so it is this process's only writer.
 */
export class KeyedAppends {
  readonly #context: LogContext

  constructor(context: LogContext) {
    this.#context = context
  }

  /** Undefined: the record is gone, append as if the key were new. */
  async settle(mailbox: Mailbox, message: NewMessage): Promise<Appended | undefined> {
    const key = recordKey(message, mailbox.keys)
    for (let round = 0; round < ROUNDS; round++) {
      const record = await this.#context.table.get(key)
      if (record === undefined) return undefined
      if (record['fingerprint'] === undefined) {
        await this.#context.table.remove([key])
        return undefined
      }
      checkRecord(record, mailbox, message)
      const appended = await this.#round(mailbox, message, key, record)
      if (appended !== undefined) return appended
    }
    throw new Error(`idempotency key ${key} did not come to rest in ${ROUNDS} rounds`)
  }

  /** Undefined: the record or the mailbox changed meanwhile. */
  async #round(
    mailbox: Mailbox,
    message: NewMessage,
    key: string,
    record: Doc,
  ): Promise<Appended | undefined> {
    const { table, clock, epoch } = this.#context
    const { keys } = mailbox
    const seq = numberIn(record, 'seq')
    // the order matters: a row that is missing below this head will not come any more
    await mailbox.load(table, await epoch.read(), clock.monotonic())
    const row = await table.get(rowKey(keys, seq))
    // the trimmer says "done", then raises the floor, then removes: so these are read the other way round
    const meta = await table.get(keys.meta)
    const latest = await table.get(key)
    if (latest === undefined || latest['rev'] !== record['rev']) return undefined
    const kept = row?.['msgid'] === record['msgid'] && seq > goneTo(meta)
    if (kept || latest['done'] === 1) return answer(mailbox, message, record, seq)
    if (row === undefined && seq === mailbox.head + 1)
      return this.#place(mailbox, message, record, seq)
    const moved = mailbox.head + 1
    const rev = numberIn(record, 'rev')
    if (!(await table.swap(key, rev, { ...record, seq: moved }))) return undefined
    return this.#place(mailbox, message, record, moved)
  }

  /** Writes the row that the record promises. */
  async #place(
    mailbox: Mailbox,
    message: NewMessage,
    record: Doc,
    seq: number,
  ): Promise<Appended | undefined> {
    const { table, clock, headCacheMs } = this.#context
    const { keys } = mailbox
    const original = { ...message, msgid: textIn(record, 'msgid'), logid: textIn(record, 'logid') }
    const bytesTotal = mailbox.bytes + message.content.length
    const urgentTo = isUrgent(message) ? seq : mailbox.urgentTo
    const place = { seq, now: clock.now(), bytesTotal, urgentTo }
    const row = messageRow(keys, original, place)
    const beside = message.alongside?.(seq, original.msgid, place.now)
    const [inserted] = await table.insert([beside === undefined ? [row] : [row, beside]])
    if (inserted === 0) return undefined
    if (
      mailbox.isLate(clock.monotonic(), headCacheMs) &&
      seq <= numberIn(await table.get(keys.meta), 'head')
    ) {
      await table.remove([row.key])
      return undefined
    }
    const prev = mailbox.previousFor(message.appcode)
    mailbox.born(seq, message)
    return {
      seq,
      prev,
      epoch: mailbox.epoch,
      msgid: original.msgid,
      logid: original.logid,
      repeated: false,
    }
  }
}

const checkRecord = (record: Doc, mailbox: Mailbox, message: NewMessage): void => {
  const { system, uid } = mailbox.keys.id
  if (
    record['fingerprint'] === message.idempotency?.fingerprint &&
    record['system'] === system &&
    record['uid'] === uid
  )
    return
  throw new IdempotencyConflict(
    `idempotency key ${JSON.stringify(message.idempotency?.key)} was used for another message; use a new key for a new message`,
  )
}

/** Where the record is this very append's own, a retry in another process finished it: still the first answer. */
const answer = (mailbox: Mailbox, message: NewMessage, record: Doc, seq: number): Appended => {
  const msgid = textIn(record, 'msgid')
  return {
    seq,
    prev: seq - 1,
    epoch: mailbox.epoch,
    msgid,
    logid: textIn(record, 'logid'),
    repeated: msgid !== message.msgid,
  }
}
