import { createHash, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { WS_SUBPROTOCOL } from '@longwire/proto'
import { connectRaw } from './raw.ts'
import type { DialSocket, EdgeSocket, SocketEvents, Target } from './socket.ts'

/**
 * A client of RFC 6455 with the parts that a load client needs: no compression, binary messages out,
 * any data frame in (fragmented or not: the payload is a stream to us), ping answered, close obeyed.
 */
export const OPCODE = { BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const
const FIN = 0x80
const MASKED = 0x80
const HANDSHAKE_BYTES_MAX = 8192
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

const maskKey = randomBytes(4)

/** One masked frame. */
export const encodeFrame = (opcode: number, payload: Uint8Array): Buffer => {
  const { length } = payload
  const extended = length > 125 ? (length > 0xffff ? 8 : 2) : 0
  const start = 2 + extended + 4
  const frame = Buffer.allocUnsafe(start + length)
  frame[0] = FIN | opcode
  frame[1] = MASKED | (extended === 0 ? length : extended === 2 ? 126 : 127)
  if (extended === 2) frame.writeUInt16BE(length, 2)
  if (extended === 8) {
    frame.writeUInt32BE(0, 2)
    frame.writeUInt32BE(length, 6)
  }
  maskKey.copy(frame, start - 4)
  for (let index = 0; index < length; index++) {
    frame[start + index] = payload[index]! ^ maskKey[index & 3]!
  }
  return frame
}

export const accepts = (key: string): string =>
  createHash('sha1')
    .update(key + ACCEPT_SUFFIX)
    .digest('base64')

class WebSocketClient implements EdgeSocket {
  readonly #socket: Socket
  readonly #events: SocketEvents
  readonly #key: string = randomBytes(16).toString('base64')
  /** Undefined once the handshake is done. */
  #response: Buffer | undefined = Buffer.alloc(0)
  readonly #head: Uint8Array = new Uint8Array(10)
  #headFilled = 0
  #opcode = 0
  #left = 0
  #control: Buffer = Buffer.alloc(0)
  #reason = ''

  constructor(target: Target, events: SocketEvents) {
    this.#events = events
    this.#socket = connectRaw(target, {
      connected: () => this.#request(target),
      received: bytes => this.#received(bytes),
      closed: reason => events.closed(this.#reason === '' ? reason : this.#reason),
    })
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(encodeFrame(OPCODE.BINARY, bytes))
  }

  close(): void {
    this.#socket.end(encodeFrame(OPCODE.CLOSE, Uint8Array.of(0x03, 0xe8)))
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  bytesRead(): number {
    return this.#socket.bytesRead
  }

  bytesWritten(): number {
    return this.#socket.bytesWritten
  }

  #request(target: Target): void {
    const lines = [
      'GET / HTTP/1.1',
      `Host: ${target.host}:${target.port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${this.#key}`,
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Protocol: ${WS_SUBPROTOCOL}`,
    ]
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  }

  #received(chunk: Buffer): void {
    if (this.#response === undefined) {
      this.#frames(chunk)
      return
    }
    const response = Buffer.concat([this.#response, chunk])
    const end = response.indexOf('\r\n\r\n')
    if (end < 0) {
      this.#response = response
      if (response.length > HANDSHAKE_BYTES_MAX) this.#fail('an endless handshake')
      return
    }
    this.#response = undefined
    const head = response.toString('latin1', 0, end)
    if (!this.#agreed(head)) {
      this.#fail(`handshake refused: ${head.split('\r\n', 1)[0]}`)
      return
    }
    this.#events.opened()
    if (response.length > end + 4) this.#frames(response.subarray(end + 4))
  }

  #agreed(head: string): boolean {
    const [status = '', ...lines] = head.split('\r\n')
    const headers = new Map(
      lines.map(line => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    return (
      status.startsWith('HTTP/1.1 101') &&
      headers.get('sec-websocket-accept') === accepts(this.#key) &&
      headers.get('sec-websocket-protocol') === WS_SUBPROTOCOL
    )
  }

  #frames(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#left === 0) {
        at = this.#header(chunk, at)
        continue
      }
      const end = Math.min(chunk.length, at + this.#left)
      this.#left -= end - at
      const part = chunk.subarray(at, end)
      if (this.#opcode < OPCODE.CLOSE) this.#events.received(part)
      else this.#control = Buffer.concat([this.#control, part])
      at = end
      if (this.#left === 0) this.#ended()
    }
  }

  /** Takes bytes of a header until it is whole; returns the offset behind them. */
  #header(chunk: Buffer, from: number): number {
    const head = this.#head
    let at = from
    while (at < chunk.length) {
      head[this.#headFilled++] = chunk[at++]!
      if (this.#headFilled < 2) continue
      const short = head[1]! & 0x7f
      const size = short === 126 ? 4 : short === 127 ? 10 : 2
      if (this.#headFilled < size) continue
      this.#headFilled = 0
      this.#opcode = head[0]! & 15
      this.#left = short
      if (short > 125) {
        this.#left = 0
        for (let index = 2; index < size; index++) this.#left = this.#left * 256 + head[index]!
      }
      if (this.#left === 0) this.#ended()
      return at
    }
    return at
  }

  #ended(): void {
    const payload = this.#control
    if (this.#opcode < OPCODE.CLOSE) return
    this.#control = Buffer.alloc(0)
    if (this.#opcode === OPCODE.PING) this.#socket.write(encodeFrame(OPCODE.PONG, payload))
    if (this.#opcode !== OPCODE.CLOSE) return
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
    this.#reason = `WebSocket close ${code} ${payload.toString('utf8', 2)}`.trim()
    this.#socket.end(encodeFrame(OPCODE.CLOSE, payload.subarray(0, 2)))
  }

  #fail(reason: string): void {
    this.#reason = reason
    this.#socket.destroy()
  }
}

export const dialWebSocket: DialSocket = (target, events) => new WebSocketClient(target, events)
