import { ProtocolError } from '../codes.ts'
import { CMD, EXT } from '../commands.ts'
import { LIMITS } from '../limits.ts'
import type { FrameView } from './frame.ts'
import { ByteReader } from './varint.ts'

/** The varint that fills `length` bytes exactly; what follows goes on to `end`. */
const whole = (reader: ByteReader, length: number, end: number): number => {
  reader.end = reader.at + length
  const value = reader.varint()
  reader.bad ||= reader.at !== reader.end
  reader.end = end
  return value
}

const refuseMsgtype = (msgtype: number): never => {
  throw new ProtocolError('BAD_FIELD', `msgtype ${msgtype}: use 0 to ${LIMITS.msgtypeMax}`)
}

/**
 * Fields of the last decoded frame. One object is reused: read what you need before the next call.
 * Each method throws {@link ProtocolError} BAD_FRAME where the payload does not hold its fields, BAD_FIELD where a
 * msgtype is out of range. Bytes behind the fields are the body.
 */
export class FrameFields {
  /** PULL: cursor. PULL_RESP: from. NOTIFY: max. ACK: cumulative. DATA: seq. LIVE: msgtype. KICK, ERROR: code. C2S, C2C, SEND_ACK, RETRACT, READ, QUERY, REPLY, TOPIC, TOPIC_ACK: ref. PUBLICATION: number of the topic. */
  a = 0
  /** PULL: maxBytes. PULL_RESP: next. DATA: seq − prev. C2S, C2C: msgtype. SEND_ACK, REPLY, TOPIC_ACK: status. TOPIC: op. PUBLICATION: seq. */
  b = 0
  /** PULL_RESP: floor of the flagged gap, or -1. DATA: msgtype. PUBLICATION: msgtype, or its kind (F). */
  c = 0
  /** Where the body begins. */
  bodyStart = 0
  /** EXT.NEXT in 15 s units, or 0. */
  next = 0
  /** EXT.LEARNED, or 0. */
  learned = 0
  /** EXT.AWAKE, or -1. */
  awake = -1
  /** EXT.METERED, or -1. */
  metered = -1
  /** Where the eight bytes of EXT.LOGID begin, or -1. */
  logidStart = -1

  readonly #reader: ByteReader = new ByteReader()

  /** Also checks that the msgtype of LIVE is in range. */
  one(view: FrameView): void {
    this.bodyStart = view.start
    this.a = this.#varint(view)
    if (view.cmd === CMD.LIVE && this.a > LIMITS.msgtypeMax) refuseMsgtype(this.a)
  }

  /** Also checks that the msgtype of a C2S or C2C is in range. */
  two(view: FrameView): void {
    this.bodyStart = view.start
    this.a = this.#varint(view)
    this.b = this.#varint(view)
    if (this.b > LIMITS.msgtypeMax && (view.cmd === CMD.C2S || view.cmd === CMD.C2C))
      refuseMsgtype(this.b)
  }

  pullResp(view: FrameView): void {
    this.bodyStart = view.start
    this.a = this.#varint(view)
    this.b = this.#varint(view)
    this.c = view.flag ? this.#varint(view) : -1
  }

  data(view: FrameView): void {
    this.bodyStart = view.start
    this.a = this.#varint(view)
    this.b = view.flag ? this.#varint(view) : 1
    this.c = this.#varint(view)
    if (this.a === 0) throw new ProtocolError('BAD_FRAME', 'a seq of zero')
    if (this.b === 0) throw new ProtocolError('BAD_FRAME', 'a seq that follows itself')
    if (this.c > LIMITS.msgtypeMax) refuseMsgtype(this.c)
  }

  publication(view: FrameView): void {
    this.bodyStart = view.start
    this.a = this.#varint(view)
    this.b = this.#varint(view)
    this.c = this.#varint(view)
    if (!view.flag && this.c > LIMITS.msgtypeMax) refuseMsgtype(this.c)
  }

  /** Reads the extensions, whose lengths the deframer has checked, into the fields named after them. */
  extensions(view: FrameView): void {
    this.next = this.learned = 0
    this.awake = this.metered = -1
    this.logidStart = -1
    if (view.extStart === view.extEnd) return
    const reader = this.#reader
    reader.reset(view.bytes, view.extStart, view.extEnd)
    while (reader.at < view.extEnd) {
      const tag = reader.varint()
      const length = reader.varint()
      const start = reader.at
      if (tag === EXT.NEXT) this.next = whole(reader, length, view.extEnd)
      else if (tag === EXT.LEARNED) this.learned = whole(reader, length, view.extEnd)
      else if (tag === EXT.AWAKE) this.awake = whole(reader, length, view.extEnd)
      else if (tag === EXT.METERED) this.metered = whole(reader, length, view.extEnd)
      else if (tag === EXT.LOGID) {
        reader.bad ||= length !== 8
        this.logidStart = start
      }
      if (reader.bad)
        throw new ProtocolError('BAD_FRAME', `the value of extension ${tag} is malformed`)
      reader.at = start + length
    }
  }

  /** The varint at `bodyStart`, which moves behind it: nearly always one byte. */
  #varint(view: FrameView): number {
    const at = this.bodyStart
    if (at < view.end) {
      const byte = view.bytes[at]!
      if (byte < 128) {
        this.bodyStart = at + 1
        return byte
      }
    }
    return this.#longVarint(view)
  }

  #longVarint(view: FrameView): number {
    const reader = this.#reader
    reader.reset(view.bytes, this.bodyStart, view.end)
    const value = reader.varint()
    if (reader.bad)
      throw new ProtocolError(
        'BAD_FRAME',
        `the fields of command ${view.cmd} are cut short or malformed`,
      )
    this.bodyStart = reader.at
    return value
  }
}

/** The first four bytes of a TCP connection: D5 4D, max version and min version, capabilities. */
export const PREAMBLE_BYTES = 4
export const encodePreamble = (
  maxVersion: number,
  minVersion: number,
  capabilities: number,
): Uint8Array => Uint8Array.of(0xd5, 0x4d, (maxVersion << 4) | minVersion, capabilities)

/**
 * Checks as many bytes of a preamble as there are and picks the version: 0 while it is not whole.
 * Throws BAD_MAGIC or UNSUPPORTED_VERSION.
 */
export const readPreamble = (
  bytes: Uint8Array,
  minSupported: number,
  maxSupported: number,
): number => {
  if ((bytes.length > 0 && bytes[0] !== 0xd5) || (bytes.length > 1 && bytes[1] !== 0x4d))
    throw new ProtocolError('BAD_MAGIC')
  if (bytes.length < PREAMBLE_BYTES) return 0
  const version = Math.min(bytes[2]! >> 4, maxSupported)
  if (version < Math.max(bytes[2]! & 15, minSupported)) {
    throw new ProtocolError(
      'UNSUPPORTED_VERSION',
      `the server speaks ${minSupported} to ${maxSupported}`,
    )
  }
  return version
}
