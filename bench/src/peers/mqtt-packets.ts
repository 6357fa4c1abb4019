/** The packets of MQTT 3.1.1 that a load client needs. */
export const PACKET = {
  CONNECT: 1,
  CONNACK: 2,
  PUBLISH: 3,
  PUBACK: 4,
  SUBSCRIBE: 8,
  SUBACK: 9,
  PINGREQ: 12,
  PINGRESP: 13,
} as const

export const PINGREQ: Buffer = Buffer.from([PACKET.PINGREQ << 4, 0])
const QOS_1 = 2
const KEEPALIVE_SECONDS = 900

const string = (text: string): Buffer => {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

const remainingLength = (length: number): Buffer =>
  length < 128 ? Buffer.from([length]) : Buffer.from([(length & 127) | 128, length >> 7])

const packet = (first: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([first]), remainingLength(body.length), body])
}

/** A persistent session: what arrives meanwhile is kept. */
export const connectPacket = (client: string): Buffer => {
  const keepalive = Buffer.alloc(2)
  keepalive.writeUInt16BE(KEEPALIVE_SECONDS)
  return packet(PACKET.CONNECT << 4, string('MQTT'), Buffer.from([4, 0]), keepalive, string(client))
}

export const subscribePacket = (topic: string): Buffer =>
  packet((PACKET.SUBSCRIBE << 4) | 2, Buffer.from([0, 1]), string(topic), Buffer.from([1]))

export const pubackPacket = (id: number): Buffer =>
  Buffer.from([PACKET.PUBACK << 4, 2, id >> 8, id & 255])

/** QoS 1, less than 16 KiB. */
export const publishPacket = (topic: string, id: number, payload: Buffer): Buffer => {
  const idBytes = Buffer.from([id >> 8, id & 255])
  return packet((PACKET.PUBLISH << 4) | QOS_1, string(topic), idBytes, payload)
}

/** Called for each whole packet: `start` to `end` is what follows the length. */
export type OnPacket = (first: number, bytes: Buffer, start: number, end: number) => void

/** Cuts a stream into packets. */
export class PacketReader {
  #rest: Buffer | undefined

  push(chunk: Buffer, onPacket: OnPacket): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    for (;;) {
      let length = 0
      let start = at + 1
      let shift = 0
      while (start < bytes.length && bytes[start]! >= 128) {
        length |= (bytes[start++]! & 127) << shift
        shift += 7
      }
      if (start >= bytes.length) break
      length |= bytes[start++]! << shift
      if (start + length > bytes.length) break
      onPacket(bytes[at]!, bytes, start, start + length)
      at = start + length
    }
    this.#rest = at === bytes.length ? undefined : Buffer.from(bytes.subarray(at))
  }
}
