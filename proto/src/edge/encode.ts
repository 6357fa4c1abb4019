import { CMD, EXT } from '../commands.ts'
import { FLAG_EXT, FLAG_F } from './frame.ts'
import { varintSize, writeVarint } from './varint.ts'

const CHUNK_BYTES = 64 * 1024

/**
 * Writes frames into reused memory.
 *
 * Frames are appended to a chunk; `take` cuts off what was written since the last `take` and gives it
 * away for good (a socket may still hold it after this tick), so a chunk is never written twice.
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
    this.#reserve(1)
    this.#chunk[this.#at++] = value
  }

  /** A frame whose payload is `payload`, fields and all. */
  raw(cmd: number, flags: number, payload: Uint8Array): void {
    this.#head(cmd, flags, payload.length)
    this.#bytes(payload)
  }

  /** PING that says when the next one comes. */
  pingNext(units: number): void {
    const size = varintSize(units)
    this.#head(CMD.PING, FLAG_EXT, 3 + size)
    this.#varint(2 + size)
    this.#varint(EXT.NEXT)
    this.#varint(size)
    this.#varint(units)
  }

  /** KICK and ERROR: a code, then a protobuf body. */
  coded(cmd: number, code: number, body: Uint8Array): void {
    this.#head(cmd, 0, varintSize(code) + body.length)
    this.#varint(code)
    this.#bytes(body)
  }

  notify(max: number): void {
    this.#one(CMD.NOTIFY, max)
  }

  /** `cumulative` counts from the connection's base. */
  ack(cumulative: number): void {
    this.#one(CMD.ACK, cumulative)
  }

  pull(cursor: number, maxBytes: number): void {
    this.#head(CMD.PULL, 0, varintSize(cursor) + varintSize(maxBytes))
    this.#varint(cursor)
    this.#varint(maxBytes)
  }

  /** `floor` of a flagged gap, or -1; `body` is a PullBody. */
  pullResp(from: number, next: number, floor: number, body: Uint8Array): void {
    const gap = floor >= 0
    const fields = varintSize(from) + varintSize(next) + (gap ? varintSize(floor) : 0)
    this.#head(CMD.PULL_RESP, gap ? FLAG_F : 0, fields + body.length)
    this.#varint(from)
    this.#varint(next)
    if (gap) this.#varint(floor)
    this.#bytes(body)
  }

  /**
   * `seq` counts from the connection's base; `back` is seq − prev, 1 when nothing lies between.
   * `logid` has 8 bytes and is sent only when given.
   */
  data(seq: number, back: number, msgtype: number, content: Uint8Array, logid?: Uint8Array): void {
    const fields = varintSize(seq) + (back === 1 ? 0 : varintSize(back)) + varintSize(msgtype)
    const flags = (back === 1 ? 0 : FLAG_F) | (logid === undefined ? 0 : FLAG_EXT)
    this.#head(CMD.DATA, flags, (logid === undefined ? 0 : 11) + fields + content.length)
    if (logid !== undefined) {
      this.#varint(10)
      this.#varint(EXT.LOGID)
      this.#varint(8)
      this.#bytes(logid)
    }
    this.#varint(seq)
    if (back !== 1) this.#varint(back)
    this.#varint(msgtype)
    this.#bytes(content)
  }

  /** C2S and C2C: a request of the client with its reference. */
  request(cmd: number, ref: number, msgtype: number, body: Uint8Array): void {
    this.#head(cmd, 0, varintSize(ref) + varintSize(msgtype) + body.length)
    this.#varint(ref)
    this.#varint(msgtype)
    this.#bytes(body)
  }

  /** `status` 0 is success; otherwise a code. */
  sendAck(ref: number, status: number): void {
    this.#head(CMD.SEND_ACK, 0, varintSize(ref) + varintSize(status))
    this.#varint(ref)
    this.#varint(status)
  }

  #one(cmd: number, value: number): void {
    this.#head(cmd, 0, varintSize(value))
    this.#varint(value)
  }

  #head(cmd: number, flags: number, length: number): void {
    this.#reserve(4 + length)
    this.#chunk[this.#at++] = (cmd << 3) | flags
    this.#varint(length)
  }

  #varint(value: number): void {
    this.#at = writeVarint(this.#chunk, this.#at, value)
  }

  #bytes(bytes: Uint8Array): void {
    this.#chunk.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#chunk.length) return
    const written = this.#chunk.subarray(this.#from, this.#at)
    const chunk = new Uint8Array(Math.max(CHUNK_BYTES, written.length + size))
    chunk.set(written)
    this.#chunk = chunk
    this.#from = 0
    this.#at = written.length
  }
}
