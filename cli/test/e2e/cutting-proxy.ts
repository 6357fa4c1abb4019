import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy whose upstream can be taken away: a store that is out of reach, a client that stalls. */
export interface CuttingProxy {
  readonly port: number
  /** Resets every connection and refuses new ones. */
  cut(): void
  mend(): void
  /** Reads nothing from upstream any more, until `flow`. */
  stall(): void
  flow(): void
  close(): Promise<void>
}

export const cuttingProxy = async (upstream: {
  host: string
  port: number
}): Promise<CuttingProxy> => {
  const sockets = new Set<Socket>()
  const pairs = new Map<Socket, Socket>()
  let whole = true
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  }
  const server = createServer(client => {
    keep(client)
    if (!whole) {
      client.resetAndDestroy()
      return
    }
    const store = connect(upstream)
    keep(store)
    client.pipe(store).pipe(client)
    pairs.set(store, client)
    client.on('close', () => store.destroy())
    store.on('close', () => {
      pairs.delete(store)
      client.destroy()
    })
  })
  const port = await new Promise<number>(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    port,
    cut() {
      whole = false
      reset()
    },
    mend() {
      whole = true
    },
    stall() {
      for (const [store, client] of pairs) store.unpipe(client).pause()
    },
    flow() {
      for (const [store, client] of pairs) store.pipe(client)
    },
    close() {
      reset()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}
