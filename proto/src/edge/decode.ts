import { ProtocolError } from '../codes.ts'
import { EXT } from '../commands.ts'
import type { FrameView } from './frame.ts'
import { ByteReader } from './varint.ts'

/**
 * Fields of the last decoded frame. One object is reused: read what you need before the next call.
 * Each method throws {@link ProtocolError} BAD_FRAME where the payload does not hold its fields.
 */
export class FrameFields {
  /** PULL: cursor. PULL_RESP: from. NOTIFY: max. ACK: cumulative. DATA: seq. KICK, ERROR: code. C2S, C2C, SEND_ACK: ref. */
  a = 0
  /** PULL: maxBytes. PULL_RESP: next. DATA: seq − prev. C2S, C2C: msgtype. SEND_ACK: status. */
  b = 0
  /** PULL_RESP: floor of the flagged gap, or -1. DATA: msgtype. */
  c = 0
  /** Where the body begins. */
  bodyStart = 0
  /** EXT.NEXT in 15 s units, or 0. */
  next = 0
  /** Where the eight bytes of EXT.LOGID begin, or -1. */
  logidStart = -1

  readonly #reader: ByteReader = new ByteReader()

  one(view: FrameView): void {
    this.#open(view)
    this.a = this.#reader.varint()
    this.#close(view)
  }

  two(view: FrameView): void {
    this.#open(view)
    this.a = this.#reader.varint()
    this.b = this.#reader.varint()
    this.#close(view)
  }

  pullResp(view: FrameView): void {
    this.#open(view)
    this.a = this.#reader.varint()
    this.b = this.#reader.varint()
    this.c = view.flag ? this.#reader.varint() : -1
    this.#close(view)
  }

  data(view: FrameView): void {
    this.#open(view)
    this.a = this.#reader.varint()
    this.b = view.flag ? this.#reader.varint() : 1
    this.c = this.#reader.varint()
    this.#close(view)
    if (this.a === 0) throw new ProtocolError('BAD_FRAME', 'a seq of zero')
  }

  /** Reads the extensions into `next` and `logidStart`; unknown even tags are skipped. */
  extensions(view: FrameView): void {
    this.next = 0
    this.logidStart = -1
    if (view.extStart === view.extEnd) return
    const reader = this.#reader
    reader.reset(view.bytes, view.extStart, view.extEnd)
    while (reader.at < reader.end && !reader.bad) {
      const tag = reader.varint()
      const length = reader.varint()
      const start = reader.at
      if (reader.bad || start + length > reader.end) break
      if (tag === EXT.NEXT) this.next = reader.varint()
      else if (tag === EXT.LOGID && length === 8) this.logidStart = start
      else if (tag % 2 === 1) throw new ProtocolError('UNSUPPORTED_EXTENSION', `tag ${tag}`)
      reader.at = start + length
    }
    if (reader.bad || reader.at !== reader.end) throw new ProtocolError('BAD_FRAME', 'an extension is cut short')
  }

  #open(view: FrameView): void {
    this.#reader.reset(view.bytes, view.start, view.end)
  }

  #close(view: FrameView): void {
    if (this.#reader.bad) throw new ProtocolError('BAD_FRAME', `the fields of command ${view.cmd} are cut short`)
    this.bodyStart = this.#reader.at
  }
}

/** The first four bytes of a TCP connection: D5 4D, max version and min version, capabilities. */
export const PREAMBLE_BYTES = 4
export const encodePreamble = (maxVersion: number, minVersion: number, capabilities: number): Uint8Array =>
  Uint8Array.of(0xd5, 0x4d, (maxVersion << 4) | minVersion, capabilities)

/**
 * Checks as many bytes of a preamble as there are and picks the version: 0 while it is not whole.
 * Throws BAD_MAGIC or UNSUPPORTED_VERSION.
 */
export const readPreamble = (bytes: Uint8Array, minSupported: number, maxSupported: number): number => {
  if ((bytes.length > 0 && bytes[0] !== 0xd5) || (bytes.length > 1 && bytes[1] !== 0x4d)) throw new ProtocolError('BAD_MAGIC')
  if (bytes.length < PREAMBLE_BYTES) return 0
  const version = Math.min(bytes[2]! >> 4, maxSupported)
  if (version < Math.max(bytes[2]! & 15, minSupported)) {
    throw new ProtocolError('UNSUPPORTED_VERSION', `the server speaks ${minSupported} to ${maxSupported}`)
  }
  return version
}
