import { WebSocket } from 'ws'
import { webSocketTransport } from './websocket.ts'
import type { Transport } from '../transport.ts'
import type { TlsOptions } from './tcp.ts'

/** ws:// and wss:// in Node, by the package `ws`. Compression is off: one window per connection costs too much. */
export const nodeWebSocketTransport = (tls: TlsOptions = {}): Transport =>
  webSocketTransport((url, protocol, name) => {
    const { port } = new URL(url)
    // The certificate is checked against the name, and proxies in between see it.
    const named =
      name === undefined
        ? {}
        : { servername: name, headers: { host: port === '' ? name : `${name}:${port}` } }
    return new WebSocket(url, protocol, { ...tls, ...named, perMessageDeflate: false })
  })
