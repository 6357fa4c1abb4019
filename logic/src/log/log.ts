import type { Row } from '../store/table.ts'

/**
 * The log: ordered rows with a seq, read by somebody who brings the last seq it has.
 *
 * A user's mailbox is a log; so will be a topic and a queue. Keys in the table:
 * `messages/<system>/<uid>/<seq>` a row, `mailboxes/<system>/<uid>` {head, floor, cleared, epoch},
 * `ends/<system>/<uid>/<appcode>/<device>` {acked, seen}, `idempotency/<business>/<key>` {system, uid, seq, …}.
 *
 * Invariants: seqs are born without holes and never reused; when n is visible every seq below n is
 * visible or gone for good; head, floor and cursors never go back.
 */
export interface MailboxId {
  readonly system: string
  readonly uid: string
}

/** One end of a user: its own cursor on the mailbox. */
export interface EndId {
  readonly appcode: number
  readonly device: string
}

/** A message to append. */
export interface NewMessage {
  /** Whose message it is; left out: nobody's. */
  readonly business?: string
  /** The end it is for; 0: every end of the system. */
  readonly appcode: number
  readonly msgtype: number
  /** Must stay as it is until the append has settled. */
  readonly content: Uint8Array
  /** Kept at most this long, in seconds. */
  readonly ttlSeconds: number
  /** Of URGENCY. @default NORMAL */
  readonly urgency?: number
  /** It takes the place of what this business sent under the same key to the same ends and is not read yet. */
  readonly collapse?: string
  /** It goes out by itself after a while, whatever its urgency. */
  readonly mustWake?: boolean
  /** Its sender wants to be told where it is removed before every end that it is for has read it. */
  readonly tellExpired?: boolean
  /** 16 lower-case hex digits each. */
  readonly msgid: string
  readonly logid: string
  readonly from?: { readonly uid: string; readonly appcode: number }
  /** Of a message between users: to whom. @default the user of the mailbox */
  readonly to?: string
  /** It takes back the message with this msgid. */
  readonly retracts?: string
  /** Makes a row that is written right behind that of the message, whose seq it is told. */
  readonly alongside?: (seq: number, msgid: string, now: number) => Row
  /** A repeat with the same business, key and fingerprint is answered with the first result. */
  readonly idempotency?: {
    readonly business: string
    readonly key: string
    readonly fingerprint: string
  }
}

export interface Appended {
  readonly seq: number
  /** The last seq below `seq` that an end of this appcode may have to read first; seq − 1 when not known better. */
  readonly prev: number
  readonly epoch: number
  readonly msgid: string
  readonly logid: string
  /** True where an idempotency key had been used before: nothing was written, nobody need be told. */
  readonly repeated: boolean
}

export interface LogMessage {
  /** '': nobody's. */
  readonly business: string
  /** Of URGENCY. */
  readonly urgency: number
  readonly mustWake: boolean
  /** '': none. */
  readonly collapse: string
  readonly seq: number
  readonly appcode: number
  readonly msgtype: number
  readonly content: Uint8Array
  readonly msgid: string
  readonly logid: string
  readonly sentAt: number
  readonly expiresAt: number
  readonly fromUid: string
  readonly fromAppcode: number
  readonly toUid: string
  /** '': none. */
  readonly retracts: string
}

/** All that is live for an appcode in (from, next]. */
export interface Page {
  readonly from: number
  readonly next: number
  /** Head of the mailbox when the page was read, at least `next`. */
  readonly head: number
  /** −1, or: (from, floor] was removed before this reader had it. */
  readonly gapFloor: number
  readonly more: boolean
  readonly messages: readonly LogMessage[]
}

export interface Heads {
  readonly head: number
  /** Up to here there may be rows that are to wake a device by themselves; those behind may all wait. */
  readonly urgentTo: number
  readonly floor: number
  readonly epoch: number
}

/** What a reader has, as it says. */
export interface Cursor {
  /** Of the store it is from; 0: it has none. */
  readonly epoch: number
  readonly seq: number
}

/** Where a reader goes on. */
export interface Resumption {
  readonly heads: Omit<Heads, 'urgentTo'>
  /** The cursor's seq, or the floor where the cursor is of another epoch or beyond the head. */
  readonly base: number
  /** What is behind it. */
  readonly page: Page
}

/** Limits of one mailbox: beyond them the oldest rows are trimmed and readers are told of the gap. */
export interface LogLimits {
  readonly maxMessages: number
  readonly maxBytes: number
}

export interface Log {
  /** Resolves when the row is durable. Rejects with TableUnavailable or an error of this file. */
  append(mailbox: MailboxId, message: NewMessage): Promise<Appended>
  /** At most `limit` messages and about `maxBytes` of content (one message at least). Pure in (log, cursor). */
  read(
    mailbox: MailboxId,
    appcode: number,
    after: number,
    limit: number,
    maxBytes: number,
  ): Promise<Page>
  /** As `read` for a reader that may be of another epoch; it needs fewer looks at the table than `heads` and `read`. */
  resume(
    mailbox: MailboxId,
    appcode: number,
    cursor: Cursor,
    limit: number,
    maxBytes: number,
  ): Promise<Resumption>
  heads(mailbox: MailboxId): Promise<Heads>
  /** Remembers how far an end has read; written behind, so it costs no write per call. Never goes back. */
  acknowledge(mailbox: MailboxId, end: EndId, seq: number): void
  /**
   * Resolves when it is durable that there is this end, which has read up to `seq` at least: from then on
   * nothing behind is trimmed for being read by the others.
   */
  enrol(mailbox: MailboxId, end: EndId, seq: number): Promise<void>
  /** Nobody gets this message any more who has not got it; its seq stays a hole. */
  withdraw(mailbox: MailboxId, seq: number): Promise<void>
  /**
   * Removes what was born before `time` (ms since 1970), which must be longer ago than the grace; readers
   * are told of the gap. Some of it stays for the next call where there is much.
   */
  expire(mailbox: MailboxId, time: number): Promise<void>
  /** Starts the sweeper (expired rows, old idempotency records). */
  start(): void
  /** Writes what was put off and stops timers. */
  stop(): Promise<void>
}

/** The idempotency key was used before with another message. */
export class IdempotencyConflict extends Error {
  override readonly name = 'IdempotencyConflict'
}

/** A mailbox has as many collapse keys as it may. */
export class CollapseKeysExceeded extends Error {
  override readonly name = 'CollapseKeysExceeded'
}
