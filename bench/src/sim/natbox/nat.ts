import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Clock } from '@longwire/kit'

/** What a forgotten connection meets: an answer that it is unknown, or nothing at all. */
export type NatMode = 'reset' | 'silent'

export interface NatOptions {
  readonly clock: Clock
  readonly mode: NatMode
  /** A connection that was idle for longer is forgotten. */
  readonly idleMs: number
  readonly target: { readonly host: string; readonly port: number }
  /** Something went through, or changed. */
  readonly stirred: () => void
}

/** A NAT in user space: a TCP proxy that forgets connections which were idle for too long. */
export class Nat {
  /** Connections that bytes came for after they were forgotten. */
  forgotten = 0
  readonly #options: NatOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(options: NatOptions) {
    this.#options = options
    this.#server = createServer({ noDelay: true }, inside => this.#translate(inside))
  }

  /** Resolves to its `host:port`. */
  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.address() as AddressInfo
    return `127.0.0.1:${port}`
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #translate(inside: Socket): void {
    const { clock, target, stirred } = this.#options
    const outside = connect({ ...target, noDelay: true })
    let seenAt = clock.monotonic()
    let gone = false
    /** Bytes (or an end) came from one side: whether the other is to have them. */
    const passes = (from: Socket): boolean => {
      stirred()
      if (!gone && clock.monotonic() - seenAt > this.#options.idleMs) {
        gone = true
        this.forgotten++
      }
      seenAt = clock.monotonic()
      if (gone && this.#options.mode === 'reset') from.resetAndDestroy()
      return !gone
    }
    this.#join(inside, outside, passes)
    this.#join(outside, inside, passes)
  }

  #join(from: Socket, to: Socket, passes: (from: Socket) => boolean): void {
    this.#sockets.add(from)
    from.on('data', bytes => {
      if (passes(from)) to.write(bytes)
    })
    from.on('end', () => {
      if (passes(from)) to.end()
    })
    from.on('error', () => undefined)
    from.on('close', () => {
      this.#sockets.delete(from)
      if (passes(from)) to.destroySoon()
      else if (!from.destroyed) from.destroy()
    })
  }
}
