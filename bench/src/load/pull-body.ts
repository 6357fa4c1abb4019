import { ByteReader } from '@longwire/proto'

// Tags of edge.PullBody and edge.Message: field << 3 | wire type.
const MESSAGES = 0x0a
const MORE = 0x10
const SEQ = 0x08
const CONTENT = 0x1a

/** Walks an encoded edge.PullBody without an object per message. Throws where it is malformed. */
export class PullBodyReader {
  readonly #outer: ByteReader = new ByteReader()
  readonly #inner: ByteReader = new ByteReader()
  /** Of the message at hand. */
  seq = 0
  contentStart = 0
  contentEnd = 0
  /** Known once `next` has returned false. */
  more = false

  open(bytes: Uint8Array, start: number, end: number): void {
    this.#outer.reset(bytes, start, end)
    this.more = false
  }

  next(): boolean {
    const outer = this.#outer
    while (outer.at < outer.end) {
      const tag = outer.varint()
      if (tag === MESSAGES) {
        const length = outer.varint()
        this.#message(outer.bytes, outer.at, outer.at + length)
        outer.at += length
        return true
      }
      if (tag === MORE) this.more = outer.varint() !== 0
      else skip(outer, tag)
    }
    if (outer.bad || outer.at !== outer.end) throw new Error('a PullBody is malformed')
    return false
  }

  #message(bytes: Uint8Array, start: number, end: number): void {
    const inner = this.#inner
    if (this.#outer.bad || end > this.#outer.end) throw new Error('a PullBody is cut short')
    inner.reset(bytes, start, end)
    this.seq = this.contentStart = this.contentEnd = 0
    while (inner.at < end) {
      const tag = inner.varint()
      if (tag === SEQ) {
        this.seq = inner.varint()
      } else if (tag === CONTENT) {
        const length = inner.varint()
        this.contentStart = inner.at
        this.contentEnd = inner.at += length
      } else {
        skip(inner, tag)
      }
    }
    if (inner.bad || inner.at !== end) throw new Error('a Message is malformed')
  }
}

const skip = (reader: ByteReader, tag: number): void => {
  const wireType = tag & 7
  if (wireType === 0) reader.varint()
  else if (wireType === 2) skipBytes(reader)
  else if (wireType === 1) reader.at += 8
  else if (wireType === 5) reader.at += 4
  else throw new Error(`wire type ${wireType} in a PullBody`)
}

// Not `at += varint()`: that would read `at` before the varint moves it.
const skipBytes = (reader: ByteReader): void => {
  const length = reader.varint()
  reader.at += length
}
