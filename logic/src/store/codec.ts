import type { Doc } from './table.ts'

/**
 * A document as bytes: a version byte, the number of fields, then name and value of each. Names that are
 * used all the time are one byte, so that rows stay small without any shared state between processes.
 */

/** Only ever append to this list: a name's place in it is what is stored. At most 255 names. */
const NAMES = [
  'msgid',
  'to_uid',
  'to_appcode',
  'from_uid',
  'from_appcode',
  'senddate',
  'state',
  'msgtype',
  'msgcontent',
  'expire_at',
  'logid',
  'bytes_total',
  'idem',
  'head',
  'floor',
  'epoch',
  'acked',
  'seen',
  'rev',
  'system',
  'uid',
  'seq',
  'fingerprint',
  'at',
  'done',
  'business',
] as const
const NAME_IDS = new Map<string, number>(NAMES.map((name, id) => [name, id]))
const OTHER_NAME = 255

const VERSION = 1
const TAG = { false: 0, true: 1, integer: 2, float: 3, latin: 4, utf8: 5, bytes: 6 } as const
const SHORT_TEXT = 40
const SLAB_BYTES = 256 * 1024

/** Writes documents one behind the other into slabs; what it returns stays as it is. */
export class DocEncoder {
  #slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES)
  #at = 0

  encode(doc: Doc): Buffer {
    const bound = sizeBound(doc)
    if (this.#at + bound > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bound))
      this.#at = 0
    }
    const start = this.#at
    this.#slab[this.#at++] = VERSION
    const countAt = this.#at++
    let count = 0
    for (const name in doc) {
      this.#name(name)
      this.#value(name, doc[name])
      count++
    }
    if (count > 255) throw new RangeError(`a document has ${count} fields; 255 is the most`)
    this.#slab[countAt] = count
    return this.#slab.subarray(start, this.#at)
  }

  #name(name: string): void {
    const id = NAME_IDS.get(name)
    if (id !== undefined) {
      this.#slab[this.#at++] = id
      return
    }
    this.#slab[this.#at++] = OTHER_NAME
    this.#text(name)
  }

  #value(name: string, value: Doc[string] | undefined): void {
    const slab = this.#slab
    if (typeof value === 'string') {
      this.#text(value)
    } else if (typeof value === 'number') {
      if (Number.isInteger(value) && value >= 0 && value < 0x100000000 && !Object.is(value, -0)) {
        slab[this.#at++] = TAG.integer
        this.#varint(value)
      } else {
        if (!Number.isFinite(value))
          throw new TypeError(`field ${name} is ${value}: only finite numbers can be stored`)
        slab[this.#at++] = TAG.float
        this.#at = slab.writeDoubleLE(value, this.#at)
      }
    } else if (typeof value === 'boolean') {
      slab[this.#at++] = value ? TAG.true : TAG.false
    } else if (value instanceof Uint8Array) {
      slab[this.#at++] = TAG.bytes
      this.#varint(value.length)
      slab.set(value, this.#at)
      this.#at += value.length
    } else {
      throw new TypeError(
        `field ${name} is ${typeof value}: only strings, numbers, booleans and bytes can be stored`,
      )
    }
  }

  #text(text: string): void {
    const slab = this.#slab
    const length = text.length
    const start = this.#at
    if (length < SHORT_TEXT) {
      slab[start] = TAG.latin
      slab[start + 1] = length
      let at = start + 2
      let every = 0
      for (let index = 0; index < length; index++) {
        const unit = text.charCodeAt(index)
        every |= unit
        slab[at++] = unit
      }
      if (every < 0x80) {
        this.#at = at
        return
      }
    }
    slab[start] = TAG.utf8
    const bytes = Buffer.byteLength(text)
    this.#at = start + 1
    this.#varint(bytes)
    this.#at += slab.write(text, this.#at)
  }

  #varint(value: number): void {
    const slab = this.#slab
    let left = value
    while (left > 0x7f) {
      slab[this.#at++] = (left & 0x7f) | 0x80
      left >>>= 7
    }
    slab[this.#at++] = left
  }
}

/** More than the bytes that a document can take. */
const sizeBound = (doc: Doc): number => {
  let bytes = 16
  for (const name in doc) {
    const value = doc[name]
    bytes += 24 + name.length * 3
    if (typeof value === 'string') bytes += value.length * 3
    else if (value instanceof Uint8Array) bytes += value.length
  }
  return bytes
}

/** Reads a document. Nothing of it points into `bytes`, which may be used anew at once. */
export const decodeDoc = (bytes: Uint8Array): Doc => {
  // large values come as plain views of the mapped file
  const source = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  cursor = 0
  if (source[cursor++] !== VERSION)
    throw new Error(`a stored document has format ${source[0]}; this version reads ${VERSION}`)
  const count = source[cursor++] ?? 0
  const doc: Doc = {}
  for (let field = 0; field < count; field++) {
    const id = source[cursor++] ?? OTHER_NAME
    const name = id === OTHER_NAME ? readValue(source) : NAMES[id]
    if (typeof name !== 'string')
      throw new Error(`a stored document names field ${id}, which this version does not know`)
    doc[name] = readValue(source)
  }
  return doc
}

const COPIES_BYTES = 32 * 1024
const OWN_BYTES = 4 * 1024

/** Copies of small byte values, many to a buffer. */
class Copies {
  #slab: ArrayBuffer = new ArrayBuffer(COPIES_BYTES)
  #at = 0

  add(source: Buffer, from: number, length: number): Uint8Array {
    if (length > OWN_BYTES) return new Uint8Array(source.subarray(from, from + length))
    if (this.#at + length > COPIES_BYTES) {
      this.#slab = new ArrayBuffer(COPIES_BYTES)
      this.#at = 0
    }
    const copy = new Uint8Array(this.#slab, this.#at, length)
    this.#at += length
    for (let index = 0; index < length; index++) copy[index] = source[from + index]!
    return copy
  }
}
const copies = new Copies()

// one document is read at a time, without anything awaited in between
let cursor = 0

const readValue = (source: Buffer): Doc[string] => {
  switch (source[cursor++]) {
    case TAG.false:
      return false
    case TAG.true:
      return true
    case TAG.integer:
      return readVarint(source)
    case TAG.float:
      cursor += 8
      return source.readDoubleLE(cursor - 8)
    case TAG.latin: {
      const length = source[cursor++] ?? 0
      cursor += length
      return length === 0 ? '' : source.toString('latin1', cursor - length, cursor)
    }
    case TAG.utf8: {
      const length = readVarint(source)
      cursor += length
      return source.toString('utf8', cursor - length, cursor)
    }
    case TAG.bytes: {
      const length = readVarint(source)
      cursor += length
      return copies.add(source, cursor - length, length)
    }
    default:
      throw new Error(`a stored document is damaged at byte ${cursor - 1}`)
  }
}

const readVarint = (source: Buffer): number => {
  let value = 0
  let scale = 1
  for (;;) {
    const byte = source[cursor++] ?? 0
    if (byte < 0x80) return value + byte * scale
    value += (byte & 0x7f) * scale
    scale *= 128
  }
}
