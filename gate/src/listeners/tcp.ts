import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { type Connection, type GateSide, type Listener, SLOW_BYTES } from './listener.ts'
import { formatAddress, parseAddress, plainIp, type TcpListenerOptions } from './options.ts'

const kConnection = Symbol('connection')

interface GateSocket extends Socket {
  [kConnection]?: TcpConnection | undefined
}

/** What all connections of a listener share. */
interface Owner {
  readonly gate: GateSide
  readonly open: (TcpConnection | undefined)[]
}

/** One small object per socket. Listener functions are shared: they find it on `this`. */
class TcpConnection implements Connection {
  readonly socket: Socket
  readonly owner: Owner
  slot = -1
  reset = false
  ended = false

  constructor(socket: Socket, owner: Owner) {
    this.socket = socket
    this.owner = owner
  }

  write(bytes: Uint8Array): void {
    if (this.ended) return
    const { socket } = this
    // Bytes that will wait are copied: a few of them would otherwise hold a whole chunk of the writer.
    socket.write(socket.writableLength > 0 ? Uint8Array.from(bytes) : bytes)
  }

  bufferedBytes(): number {
    return this.socket.writableLength
  }

  end(): void {
    if (this.ended) return
    this.ended = true
    this.socket.end()
  }

  destroy(): void {
    this.ended = true
    this.socket.destroy()
  }
}

function onData(this: GateSocket, chunk: Buffer): void {
  const connection = this[kConnection]
  if (connection !== undefined && !connection.ended)
    connection.owner.gate.received(connection.slot, chunk)
}

function onDrain(this: GateSocket): void {
  const connection = this[kConnection]
  if (connection !== undefined && !connection.ended) connection.owner.gate.drained(connection.slot)
}

function onError(this: GateSocket): void {
  const connection = this[kConnection]
  if (connection !== undefined) connection.reset = true
}

function onClose(this: GateSocket): void {
  const connection = this[kConnection]
  if (connection === undefined) return
  this[kConnection] = undefined
  connection.ended = true
  connection.owner.open[connection.slot] = undefined
  connection.owner.gate.closed(connection.slot, connection.reset)
}

/** Sockets of node:net, TLS by node:tls. */
export const tcpListener = (options: TcpListenerOptions): Listener => {
  const { host, port } = parseAddress(options.address)
  const open: (TcpConnection | undefined)[] = []
  let server: Server | undefined

  const accept = (owner: Owner, socket: GateSocket): void => {
    const connection = new TcpConnection(socket, owner)
    socket.on('error', onError)
    const slot = owner.gate.opened(connection, plainIp(socket.remoteAddress ?? ''))
    forgetPeerName(socket)
    if (slot < 0) {
      socket.destroy()
      return
    }
    connection.slot = slot
    socket[kConnection] = connection
    open[slot] = connection
    socket.on('data', onData)
    socket.on('drain', onDrain)
    socket.on('close', onClose)
  }

  return {
    transport: 'tcp',
    listen(gate) {
      return new Promise((resolve, reject) => {
        const owner = { gate, open }
        const basis = { noDelay: true, highWaterMark: SLOW_BYTES }
        const created =
          options.tls === undefined
            ? createServer(basis, socket => accept(owner, socket))
            : createTlsServer(
                { ...basis, ...readTls(options.tls), minVersion: 'TLSv1.2' },
                socket => accept(owner, socket),
              )
        server = created
        created.once('error', reject)
        created.listen(port, host, () => {
          const bound = created.address()
          resolve(
            formatAddress(host, typeof bound === 'object' && bound !== null ? bound.port : port),
          )
        })
      })
    },
    stopAccepting() {
      server?.close()
    },
    close() {
      for (const connection of open) connection?.destroy()
      return closeServer(server)
    },
  }
}

/** node:net keeps the peer's name on the socket once it was asked for; nobody asks again. */
const forgetPeerName = (socket: Socket): void => {
  if (Reflect.get(socket, '_peername') !== undefined) Reflect.set(socket, '_peername', undefined)
}

export const readTls = (files: {
  certFile: string
  keyFile: string
}): { cert: Buffer; key: Buffer } => ({
  cert: readFileSync(files.certFile),
  key: readFileSync(files.keyFile),
})

const closeServer = (server: Server | undefined): Promise<void> =>
  new Promise(resolve => {
    if (server === undefined) resolve()
    // It may have been closed by stopAccepting: then this only waits for the last socket.
    else server.close(() => resolve())
  })
