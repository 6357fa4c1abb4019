import { createSocket } from 'node:dgram'
import { parseAddress } from '../listeners/options.ts'

/** Where datagrams come and go: one socket. */
export interface Datagrams {
  /** Takes `bytes` over. False where too much waits to be sent. */
  send(bytes: Uint8Array, port: number, ip: string): boolean
  close(): Promise<void>
}

/** Opens a socket at `host:port`; `received` gets every datagram, valid until it returns. */
export type OpenDatagrams = (
  address: string,
  received: (bytes: Uint8Array, port: number, ip: string) => void,
) => Promise<Datagrams>

/** Answers that the kernel has not taken yet. */
const QUEUED_BYTES_MAX = 256 * 1024

/** By node:dgram. */
export const openUdp: OpenDatagrams = (address, received) => {
  const { host, port } = parseAddress(address)
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  socket.on('message', (bytes, from) => received(bytes, from.port, from.address))
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, host, () => {
      socket.off('error', reject)
      // An answer that could not be sent, such as to a port that has closed, concerns nobody.
      socket.on('error', () => undefined)
      resolve({
        send(bytes, toPort, ip) {
          if (socket.getSendQueueSize() > QUEUED_BYTES_MAX) return false
          socket.send(bytes, toPort, ip)
          return true
        },
        close: () => new Promise(closed => socket.close(() => closed())),
      })
    })
  })
}
