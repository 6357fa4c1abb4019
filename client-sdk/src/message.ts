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

  constructor(fields: {
    seq: number
    msgtype: number
    content: Uint8Array
    msgid?: string
    logid?: string
    sentAt?: number
  }) {
    this.seq = fields.seq
    this.msgtype = fields.msgtype
    this.content = fields.content
    this.msgid = fields.msgid ?? ''
    this.logid = fields.logid ?? ''
    this.sentAt = fields.sentAt ?? 0
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
