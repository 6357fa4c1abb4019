import { CMD, EXT } from '../commands.ts'
import { LIMITS } from '../limits.ts'
import { FLAG_EXT, FLAG_F } from './frame.ts'
import { varintSize, writeVarint } from './varint.ts'

const CHUNK_BYTES = 64 * 1024
const NOTHING = new Uint8Array(0)
const LOGID_BYTES = 8
/** Length, tag, length, value. */
const LOGID_BLOCK_BYTES = 3 + LOGID_BYTES

const writeLogid = (into: Uint8Array, at: number, logid: Uint8Array): number => {
  if (logid.length !== LOGID_BYTES)
    throw new RangeError(`a logid has ${LOGID_BYTES} bytes, not ${logid.length}`)
  into[at] = LOGID_BLOCK_BYTES - 1
  into[at + 1] = EXT.LOGID
  into[at + 2] = LOGID_BYTES
  into.set(logid, at + 3)
  return at + LOGID_BLOCK_BYTES
}

/**
 * Writes frames into reused memory.
 *
 * Frames are appended to a chunk; `take` cuts off what was written since the last `take` and gives it
 * away for good (a socket may still hold it after this tick), so a chunk is never written twice.
 * Numbers that no varint can hold and payloads beyond {@link LIMITS.encodableBytes} throw RangeError
 * before anything is written.
 */
export class FrameWriter {
  #chunk: Uint8Array = new Uint8Array(CHUNK_BYTES)
  #from = 0
  #at = 0

  /** Bytes written since the last `take`. */
  get size(): number {
    return this.#at - this.#from
  }

  take(): Uint8Array {
    const bytes = this.#chunk.subarray(this.#from, this.#at)
    this.#from = this.#at
    return bytes
  }

  byte(value: number): void {
    if (this.#at === this.#chunk.length) this.#reserve(1)
    this.#chunk[this.#at++] = value
  }

  /** A frame whose payload is `payload`, fields and all. A bare PING or PONG is a `byte`, never this. */
  raw(cmd: number, flags: number, payload: Uint8Array): void {
    if (cmd <= CMD.PONG && flags === 0)
      throw new RangeError('a bare PING or PONG has no length: write its byte')
    const at = this.#head(cmd, flags, payload.length)
    this.#body(at, payload)
  }

  /**
   * PING that says when the next one comes (0: it does not), that this is what the client has settled on,
   * what the device is doing, and whether its network counts bytes (−1: it does not say).
   */
  pingNext(units: number, learned = false, awake = -1, metered = -1): void {
    const nextBytes = units === 0 ? 0 : 2 + varintSize(units)
    const deviceBytes = (awake < 0 ? 0 : 2 + varintSize(awake)) + (metered < 0 ? 0 : 3)
    const size = nextBytes + (learned ? 3 : 0) + deviceBytes
    let at = this.#head(CMD.PING, FLAG_EXT, 1 + size)
    this.#chunk[at++] = size
    if (units !== 0) at = this.#number(at, EXT.NEXT, units)
    if (learned) at = this.#number(at, EXT.LEARNED, 1)
    if (awake >= 0) at = this.#number(at, EXT.AWAKE, awake)
    if (metered >= 0) at = this.#number(at, EXT.METERED, metered)
    this.#at = at
  }

  /** KICK and ERROR: a code, then a protobuf body; RETRACT, READ and QUERY: a ref in its place. */
  coded(cmd: number, code: number, body: Uint8Array): void {
    const at = this.#head(cmd, 0, varintSize(code) + body.length)
    this.#body(writeVarint(this.#chunk, at, code), body)
  }

  notify(max: number): void {
    this.#one(CMD.NOTIFY, max)
  }

  /** `cumulative` counts from the connection's base. */
  ack(cumulative: number): void {
    this.#one(CMD.ACK, cumulative)
  }

  pull(cursor: number, maxBytes: number): void {
    this.#two(CMD.PULL, cursor, maxBytes, NOTHING)
  }

  /** `floor` of a flagged gap, or -1; `body` is a PullBody. */
  pullResp(from: number, next: number, floor: number, body: Uint8Array): void {
    const gap = floor >= 0
    const fields = varintSize(from) + varintSize(next) + (gap ? varintSize(floor) : 0)
    let at = this.#head(CMD.PULL_RESP, gap ? FLAG_F : 0, fields + body.length)
    at = writeVarint(this.#chunk, at, from)
    at = writeVarint(this.#chunk, at, next)
    if (gap) at = writeVarint(this.#chunk, at, floor)
    this.#body(at, body)
  }

  /**
   * `seq` counts from the connection's base, so it is at least 1; `back` is seq − prev, 1 when nothing
   * lies between. `logid` has 8 bytes and is sent only when given.
   */
  // oxlint-disable-next-line max-params -- per message: an options object would be garbage
  data(seq: number, back: number, msgtype: number, content: Uint8Array, logid?: Uint8Array): void {
    if (seq === 0 || back === 0) throw new RangeError('seq and back of DATA start at 1')
    const fields = varintSize(seq) + (back === 1 ? 0 : varintSize(back)) + varintSize(msgtype)
    const flags = (back === 1 ? 0 : FLAG_F) | (logid === undefined ? 0 : FLAG_EXT)
    const length = (logid === undefined ? 0 : LOGID_BLOCK_BYTES) + fields + content.length
    let at = this.#head(CMD.DATA, flags, length)
    const chunk = this.#chunk
    if (logid !== undefined) at = writeLogid(chunk, at, logid)
    at = writeVarint(chunk, at, seq)
    if (back !== 1) at = writeVarint(chunk, at, back)
    at = writeVarint(chunk, at, msgtype)
    this.#body(at, content)
  }

  /** A message that is no part of the mailbox. */
  live(msgtype: number, content: Uint8Array): void {
    const at = this.#head(CMD.LIVE, 0, varintSize(msgtype) + content.length)
    this.#body(writeVarint(this.#chunk, at, msgtype), content)
  }

  /**
   * To all who have the topic with this number; `third` is a msgtype, or (`special`: F) a row of TOPIC_KIND, and then
   * `body` is what that says.
   */
  // oxlint-disable-next-line max-params -- per message: an options object would be garbage
  publication(number: number, seq: number, third: number, body: Uint8Array, special = false): void {
    const fields = varintSize(number) + varintSize(seq) + varintSize(third)
    let at = this.#head(CMD.PUBLICATION, special ? FLAG_F : 0, fields + body.length)
    at = writeVarint(this.#chunk, at, number)
    at = writeVarint(this.#chunk, at, seq)
    at = writeVarint(this.#chunk, at, third)
    this.#body(at, body)
  }

  /** Frames as they are. */
  append(frames: Uint8Array): void {
    if (this.#at + frames.length > this.#chunk.length) this.#reserve(frames.length)
    this.#body(this.#at, frames)
  }

  /** C2S and C2C: a request of the client with its reference. TOPIC: the same with what it asks for; TOPIC_ACK: with a status. */
  request(cmd: number, ref: number, msgtype: number, body: Uint8Array): void {
    this.#two(cmd, ref, msgtype, body)
  }

  /** A C2S that waits for REPLY. */
  call(ref: number, msgtype: number, content: Uint8Array): void {
    this.#two(CMD.C2S, ref, msgtype, content, FLAG_F)
  }

  /** `status` 0 is success; otherwise a code. `body` is a SendAck. */
  sendAck(ref: number, status: number, body: Uint8Array = NOTHING): void {
    this.#two(CMD.SEND_ACK, ref, status, body)
  }

  /** `status` as in `sendAck`; `body` is the answer, or a Failure. */
  reply(ref: number, status: number, body: Uint8Array): void {
    this.#two(CMD.REPLY, ref, status, body)
  }

  /** An extension that is a varint. */
  #number(at: number, tag: number, value: number): number {
    this.#chunk[at] = tag
    this.#chunk[at + 1] = varintSize(value)
    return writeVarint(this.#chunk, at + 2, value)
  }

  #one(cmd: number, value: number): void {
    const at = this.#head(cmd, 0, varintSize(value))
    this.#at = writeVarint(this.#chunk, at, value)
  }

  // oxlint-disable-next-line max-params -- per message: an options object would be garbage
  #two(cmd: number, first: number, second: number, body: Uint8Array, flags = 0): void {
    let at = this.#head(cmd, flags, varintSize(first) + varintSize(second) + body.length)
    at = writeVarint(this.#chunk, at, first)
    at = writeVarint(this.#chunk, at, second)
    this.#body(at, body)
  }

  /** Makes room for the frame and returns where its payload goes; `#at` moves once that is written. */
  #head(cmd: number, flags: number, length: number): number {
    if (length > LIMITS.encodableBytes) {
      throw new RangeError(
        `a payload of ${length} bytes does not fit a frame: cut it to ${LIMITS.encodableBytes}`,
      )
    }
    if (this.#at + 4 + length > this.#chunk.length) this.#reserve(4 + length)
    this.#chunk[this.#at] = (cmd << 3) | flags
    return writeVarint(this.#chunk, this.#at + 1, length)
  }

  #body(at: number, body: Uint8Array): void {
    if (body.length > 0) this.#chunk.set(body, at)
    this.#at = at + body.length
  }

  /** Starts another chunk, taking along what was written since the last `take`. */
  #reserve(size: number): void {
    const written = this.#chunk.subarray(this.#from, this.#at)
    // Twice as much: what comes next in the same turn must not copy all of it again.
    const chunk = new Uint8Array(Math.max(CHUNK_BYTES, 2 * written.length + size))
    chunk.set(written)
    this.#chunk = chunk
    this.#from = 0
    this.#at = written.length
  }
}
