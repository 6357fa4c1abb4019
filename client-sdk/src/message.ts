import type { edgeBody } from '@longwire/proto'

const decoder = new TextDecoder()

/** One message of the mailbox, as the app gets it. */
export class Message {
  /** Position in the mailbox; rises, not always by one. 0: it is no part of it. */
  readonly seq: number
  /** What kind of message it is, as the sender chose: 0–65535. */
  readonly msgtype: number
  readonly content: Uint8Array
  /** 16 hex digits, unique; empty when it came by the fast path. */
  readonly msgid: string
  /** 16 hex digits that name the message in every log; may be empty. */
  readonly logid: string
  /** Milliseconds since 1970 on the server's clock; 0 when it came by the fast path. */
  readonly sentAt: number
  /** Of a message between users: who sent it, also where that is this user on whatever end. */
  readonly from: { readonly uid: string; readonly appcode: number } | undefined
  /** And to whom; '' where a backend sent it. */
  readonly to: string
  /** Not '': it takes back the message with this msgid, and has no content. In a history: it was taken back. */
  readonly retracts: string

  constructor(fields: {
    seq: number
    msgtype: number
    content: Uint8Array
    msgid?: string
    logid?: string
    sentAt?: number
    from?: { readonly uid: string; readonly appcode: number } | undefined
    to?: string
    retracts?: string
  }) {
    this.seq = fields.seq
    this.msgtype = fields.msgtype
    this.content = fields.content
    this.msgid = fields.msgid ?? ''
    this.logid = fields.logid ?? ''
    this.sentAt = fields.sentAt ?? 0
    this.from = fields.from
    this.to = fields.to ?? ''
    this.retracts = fields.retracts ?? ''
  }

  /** The content read as UTF-8. */
  text(): string {
    return decoder.decode(this.content)
  }
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

/** Lower-case hex of `bytes`. */
export const hexOf = (bytes: Uint8Array): string => {
  let hex = ''
  for (const byte of bytes) hex += HEX[byte]!
  return hex
}

/** A message as a page has it; its content points into the page. */
export const messageOf = (message: edgeBody.Message.$Properties): Message =>
  new Message({
    seq: message.seq ?? 0,
    msgtype: message.msgtype ?? 0,
    content: message.content ?? NOTHING,
    msgid: hexOf(message.msgid ?? NOTHING),
    logid: hexOf(message.logid ?? NOTHING),
    sentAt: message.sentAt ?? 0,
    from: message.fromUid ? { uid: message.fromUid, appcode: message.fromAppcode ?? 0 } : undefined,
    to: message.fromUid ? (message.toUid ?? '') : '',
    retracts: hexOf(message.retracts ?? NOTHING),
  })

const NOTHING = new Uint8Array(0)
