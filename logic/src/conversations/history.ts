import type { Clock, Logger, Timer } from '@longwire/kit'
import { URGENCY } from '@longwire/proto'
import type { LogMessage } from '../log/log.ts'
import { contentOf, numberIn, textIn } from '../log/rows.ts'
import {
  keyAfter,
  keyEnd,
  keyPart,
  keyPartText,
  keySeq,
  TableUnavailable,
  type Doc,
  type RaiseRow,
  type Row,
  type Table,
} from '../store/table.ts'

/** What one user sees of the messages with another. */
export interface View {
  readonly system: string
  readonly uid: string
  readonly peer: string
}

/** A message between users, as both of them see it. */
export interface Exchanged {
  readonly from: string
  readonly fromAppcode: number
  readonly to: string
  readonly msgtype: number
  readonly content: Uint8Array
  readonly logid: string
  /** Seq of the same message in the mailbox of who sent it; 0 in its own row there. */
  readonly senderSeq: number
}

export interface HistoryRow {
  readonly key: string
  readonly doc: Doc
  readonly message: LogMessage
  readonly senderSeq: number
  readonly recalled: boolean
}

export interface ConversationState {
  readonly peer: string
  /** Milliseconds since 1970. */
  readonly activeAt: number
  /** Seqs of this user's mailbox. */
  readonly read: number
  readonly peerRead: number
}

/** Conversations of one user that are looked at. */
const CONVERSATIONS_MAX = 2_000
const ACTIVE_FLUSH_MS = 1_000

/**
 * Messages between users, once per view: `history/<system>/<uid>/<peer>/<seq>`, seq that of the user's mailbox,
 * so a page is one range. `conversations/<system>/<uid>/<peer>` {active, read, peer_read} has what only rises.
 */
export class History {
  readonly #table: Table
  readonly #clock: Clock
  readonly #logger: Logger
  /** Views with something new, and since when: written behind, it only orders the list. */
  readonly #active = new Map<string, number>()
  /** New conversations of this turn. */
  #fresh: RaiseRow[] = []
  #enlisting: Promise<void> | undefined
  #timer: Timer | undefined

  constructor(parts: { table: Table; clock: Clock; logger: Logger }) {
    this.#table = parts.table
    this.#clock = parts.clock
    this.#logger = parts.logger
  }

  /** Newest first, before `before` (0: from the newest on). */
  async page(view: View, before: number, limit: number): Promise<HistoryRow[]> {
    const prefix = prefixOf(view)
    const to = before === 0 ? keyEnd(prefix) : prefix + keySeq(before)
    const rows = await this.#table.range(prefix, to, limit, true)
    return rows.map(historyRowOf)
  }

  /** Of the messages behind `after`, how many the peer sent, up to `most`. */
  async unread(view: View, after: number, most: number): Promise<number> {
    const prefix = prefixOf(view)
    const rows = await this.#table.range(prefix + keySeq(after + 1), keyEnd(prefix), most)
    const theirs = rows.filter(
      ({ doc }) => textIn(doc, 'from_uid') !== view.uid && numberIn(doc, 'recalled') === 0,
    )
    return theirs.length
  }

  async conversation(view: View): Promise<ConversationState> {
    return stateOf(view.peer, (await this.#table.get(stateKey(view))) ?? {})
  }

  /** The last active first. */
  async conversations(system: string, uid: string): Promise<ConversationState[]> {
    const prefix = `conversations/${system}/${keyPart(uid)}/`
    const rows = await this.#table.range(prefix, keyEnd(prefix), CONVERSATIONS_MAX)
    const states = rows.map(({ key, doc }) => stateOf(keyPartText(key.slice(prefix.length)), doc))
    return states.sort((a, b) => b.activeAt - a.activeAt)
  }

  /** Resolves when it is durable that everything up to `seq` was read, by this user or by the peer. */
  async read(view: View, seq: number, by: 'read' | 'peer_read'): Promise<void> {
    await this.#table.raise([{ key: stateKey(view), fields: { [by]: seq } }])
  }

  /** The conversation is to be in the list; resolves when it is there, what is newer is written behind. */
  async touched(view: View, isNew: boolean): Promise<void> {
    const key = stateKey(view)
    const active = this.#clock.now()
    if (isNew) return this.#enlist({ key, fields: { active } })
    this.#active.set(key, active)
    this.#timer ??= this.#clock.after(ACTIVE_FLUSH_MS, () => {
      this.#timer = undefined
      void this.flush()
    })
  }

  /** Those of a turn share a transaction. */
  #enlist(row: RaiseRow): Promise<void> {
    this.#fresh.push(row)
    this.#enlisting ??= new Promise<void>(resolve => this.#clock.soon(resolve)).then(() => {
      const rows = this.#fresh
      this.#fresh = []
      this.#enlisting = undefined
      return this.#table.raise(rows)
    })
    return this.#enlisting
  }

  /** Never rejects: an order that is a little old harms nobody. */
  async flush(): Promise<void> {
    const rows = [...this.#active].map(([key, active]) => ({ key, fields: { active } }))
    this.#active.clear()
    try {
      if (rows.length > 0) await this.#table.raise(rows)
    } catch (error) {
      if (!(error instanceof TableUnavailable))
        this.#logger.error({ err: error }, 'the order of conversations could not be written')
    }
  }

  async stop(): Promise<void> {
    this.#timer?.cancel()
    await this.flush()
  }

  /** Where it is written with its message, this only makes up for a crash in between. */
  async ensure(row: Row): Promise<void> {
    await this.#table.insert([[row]])
  }

  /** False: somebody else has changed it. */
  recall({ key, doc }: HistoryRow): Promise<boolean> {
    const empty = { ...doc, recalled: this.#clock.now(), msgcontent: new Uint8Array(0) }
    return this.#table.swap(key, numberIn(doc, 'rev'), empty)
  }

  /** Removes what is older than `time`, a page of it; returns where to go on, or ''. */
  async expire(from: string, time: number, limit: number): Promise<string> {
    const rows = await this.#table.range(from === '' ? ALL : from, keyEnd(ALL), limit)
    const gone = rows.filter(({ doc }) => numberIn(doc, 'senddate') < time)
    if (gone.length > 0) await this.#table.remove(gone.map(({ key }) => key))
    const last = rows.at(-1)
    return last === undefined || rows.length < limit ? '' : keyAfter(last.key)
  }
}

const ALL = 'history/'
const prefixOf = ({ system, uid, peer }: View): string =>
  `${ALL}${system}/${keyPart(uid)}/${keyPart(peer)}/`
const stateKey = ({ system, uid, peer }: View): string =>
  `conversations/${system}/${keyPart(uid)}/${keyPart(peer)}`

const stateOf = (peer: string, doc: Doc): ConversationState => ({
  peer,
  activeAt: numberIn(doc, 'active'),
  read: numberIn(doc, 'read'),
  peerRead: numberIn(doc, 'peer_read'),
})

// oxlint-disable-next-line max-params -- a row of a log: what only the log knows, beside what is said
export const historyRow = (
  view: View,
  said: Exchanged,
  seq: number,
  msgid: string,
  now: number,
): Row => ({
  key: prefixOf(view) + keySeq(seq),
  doc: {
    msgid,
    from_uid: said.from,
    from_appcode: said.fromAppcode,
    to_uid: said.to,
    senddate: now,
    msgtype: said.msgtype,
    msgcontent: said.content,
    logid: said.logid,
    sender_seq: said.senderSeq,
    recalled: 0,
    rev: 1,
  },
})

const historyRowOf = ({ key, doc }: Row): HistoryRow => ({
  key,
  doc,
  senderSeq: numberIn(doc, 'sender_seq'),
  recalled: numberIn(doc, 'recalled') > 0,
  message: {
    seq: Number(key.slice(-16)),
    business: '',
    collapse: '',
    urgency: URGENCY.NORMAL,
    mustWake: false,
    appcode: 0,
    msgtype: numberIn(doc, 'msgtype'),
    content: contentOf(doc),
    msgid: textIn(doc, 'msgid'),
    logid: textIn(doc, 'logid'),
    sentAt: numberIn(doc, 'senddate'),
    expiresAt: 0,
    fromUid: textIn(doc, 'from_uid'),
    fromAppcode: numberIn(doc, 'from_appcode'),
    toUid: textIn(doc, 'to_uid'),
    // A message that was taken back names itself.
    retracts: numberIn(doc, 'recalled') > 0 ? textIn(doc, 'msgid') : '',
  },
})
