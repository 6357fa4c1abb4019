import { systemResolve } from './addresses/node.ts'
import type { Client } from './api.ts'
import { createClientWith } from './create-client.ts'
import { nodeEnvironment } from './heartbeat/node.ts'
import type { ClientOptions } from './options.ts'
import { nodeProber } from './probing/node.ts'
import { raceChooser } from './probing/race.ts'
import { nodeTransports } from './transports/node.ts'

/** A client for Node: tcp://, tls://, ws:// and wss://. */
export const createClient = (options: ClientOptions): Client =>
  createClientWith(options, () => ({
    transports: nodeTransports(),
    environment: nodeEnvironment(options.clock),
    race: parts => raceChooser({ ...parts, prober: nodeProber(parts), ranges: 3 }),
    resolve: systemResolve,
  }))

// Everything else is as in the browser entry.
export * from './index.ts'
export { fileAddresses } from './addresses/node.ts'
export { fileCursors } from './cursors/file.ts'
export { fileOutbox } from './outboxes/file.ts'
export { fileNetworks } from './heartbeat/file.ts'
export { nodeEnvironment } from './heartbeat/node.ts'
export { nodeTransports } from './transports/node.ts'
export type { TlsOptions } from './transports/tcp.ts'
