import type { Transport } from '../transport.ts'
import { webSocketTransport } from './websocket.ts'

/** What a browser can dial, by URL scheme. */
export const browserTransports = (): Record<string, Transport> => {
  const webSocket = webSocketTransport((url, protocol) => new WebSocket(url, protocol))
  return { ws: webSocket, wss: webSocket }
}
