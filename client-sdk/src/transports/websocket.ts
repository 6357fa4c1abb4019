import { WS_SUBPROTOCOL } from '@longwire/proto'
import { namedUrl } from '../addresses/by-name.ts'
import { LongwireError } from '../errors.ts'
import type { Transport, TransportConnection, TransportHandlers } from '../transport.ts'

/** The part of the standard WebSocket that is used here; the browser's and the package `ws` have it. */
export interface WebSocketLike {
  binaryType: string
  readonly protocol: string
  send(bytes: Uint8Array<ArrayBuffer>): void
  close(): void
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void
}

const CLOSE_BASE = 4000

class WebSocketConnection implements TransportConnection {
  readonly #socket: WebSocketLike
  #handlers: TransportHandlers | undefined

  constructor(socket: WebSocketLike) {
    this.#socket = socket
  }

  listen(handlers: TransportHandlers): void {
    this.#handlers = handlers
    this.#socket.addEventListener('message', event => {
      if (event.data instanceof ArrayBuffer) this.#handlers?.received(new Uint8Array(event.data))
    })
  }

  write(bytes: Uint8Array): void {
    // Written memory is never shared memory: the SDK makes it with `new Uint8Array(size)`.
    this.#socket.send(bytes as Uint8Array<ArrayBuffer>)
  }

  close(): void {
    this.#handlers = undefined
    this.#socket.close()
  }

  ended(code: number): void {
    const handlers = this.#handlers
    this.#handlers = undefined
    handlers?.closed(code > CLOSE_BASE && code < CLOSE_BASE + 128 ? code - CLOSE_BASE : undefined)
  }
}

/** ws:// and wss:// over whatever `open` makes: called with the URL, the subprotocol, and the name behind `#`. */
export const webSocketTransport = (
  open: (url: string, protocol: string, name: string | undefined) => WebSocketLike,
): Transport => ({
  connect: (url, handlers, signal) =>
    new Promise((resolve, reject) => {
      const named = namedUrl(url)
      const socket = open(named.url, WS_SUBPROTOCOL, named.name)
      socket.binaryType = 'arraybuffer'
      const connection = new WebSocketConnection(socket)
      const abort = (): void => {
        socket.close()
        reject(new LongwireError('ABORTED', 'stop', `dialling ${url} was called off`))
      }
      signal.addEventListener('abort', abort, { once: true })
      socket.addEventListener('open', () => {
        signal.removeEventListener('abort', abort)
        if (signal.aborted) return
        connection.listen(handlers)
        resolve(connection)
      })
      // A browser tells nothing about the error; the close that follows ends the connection.
      socket.addEventListener('error', () => undefined)
      socket.addEventListener('close', event => {
        signal.removeEventListener('abort', abort)
        connection.ended(event.code)
        reject(
          new LongwireError(
            'UNREACHABLE',
            'retry',
            `no gate answers at ${url} (close code ${event.code})`,
          ),
        )
      })
      if (signal.aborted) abort()
    }),
})
