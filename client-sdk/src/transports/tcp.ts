import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { encodePreamble, PROTOCOL_VERSION } from '@longwire/proto'
import { namedUrl } from '../addresses/by-name.ts'
import { LongwireError } from '../errors.ts'
import type { Transport, TransportConnection, TransportHandlers } from '../transport.ts'

/** TLS settings for tls:// and wss://, such as `ca` for a private certificate authority. */
export type TlsOptions = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized'>

/** Bit 1 of the capabilities: this client takes messages by the fast path, DATA. */
const CAPABILITY_DATA = 2

class TcpConnection implements TransportConnection {
  readonly #socket: Socket
  #handlers: TransportHandlers | undefined

  constructor(socket: Socket, handlers: TransportHandlers) {
    this.#socket = socket
    this.#handlers = handlers
    socket.on('data', (bytes: Buffer) => this.#handlers?.received(bytes))
    socket.on('end', () => this.#ended())
    socket.on('close', () => this.#ended())
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  close(): void {
    this.#handlers = undefined
    this.#socket.destroySoon()
  }

  #ended(): void {
    const handlers = this.#handlers
    this.#handlers = undefined
    this.#socket.destroySoon()
    handlers?.closed()
  }
}

/** A socket on its way to tcp://host:port or tls://host:port; `#name` behind it is for the certificate. */
export const openSocket = (url: string, tls: TlsOptions = {}): Socket => {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const { name } = namedUrl(url)
  if (protocol === 'tcp:') return connectTcp({ host, port: Number(port), noDelay: true })
  const socket = connectTls({
    ...tls,
    host,
    port: Number(port),
    ...servername(name ?? host),
  })
  return socket.setNoDelay(true)
}

/** IPs are not sent as names. */
const servername = (name: string): { servername?: string } =>
  isIP(name) === 0 ? { servername: name } : {}

/** tcp:// and tls:// by node:net and node:tls. */
export const tcpTransport = (tls: TlsOptions = {}): Transport => ({
  connect: (url, handlers, signal) =>
    new Promise((resolve, reject) => {
      const socket = openSocket(url, tls)
      const abort = (): void => {
        socket.destroy()
        reject(new LongwireError('ABORTED', 'stop', `dialling ${url} was called off`))
      }
      const failed = (error: Error): void => {
        signal.removeEventListener('abort', abort)
        reject(
          new LongwireError('UNREACHABLE', 'retry', `no gate answers at ${url}: ${error.message}`, {
            cause: error,
          }),
        )
      }
      signal.addEventListener('abort', abort, { once: true })
      socket.on('error', failed)
      socket.once('close', () => failed(new Error('the connection was closed')))
      socket.once(url.startsWith('tls:') ? 'secureConnect' : 'connect', () => {
        signal.removeEventListener('abort', abort)
        socket.write(encodePreamble(PROTOCOL_VERSION, PROTOCOL_VERSION, CAPABILITY_DATA))
        resolve(new TcpConnection(socket, handlers))
      })
      if (signal.aborted) abort()
    }),
})
