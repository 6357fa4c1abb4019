import { CODES } from '@longwire/proto'
import { createServer, type BlockList, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { blockList, within } from '@longwire/kit'
import { DEFENCE } from '../admission/defence.ts'
import { TICK_MS } from '../limits.ts'
import { Certificate } from './certificate.ts'
import { type DropReason, type GateSide, SLOW_BYTES } from './listener.ts'
import { formatAddress, parseAddress, plainIp, type TcpListenerOptions } from './options.ts'
import { readProxyHeader } from './proxy-protocol.ts'

const kGuest = Symbol('guest')

interface FrontSocket extends Socket {
  [kGuest]?: Guest | undefined
}

/** A socket on its way to becoming a connection. */
export class Guest {
  readonly front: Front
  /** As accepted. */
  readonly raw: Socket
  /** The same, or what TLS made of it. */
  socket: Socket
  ip: string
  /** As answered by {@link GateSide.arrived}. */
  source: number = PENDING
  /** What it is to be cut for when it takes too long. */
  late: DropReason | undefined
  /** Why it was cut. */
  reason: DropReason | undefined
  /** Tick at which it came. */
  since = 0
  /** It is one of the refused that are told why. */
  told = false
  /** What has come of its PROXY header. */
  header: Buffer | undefined

  constructor(front: Front, socket: Socket) {
    this.front = front
    this.socket = this.raw = socket
    this.ip = plainIp(socket.remoteAddress ?? '')
  }
}

/** Refused without a word: a word would cost more than the connection. */
const IN_SILENCE: ReadonlySet<number> = new Set([-CODES.BANNED.code, -CODES.CROWDED.code])
/** A source before {@link GateSide.arrived}, and after it is somebody else's. */
const PENDING: number = -1_000
/** Refused peers that are told why, at once; further ones are hung up on. */
const TOLD_MAX = 32
/** Who dials when another gate has died waits here; the kernel takes no more than net.core.somaxconn. */
const BACKLOG = 4_096

function onClose(this: FrontSocket): void {
  const guest = this[kGuest]
  if (guest !== undefined) guest.front.left(guest)
}

function onProxyData(this: FrontSocket, chunk: Buffer): void {
  const guest = this[kGuest]
  if (guest !== undefined) guest.front.proxied(guest, chunk)
}

/** A socket without a listener for errors would end the process; a close event follows. */
function ignoreError(): void {}

/**
 * The way in of the listeners on node:net: admission, PROXY header, TLS, and one deadline for all of it.
 *
 * What has passed goes to `ready`, whose owner calls `seat` once the gate has opened it.
 */
export class Front {
  readonly #options: TcpListenerOptions
  readonly #ready: (guest: Guest) => void
  readonly #server: Server
  readonly #tls: TlsServer | undefined
  readonly #certificate: Certificate | undefined
  readonly #proxies: BlockList | undefined
  readonly #patienceTicks: number
  /** In the order in which they came. */
  readonly #waiting = new Set<Guest>()
  readonly #handshakes = new Map<string, Guest>()
  #gate: GateSide | undefined
  #ticks = 0
  #told = 0

  /** Throws where the certificate cannot be used, or a block of addresses is none. */
  constructor(options: TcpListenerOptions, ready: (guest: Guest) => void) {
    this.#options = options
    this.#ready = ready
    this.#proxies = options.proxies === undefined ? undefined : blockList(options.proxies)
    this.#patienceTicks = Math.ceil((options.handshakeMs ?? DEFENCE.handshakeMs) / TICK_MS)
    const basis = { noDelay: true, highWaterMark: SLOW_BYTES }
    this.#server = createServer(basis, socket => this.#accept(socket))
    if (options.tls === undefined) return
    this.#certificate = new Certificate(options.tls)
    this.#tls = createTlsServer(this.#certificate.read())
    this.#tls.on('secureConnection', socket => this.#secured(socket))
    this.#tls.on('tlsClientError', (_error, socket) => socket.destroy())
  }

  listen(gate: GateSide): Promise<string> {
    this.#gate = gate
    const { host, port } = parseAddress(this.#options.address)
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ port, host, backlog: BACKLOG }, () => {
        const bound = this.#server.address()
        resolve(
          formatAddress(host, typeof bound === 'object' && bound !== null ? bound.port : port),
        )
      })
    })
  }

  stopAccepting(): void {
    this.#server.close()
  }

  tick(): void {
    this.#ticks++
    for (const guest of this.#waiting) {
      if (this.#ticks - guest.since <= this.#patienceTicks) return
      guest.reason ??= guest.late
      guest.raw.destroy()
    }
  }

  async reload(force: boolean): Promise<boolean> {
    if (this.#certificate === undefined) return false
    const changed = await this.#certificate.changed()
    if (!changed && !force) return false
    this.#tls?.setSecureContext(this.#certificate.read())
    return true
  }

  /** Closes the sockets that wait here and resolves when the last one of all is closed. */
  close(): Promise<void> {
    for (const { raw } of this.#waiting) raw.destroy()
    return new Promise(resolve => {
      // It may have been closed by stopAccepting: then this only waits for the last socket.
      this.#server.close(() => resolve())
    })
  }

  /** The guest is to be a connection before its time is up; `late` is what it is cut for otherwise. */
  expect(guest: Guest, late: DropReason): void {
    guest.late = late
    this.#wait(guest)
  }

  /** The gate has opened the guest: it is no concern of the front any more. */
  seat(guest: Guest): void {
    guest.source = PENDING
    this.#forget(guest)
  }

  /** The gate has told the guest goodbye: it may linger for as long as a handshake may take. */
  seeOff(guest: Guest): void {
    guest.source = PENDING
    guest.late = undefined
    this.#wait(guest)
    if (guest.socket !== guest.raw) guest.socket.on('error', ignoreError)
    guest.socket.resume()
  }

  /** The guest's socket has closed. */
  left(guest: Guest): void {
    const { source, reason } = guest
    const failed = guest.late === 'TLS_TIMEOUT' && guest.raw.bytesRead > 0
    this.#forget(guest)
    if (source !== PENDING)
      this.#gate?.departed(source, reason ?? (failed ? 'TLS_FAILED' : undefined))
    else if (reason !== undefined) this.#gate?.departed(source, reason)
  }

  proxied(guest: Guest, chunk: Buffer): void {
    const { raw } = guest
    guest.header = guest.header === undefined ? chunk : Buffer.concat([guest.header, chunk])
    const header = readProxyHeader(guest.header)
    if (header.kind === 'part') return
    raw.off('data', onProxyData)
    raw.pause()
    if (header.kind === 'bad') {
      guest.reason = 'BAD_PROXY'
      raw.destroy()
      return
    }
    const rest = guest.header.subarray(header.bytes)
    guest.header = undefined
    if (header.ip !== undefined) guest.ip = plainIp(header.ip)
    if (rest.length > 0) raw.unshift(rest)
    this.#admit(guest)
    if (this.#tls === undefined) raw.resume()
  }

  #accept(socket: Socket): void {
    const guest = new Guest(this, socket)
    if (this.#proxies === undefined || !within(this.#proxies, guest.ip)) {
      this.#admit(guest)
      return
    }
    this.expect(guest, 'PROXY_TIMEOUT')
    socket.on('data', onProxyData)
  }

  #admit(guest: Guest): void {
    const source = this.#gate?.arrived(guest.ip) ?? PENDING
    if (source < 0) {
      guest.source = PENDING
      if (IN_SILENCE.has(source) || this.#told >= TOLD_MAX) {
        guest.raw.destroy()
        return
      }
      this.#told++
      guest.told = true
    }
    guest.source = source
    if (this.#tls === undefined) {
      this.#passed(guest)
      return
    }
    this.#handshakes.set(peerOf(guest.raw), guest)
    this.expect(guest, 'TLS_TIMEOUT')
    this.#tls.emit('connection', guest.raw)
  }

  #secured(socket: Socket): void {
    const guest = this.#handshakes.get(peerOf(socket))
    if (guest === undefined) {
      socket.on('error', ignoreError)
      socket.destroy()
      return
    }
    this.#handshakes.delete(peerOf(socket))
    guest.socket = socket
    guest.late = undefined
    this.#passed(guest)
  }

  #passed(guest: Guest): void {
    forgetPeerName(guest.raw)
    forgetPeerName(guest.socket)
    this.#ready(guest)
  }

  #wait(guest: Guest): void {
    const raw: FrontSocket = guest.raw
    if (raw[kGuest] === guest) return
    raw[kGuest] = guest
    raw.on('error', ignoreError)
    raw.on('close', onClose)
    guest.since = this.#ticks
    this.#waiting.add(guest)
  }

  #forget(guest: Guest): void {
    const raw: FrontSocket = guest.raw
    if (guest.told) this.#told--
    guest.told = false
    if (raw[kGuest] === undefined) return
    raw[kGuest] = undefined
    this.#waiting.delete(guest)
    if (this.#tls !== undefined) this.#handshakes.delete(peerOf(raw))
  }
}

const peerOf = (socket: Socket): string => `${socket.remoteAddress}|${socket.remotePort}`

/** node:net keeps the peer's name on the socket once it was asked for; nobody asks again. */
const forgetPeerName = (socket: Socket): void => {
  if (Reflect.get(socket, '_peername') !== undefined) Reflect.set(socket, '_peername', undefined)
}
