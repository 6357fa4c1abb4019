import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '@longwire/kit'
import {
  CMD,
  PREAMBLE_BYTES,
  PROBE_BYTES,
  PROTOCOL_VERSION,
  ProtocolError,
  readPreamble,
} from '@longwire/proto'
import { parseAddress } from '../listeners/options.ts'
import type { Prober, Probes } from './probes.ts'

/** Preamble, and PROBE with its length. The answer is a frame without preamble: shorter. */
const HEAD_BYTES: number = PREAMBLE_BYTES + 2
const ASKED_BYTES: number = HEAD_BYTES + PROBE_BYTES
/** Longer than any answer is held. */
const PATIENCE_MS = 5_000

export interface TcpProberParts {
  readonly probes: Probes
  readonly clock: Clock
  /** Connections at once; further ones are hung up on. */
  readonly connectionsMax: number
}

/**
 * A port of its own for probes, without TLS, for gates that serve clients by TLS only: one PROBE and its answer per
 * connection, and nothing else. Whatever does not look like that is hung up on without a word.
 */
export class TcpProber implements Prober {
  readonly path = 'port'
  readonly #parts: TcpProberParts
  readonly #asking: (Socket | undefined)[] = []
  readonly #open = new Set<Socket>()
  #server: Server | undefined

  constructor(parts: TcpProberParts) {
    this.#parts = parts
  }

  /** Resolves to the bound `host:port`. */
  listen(address: string): Promise<string> {
    const { host, port } = parseAddress(address)
    const server = createServer(socket => this.#accept(socket))
    server.maxConnections = this.#parts.connectionsMax
    this.#server = server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => {
        server.off('error', reject)
        // A socket that could not be accepted is the peer's to try again.
        server.on('error', () => undefined)
        const bound = server.address()
        const at = typeof bound === 'object' && bound !== null ? bound.port : port
        resolve(`${address.slice(0, address.lastIndexOf(':'))}:${at}`)
      })
    })
  }

  answer(ticket: number, ack: Uint8Array): void {
    const socket = this.#asking[ticket]
    this.#asking[ticket] = undefined
    socket?.end(Buffer.from([CMD.PROBE_ACK << 3, PROBE_BYTES, ...ack]))
  }

  close(): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    const server = this.#server
    return server === undefined
      ? Promise.resolve()
      : new Promise(closed => void server.close(() => closed()))
  }

  #accept(socket: Socket): void {
    const { clock, probes } = this.#parts
    const asked = Buffer.alloc(ASKED_BYTES)
    let filled = 0
    let ticket = -1
    const timer = clock.after(PATIENCE_MS, () => socket.destroy())
    this.#open.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      timer.cancel()
      this.#open.delete(socket)
      if (ticket < 0 || this.#asking[ticket] !== socket) return
      this.#asking[ticket] = undefined
      probes.drop(ticket)
    })
    socket.on('data', chunk => {
      if (ticket >= 0 || filled + chunk.length > ASKED_BYTES || !isProbeSoFar(asked, chunk, filled))
        return void socket.destroy()
      filled += chunk.length
      if (filled < ASKED_BYTES) return
      ticket = probes.take(this, socket.remoteAddress ?? '', asked.subarray(HEAD_BYTES))
      if (ticket < 0) return void socket.destroy()
      this.#asking[ticket] = socket
      probes.hold(ticket)
    })
  }
}

/** Adds `chunk` to what was asked; false where that cannot become a probe any more. */
const isProbeSoFar = (asked: Buffer, chunk: Buffer, filled: number): boolean => {
  chunk.copy(asked, filled)
  const so = asked.subarray(0, filled + chunk.length)
  try {
    readPreamble(so, PROTOCOL_VERSION, PROTOCOL_VERSION)
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
  }
  if (so.length > PREAMBLE_BYTES && so[PREAMBLE_BYTES] !== CMD.PROBE << 3) return false
  return so.length <= PREAMBLE_BYTES + 1 || so[PREAMBLE_BYTES + 1] === PROBE_BYTES
}
