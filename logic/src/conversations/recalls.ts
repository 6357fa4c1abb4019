import type { Clock } from '@longwire/kit'
import { URGENCY, type CodeName } from '@longwire/proto'
import { holdOf } from '@longwire/proto/trunk'
import type { Arrivals } from '../arrivals/arrivals.ts'
import { STAGE } from '../arrivals/stages.ts'
import type { Appended, Log, LogMessage, MailboxId, NewMessage } from '../log/log.ts'
import { TTL_SECONDS } from '../paths/draft.ts'
import type { Notifier } from '../paths/notifier.ts'
import type { IdSource } from '../paths/s2c.ts'
import type { History, HistoryRow, View } from './history.ts'

export interface RecallParts {
  readonly log: Log
  readonly history: History
  readonly notifier: Pick<Notifier, 'notify'>
  readonly arrivals: Arrivals
  readonly ids: IdSource
  readonly clock: Clock
  readonly recallMs: number
  readonly business: string
}

const PAGE = 256
const PAGES_MAX = 20
const NOTHING = new Uint8Array(0)

/**
 * Takes messages back. Who has not got one never sees it (its row is withdrawn); whoever has, gets a row that
 * says so, like any other message. Asked again, it completes what is missing.
 */
export class Recalls {
  readonly #parts: RecallParts

  constructor(parts: RecallParts) {
    this.#parts = parts
  }

  /** A message of this user to the peer; undefined: it is taken back, durably. */
  async ofUser(view: View, msgid: string): Promise<CodeName | undefined> {
    const { clock, recallMs, arrivals, business, history } = this.#parts
    const own = await this.#find(view, msgid)
    if (own === undefined || own.message.fromUid !== view.uid) return 'UNKNOWN_MESSAGE'
    if (!own.recalled && own.message.sentAt < clock.now() - recallMs) return 'TOO_LATE'
    const { system, uid, peer } = view
    const theirView = { system, uid: peer, peer: uid }
    const theirs = peer === uid ? undefined : await this.#find(theirView, msgid)
    if (!own.recalled) {
      await history.recall(own)
      const { fromAppcode: appcode, msgtype } = own.message
      arrivals.count(STAGE.recalled, { business, appcode, msgtype }, clock.now())
    }
    if (theirs !== undefined && !theirs.recalled) await history.recall(theirs)
    const letter = { ...own.message, business }
    if (theirs !== undefined)
      await this.#withdraw({ system, uid: peer }, theirs.message.seq, letter)
    await this.#withdraw({ system, uid }, own.message.seq, letter)
    return undefined
  }

  /** A message of this business in a mailbox; false: it is not there any more. */
  async ofBusiness(
    mailbox: MailboxId,
    { appcode, msgid, business }: { appcode: number; msgid: string; business: string },
  ): Promise<boolean> {
    const { log, clock, arrivals } = this.#parts
    const { floor } = await log.heads(mailbox)
    for (let after = floor, more = true; more;) {
      const page = await log.read(mailbox, appcode, after, PAGE, PAGE_BYTES)
      const found = page.messages.find(each => each.msgid === msgid && each.business === business)
      if (found !== undefined) {
        await this.#withdraw(mailbox, found.seq, found)
        arrivals.count(STAGE.recalled, found, clock.now())
        return true
      }
      after = page.next
      more = page.more
    }
    return false
  }

  async #find(view: View, msgid: string): Promise<HistoryRow | undefined> {
    for (let before = 0, pages = 0; pages < PAGES_MAX; pages++) {
      const rows = await this.#parts.history.page(view, before, PAGE)
      const found = rows.find(({ message }) => message.msgid === msgid)
      const last = rows.at(-1)
      if (found !== undefined || last === undefined || rows.length < PAGE) return found
      before = last.message.seq
    }
    return undefined
  }

  async #withdraw(mailbox: MailboxId, seq: number, message: LogMessage): Promise<void> {
    const { log, ids } = this.#parts
    await log.withdraw(mailbox, seq)
    const { msgid, logid, business, appcode, msgtype, fromUid, fromAppcode, toUid } = message
    const retraction: NewMessage = {
      business,
      appcode,
      msgtype,
      content: NOTHING,
      ttlSeconds: TTL_SECONDS.default,
      msgid: ids.msgid(),
      logid,
      from: { uid: fromUid, appcode: fromAppcode },
      to: toUid,
      retracts: msgid,
      idempotency: {
        business: 'retract',
        key: `${mailbox.system}/${mailbox.uid}/${msgid}`,
        fingerprint: '',
      },
    }
    this.#tell(mailbox, retraction, await log.append(mailbox, retraction))
  }

  #tell(mailbox: MailboxId, message: NewMessage, { seq, prev, epoch, logid }: Appended): void {
    const { business = '', appcode, msgtype } = message
    this.#parts.notifier.notify(
      mailbox,
      {
        business,
        appcode,
        msgtype,
        content: NOTHING,
        seq,
        prev,
        epoch,
        logidHigh: Number.parseInt(logid.slice(0, 8), 16),
        logidLow: Number.parseInt(logid.slice(8), 16),
        hold: holdOf(URGENCY.NORMAL, 0),
      },
      true,
      nothing,
    )
  }
}

const nothing = (): void => undefined
const PAGE_BYTES = 1024 * 1024
