import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { systemClock } from './clock.ts'
import type { Dial, Link, LinkHandlers, LinkServer } from './link.ts'

/** A host that swallows packets must not hold a dial for minutes. */
const DIAL_MS = 3_000

class TcpLink implements Link {
  readonly remote: string
  readonly #socket: Socket
  #failure: Error | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    this.remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`
    socket.setNoDelay(true)
    // A peer whose host vanished is noticed although nobody writes.
    socket.setKeepAlive(true, 5_000)
    socket.on('error', error => {
      this.#failure = error
    })
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  open(handlers: LinkHandlers): void {
    this.#socket.on('close', () => handlers.closed(this.#failure))
    this.#socket.on('data', chunk => handlers.data(chunk))
    // It may have broken before anybody listened; its 'close' is not repeated.
    if (this.#socket.closed) systemClock.soon(() => handlers.closed(this.#failure))
  }

  write(bytes: Buffer): void {
    if (bytes.length > 0 && this.#socket.writable) this.#socket.write(bytes)
  }

  close(): void {
    // What the kernel has not taken is lost on a peer that hangs: never wait for it.
    if (this.#socket.writableLength === 0) this.#socket.destroySoon()
    else this.#socket.destroy()
  }
}

const parse = (address: string): { host: string; port: number } => {
  const colon = address.lastIndexOf(':')
  return {
    host: address.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(address.slice(colon + 1)),
  }
}

/** Listens on `host:port`; port 0 picks a free one. */
export const tcpLinkServer = (address: string): LinkServer => {
  const { host, port } = parse(address)
  const sockets = new Set<Socket>()
  let server: Server | undefined
  return {
    listen(onLink) {
      return new Promise((resolve, reject) => {
        const created = createServer(socket => {
          sockets.add(socket)
          socket.on('close', () => sockets.delete(socket))
          onLink(new TcpLink(socket))
        })
        server = created
        created.once('error', reject)
        created.listen(port, host, () => {
          const bound = created.address()
          resolve(`${host}:${typeof bound === 'object' && bound !== null ? bound.port : port}`)
        })
      })
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve =>
        server === undefined ? resolve() : server.close(() => resolve()),
      )
    },
  }
}

export const tcpDial: Dial = address =>
  new Promise((resolve, reject) => {
    const socket = createConnection(parse(address))
    socket.once('error', reject)
    socket.setTimeout(DIAL_MS, () =>
      socket.destroy(new Error(`${address} did not answer within ${DIAL_MS} ms`)),
    )
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.off('error', reject)
      resolve(new TcpLink(socket))
    })
  })
