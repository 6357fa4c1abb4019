import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { until } from './test-clock.ts'

/** What came back of bytes that were sent as they are. */
export interface Raw {
  readonly socket: Socket
  text(): string
  readonly closed: boolean
}

export const rawSocket = async (address: string, tls = false): Promise<Raw> => {
  const [host = '', port] = address.split(':')
  const target = { host, port: Number(port) }
  const socket = tls ? connectTls({ ...target, rejectUnauthorized: false }) : connectTcp(target)
  const seen: Buffer[] = []
  const raw = { socket, closed: false, text: () => Buffer.concat(seen).toString('latin1') }
  let failed = false
  let open = false
  socket.on('error', () => (failed = true))
  socket.on('data', chunk => seen.push(chunk))
  socket.on('close', () => (raw.closed = true))
  socket.on(tls ? 'secureConnect' : 'connect', () => (open = true))
  await until('it is connected', () => open || failed || raw.closed)
  return raw
}

export const upgradeText = (headers: Readonly<Record<string, string>> = {}): string => {
  const all = {
    Host: 'gate',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': 'lp.v1',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

/** One masked binary WebSocket message of less than 126 bytes. */
export const messageBytes = (payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(0x82, 0x80 | payload.length, 0, 0, 0, 0), payload])

/** A PROXY protocol v2 header for an IPv4 client. */
export const proxyHeader = (ip: string): Buffer =>
  Buffer.concat([
    Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex'),
    Buffer.from(ip.split('.').map(Number)),
    Buffer.of(127, 0, 0, 1, 0xd4, 0x31, 1, 0xbb),
  ])

/** Speaks TLS over a socket on which something was said before. */
export const overTls = (socket: Socket, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    const secured = connectTls({ socket, rejectUnauthorized: false })
    secured.on('error', reject)
    secured.on('secureConnect', () => secured.write(bytes, () => resolve()))
  })
