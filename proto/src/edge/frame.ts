import { ProtocolError } from '../codes.ts'
import { CMD, KNOWN } from '../commands.ts'
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
  /** Always false in version 1: the deframer refuses a compressed body. */
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

/**
 * The part of a frame that has arrived; a connection holds one only while a frame is split.
 * `bytes` grows with what arrives and never beyond the length that the frame declared.
 */
export interface Partial {
  bytes: Uint8Array
  filled: number
  /** Bytes of header, and of the whole frame; 0 while the header itself is split. */
  headerBytes: number
  frameBytes: number
}

const HEADER_MAX = 4
const GROW_FROM = 512

/**
 * Cuts a byte stream into frames.
 *
 * `push` hands every whole frame to the sink and returns what is left over, to be given back with the
 * next chunk. A frame that is too large, overlong or unknown throws {@link ProtocolError} on its
 * header, before anything of it is buffered. The bytes of `chunk` are not kept: a leftover is copied.
 * One deframer serves all connections of a process; a sink must not push into the deframer that calls it.
 */
export class Deframer<C> {
  readonly #sink: FrameSink<C>
  readonly #view: FrameView = new FrameView()
  readonly #reader: ByteReader = new ByteReader()
  /** Set by #header: bytes of header, and of header and payload. */
  #headerBytes = 0
  #frameBytes = 0

  constructor(sink: FrameSink<C>) {
    this.#sink = sink
  }

  push(context: C, partial: Partial | undefined, chunk: Uint8Array): Partial | undefined {
    let at = 0
    if (partial !== undefined) {
      at = this.#fill(context, partial, chunk)
      if (partial.frameBytes === 0 || partial.filled < partial.frameBytes) return partial
      this.#headerBytes = partial.headerBytes
      if (!this.#emit(context, partial.bytes, 0, partial.frameBytes)) return undefined
    }
    while (at < chunk.length) {
      if (!this.#header(context, chunk, at, chunk.length)) return this.#keep(chunk, at, 0)
      const end = at + this.#frameBytes
      if (end > chunk.length) return this.#keep(chunk, at, this.#frameBytes)
      if (!this.#emit(context, chunk, at, end)) return undefined
      at = end
    }
    return undefined
  }

  #keep(chunk: Uint8Array, at: number, frameBytes: number): Partial {
    const filled = chunk.length - at
    const size = frameBytes === 0 ? HEADER_MAX : Math.min(frameBytes, Math.max(filled, GROW_FROM))
    const bytes = new Uint8Array(size)
    bytes.set(chunk.subarray(at))
    return { bytes, filled, headerBytes: frameBytes === 0 ? 0 : this.#headerBytes, frameBytes }
  }

  /** Fills a split frame from `chunk`; returns how many bytes it took. */
  #fill(context: C, partial: Partial, chunk: Uint8Array): number {
    let at = 0
    // A split header grows a byte at a time until it says how long the frame is.
    while (partial.frameBytes === 0) {
      if (at === chunk.length) return at
      partial.bytes[partial.filled++] = chunk[at++]!
      if (!this.#header(context, partial.bytes, 0, partial.filled)) continue
      partial.headerBytes = this.#headerBytes
      partial.frameBytes = this.#frameBytes
    }
    const take = Math.min(partial.frameBytes - partial.filled, chunk.length - at)
    const filled = partial.filled + take
    if (filled > partial.bytes.length) {
      const size = Math.min(
        partial.frameBytes,
        Math.max(filled, partial.bytes.length * 2, GROW_FROM),
      )
      const bytes = new Uint8Array(size)
      bytes.set(partial.bytes.subarray(0, partial.filled))
      partial.bytes = bytes
    }
    partial.bytes.set(chunk.subarray(at, at + take), partial.filled)
    partial.filled = filled
    return at + take
  }

  /** Reads the first byte and the length; false when more bytes are needed. */
  #header(context: C, bytes: Uint8Array, at: number, end: number): boolean {
    const first = bytes[at]!
    if (first === PING_BYTE || first === PONG_BYTE) {
      this.#headerBytes = this.#frameBytes = 1
      return true
    }
    const cmd = first >> 3
    if (!KNOWN[cmd]) throw new ProtocolError('UNKNOWN_COMMAND', `number ${cmd}`)
    let length = 0
    for (let count = 0; count < 3; count++) {
      if (at + 1 + count >= end) return false
      const byte = bytes[at + 1 + count]!
      length |= (byte & 0x7f) << (7 * count)
      if (byte < 128) {
        if (byte === 0 && count > 0)
          throw new ProtocolError('BAD_FRAME', 'the length is not canonical')
        const max = this.#sink.maxPayload(context)
        if (length > max)
          throw new ProtocolError('FRAME_TOO_LARGE', `${length} bytes, allowed are ${max}`)
        this.#headerBytes = 2 + count
        this.#frameBytes = 2 + count + length
        return true
      }
    }
    throw new ProtocolError('BAD_FRAME', 'the length has more than three bytes')
  }

  /** Hands over the frame at `at`, whose header was read. */
  #emit(context: C, bytes: Uint8Array, at: number, end: number): boolean {
    const first = bytes[at]!
    // Nothing in version 1 agrees on compression, so nobody may be handed a compressed body as plain.
    if ((first & FLAG_COMPRESSED) !== 0)
      throw new ProtocolError('UNSUPPORTED_EXTENSION', 'a compressed body')
    const view = this.#view
    view.cmd = first >> 3
    view.flag = (first & FLAG_F) !== 0
    view.bytes = bytes
    view.extStart = view.extEnd = view.start = at + this.#headerBytes
    view.end = end
    if ((first & FLAG_EXT) !== 0) this.#extensions(view)
    return this.#sink.frame(context, view)
  }

  /** Checks the whole block here, so that a sink that never looks at extensions still refuses a critical one. */
  #extensions(view: FrameView): void {
    const reader = this.#reader
    reader.reset(view.bytes, view.start, view.end)
    const length = reader.varint()
    if (length > LIMITS.extensionBytes)
      throw new ProtocolError('FRAME_TOO_LARGE', `extension block of ${length} bytes`)
    if (reader.bad || reader.at + length > view.end)
      throw new ProtocolError('BAD_FRAME', 'the extension block is cut short')
    view.extStart = reader.at
    view.extEnd = view.start = reader.at + length
    reader.end = view.extEnd
    while (reader.at < reader.end && !reader.bad) {
      const tag = reader.varint()
      const size = reader.varint()
      if (reader.bad) break
      if (tag % 2 === 1) throw new ProtocolError('UNSUPPORTED_EXTENSION', `tag ${tag}`)
      reader.at += size
    }
    if (reader.bad || reader.at !== reader.end)
      throw new ProtocolError('BAD_FRAME', 'an extension is cut short')
  }
}
