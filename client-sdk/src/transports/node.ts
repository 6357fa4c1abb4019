import type { Transport } from '../transport.ts'
import { tcpTransport, type TlsOptions } from './tcp.ts'
import { nodeWebSocketTransport } from './ws.ts'

/** What Node can dial, by URL scheme. */
export const nodeTransports = (tls: TlsOptions = {}): Record<string, Transport> => {
  const tcp = tcpTransport(tls)
  const webSocket = nodeWebSocketTransport(tls)
  return { tcp, tls: tcp, ws: webSocket, wss: webSocket }
}
