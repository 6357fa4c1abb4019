import { ProtocolError } from '../codes.ts'
import { CMD, FIRST_CRITICAL, FIRST_OPTIONAL } from '../commands.ts'
import { LIMITS } from '../limits.ts'
import { ByteReader } from './varint.ts'

export const FLAG_F = 1
export const FLAG_COMPRESSED = 2
export const FLAG_EXT = 4

/** PING and PONG without extensions: the only frames of one byte. */
export const PING_BYTE: number = CMD.PING << 3
export const PONG_BYTE: number = CMD.PONG << 3

/**
 * The frame a sink is looking at. One object serves a whole process: it is valid until the sink
 * returns, and so are the bytes it points into.
 */
export class FrameView {
  cmd = 0
  /** The per-command flag. */
  flag = false
  compressed = false
  bytes: Uint8Array = new Uint8Array(0)
  /** The extension block, TLVs only; empty where `extStart === extEnd`. */
  extStart = 0
  extEnd = 0
  /** The command's fields and body. */
  start = 0
  end = 0

  /** A view of the fields and body: copy it to keep it. */
  payload(): Uint8Array {
    return this.bytes.subarray(this.start, this.end)
  }
}

export interface FrameSink<C> {
  /** Handles one frame of connection `context`; false stops the parse (the connection is closed). */
  frame(context: C, view: FrameView): boolean
  /** The largest payload this connection may send now: it is asked once per frame, before buffering. */
  maxPayload(context: C): number
}

/** The part of a frame that has arrived; a connection holds one only while a frame is split. */
export interface Partial {
  bytes: Uint8Array
  filled: number
}

const HEADER_MAX = 4

/**
 * Cuts a byte stream into frames.
 *
 * `push` hands every whole frame to the sink and returns what is left over, to be given back with the
 * next chunk. A frame that is too large, overlong or unknown throws {@link ProtocolError} on its
 * header, before anything of it is buffered. The bytes of `chunk` are not kept: a leftover is copied.
 */
export class Deframer<C> {
  readonly #sink: FrameSink<C>
  readonly #view: FrameView = new FrameView()
  readonly #reader: ByteReader = new ByteReader()
  /** Set by #header: bytes of header, and of payload behind it. */
  #headerBytes = 0
  #payloadBytes = 0

  constructor(sink: FrameSink<C>) {
    this.#sink = sink
  }

  push(context: C, partial: Partial | undefined, chunk: Uint8Array): Partial | undefined {
    let at = 0
    if (partial !== undefined) {
      at = this.#complete(context, partial, chunk)
      if (at < 0) return undefined
      if (partial.filled < partial.bytes.length || this.#payloadBytes < 0) return partial
      if (!this.#emit(context, partial.bytes, 0)) return undefined
    }
    while (at < chunk.length) {
      if (!this.#header(context, chunk, at, chunk.length)) {
        const rest = new Uint8Array(HEADER_MAX)
        rest.set(chunk.subarray(at))
        return { bytes: rest, filled: chunk.length - at }
      }
      const total = this.#headerBytes + this.#payloadBytes
      if (at + total > chunk.length) {
        const bytes = new Uint8Array(total)
        bytes.set(chunk.subarray(at))
        return { bytes, filled: chunk.length - at }
      }
      if (!this.#emit(context, chunk, at)) return undefined
      at += total
    }
    return undefined
  }

  /** Fills a split frame from `chunk`; returns how many bytes it took. */
  #complete(context: C, partial: Partial, chunk: Uint8Array): number {
    let at = 0
    // The header itself may be split: it grows a byte at a time until it says how long the frame is.
    while (!this.#header(context, partial.bytes, 0, partial.filled)) {
      if (at === chunk.length) {
        this.#payloadBytes = -1
        return at
      }
      partial.bytes[partial.filled++] = chunk[at++]!
    }
    const total = this.#headerBytes + this.#payloadBytes
    if (partial.bytes.length !== total) {
      const bytes = new Uint8Array(total)
      bytes.set(partial.bytes.subarray(0, partial.filled))
      partial.bytes = bytes
    }
    const take = Math.min(total - partial.filled, chunk.length - at)
    partial.bytes.set(chunk.subarray(at, at + take), partial.filled)
    partial.filled += take
    return at + take
  }

  /** Reads the first byte and the length; false when more bytes are needed. */
  #header(context: C, bytes: Uint8Array, at: number, end: number): boolean {
    if (at >= end) return false
    const first = bytes[at]!
    this.#headerBytes = 1
    this.#payloadBytes = 0
    if (first === PING_BYTE || first === PONG_BYTE) return true
    const cmd = first >> 3
    if (cmd === 0 || cmd >= FIRST_CRITICAL) throw new ProtocolError('UNKNOWN_COMMAND', `number ${cmd}`)
    let length = 0
    for (let count = 0; count < 3; count++) {
      if (at + 1 + count >= end) return false
      const byte = bytes[at + 1 + count]!
      length |= (byte & 0x7f) << (7 * count)
      if (byte < 128) {
        if (byte === 0 && count > 0) throw new ProtocolError('BAD_FRAME', 'the length is not canonical')
        const max = this.#sink.maxPayload(context)
        if (length > max) throw new ProtocolError('FRAME_TOO_LARGE', `${length} bytes, allowed are ${max}`)
        this.#headerBytes = 2 + count
        this.#payloadBytes = length
        return true
      }
    }
    throw new ProtocolError('BAD_FRAME', 'the length has more than three bytes')
  }

  #emit(context: C, bytes: Uint8Array, at: number): boolean {
    const first = bytes[at]!
    const cmd = first >> 3
    if (cmd >= FIRST_OPTIONAL) return true
    const view = this.#view
    const end = at + this.#headerBytes + this.#payloadBytes
    let start = at + this.#headerBytes
    view.cmd = cmd
    view.flag = (first & FLAG_F) !== 0
    view.compressed = (first & FLAG_COMPRESSED) !== 0
    view.bytes = bytes
    view.extStart = view.extEnd = start
    if ((first & FLAG_EXT) !== 0) {
      const reader = this.#reader
      reader.reset(bytes, start, end)
      const length = reader.varint()
      if (reader.bad || reader.at + length > end) throw new ProtocolError('BAD_FRAME', 'the extension block is cut short')
      if (length > LIMITS.extensionBytes) throw new ProtocolError('FRAME_TOO_LARGE', `extension block of ${length} bytes`)
      view.extStart = reader.at
      view.extEnd = start = reader.at + length
    }
    view.start = start
    view.end = end
    return this.#sink.frame(context, view)
  }
}
