import type { Doc, Row } from '../../store/table.ts'
import { keySeq } from '../../store/table.ts'
import type { BusRecord, StoredRecord } from '../bus.ts'

/**
 * Records of one commit share a row, as record batches do in Kafka: a row costs the store far more than
 * a record. It is `bus/<topic>/<partition>/<offset of the first record>` {count, time, records}; `time` is the
 * newest of its records. A record is its time f64, key u16 + bytes, headers u16 times (name u8 + bytes,
 * value u16 + bytes), value u32 + bytes.
 */
export const packedRow = (
  prefix: string,
  base: number,
  records: readonly BusRecord[],
  now: number,
): Row => {
  let size = 0
  for (const record of records) size += packedSize(record)
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const record of records) at = pack(bytes, at, record)
  return { key: prefix + keySeq(base), doc: { count: records.length, time: now, records: bytes } }
}

/** Bytes of a record in a row, at most. */
export const packedSize = ({ key, headers, value }: BusRecord): number => {
  let size = 16 + key.length * 3 + value.length
  for (const name in headers) size += 3 + (name.length + (headers[name]?.length ?? 0)) * 3
  return size
}

const pack = (bytes: Buffer, start: number, record: BusRecord): number => {
  const { key, headers, value, time } = record
  let at = bytes.writeDoubleBE(time, start)
  at = pack16(bytes, at, key)
  const countAt = at
  at += 2
  let count = 0
  for (const name in headers) {
    bytes[at] = bytes.write(name, at + 1)
    at = pack16(bytes, at + 1 + bytes[at]!, headers[name] ?? '')
    count++
  }
  bytes.writeUInt16BE(count, countAt)
  at = bytes.writeUInt32BE(value.length, at)
  bytes.set(value, at)
  return at + value.length
}

const pack16 = (bytes: Buffer, at: number, text: string): number => {
  const length = text === '' ? 0 : bytes.write(text, at + 2)
  bytes.writeUInt16BE(length, at)
  return at + 2 + length
}

export const baseOf = (row: Row): number => Number(row.key.slice(-16))
export const countOf = (doc: Doc): number => {
  const count = doc['count']
  return typeof count === 'number' ? count : 0
}

/** The records of a row from offset `from` on, at most `limit`. Their values are copies. */
export const unpack = (
  row: Row,
  place: { readonly topic: string; readonly partition: number },
  from: number,
  limit: number,
): StoredRecord[] => {
  const packed = row.doc['records']
  if (!(packed instanceof Uint8Array)) return []
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length)
  const count = countOf(row.doc)
  const records: StoredRecord[] = []
  const base = baseOf(row)
  let at = 0
  for (let index = 0; index < count && records.length < limit; index++) {
    const time = bytes.readDoubleBE(at)
    const keyEnd = at + 10 + bytes.readUInt16BE(at + 8)
    const wanted = base + index >= from
    const headers: Record<string, string> = {}
    const key = wanted ? bytes.toString('utf8', at + 10, keyEnd) : ''
    let left = bytes.readUInt16BE(keyEnd)
    at = keyEnd + 2
    for (; left > 0; left--) {
      const nameEnd = at + 1 + bytes[at]!
      const valueEnd = nameEnd + 2 + bytes.readUInt16BE(nameEnd)
      if (wanted)
        headers[bytes.toString('utf8', at + 1, nameEnd)] = bytes.toString(
          'utf8',
          nameEnd + 2,
          valueEnd,
        )
      at = valueEnd
    }
    const valueEnd = at + 4 + bytes.readUInt32BE(at)
    if (wanted) {
      const value = Buffer.from(bytes.subarray(at + 4, valueEnd))
      records.push({ ...place, key, headers, value, time, offset: base + index })
    }
    at = valueEnd
  }
  return records
}
