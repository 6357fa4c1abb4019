import { LIMITS } from '@longwire/proto'

/** Bounds of one gate process. Sizes are bytes, times are milliseconds. */
export interface GateLimits {
  /** Connections this process holds at most; further ones are refused. */
  readonly sessions: number
  /** Connections it is meant to hold, never more than `sessions`: its load is measured against them. */
  readonly capacity: number
  readonly loginMs: number
  readonly frameMs: number
  readonly pingMinMs: number
  readonly suspectMs: number
  /** Idle deadline: 1.25 × the client's next ping + `idleSlackMs`, within these bounds. */
  readonly idleSlackMs: number
  readonly idleMinMs: number
  readonly idleMaxMs: number
  /** Told to clients at login. */
  readonly pingStartMs: number
  readonly pingMaxMs: number
  /** Shortest interval that clients settle on, and how long they wait for PONG; 0: by their own rule. */
  readonly pingFloorMs: number
  readonly ackTimeoutMs: number
  /** What stands in front of the gate ends a connection that was idle for so long; 0: nothing does. */
  readonly ingressIdleMs: number
  /** Sessions told of new hints in a second; 0: each with its next PONG only. */
  readonly hintsPerSecond: number
  /** A mean of the intervals that clients have learned up to this raises an alarm; 0: never. */
  readonly alarmMeanMs: number
  /** Over how long clients spread that lost this gate; undefined: as long as the others need to take them. */
  readonly reconnectWindowMs: number | undefined
  /** First repetition of a NOTIFY that no PULL followed; it doubles up to `notifyMaxMs`. */
  readonly notifyMs: number
  readonly notifyMaxMs: number
  /** Time logic has to answer a LOGIN or PULL. */
  readonly requestMs: number
  /** Time logic has to answer what waits for a backend or reads a history. */
  readonly callMs: number
  /** Contents of messages of clients that logic has not answered yet. */
  readonly askBytes: number
  /** LOGINs that wait for logic at once: so many always, and never more. */
  readonly loginsAtLeast: number
  readonly loginsInFlight: number
  /** Beyond these the gate takes on only the LOGINs that it can finish in time: see Admission. */
  readonly loginAgeMs: number
  readonly loopDelayMs: number
  /** Bytes that all logic nodes together may leave untaken. */
  readonly trunkBytes: number
  /** First wait of a client that is refused with BUSY. */
  readonly retryAfterMs: number
  /** Time a client has to hang up after it was told goodbye. */
  readonly lingerMs: number
  /** Size of the page that rides on LOGIN_ACK. */
  readonly firstPageBytes: number
  /** A session that lets more than this pile up is cut. */
  readonly bufferedBytes: number
  /** A client is told this long before its session ends for its token, but not in the first 3/4 of it. */
  readonly expiringMs: number
  /** After a PING, and after any other frame, a device is held to be awake for so long. */
  readonly awakePingMs: number
  readonly awakeMs: number
  /** What is idle waits for a random time up to this, even for a device that is awake. */
  readonly idleSpreadMs: number
  /** DATA that is not urgent now may wait for more of it for the same session, for so long; 0: it does not. */
  readonly corkMs: number
  /** How often a device that sleeps may be woken by what is of normal urgency, and by what is urgent now. */
  readonly wakesAtOnce: number
  readonly wakesPerHour: number
  readonly nowWakesPerHour: number
  /** Sessions asked HEADS for, and sessions kicked by a drain, per tick of {@link TICK_MS}. */
  readonly resyncPerTick: number
  readonly drainPerTick: number
  /**
   * When the route table has lost its routes, all sessions are announced within `announceMs`, but never
   * more than `announcePerSecond`.
   */
  readonly announceMs: number
  readonly announcePerSecond: number
  /** Sessions that are over and of which logic could not be told yet, at most. */
  readonly departures: number
  /** Time clients of a draining gate may take to dial another. */
  readonly drainSpreadMs: number
  /** Where nobody says: time clients take to dial the gate they are moved to, and to be there at the latest. */
  readonly moveSpreadMs: number
  readonly moveDeadlineMs: number
}

/** The one timer of the process: acknowledgements leave at this pace, everything else is slower. */
export const TICK_MS = 250

export const GATE_LIMITS: GateLimits = {
  sessions: 1_000_000,
  capacity: Infinity,
  loginMs: LIMITS.loginMs,
  frameMs: LIMITS.frameMs,
  pingMinMs: LIMITS.pingMinMs,
  suspectMs: LIMITS.suspectMs,
  idleSlackMs: 30_000,
  idleMinMs: 60_000,
  idleMaxMs: 40 * 60_000,
  pingStartMs: LIMITS.pingStartMs,
  pingMaxMs: LIMITS.pingMaxMs,
  pingFloorMs: 45_000,
  ackTimeoutMs: 0,
  ingressIdleMs: 0,
  hintsPerSecond: 5_000,
  alarmMeanMs: 540_000,
  reconnectWindowMs: undefined,
  notifyMs: 10_000,
  notifyMaxMs: 10 * 60_000,
  requestMs: 5_000,
  callMs: 35_000,
  askBytes: 32 * 1024 * 1024,
  loginsAtLeast: 256,
  loginsInFlight: 4_096,
  loginAgeMs: 2_500,
  loopDelayMs: 250,
  trunkBytes: 64 * 1024 * 1024,
  retryAfterMs: 1_000,
  lingerMs: 5_000,
  firstPageBytes: 64 * 1024,
  bufferedBytes: 1024 * 1024,
  expiringMs: 60_000,
  awakePingMs: 2_000,
  awakeMs: 10_000,
  idleSpreadMs: 30_000,
  corkMs: 0,
  wakesAtOnce: 30,
  wakesPerHour: 30,
  nowWakesPerHour: 60,
  resyncPerTick: 5_000,
  drainPerTick: 500,
  announceMs: 4_000,
  announcePerSecond: 25_000,
  departures: 100_000,
  drainSpreadMs: 5_000,
  moveSpreadMs: 2_000,
  moveDeadlineMs: 30_000,
}
