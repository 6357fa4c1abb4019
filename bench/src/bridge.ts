import { connect, createServer, type Server, type Socket } from 'node:net'

interface Upstream {
  readonly host: string
  readonly port: number
}

interface Pair {
  readonly near: Socket
  readonly far: Socket
  /** Bytes or an end of it were swallowed. */
  holed: boolean
}

/** A TCP proxy on 127.0.0.1 whose far side can be taken away. */
export class Bridge {
  readonly #upstream: Upstream
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #mode: 'pass' | 'cut' | 'swallow' = 'pass'
  #port = 0
  #swallowed = 0
  #stalled = false

  private constructor(upstream: Upstream) {
    this.#upstream = upstream
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, near => this.#join(near))
  }

  static async open(upstream: Upstream): Promise<Bridge> {
    const bridge = new Bridge(upstream)
    await bridge.#listen()
    return bridge
  }

  get port(): number {
    return this.#port
  }

  /** Bytes that were swallowed, both directions together. */
  get swallowed(): number {
    return this.#swallowed
  }

  /** Resets every connection and refuses new ones: the peer is gone, and says so. */
  cut(): void {
    this.#mode = 'cut'
    for (const pair of this.#pairs) this.#reset(pair)
  }

  /**
   * Swallows every byte and every end of a connection from now on, in both directions; new connections
   * are taken and hear nothing. Nobody is told: a half-open link, or a partition.
   */
  swallow(): void {
    this.#mode = 'swallow'
  }

  /** Passes again. Connections whose bytes were swallowed are reset: a stream with a hole is no stream. */
  mend(): void {
    this.#mode = 'pass'
    for (const pair of this.#pairs) if (pair.holed) this.#reset(pair)
  }

  /** Reads nothing from upstream any more, until `flow`: the near side is slow to the point of standing still. */
  stall(): void {
    this.#stalled = true
    for (const { far } of this.#pairs) far.pause()
  }

  flow(): void {
    this.#stalled = false
    for (const { far } of this.#pairs) far.resume()
  }

  close(): Promise<void> {
    this.cut()
    return new Promise(resolve => this.#server.close(() => resolve()))
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address()
        this.#port = typeof address === 'object' && address !== null ? address.port : 0
        resolve()
      })
    })
  }

  #join(near: Socket): void {
    if (this.#mode === 'cut') {
      near.on('error', () => undefined)
      near.resetAndDestroy()
      return
    }
    const far = connect({ ...this.#upstream, noDelay: true, allowHalfOpen: true })
    const pair: Pair = { near, far, holed: this.#mode === 'swallow' }
    this.#pairs.add(pair)
    this.#carry(pair, near, far)
    this.#carry(pair, far, near)
    if (this.#stalled) far.pause()
  }

  #carry(pair: Pair, from: Socket, to: Socket): void {
    from.on('data', chunk => {
      if (this.#mode === 'swallow') {
        pair.holed = true
        this.#swallowed += chunk.length
      } else if (!to.write(chunk)) from.pause()
    })
    to.on('drain', () => {
      if (!this.#stalled || from === pair.near) from.resume()
    })
    from.on('end', () => this.#ended(pair))
    from.on('error', () => from.destroy())
    from.on('close', () => this.#ended(pair))
  }

  /** Either side is done; the other is told once all it is due has left. */
  #ended(pair: Pair): void {
    if (this.#mode === 'swallow') {
      pair.holed = true
      return
    }
    this.#pairs.delete(pair)
    pair.near.destroySoon()
    pair.far.destroySoon()
  }

  #reset(pair: Pair): void {
    this.#pairs.delete(pair)
    pair.near.resetAndDestroy()
    pair.far.resetAndDestroy()
  }
}
