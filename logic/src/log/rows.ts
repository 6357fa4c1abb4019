import { URGENCY } from '@longwire/proto'
import type { Doc, Row } from '../store/table.ts'
import { keyEnd, keyPart, keySeq } from '../store/table.ts'
import type { EndId, LogMessage, MailboxId, NewMessage } from './log.ts'

/** Where a mailbox keeps what it has. */
export interface MailboxKeys {
  readonly id: MailboxId
  /** `<system>/<uid>`, escaped. */
  readonly path: string
  readonly meta: string
  readonly rows: string
  readonly rowsEnd: string
  readonly ends: string
  /** Where the records of its idempotency keys are. */
  readonly records: string
}

/** What the keys of one kind of log begin with. */
export interface LogPlace {
  readonly rows: string
  readonly meta: string
  readonly ends: string
  readonly records: string
}

export const MAILBOXES: LogPlace = {
  rows: 'messages/',
  meta: 'mailboxes/',
  ends: 'ends/',
  records: 'idempotency/',
}

export const mailboxKeys = ({ system, uid }: MailboxId, place = MAILBOXES): MailboxKeys => {
  const path = `${keyPart(system)}/${keyPart(uid)}`
  const rows = `${place.rows}${path}/`
  // Keys are kept for long: not with all that a caller's object may hold beside these two.
  const id = { system, uid }
  const [meta, ends] = [`${place.meta}${path}`, `${place.ends}${path}/`]
  return { id, path, meta, rows, rowsEnd: keyEnd(rows), ends, records: place.records }
}

export const rowKey = (keys: MailboxKeys, seq: number): string => keys.rows + keySeq(seq)
export const seqOf = (row: Row): number => Number(row.key.slice(-16))
export const endKey = (keys: MailboxKeys, end: EndId): string =>
  `${keys.ends}${end.appcode}/${keyPart(end.device)}`

/** Where and when a row is put; `bytesTotal` counts the content of all rows up to and with it. */
export interface Place {
  readonly seq: number
  readonly now: number
  readonly bytesTotal: number
  /** The last seq up to and with it that does not wait for a device that sleeps. @default `seq` */
  readonly urgentTo?: number
}

/** Whether a message reaches also a device that sleeps, at once or after a while. */
export const isUrgent = ({ urgency = URGENCY.NORMAL, mustWake = false }: NewMessage): boolean =>
  urgency <= URGENCY.NORMAL || mustWake

/** {@link Place.urgentTo} of a row. */
export const urgentToOf = (row: Row): number => {
  const value = row.doc['urgent_to']
  return typeof value === 'number' ? value : seqOf(row)
}

/** `state` of a message that was taken back. */
export const RECALLED = 2

export const messageRow = (keys: MailboxKeys, message: NewMessage, place: Place): Row => {
  const { now } = place
  const doc: Doc = {
    msgid: message.msgid,
    to_uid: message.to ?? keys.id.uid,
    to_appcode: message.appcode,
    from_uid: message.from?.uid ?? '',
    from_appcode: message.from?.appcode ?? 0,
    senddate: now,
    state: 0,
    msgtype: message.msgtype,
    msgcontent: message.content,
    expire_at: now + message.ttlSeconds * 1000,
    logid: message.logid,
    bytes_total: place.bytesTotal,
    business: message.business ?? '',
  }
  // Left out where they say nothing: nearly always.
  if (message.urgency !== undefined && message.urgency !== URGENCY.NORMAL)
    doc['urgency'] = message.urgency
  if (message.collapse !== undefined) doc['collapse'] = message.collapse
  if (message.mustWake === true) doc['must_wake'] = true
  if (message.tellExpired === true) doc['tell_expired'] = true
  if (place.urgentTo !== undefined && place.urgentTo !== place.seq)
    doc['urgent_to'] = place.urgentTo
  if (message.retracts !== undefined) doc['retracts'] = message.retracts
  if (message.idempotency !== undefined) doc['idem'] = recordKey(message, keys)
  return { key: rowKey(keys, place.seq), doc }
}

/** `state` of a row that only keeps its seq. */
const GONE = 1

/**
 * What is left of a message that expired behind one that is still to be read: nobody gets it, and its seq
 * stays taken, so that no write that arrives late may have it.
 */
export const stubOf = ({ key, doc }: Row): Row => {
  const stub: Doc = { state: GONE }
  for (const field of ['senddate', 'bytes_total', 'urgent_to'])
    if (doc[field] !== undefined) stub[field] = doc[field]
  return { key, doc: stub }
}

/** Also one that was taken back after it had gone. */
export const isStub = ({ doc }: Row): boolean => doc['msgcontent'] === undefined

/**
 * The seq up to which everything in a mailbox is gone for good, as its own row says: trimmed, which readers
 * are told (`floor`), or expired (`cleared`). A row there is of a writer that came too late.
 */
export const goneTo = (meta: Doc | undefined): number =>
  Math.max(numberIn(meta, 'floor'), numberIn(meta, 'cleared'))

/** The record of an idempotency key, written right before the row that it names. */
export const recordRow = (keys: MailboxKeys, message: NewMessage, place: Place): Row => ({
  key: recordKey(message, keys),
  doc: {
    system: keys.id.system,
    uid: keys.id.uid,
    seq: place.seq,
    msgid: message.msgid,
    logid: message.logid,
    fingerprint: message.idempotency?.fingerprint ?? '',
    at: place.now,
    done: 0,
    rev: 1,
  },
})

/** `<records><business>/<key>`. */
export const recordKey = (
  { idempotency }: NewMessage,
  { records }: Pick<MailboxKeys, 'records'> = MAILBOXES,
): string => `${records}${keyPart(idempotency?.business ?? '')}/${keyPart(idempotency?.key ?? '')}`

export const messageOf = (row: Row): LogMessage => {
  const { doc } = row
  return {
    seq: seqOf(row),
    business: textIn(doc, 'business'),
    collapse: textIn(doc, 'collapse'),
    urgency: typeof doc['urgency'] === 'number' ? doc['urgency'] : URGENCY.NORMAL,
    mustWake: doc['must_wake'] === true,
    appcode: numberIn(doc, 'to_appcode'),
    msgtype: numberIn(doc, 'msgtype'),
    content: contentOf(doc),
    msgid: textIn(doc, 'msgid'),
    logid: textIn(doc, 'logid'),
    sentAt: numberIn(doc, 'senddate'),
    expiresAt: numberIn(doc, 'expire_at'),
    fromUid: textIn(doc, 'from_uid'),
    fromAppcode: numberIn(doc, 'from_appcode'),
    toUid: textIn(doc, 'to_uid'),
    retracts: textIn(doc, 'retracts'),
  }
}

const NOTHING = new Uint8Array(0)

export const contentOf = (doc: Doc): Uint8Array => {
  const content = doc['msgcontent']
  return content instanceof Uint8Array ? content : NOTHING
}

export const numberIn = (doc: Doc | undefined, field: string): number => {
  const value = doc?.[field]
  return typeof value === 'number' ? value : 0
}

export const textIn = (doc: Doc | undefined, field: string): string => {
  const value = doc?.[field]
  return typeof value === 'string' ? value : ''
}
