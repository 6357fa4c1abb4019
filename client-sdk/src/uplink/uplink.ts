import { CMD, edgeBody, LIMITS } from '@longwire/proto'
import type { Clock, Random } from '../clock.ts'
import { errorOfCode, LongwireError } from '../errors.ts'
import type { OutboxStore } from '../outbox-store.ts'
import { Calls } from './calls.ts'
import { Outbox, waitOf } from './outbox.ts'
import type {
  Call,
  OutboxLimits,
  Outgoing,
  OutgoingTo,
  SendStatus,
  Sent,
  UplinkSession,
} from './outgoing.ts'

export interface UplinkParts {
  readonly clock: Clock
  readonly random: Random
  readonly store: OutboxStore
  readonly key: string
  readonly limits: OutboxLimits | undefined
  readonly status: (status: SendStatus) => void
  readonly failed: (error: LongwireError) => void
}

const OUTBOX_LIMITS: OutboxLimits = { messages: 1_000, bytes: 4 * 1024 * 1024 }
const CALL_MS = 10_000
const QUERY_MS = 10_000

/** Everything that a client says of its own accord. */
export class Uplink {
  readonly #outbox: Outbox
  readonly #calls: Calls
  #session: UplinkSession | undefined

  constructor(parts: UplinkParts) {
    this.#outbox = new Outbox({ ...parts, limits: parts.limits ?? OUTBOX_LIMITS })
    this.#calls = new Calls({ clock: parts.clock, nextRef: () => this.#outbox.nextRef() })
  }

  /** What LOGIN says of refs. */
  async refEpoch(): Promise<number> {
    await this.#outbox.load()
    return this.#outbox.epoch
  }

  send({ msgtype, body, id, signal }: Outgoing): Promise<Sent> {
    return checked(msgtype, body, bytes =>
      this.#outbox.send({ kind: 'c2s', msgtype, body: bytes, id, signal }),
    )
  }

  sendTo(uid: string, { msgtype, body, id, signal, appcode = 0 }: OutgoingTo): Promise<Sent> {
    return checked(msgtype, body, content => {
      const to = edgeBody.C2C.encode({ to: uid, appcode, content }).finish()
      return this.#outbox.send({ kind: 'c2c', msgtype, body: to, id, signal })
    })
  }

  /** False: there is no session, and it is dropped. */
  stream(msgtype: number, body: string | Uint8Array): boolean {
    const bytes = bytesOf(msgtype, body)
    this.#session?.request(CMD.C2S, 0, msgtype, bytes)
    return this.#session !== undefined
  }

  request({ msgtype, body, timeoutMs = CALL_MS, signal }: Call): Promise<Uint8Array> {
    return checked(msgtype, body, bytes =>
      this.#calls.ask((session, ref) => session.call(ref, msgtype, bytes), {
        timeoutMs,
        signal,
        again: false,
      }),
    )
  }

  /** RETRACT, READ or QUERY: may be asked again. */
  query(cmd: number, body: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#calls.ask((session, ref) => session.query(cmd, ref, body), {
      timeoutMs: QUERY_MS,
      signal,
      again: true,
    })
  }

  attach(session: UplinkSession): void {
    this.#session = session
    this.#outbox.attach(session)
    this.#calls.attach(session)
  }

  detach(): void {
    this.#session = undefined
    this.#outbox.detach()
    this.#calls.detach()
  }

  close(): void {
    this.#outbox.close()
    this.#calls.close()
  }

  acked(ref: number, status: number, body: Uint8Array): void {
    if (this.#outbox.acked(ref, status, body) || status === 0) return
    const { message, retryAfter } = edgeBody.SendAck.decode(body)
    this.#calls.refused(ref, errorOfCode(status, message, waitOf(retryAfter)))
  }

  reply(ref: number, status: number, body: Uint8Array): void {
    this.#calls.reply(ref, status, body)
  }

  /** False: the ERROR is about nothing of ours. */
  putOff(ref: number, error: LongwireError): boolean {
    if (ref === 0) return false
    if (!this.#outbox.putOff(ref, error)) this.#calls.refused(ref, error)
    return true
  }
}

const encoder = new TextEncoder()

const bytesOf = (msgtype: number, body: string | Uint8Array): Uint8Array => {
  if (!Number.isInteger(msgtype) || msgtype < 0 || msgtype > LIMITS.msgtypeMax)
    throw new LongwireError(
      'BAD_FIELD',
      'stop',
      `msgtype is ${msgtype}: use 0 to ${LIMITS.msgtypeMax}`,
    )
  // A copy: what the app does with its bytes afterwards changes nothing.
  const bytes = typeof body === 'string' ? encoder.encode(body) : new Uint8Array(body)
  if (bytes.length > LIMITS.messageBytes) {
    const text = `body has ${bytes.length} bytes: send at most ${LIMITS.messageBytes}, or a link to the rest`
    throw new LongwireError('BAD_FIELD', 'stop', text)
  }
  return bytes
}

const checked = <T>(
  msgtype: number,
  body: string | Uint8Array,
  act: (bytes: Uint8Array) => Promise<T>,
): Promise<T> => {
  try {
    return act(bytesOf(msgtype, body))
  } catch (thrown) {
    return Promise.reject(thrown)
  }
}
