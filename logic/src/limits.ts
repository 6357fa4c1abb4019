import type { LogLimits } from './log/log.ts'
import type { TrunkLimits } from './trunk/trunk.ts'

/** Every bound of a logic node. Sizes are bytes. */
export interface LogicLimits extends TrunkLimits {
  /** Messages with more content are hinted at without it. */
  readonly inlineBytes: number
  /** Messages (and bytes of content) that are being stored and hinted at; beyond: BUSY. */
  readonly publishesInFlight: number
  readonly publishBytesInFlight: number
  /** So many are taken in however slow the store is. */
  readonly publishesAtLeast: number
  /** Beyond these the node takes in only what it can finish in time: see Admission. */
  readonly publishAgeMs: number
  readonly loopDelayMs: number
  /** Bytes that all gates together may leave untaken. */
  readonly trunkBytes: number
  /** First wait of who is refused with BUSY. */
  readonly retryAfterMs: number
  /** Users remembered while the route table is away; beyond, every gate is told to ask again. */
  readonly pendingUsers: number
  /** Users looked at per second where routes of dead gates are removed. */
  readonly sweepKeysPerSecond: number
  /** Largest body of an HTTP request. */
  readonly bodyBytes: number
  readonly mailbox: LogLimits
  /** Messages that every end has read stay this long; the same on all nodes that share the table. */
  readonly graceMs: number
  /** How long a token may be good for: revocations last as long. */
  readonly tokenMs: number
}

export const LOGIC_LIMITS: LogicLimits = {
  inlineBytes: 4 * 1024,
  publishesInFlight: 8_192,
  publishBytesInFlight: 64 * 1024 * 1024,
  publishesAtLeast: 512,
  publishAgeMs: 300,
  loopDelayMs: 250,
  trunkBytes: 64 * 1024 * 1024,
  retryAfterMs: 1_000,
  pendingUsers: 10_000,
  sweepKeysPerSecond: 10_000,
  bodyBytes: 1024 * 1024,
  mailbox: { maxMessages: 1_000, maxBytes: 1024 * 1024 },
  graceMs: 60_000,
  tokenMs: 30 * 24 * 3600_000,
  loginsInFlight: 2_048,
  readsInFlight: 64,
  linkBytes: 8 * 1024 * 1024,
  pageMessages: 1_000,
  // With the overhead of 1,000 messages and one message that does not quite fit, still within a
  // frame.
  pageBytes: 128 * 1024,
}
