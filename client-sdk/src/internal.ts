/** Door for simulations inside this repository: a backend without its socket. */
export { trunkBackend } from './backend/trunk.ts'
export type { ByteStream } from './backend/trunk-link.ts'

/** The learning part of the heartbeat, without a connection. */
export { Rhythm } from './heartbeat/rhythm.ts'
/** How a gate of a list is chosen. */
export { frameProber } from './probing/frame-prober.ts'
export { nodeProber } from './probing/node.ts'
export { raceChooser } from './probing/race.ts'
export { pickFromRanges } from './probing/ranges.ts'
/** When to dial next, without a connection. */
export { ASK_MS, ReconnectPlan } from './reconnect.ts'
