import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface DelayedPathOptions {
  readonly host: string
  /** Of the gate, TCP and UDP alike. */
  readonly port: number
  /** Of a round trip. */
  readonly roundTripMs: number
  /** How time passes. */
  readonly after: (ms: number, task: () => void) => void
}

/** Preamble and PROBE, generously. */
const PROBE_BYTES = 64

/** A long way to a gate: what is sent either way, by TCP or UDP, arrives half a round trip later. */
export class DelayedPath {
  /** Where it begins. */
  port = 0
  /** Connections that said more than a probe does, and datagrams. */
  taken = { tcp: 0, udp: 0 }
  readonly #options: DelayedPathOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #udp: UdpSocket = createSocket('udp4')
  readonly #callers = new Set<UdpSocket>()
  #closed = false

  private constructor(options: DelayedPathOptions) {
    this.#options = options
    this.#server = createServer({ noDelay: true }, socket => this.#accept(socket))
    this.#udp.on('message', (bytes, from) => this.#datagram(bytes, from))
  }

  static async open(options: DelayedPathOptions): Promise<DelayedPath> {
    const path = new DelayedPath(options)
    path.#server.listen(0, options.host)
    await once(path.#server, 'listening')
    const bound = path.#server.address()
    path.port = typeof bound === 'object' && bound !== null ? bound.port : 0
    path.#udp.bind(path.port, options.host)
    await once(path.#udp, 'listening')
    return path
  }

  close(): void {
    this.#closed = true
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    this.#udp.close()
    for (const caller of this.#callers) caller.close()
  }

  #later(task: () => void): void {
    this.#options.after(this.#options.roundTripMs / 2, () => {
      if (!this.#closed) task()
    })
  }

  #accept(near: Socket): void {
    let sent = 0
    near.on('data', ({ length }) => {
      if (sent <= PROBE_BYTES && sent + length > PROBE_BYTES) this.taken.tcp++
      sent += length
    })
    const { host, port } = this.#options
    const far = connect({ host, port, noDelay: true })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from)
      from.on('data', bytes => this.#later(() => void to.write(bytes)))
      from.on('end', () => this.#later(() => void to.end()))
      from.on('error', () => undefined)
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroySoon()
      })
    }
  }

  #datagram(bytes: Buffer, from: { readonly address: string; readonly port: number }): void {
    this.taken.udp++
    const { host, port } = this.#options
    // One socket for each question, so that its answer finds its way back.
    const caller = createSocket('udp4')
    this.#callers.add(caller)
    caller.on('message', answer => {
      this.#callers.delete(caller)
      caller.close()
      this.#later(() => this.#udp.send(answer, from.port, from.address, () => undefined))
    })
    this.#later(() => {
      if (this.#callers.has(caller)) caller.send(bytes, port, host)
    })
  }
}
