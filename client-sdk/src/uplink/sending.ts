import type { Client, ClientEvents } from '../api.ts'
import type { Clock, Random } from '../clock.ts'
import type { Emitter } from '../emitter.ts'
import type { LongwireError } from '../errors.ts'
import type { ClientOptions } from '../options.ts'
import { memoryOutbox } from '../outboxes/memory.ts'
import type { Session, SessionSide } from '../session.ts'
import { conversationsOf } from './conversations.ts'
import { Uplink } from './uplink.ts'

export interface SendingParts {
  readonly clock: Clock
  readonly random: Random
  readonly emitter: Emitter<ClientEvents>
  readonly key: string
}

/** What a client offers to send with, and what its sessions answer. */
export class Sending {
  readonly calls: Pick<Client, 'send' | 'sendTo' | 'stream' | 'request' | 'conversations'>
  readonly side: Pick<SessionSide, 'sent' | 'reply' | 'read'>
  readonly #uplink: Uplink
  readonly #emitter: Emitter<ClientEvents>

  constructor(options: ClientOptions, { clock, random, emitter, key }: SendingParts) {
    this.#emitter = emitter
    const uplink = new Uplink({
      clock,
      random,
      key,
      store: options.outbox ?? memoryOutbox(),
      limits: options.outboxLimits,
      status: status => emitter.emit('status', status),
      failed: error => emitter.emit('error', error),
    })
    this.#uplink = uplink
    this.calls = {
      send: message => uplink.send(message),
      sendTo: (uid, message) => uplink.sendTo(uid, message),
      stream: ({ msgtype, body }) => uplink.stream(msgtype, body),
      request: call => uplink.request(call),
      conversations: conversationsOf(uplink),
    }
    this.side = {
      sent: (ref, status, body) => uplink.acked(ref, status, body),
      reply: (ref, status, body) => uplink.reply(ref, status, body),
      read: ({ peer, seq, receipt }) => {
        emitter.emit('read', { peer, seq, by: receipt ? 'peer' : 'self' })
      },
    }
  }

  /** For LOGIN. */
  refEpoch(): Promise<number> {
    return this.#uplink.refEpoch()
  }

  attach(session: Session): void {
    this.#uplink.attach(session)
  }

  detach(): void {
    this.#uplink.detach()
  }

  close(): void {
    this.#uplink.close()
  }

  /** ERROR: what names a ref is sent again, and the app need not know. */
  refused(error: LongwireError, ref: number): void {
    if (!this.#uplink.putOff(ref, error)) this.#emitter.emit('error', error)
  }
}
