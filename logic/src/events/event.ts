import type { LogMessage, NewMessage } from '../log/log.ts'
import type { Loss } from '../log/losses.ts'

/** What is told of a user's end. */
export interface EndEvent {
  readonly kind: 'online' | 'offline'
  /** 16 hex digits; the same wherever and however often the event is told. */
  readonly id: string
  /** When it was found, ms since 1970. */
  readonly at: number
  readonly system: string
  readonly uid: string
  readonly appcode: number
  readonly device: string
  /** `name@incarnation`. */
  readonly gate: string
  /** online: login. offline: closed (the connection or session ended), gate-lost. */
  readonly reason: 'login' | 'closed' | 'gate-lost'
}

/** What is told of a gate. */
export interface GateEvent {
  readonly kind: 'gate_up' | 'gate_down'
  readonly id: string
  readonly at: number
  readonly gate: string
  readonly reason: 'started' | 'left' | 'link-closed' | 'silent'
}

/** What is told to the sender of a message: it was removed before every end that it was for had read it. */
export interface ExpiredEvent {
  readonly kind: 'expired'
  /** The msgid. */
  readonly id: string
  readonly at: number
  readonly business: string
  readonly uid: string
  /** 0: it was for all ends. */
  readonly appcode: number
  /** Its place in the mailbox. */
  readonly mailboxSeq: number
  readonly logid: string
  readonly msgtype: number
  readonly reason: 'ttl' | 'trimmed' | 'replaced'
  /** Ends that it was for, and those of them that had read it. */
  readonly ends: number
  readonly readBy: number
}

export type Event = EndEvent | GateEvent | ExpiredEvent

/** An event in its place of the stream. */
export type Told = Event & { readonly seq: number }

/** An event as everybody outside sees it. */
export interface EventBody {
  readonly seq: number
  readonly id: string
  readonly kind: Event['kind']
  /** ISO 8601. */
  readonly at: string
  readonly gate?: string
  readonly reason: string
  readonly uid?: string
  readonly appcode?: number
  readonly device?: string
  readonly business?: string
  readonly msgid?: string
  readonly logid?: string
  readonly mailboxSeq?: number
  readonly msgtype?: number
  readonly ends?: number
  readonly readBy?: number
}

export const eventBody = (event: Told): EventBody => {
  const { seq, id, kind, reason } = event
  const at = new Date(event.at).toISOString()
  if (event.kind === 'expired') {
    const { uid, appcode, business, logid, mailboxSeq, msgtype, ends, readBy } = event
    const message = { business, msgid: id, logid, mailboxSeq, msgtype, ends, readBy }
    return { seq, id, kind, at, reason, uid, ...(appcode === 0 ? {} : { appcode }), ...message }
  }
  const { gate } = event
  if (!('uid' in event)) return { seq, id, kind, at, gate, reason }
  const { uid, appcode, device } = event
  return { seq, id, kind, at, gate, reason, uid, appcode, device }
}

export const expiredEvent = (
  { mailbox, message, reason, ends, readBy }: Loss,
  at: number,
): ExpiredEvent => {
  const { msgid: id, logid, business, appcode, msgtype, seq: mailboxSeq } = message
  const { uid } = mailbox
  const told = { business, uid, appcode, mailboxSeq, logid, msgtype, reason, ends, readBy }
  return { kind: 'expired', id, at, ...told }
}

/** What the repeats of one append are known by; no business has a colon in its name. */
const BUSINESS = 'events:'
/** Never by its own age: the stream is trimmed as a whole. */
const TTL_SECONDS = 0xffff_ffff

/** The row of an event; appended again it is still one row. */
export const messageOf = (event: Event): NewMessage => ({
  appcode: 0,
  msgtype: 0,
  content: Buffer.from(JSON.stringify(event)),
  ttlSeconds: TTL_SECONDS,
  msgid: event.id,
  logid: event.id,
  idempotency: { business: BUSINESS, key: event.id, fingerprint: event.kind },
})

/** Undefined for what no version of ours wrote. */
export const toldOf = ({ seq, content }: LogMessage): Told | undefined => {
  const event = parseEvent(Buffer.from(content).toString('utf8'))
  return event === undefined ? undefined : { ...event, seq }
}

/** Events as a field of a document, and back. */
export const packEvents = (events: readonly Event[]): string => JSON.stringify(events)
export const unpackEvents = (text: string): Event[] => {
  const list: unknown = JSON.parse(text)
  return Array.isArray(list) ? (list as Event[]) : []
}

const parseEvent = (text: string): Event | undefined => {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined
  return value as Event
}
