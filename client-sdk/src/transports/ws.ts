import { WebSocket } from 'ws'
import { webSocketTransport } from './websocket.ts'
import type { Transport } from '../transport.ts'
import type { TlsOptions } from './tcp.ts'

/** ws:// and wss:// in Node, by the package `ws`. Compression is off: one window per connection costs too much. */
export const nodeWebSocketTransport = (tls: TlsOptions = {}): Transport =>
  webSocketTransport(
    (url, protocol) => new WebSocket(url, protocol, { ...tls, perMessageDeflate: false }),
  )
