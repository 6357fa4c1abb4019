/**
 * Commands of the edge protocol. The number is the upper five bits of a frame's first byte.
 * 19–23 may be skipped by a receiver that does not know them; 24–31 may not.
 */
export const CMD = {
  PING: 1,
  PONG: 2,
  LOGIN: 3,
  LOGIN_ACK: 4,
  LOGOUT: 5,
  KICK: 6,
  C2S: 7,
  SEND_ACK: 8,
  C2C: 9,
  NOTIFY: 10,
  PULL: 11,
  PULL_RESP: 12,
  DATA: 13,
  ACK: 14,
  PROBE: 15,
  PROBE_ACK: 16,
  HINT: 17,
  ERROR: 18,
  TOKEN: 19,
  TOKEN_ACK: 20,
  EXPIRING: 21,
  LIVE: 22,
  MIGRATE: 23,
  RETRACT: 27,
  READ: 28,
  QUERY: 29,
  REPLY: 30,
} as const

export const FIRST_OPTIONAL = 19
export const FIRST_CRITICAL = 24

/** Bits of Login.features: what a client understands beyond version 1. */
export const FEATURE = {
  /** MIGRATE. */
  MIGRATE: 1,
  /** READ, REPLY, and messages that take others back. */
  CONVERSATIONS: 2,
} as const

/** What became of the session a LOGIN names as its previous one. */
export const PREV_STATE = {
  UNKNOWN: 0,
  OPEN: 1,
  RESET_BY_PEER: 2,
  CLOSED_BY_SERVER: 3,
  CLOSED_BY_PEER: 4,
} as const

/** Why a range of seqs is missing: what a PULL_RESP with the F flag says. */
export const GAP_REASON = { TRIMMED: 0, EPOCH: 1 } as const

/** Tags of extension TLVs. Odd tags are critical: a receiver that does not know one hangs up. */
export const EXT = {
  /** On PING: the next ping comes within this many 15 s units (varint). */
  NEXT: 2,
  /** Eight bytes, opaque: the log id of the message. */
  LOGID: 4,
  /** On PING beside NEXT: 1 where the client has found how long its network leaves a connection idle (varint). */
  LEARNED: 6,
  /** On PING: what the device is doing, of AWAKE (varint); sent when it changed. */
  AWAKE: 8,
  /** On PING: 1 where the network of the device counts bytes (varint); sent when it changed. */
  METERED: 10,
} as const
export const NEXT_UNIT_MS = 15_000
