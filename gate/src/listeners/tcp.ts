import type { Socket } from 'node:net'
import { Front, type Guest } from './front.ts'
import type { Connection, GateSide, Listener } from './listener.ts'
import { parseAddress, type TcpListenerOptions } from './options.ts'

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

/** Sockets of node:net, TLS by node:tls. Throws where the options cannot be used. */
export const tcpListener = (options: TcpListenerOptions): Listener => {
  parseAddress(options.address)
  const open: (TcpConnection | undefined)[] = []
  let owner: Owner | undefined
  const front = new Front(options, guest => {
    if (owner !== undefined) admit(front, owner, guest)
  })
  return {
    transport: 'tcp',
    listen(gate) {
      owner = { gate, open }
      return front.listen(gate)
    },
    stopAccepting: () => front.stopAccepting(),
    tick: () => front.tick(),
    reload: force => front.reload(force),
    close() {
      for (const connection of open) connection?.destroy()
      return front.close()
    },
  }
}

const admit = (front: Front, owner: Owner, guest: Guest): void => {
  const socket: GateSocket = guest.socket
  const connection = new TcpConnection(socket, owner)
  const slot = owner.gate.opened(connection, guest.ip, guest.source)
  if (slot < 0) {
    front.seeOff(guest)
    return
  }
  front.seat(guest)
  connection.slot = slot
  socket[kConnection] = connection
  owner.open[slot] = connection
  socket.on('error', onError)
  socket.on('data', onData)
  socket.on('drain', onDrain)
  socket.on('close', onClose)
}
