/**
 * The trunk frame: what gate, logic and backends speak among themselves.
 *
 * A fixed header of 41 bytes, big-endian, then uid and body. Many frames travel in one write.
 *
 * | at | bytes | field        |
 * |----|-------|--------------|
 * | 0  | 2     | magic 4C57   |
 * | 2  | 1     | version      |
 * | 3  | 1     | cmd          |
 * | 4  | 2     | appcode      |
 * | 6  | 2     | msgtype      |
 * | 8  | 8     | session: slot u32, generation u32 |
 * | 16 | 8     | sequenceid, at most 2^53 − 1 |
 * | 24 | 8     | logid, opaque |
 * | 32 | 4     | reserve: per command |
 * | 36 | 4     | bodylength   |
 * | 40 | 1     | length of uid |
 */
export const TRUNK_MAGIC = 0x4c57
export const TRUNK_VERSION = 1
export const TRUNK_HEADER = 41
export const TRUNK_BODY_MAX: number = 4 * 1024 * 1024

export const TRUNK = {
  HELLO: 1,
  HELLO_ACK: 2,
  PING: 3,
  PONG: 4,
  /** gate → logic: body LoginRequest; answered by LOGIN_RESULT with the same sequenceid. */
  LOGIN: 10,
  LOGIN_RESULT: 11,
  /** gate → logic: the session is over; body is the device. reserve 1: the person logged out. */
  GONE: 12,
  /** gate → logic: body cursor u64, maxBytes u32; reserve is the epoch. Answered by PULL_RESULT (Page). */
  PULL: 13,
  PULL_RESULT: 14,
  /** gate → logic: body is many acknowledgements, see acks.ts. */
  ACKS: 15,
  /** gate → logic: body is many sessions, see acks.ts: answered by a HEAD each. */
  HEADS: 16,
  /** logic → gate: sequenceid is the seq, reserve the epoch; body: seq − prev as u32, then the content. */
  DELIVER: 20,
  /** logic → gate: sequenceid is the head, reserve the epoch: a hint without content. */
  HEAD: 21,
  /** logic → gate: reserve is a code; body is edge.Kick. */
  KICK: 22,
  /** logic → gate: hints may have been lost: ask HEADS for every session. */
  RESYNC: 23,
  /** backend → logic: reserve 1: to all ends of the appcode's system; body see publish.ts. */
  PUBLISH: 30,
  PUBLISH_RESULT: 31,
} as const

/** The frame at hand. One object per reader is reused; `body` points into the chunk. */
export class TrunkView {
  cmd = 0
  appcode = 0
  msgtype = 0
  slot = 0
  generation = 0
  sequenceid = 0
  logidHigh = 0
  logidLow = 0
  reserve = 0
  uid = ''
  /** Only valid until the handler returns: copy to keep. */
  body: Buffer = Buffer.alloc(0)
}

export class TrunkError extends Error {
  override readonly name = 'TrunkError'
}

/** Cuts a trunk stream into frames; keeps the tail of a split frame until the rest arrives. */
export class TrunkReader {
  readonly #view: TrunkView = new TrunkView()
  readonly #onFrame: (view: TrunkView) => void
  #rest: Buffer | undefined
  #filled = 0

  constructor(onFrame: (view: TrunkView) => void) {
    this.#onFrame = onFrame
  }

  /** Throws {@link TrunkError} on bytes that are not a trunk frame: close the link. */
  push(chunk: Buffer): void {
    let bytes = chunk
    let end = chunk.length
    if (this.#rest !== undefined) {
      this.#append(chunk)
      bytes = this.#rest
      end = this.#filled
    }
    let at = 0
    while (end - at >= TRUNK_HEADER) {
      const size = this.#sizeOf(bytes, at)
      if (end - at < size) break
      this.#emit(bytes, at, size)
      at += size
    }
    this.#keep(bytes, at, end)
  }

  #append(chunk: Buffer): void {
    const rest = this.#rest!
    if (this.#filled + chunk.length > rest.length) {
      this.#rest = Buffer.allocUnsafe(Math.max(rest.length * 2, this.#filled + chunk.length))
      rest.copy(this.#rest, 0, 0, this.#filled)
    }
    chunk.copy(this.#rest!, this.#filled)
    this.#filled += chunk.length
  }

  #keep(bytes: Buffer, at: number, end: number): void {
    if (at === end) {
      this.#rest = undefined
      return
    }
    if (bytes === this.#rest) {
      bytes.copyWithin(0, at, end)
    } else {
      this.#rest = Buffer.allocUnsafe(Math.max(4096, end - at))
      bytes.copy(this.#rest, 0, at, end)
    }
    this.#filled = end - at
  }

  #sizeOf(bytes: Buffer, at: number): number {
    if (bytes.readUInt16BE(at) !== TRUNK_MAGIC) throw new TrunkError('the stream is not a trunk: wrong magic')
    if (bytes[at + 2] !== TRUNK_VERSION) throw new TrunkError(`trunk version ${bytes[at + 2]}, this node speaks ${TRUNK_VERSION}`)
    const length = bytes.readUInt32BE(at + 36)
    if (length > TRUNK_BODY_MAX) throw new TrunkError(`trunk body of ${length} bytes, allowed are ${TRUNK_BODY_MAX}`)
    return TRUNK_HEADER + bytes[at + 40]! + length
  }

  #emit(bytes: Buffer, at: number, size: number): void {
    const view = this.#view
    const uidLength = bytes[at + 40]!
    const body = at + TRUNK_HEADER + uidLength
    view.cmd = bytes[at + 3]!
    view.appcode = bytes.readUInt16BE(at + 4)
    view.msgtype = bytes.readUInt16BE(at + 6)
    view.slot = bytes.readUInt32BE(at + 8)
    view.generation = bytes.readUInt32BE(at + 12)
    view.sequenceid = bytes.readUInt32BE(at + 16) * 0x1_0000_0000 + bytes.readUInt32BE(at + 20)
    view.logidHigh = bytes.readUInt32BE(at + 24)
    view.logidLow = bytes.readUInt32BE(at + 28)
    view.reserve = bytes.readUInt32BE(at + 32)
    view.uid = uidLength === 0 ? '' : bytes.toString('utf8', at + TRUNK_HEADER, body)
    view.body = bytes.subarray(body, at + size)
    this.#onFrame(view)
  }
}

const CHUNK_BYTES = 256 * 1024
const EMPTY: Buffer = Buffer.alloc(0)

/**
 * Collects trunk frames; `take` gives away what was written since the last `take`.
 *
 * Set the header fields of {@link head} first, then call `frame`: fields are reset to zero afterwards.
 */
export class TrunkWriter {
  readonly head: { appcode: number; msgtype: number; slot: number; generation: number; sequenceid: number; logidHigh: number; logidLow: number; reserve: number } = {
    appcode: 0, msgtype: 0, slot: 0, generation: 0, sequenceid: 0, logidHigh: 0, logidLow: 0, reserve: 0,
  }
  #chunk: Buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  #from = 0
  #at = 0

  get size(): number {
    return this.#at - this.#from
  }

  take(): Buffer {
    const bytes = this.#chunk.subarray(this.#from, this.#at)
    this.#from = this.#at
    return bytes
  }

  /** Writes a frame; `prefix` goes before `body` without a copy of both into one. */
  frame(cmd: number, uid: string, body: Uint8Array = EMPTY, prefix: Uint8Array = EMPTY): void {
    const length = prefix.length + body.length
    this.#reserve(TRUNK_HEADER + uid.length * 3 + length)
    const { head } = this
    const chunk = this.#chunk
    const at = this.#at
    chunk.writeUInt16BE(TRUNK_MAGIC, at)
    chunk[at + 2] = TRUNK_VERSION
    chunk[at + 3] = cmd
    chunk.writeUInt16BE(head.appcode, at + 4)
    chunk.writeUInt16BE(head.msgtype, at + 6)
    chunk.writeUInt32BE(head.slot, at + 8)
    chunk.writeUInt32BE(head.generation, at + 12)
    chunk.writeUInt32BE(Math.floor(head.sequenceid / 0x1_0000_0000), at + 16)
    chunk.writeUInt32BE(head.sequenceid % 0x1_0000_0000, at + 20)
    chunk.writeUInt32BE(head.logidHigh, at + 24)
    chunk.writeUInt32BE(head.logidLow, at + 28)
    chunk.writeUInt32BE(head.reserve, at + 32)
    chunk.writeUInt32BE(length, at + 36)
    const uidLength = uid === '' ? 0 : chunk.write(uid, at + TRUNK_HEADER, 'utf8')
    chunk[at + 40] = uidLength
    let to = at + TRUNK_HEADER + uidLength
    if (prefix.length > 0) {
      chunk.set(prefix, to)
      to += prefix.length
    }
    if (body.length > 0) chunk.set(body, to)
    this.#at = to + body.length
    head.appcode = head.msgtype = head.slot = head.generation = 0
    head.sequenceid = head.logidHigh = head.logidLow = head.reserve = 0
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#chunk.length) return
    const written = this.#chunk.subarray(this.#from, this.#at)
    const chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, written.length + size))
    chunk.set(written)
    this.#chunk = chunk
    this.#from = 0
    this.#at = written.length
  }
}
