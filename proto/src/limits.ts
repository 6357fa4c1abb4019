/** Every bound of the edge protocol, in one place. Sizes are bytes, times are milliseconds. */
export const LIMITS = {
  /** Largest payload a client may send before it is logged in. */
  preLoginBytes: 4 * 1024,
  /** Largest payload a client may send after login. */
  uplinkBytes: 64 * 1024,
  /** Largest payload a server may send; longer answers are cut into several PULL_RESP pages. */
  downlinkBytes: 256 * 1024,
  /** Largest payload the length field can say: three LEB128 bytes. */
  encodableBytes: 2_097_151,
  /** Largest extension block. */
  extensionBytes: 1024,
  /** Largest message content that can be published. */
  messageBytes: 60 * 1024,
  uidBytes: 64,
  deviceBytes: 64,
  tokenBytes: 2048,
  /** Of a move, see MIGRATE. */
  ticketBytes: 128,
  appcodeMax: 0xffff,
  msgtypeMax: 0xffff,
  /** Name of a topic, `<namespace>:<rest>`. */
  topicBytes: 128,
  /** Time a new connection has to finish LOGIN. */
  loginMs: 5_000,
  /** Time a started frame has to become whole. */
  frameMs: 30_000,
  /** A client that pings more often than this, `pingStrikes` times, is cut. */
  pingMinMs: 5_000,
  pingStrikes: 3,
  /** DATA frames a server sends ahead of the client's acknowledgement. */
  unackedFrames: 32,
  unackedBytes: 64 * 1024,
  /** Unacknowledged for this long (plus a round trip): the session is suspect and gets NOTIFY only. */
  suspectMs: 10_000,
  /** A client acknowledges at the latest after this many messages, or this long. */
  ackEvery: 8,
  ackDelayMs: 2_000,
  /** Interval a client pings at until it has learned better, and the most it may ask for. */
  pingStartMs: 270_000,
  pingMaxMs: 900_000,
} as const

/** Protocol version spoken by this package. A preamble carries the range a client can speak. */
export const PROTOCOL_VERSION = 1
/** WebSocket subprotocol that stands for the preamble. */
export const WS_SUBPROTOCOL = 'lp.v1'
