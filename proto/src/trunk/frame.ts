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
  /** gate → logic: the session is over; body is the device, msgtype a PREV_STATE. reserve 1: the person logged out. Answered by DONE. */
  GONE: 12,
  /** gate → logic: body cursor u64, maxBytes u32; reserve is the epoch. Answered by PULL_RESULT (Page). */
  PULL: 13,
  PULL_RESULT: 14,
  /** gate → logic: body is many acknowledgements, see lists.ts. */
  ACKS: 15,
  /** gate → logic: body is many sessions, see lists.ts: answered by a HEAD each. */
  HEADS: 16,
  /** gate → logic: body is many routes to be restored, see lists.ts. Answered by DONE. */
  ANNOUNCE: 17,
  /** gate → logic: a DELIVER, HEAD, KICK or late LOGIN_RESULT named a session that is not there. */
  STALE: 18,
  /** gate → logic: body TokenRequest; answered by TOKEN_RESULT with the same sequenceid. */
  TOKEN: 19,
  /** logic → gate: sequenceid is the seq, reserve the epoch; body: seq − prev as u32, then the content. */
  DELIVER: 20,
  /** logic → gate: sequenceid is the head, reserve the epoch: a hint without content. */
  HEAD: 21,
  /** logic → gate: reserve is a code; body is edge.Kick. */
  KICK: 22,
  /** logic → gate: hints may have been lost: ask HEADS for every session. */
  RESYNC: 23,
  /** logic → gate: the route table may have lost routes: ANNOUNCE yours, once per body (a life). */
  WHO: 24,
  /** logic → gate: the GONE or ANNOUNCE with this sequenceid needs no repeating. */
  DONE: 25,
  TOKEN_RESULT: 26,
  /** logic → gate: body Revocations: these sessions end, and none like them begin. */
  REVOKE: 27,
  /** logic → gate: reserve is its load: 0 to 254, 128 is at its bounds; 255: ask other nodes, it is leaving. */
  LOAD: 28,
  /** gate → logic: body Usage, every few seconds. */
  USAGE: 29,
  /** backend → logic: reserve 1: to all ends of the appcode's system; body see publish.ts. */
  PUBLISH: 30,
  PUBLISH_RESULT: 31,
  /** logic → gate: body Hints: tells clients so. Answered by HINTED (Hints) with the same sequenceid. */
  HINT: 40,
  HINTED: 41,
  /** logic → gate: for this session if it can be reached now, and never again; body: hold u32, then the content. */
  LIVE: 42,
  /** gate → logic: the message with seq `sequenceid` waits: its device has been woken too often. */
  DEMOTED: 43,
  /** logic → gate: body Move: sessions are to go elsewhere. Answered by MOVING (Moving) with the same sequenceid. */
  MOVE: 44,
  MOVING: 45,
  /** gate → logic: a message of a client; reserve is its ref, body see upstream.ts. sequenceid 0: nobody waits. */
  C2S: 50,
  /** gate → logic: the same; the content is edge.C2C. */
  C2C: 51,
  /** gate → logic: the same; msgtype is RETRACT, READ or QUERY, the content its body. Answered by REPLY. */
  QUERY: 52,
  /** logic → gate: msgtype is a code, body is edge.SendAck. */
  SENT: 53,
  /** logic → gate: msgtype is a code; body: what was asked for, or edge.Failure. */
  REPLY: 54,
  /** logic → gate: for this session; body is edge.Read. */
  READ: 55,
  /** backend → logic: sequenceid names the subscription on this link; body Consume. Answered by CONSUMING. */
  CONSUME: 60,
  /** logic → backend: sequenceid as in CONSUME; body PublishResult, an empty code: records will come. With a code, at any time: it is over. */
  CONSUMING: 61,
  /** logic → backend: sequenceid is the lease, slot the subscription, reserve the try from 1; body see record.ts. */
  RECORD: 62,
  /** backend → logic: sequenceid is the lease, slot the subscription, reserve one of SETTLE, generation its delay; body: why it failed. */
  SETTLE: 63,
  /** logic → backend: sequenceid is a lease that was settled when it was over already: the record comes again. */
  LATE: 64,
  /** backend → logic: sequenceid of a CONSUME that is over; what is not settled counts for nothing. */
  UNCONSUME: 65,
  /** gate → logic: a session asks; reserve: a row of TOPIC_OP, logid: sessions of the gate that have the topic or asked before, and its number of it; body edge.TopicRequest. Answered by TOPIC_RESULT with the same sequenceid. */
  TOPIC_CALL: 70,
  /** logic → gate: msgtype: code; body edge.TopicAnswer; reserve: see topics.ts. */
  TOPIC_RESULT: 71,
  /** gate → logic: what it has sessions for, see topics.ts. */
  TOPIC_WATCH: 72,
  /** logic → gate: slot: the gate's number of the topic, sequenceid: seq (0: not stored), reserve: epoch, uid: the client it is from; body: content. */
  TOPIC_PUSH: 73,
  /** logic → gate: what the backend has subscribed the user of this session to has changed. */
  TOPIC_RENEW: 74,
  /** logic → gate: slot: number, sequenceid: head, reserve: epoch. */
  TOPIC_HEAD: 75,
  /** gate → logic: slot: number, reserve 1: all there are; who came and went, see topics.ts. */
  TOPIC_MEMBERS: 76,
  /** logic → gate: slot: number, reserve 1: members of a gate that is gone; body edge.TopicEvent. */
  TOPIC_EVENT: 77,
  /** logic → gate: slot: number; reserve: how many may be named. Answered by TOPIC_THESE with the same sequenceid. */
  TOPIC_WHO: 78,
  /** gate → logic: reserve: sessions that have the topic; members as in TOPIC_MEMBERS. */
  TOPIC_THESE: 79,
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

/** The upper half of 2^53 − 1. */
const SEQUENCE_HIGH_MAX = 0x1f_ffff
const EMPTY: Buffer = Buffer.alloc(0)

export class TrunkError extends Error {
  override readonly name = 'TrunkError'
}

const REST_BYTES = 4096
const REST_KEPT_BYTES = 256 * 1024

/** Cuts a trunk stream into frames; keeps the tail of a split frame until the rest arrives. */
export class TrunkReader {
  /** Largest body accepted: lower it while the other side has not proved who it is. */
  bodyMax: number = TRUNK_BODY_MAX
  readonly #view: TrunkView = new TrunkView()
  readonly #onFrame: (view: TrunkView) => void
  /** Reused for every split frame; grows with what arrives, never beyond the size that was declared. */
  #rest: Buffer = EMPTY
  #filled = 0
  /** Bytes of the split frame, 0 while its header is not whole. */
  #size = 0

  constructor(onFrame: (view: TrunkView) => void) {
    this.#onFrame = onFrame
  }

  /** Throws {@link TrunkError} on bytes that are not a trunk frame: close the link. */
  push(chunk: Buffer): void {
    let at = 0
    if (this.#filled > 0) {
      at = this.#fill(chunk)
      if (this.#size === 0 || this.#filled < this.#size) return
      const size = this.#size
      this.#filled = this.#size = 0
      this.#emit(this.#rest, 0, size)
      if (this.#rest.length > REST_KEPT_BYTES) this.#rest = EMPTY
    }
    while (chunk.length - at >= TRUNK_HEADER) {
      const size = this.#sizeOf(chunk, at)
      if (chunk.length - at < size) {
        this.#size = size
        break
      }
      this.#emit(chunk, at, size)
      at += size
    }
    if (at < chunk.length) this.#append(chunk, at, chunk.length)
  }

  /** Adds to the split frame; returns how many bytes of `chunk` that took. */
  #fill(chunk: Buffer): number {
    let at = 0
    if (this.#size === 0) {
      at = Math.min(chunk.length, TRUNK_HEADER - this.#filled)
      this.#append(chunk, 0, at)
      if (this.#filled < TRUNK_HEADER) return at
      this.#size = this.#sizeOf(this.#rest, 0)
    }
    const end = Math.min(chunk.length, at + this.#size - this.#filled)
    this.#append(chunk, at, end)
    return end
  }

  #append(chunk: Buffer, at: number, end: number): void {
    const filled = this.#filled + end - at
    if (filled > this.#rest.length) {
      const cap = Math.max(REST_BYTES, this.#size)
      const grown = Buffer.allocUnsafeSlow(
        Math.min(cap, Math.max(filled, this.#rest.length * 2, REST_BYTES)),
      )
      this.#rest.copy(grown, 0, 0, this.#filled)
      this.#rest = grown
    }
    chunk.copy(this.#rest, this.#filled, at, end)
    this.#filled = filled
  }

  #sizeOf(bytes: Buffer, at: number): number {
    if (bytes.readUInt16BE(at) !== TRUNK_MAGIC)
      throw new TrunkError('the stream is not a trunk: wrong magic')
    if (bytes[at + 2] !== TRUNK_VERSION)
      throw new TrunkError(`trunk version ${bytes[at + 2]}, this node speaks ${TRUNK_VERSION}`)
    if (bytes.readUInt32BE(at + 16) > SEQUENCE_HIGH_MAX)
      throw new TrunkError('a sequenceid above 2^53 - 1')
    const length = bytes.readUInt32BE(at + 36)
    if (length > this.bodyMax)
      throw new TrunkError(`trunk body of ${length} bytes, allowed are ${this.bodyMax}`)
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
    view.body = body === at + size ? EMPTY : bytes.subarray(body, at + size)
    this.#onFrame(view)
  }
}

const CHUNK_BYTES = 256 * 1024

/**
 * Collects trunk frames; `take` gives away what was written since the last `take`.
 *
 * Set the header fields of {@link head} first, then call `frame`: fields are reset to zero afterwards.
 */
export class TrunkWriter {
  readonly head: {
    appcode: number
    msgtype: number
    slot: number
    generation: number
    sequenceid: number
    logidHigh: number
    logidLow: number
    reserve: number
  } = {
    appcode: 0,
    msgtype: 0,
    slot: 0,
    generation: 0,
    sequenceid: 0,
    logidHigh: 0,
    logidLow: 0,
    reserve: 0,
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

  /**
   * Writes a frame; `prefix` goes before `body` without a copy of both into one. Throws RangeError,
   * and writes nothing, where a header field, the uid (255 bytes) or the body does not fit.
   */
  frame(cmd: number, uid: string, body: Uint8Array = EMPTY, prefix: Uint8Array = EMPTY): void {
    const { head } = this
    try {
      this.#write(cmd, uid, body, prefix)
    } finally {
      head.appcode = head.msgtype = head.slot = head.generation = 0
      head.sequenceid = head.logidHigh = head.logidLow = head.reserve = 0
    }
  }

  #write(cmd: number, uid: string, body: Uint8Array, prefix: Uint8Array): void {
    const length = prefix.length + body.length
    if (length > TRUNK_BODY_MAX)
      throw new RangeError(`a trunk body of ${length} bytes, allowed are ${TRUNK_BODY_MAX}`)
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
    if (uidLength > 255) throw new RangeError(`a uid of ${uidLength} bytes, allowed are 255`)
    chunk[at + 40] = uidLength
    const prefixAt = at + TRUNK_HEADER + uidLength
    if (prefix.length > 0) chunk.set(prefix, prefixAt)
    if (body.length > 0) chunk.set(body, prefixAt + prefix.length)
    this.#at = prefixAt + length
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#chunk.length) return
    const written = this.#chunk.subarray(this.#from, this.#at)
    // Twice as much: what comes next in the same turn must not copy all of it again.
    const chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, 2 * written.length + size))
    chunk.set(written)
    this.#chunk = chunk
    this.#from = 0
    this.#at = written.length
  }
}
