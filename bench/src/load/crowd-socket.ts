import { Socket } from 'node:net'
import { WS_SUBPROTOCOL } from '@longwire/proto'
import { accepts, OPCODE } from './websocket.ts'

/** Whom the sockets of a process belong to; each knows which session it is. */
export interface SocketOwner {
  connected(session: number): void
  /** The bytes are only valid until this returns. */
  read(session: number, bytes: Buffer): void
  failed(reason: string): void
  closed(session: number): void
}

// One buffer for all sockets of the process: a read is handled before the next one begins.
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

/** As `net.connect` passes it on; Node calls it as a method of the socket. */
const SHARED_READS = {
  allowHalfOpen: false,
  onread: {
    buffer: readBuffer,
    callback(this: unknown, size: number): boolean {
      if (this instanceof CrowdSocket) this.crowd.read(this.session, readBuffer.subarray(0, size))
      return true
    },
  },
}

/** Knows which session it is; its listeners are the same functions for all. */
export class CrowdSocket extends Socket {
  readonly crowd: SocketOwner
  readonly session: number

  constructor(crowd: SocketOwner, session: number) {
    super(SHARED_READS)
    this.crowd = crowd
    this.session = session
    this.setNoDelay(true)
    this.once('connect', onConnect)
    this.on('error', onError)
    this.on('close', onClose)
  }
}

function onConnect(this: CrowdSocket): void {
  this.crowd.connected(this.session)
}
function onError(this: CrowdSocket, error: Error): void {
  this.crowd.failed(error.message)
}
function onClose(this: CrowdSocket): void {
  this.crowd.closed(this.session)
}

const KEY = Buffer.from('longwire-bench-0').toString('base64')
const ACCEPT = `sec-websocket-accept: ${accepts(KEY)}`.toLowerCase()

export const upgradeRequest = (host: string, port: number): string =>
  [
    'GET / HTTP/1.1',
    `Host: ${host}:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${KEY}`,
    `Sec-WebSocket-Protocol: ${WS_SUBPROTOCOL}`,
    '\r\n',
  ].join('\r\n')

/** Offset behind the answer to an upgrade, or −1 while it is not whole. Throws where it is a refusal. */
export const afterUpgrade = (chunk: Buffer): number => {
  const end = chunk.indexOf('\r\n\r\n')
  if (end < 0) return -1
  const head = chunk.toString('latin1', 0, end)
  // Names of headers may have any case.
  if (!head.startsWith('HTTP/1.1 101') || !head.toLowerCase().includes(ACCEPT))
    throw new Error(`handshake refused: ${head.split('\r\n', 1)[0]}`)
  return end + 4
}

/**
 * Passes on the payload of each whole WebSocket frame; returns the offset of what is not whole yet.
 * Throws where the server closes.
 */
export const eachMessage = (
  chunk: Buffer,
  take: (opcode: number, payload: Buffer) => void,
): number => {
  let at = 0
  while (chunk.length - at >= 2) {
    const short = chunk[at + 1]! & 0x7f
    const header = short === 126 ? 4 : short === 127 ? 10 : 2
    if (chunk.length - at < header) break
    const length =
      short === 126
        ? chunk.readUInt16BE(at + 2)
        : short === 127
          ? Number(chunk.readBigUInt64BE(at + 2))
          : short
    const start = at + header
    if (chunk.length - start < length) break
    const opcode = chunk[at]! & 15
    const payload = chunk.subarray(start, start + length)
    at = start + length
    if (opcode === OPCODE.CLOSE)
      throw new Error(`WebSocket close ${payload.length < 2 ? '' : payload.readUInt16BE(0)}`)
    take(opcode, payload)
  }
  return at
}
