import { connect, type Socket } from 'node:net'
import type { Target } from './socket.ts'

// One buffer for all sockets of the process: a read is handled before the next one begins.
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024)

interface RawEvents {
  connected(): void
  received(bytes: Buffer): void
  closed(reason: string): void
}

/** A TCP connection that reads into shared memory: `received` must not keep the bytes. */
export const connectRaw = (target: Target, events: RawEvents): Socket => {
  const { sips } = target
  const sip = sips === undefined ? undefined : Buffer.allocUnsafeSlow(sips.bytes)
  const socket = connect({
    host: target.host,
    port: target.port,
    ...target.from,
    noDelay: true,
    onread: {
      buffer: () => (sip === undefined || sips?.slow !== true ? readBuffer : sip),
      callback: (size, buffer) => {
        events.received(Buffer.from(buffer.buffer, buffer.byteOffset, size))
        return sips?.slow !== true
      },
    },
  })
  let reason = 'closed by the server'
  socket.on('connect', () => events.connected())
  socket.on('error', error => {
    reason = error.message
  })
  socket.on('close', () => events.closed(reason))
  return socket
}
