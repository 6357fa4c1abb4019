import type { Socket } from 'node:net'
import { encodePayload, PAYLOAD_BYTES, type Stamp } from '../load/payload.ts'
import type { Publishing } from '../load/publisher.ts'
import { connectRaw } from '../load/raw.ts'
import { connectPacket, PACKET, PacketReader, publishPacket } from './mqtt-packets.ts'

/** Publishes with QoS 1 to the topic named as the user; one write per turn. */
export class MqttPublisher implements Publishing {
  readonly #socket: Socket
  readonly #payload: Buffer = Buffer.alloc(PAYLOAD_BYTES, 'x')
  #packets: Buffer[] = []
  #sent = 0
  accepted = 0
  readonly refused = 0
  readonly problem = ''
  onResults: (() => void) | undefined

  private constructor(host: string, port: number, name: string, opened: () => void) {
    const reader = new PacketReader()
    this.#socket = connectRaw(
      { host, port, from: undefined },
      {
        connected: () => void this.#socket.write(connectPacket(name)),
        received: bytes => {
          reader.push(bytes, first => {
            if (first >> 4 === PACKET.PUBACK) this.accepted++
            else if (first >> 4 === PACKET.CONNACK) opened()
          })
          this.onResults?.()
        },
        closed: () => undefined,
      },
    )
  }

  static open(host: string, port: number, name: string): Promise<MqttPublisher> {
    return new Promise(resolve => {
      const publisher = new MqttPublisher(host, port, name, () => resolve(publisher))
    })
  }

  get inFlight(): number {
    return this.#sent - this.accepted
  }

  publish(uid: string, stamp: Readonly<Stamp>): void {
    encodePayload(this.#payload, stamp)
    const id = (this.#sent++ % 0xffff) + 1
    if (this.#packets.push(publishPacket(uid, id, this.#payload)) > 1) return
    setImmediate(() => {
      this.#socket.write(Buffer.concat(this.#packets))
      this.#packets = []
    })
  }

  close(): void {
    this.onResults = undefined
    this.#socket.destroy()
  }
}
