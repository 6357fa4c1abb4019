import type { Client } from './api.ts'
import { createClientWith } from './client.ts'
import { plainEnvironment } from './heartbeat/environment.ts'
import type { ClientOptions } from './options.ts'
import { nodeTransports } from './transports/node.ts'

/** A client for Node: tcp://, tls://, ws:// and wss://. */
export const createClient = (options: ClientOptions): Client =>
  createClientWith(options, () => ({
    transports: nodeTransports(),
    environment: plainEnvironment,
  }))

// Everything else is as in the browser entry.
export * from './index.ts'
export { fileCursors } from './cursors/file.ts'
export { fileNetworks } from './heartbeat/file.ts'
export { nodeTransports } from './transports/node.ts'
export type { TlsOptions } from './transports/tcp.ts'
