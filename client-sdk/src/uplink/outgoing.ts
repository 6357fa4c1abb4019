import type { LongwireError } from '../errors.ts'

/** A message to the backend. */
export interface Outgoing {
  /** What kind of message it is: where it goes. 0–65535. */
  readonly msgtype: number
  /** Text is sent as UTF-8. At most 60 KiB. */
  readonly body: string | Uint8Array
  /** What the app calls it, in `status` events. @default one that is made up */
  readonly id?: string
  /** Takes it back as long as it has not been sent. */
  readonly signal?: AbortSignal
}

/** A message to another user. */
export interface OutgoingTo extends Outgoing {
  /** The end platform of theirs it is for. @default every one */
  readonly appcode?: number
}

/** The server has it. */
export interface Sent {
  readonly id: string
  /** 16 hex digits, unique; a repeat gets the first one again. */
  readonly msgid: string
  /** 16 hex digits that name the message in every log. */
  readonly logid: string
}

/**
 * `queued`: in the outbox. `sent`: on its way. `acked`: the server has it. `failed`: it was refused, and
 * is not tried again.
 */
export interface SendStatus {
  readonly id: string
  readonly status: 'queued' | 'sent' | 'acked' | 'failed'
  /** Of an acked one. */
  readonly msgid?: string
  /** Why it failed. */
  readonly error?: LongwireError
}

export interface Call {
  readonly msgtype: number
  readonly body: string | Uint8Array
  /** From now to the reply. @default 10_000 */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** What the outbox may hold; beyond, `send` rejects with OUTBOX_FULL. */
export interface OutboxLimits {
  readonly messages: number
  readonly bytes: number
}

/** What a session writes for it. */
export interface UplinkSession {
  request(cmd: number, ref: number, msgtype: number, body: Uint8Array): void
  call(ref: number, msgtype: number, body: Uint8Array): void
  query(cmd: number, ref: number, body: Uint8Array): void
}
