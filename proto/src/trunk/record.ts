/** A record of a topic as it goes to a backend. */
export interface TrunkRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly time: number
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly value: Uint8Array
}

/** Header field `reserve` of SETTLE: what became of the record. */
export const SETTLE = {
  /** It is done. */
  ACK: 0,
  /** It failed; `generation` of the header: milliseconds to wait, 0: as usual. The body says why. */
  NACK: 1,
  /** It was not begun: it comes again at once, and counts for nothing. */
  RELEASE: 2,
  /** It takes longer: the lease begins anew. */
  EXTEND: 3,
} as const

const FIXED = 8 + 4 + 8 + 1 + 2 + 2

/**
 * Body of RECORD: time u64, partition u32, offset u64, topic (length u8, bytes), key (u16, bytes), headers u16, each of
 * them name (u8, bytes) and value (u16, bytes), then the value. Throws RangeError where something is too long.
 */
export const encodeRecord = (record: TrunkRecord): Buffer => {
  const { topic, partition, offset, time, key, headers, value } = record
  let size = FIXED + (topic.length + key.length) * 3 + value.length
  for (const name in headers) size += 3 + (name.length + (headers[name]?.length ?? 0)) * 3
  const bytes = Buffer.allocUnsafe(size)
  let at = write64(bytes, 0, time)
  at = bytes.writeUInt32BE(partition, at)
  at = write64(bytes, at, offset)
  at = write8(bytes, at, topic)
  at = write16(bytes, at, key)
  const countAt = at
  let count = 0
  at += 2
  for (const name in headers) {
    at = write8(bytes, at, name)
    at = write16(bytes, at, headers[name] ?? '')
    count++
  }
  bytes.writeUInt16BE(count, countAt)
  bytes.set(value, at)
  return bytes.subarray(0, at + value.length)
}

const write64 = (bytes: Buffer, at: number, value: number): number => {
  bytes.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at)
  return bytes.writeUInt32BE(value % 0x1_0000_0000, at + 4)
}
const write8 = (bytes: Buffer, at: number, text: string): number => {
  const length = bytes.write(text, at + 1)
  bytes.writeUInt8(length, at)
  return at + 1 + length
}
const write16 = (bytes: Buffer, at: number, text: string): number => {
  const length = bytes.write(text, at + 2)
  bytes.writeUInt16BE(length, at)
  return at + 2 + length
}

/** Undefined where the body is cut short. `value` points into the body. */
export const decodeRecord = (body: Buffer): TrunkRecord | undefined => {
  try {
    const time = read64(body, 0)
    const partition = body.readUInt32BE(8)
    const offset = read64(body, 12)
    const topicEnd = 21 + body.readUInt8(20)
    const keyEnd = topicEnd + 2 + body.readUInt16BE(topicEnd)
    const headers: Record<string, string> = {}
    let at = keyEnd + 2
    for (let left = body.readUInt16BE(keyEnd); left > 0; left--) {
      const nameEnd = at + 1 + body.readUInt8(at)
      const valueEnd = nameEnd + 2 + body.readUInt16BE(nameEnd)
      if (valueEnd > body.length) return undefined
      headers[body.toString('utf8', at + 1, nameEnd)] = body.toString('utf8', nameEnd + 2, valueEnd)
      at = valueEnd
    }
    const topic = body.toString('utf8', 21, topicEnd)
    const key = body.toString('utf8', topicEnd + 2, keyEnd)
    return { topic, partition, offset, time, key, headers, value: body.subarray(at) }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const read64 = (bytes: Buffer, at: number): number =>
  bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
