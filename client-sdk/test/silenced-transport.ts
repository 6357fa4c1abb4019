import type { Transport } from '../src/transport.ts'
import { tcpTransport } from '../src/transports/tcp.ts'

/** TCP through a firewall that can be told to swallow what would open a connection. */
export const silencedTransport = (): Transport & { silent: boolean } => ({
  silent: false,
  connect(url, handlers, signal) {
    if (!this.silent) return tcpTransport().connect(url, handlers, signal)
    return new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(new Error('called off')), { once: true }),
    )
  },
})
