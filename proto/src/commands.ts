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
  TOPIC: 24,
  TOPIC_ACK: 25,
  PUBLICATION: 26,
  RETRACT: 27,
  READ: 28,
  QUERY: 29,
  REPLY: 30,
} as const

export const FIRST_OPTIONAL = 19
export const FIRST_CRITICAL = 24
const NUMBERS: ReadonlySet<number> = new Set(Object.values(CMD))
/** By number: whether this package knows the command. */
export const KNOWN: readonly boolean[] = Array.from({ length: 32 }, (_, cmd) => NUMBERS.has(cmd))

/** What a TOPIC asks for. */
export const TOPIC_OP = {
  SUBSCRIBE: 1,
  UNSUBSCRIBE: 2,
  PUBLISH: 3,
  PRESENCE: 4,
  HISTORY: 5,
  /** These two only on the trunk: what the backend has subscribed the user to; what the gate has missed. */
  GRANTS: 6,
  FILL: 7,
} as const

/** What a PUBLICATION with F is. */
export const TOPIC_KIND = {
  /** From a client: body Publication. */
  FROM: 1,
  /** Who came and went: body TopicEvent; seq is 0. */
  EVENT: 2,
  /** The topic reaches up to seq: body TopicAnswer with its epoch. */
  HEAD: 3,
  /** The backend has subscribed the user: body TopicAnswer. */
  GRANTED: 4,
  /** The subscription has ended: seq is a code. */
  ENDED: 5,
} as const

/** Numbers of topics that every session has without subscribing. */
export const EVERYBODY = { SYSTEM: 1, APP: 2 } as const
export const FIRST_TOPIC_NUMBER = 16

/** Bits of Login.features: what a client understands beyond version 1. */
export const FEATURE = {
  /** MIGRATE. */
  MIGRATE: 1,
  /** TOPIC_ACK and PUBLICATION. */
  TOPICS: 4,
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
