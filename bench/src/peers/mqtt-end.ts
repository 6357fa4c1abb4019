import type { Socket } from 'node:net'
import type { ClientEnd, EndEvents, Identity } from '../load/client-end.ts'
import { connectRaw } from '../load/raw.ts'
import type { Target } from '../load/socket.ts'
import {
  connectPacket,
  PACKET,
  PacketReader,
  PINGREQ,
  pubackPacket,
  subscribePacket,
} from './mqtt-packets.ts'

/** A subscriber of its own topic, QoS 1. */
export class MqttEnd implements ClientEnd {
  readonly user: number
  readonly #uid: string
  readonly #events: EndEvents
  readonly #socket: Socket
  readonly #reader: PacketReader = new PacketReader()
  /** PUBACKs of the read at hand: they leave in one write. */
  #acks: Buffer[] = []
  loggedIn = false

  constructor(target: Target, identity: Identity, events: EndEvents) {
    this.user = identity.user
    this.#uid = identity.uid
    this.#events = events
    this.#socket = connectRaw(target, {
      connected: () => void this.#socket.write(connectPacket(identity.uid)),
      received: bytes => this.#received(bytes),
      closed: reason => events.closed(this, reason),
    })
  }

  ping(): void {
    this.#socket.write(PINGREQ)
  }

  flush(): void {
    // Every message is acknowledged as it comes.
  }

  sweep(): void {
    // As above.
  }

  close(): void {
    this.#socket.end()
  }

  #received(chunk: Buffer): void {
    this.#reader.push(chunk, this.#packet)
    if (this.#acks.length === 0) return
    this.#socket.write(this.#acks.length === 1 ? this.#acks[0]! : Buffer.concat(this.#acks))
    this.#acks = []
  }

  readonly #packet = (first: number, bytes: Buffer, start: number, end: number): void => {
    const type = first >> 4
    if (type === PACKET.PUBLISH) {
      const topicEnd = start + 2 + bytes.readUInt16BE(start)
      this.#events.message(this, bytes, topicEnd + 2, end)
      this.#acks.push(pubackPacket(bytes.readUInt16BE(topicEnd)))
    } else if (type === PACKET.CONNACK) {
      this.#socket.write(subscribePacket(this.#uid))
    } else if (type === PACKET.SUBACK) {
      this.loggedIn = true
      this.#events.loggedIn(this)
    } else if (type === PACKET.PINGRESP) {
      this.#events.pong(this)
    }
  }
}
