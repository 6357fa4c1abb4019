import type { Partial } from '@longwire/proto'
import { type Column, widened } from './columns.ts'
import { Names } from './names.ts'
import type { Connection } from './listeners/listener.ts'

export const STATE = {
  FREE: 0,
  /** TCP: the preamble is not whole. */
  PREAMBLE: 1,
  /** Nothing but LOGIN is allowed. */
  OPEN: 2,
  /** Logic is looking at the LOGIN. */
  LOGIN: 3,
  READY: 4,
  /** Told goodbye; the connection has not closed yet. */
  CLOSING: 5,
  /** The connection closed while logic looked at the LOGIN: its answer must be undone. */
  LOST: 6,
} as const

/** Where delivery stands, see delivery.ts. */
export const MODE = { IDLE: 0, NOTIFIED: 1, PULLING: 2 } as const

export const FLAG = {
  WS: 1,
  /** The connection has bytes waiting. */
  SLOW: 2,
  /** Another PULL came while one was under way. */
  PULL_AGAIN: 4,
  /** `acked` is not yet on its way to logic. */
  ACK_DUE: 8,
  /** What is gathered for it may not wait, see outbox.ts. */
  PROMPT: 16,
  /** Its client has found how long its network leaves a connection idle: `nextUnits` says it. */
  LEARNED: 32,
  /** Logic looks at a new token. */
  TOKEN_ASKED: 64,
} as const

/** What is known of the device, see wakes.ts, and of what waits for it, see delivery.ts. */
export const POWER = {
  FOREGROUND: 1,
  DOZE: 2,
  /** What is above `sent` waits for a sign that the device is awake. */
  HELD: 4,
  /** NOTIFIED, but of nothing that may wake the device. */
  EASY: 8,
  /** Its network counts bytes. */
  METERED: 16,
  /** Nothing but what is idle waits. */
  IDLE: 32,
} as const

/**
 * All sessions of a process as columns, one row (slot) per connection.
 *
 * Columns are replaced when the table grows: never keep one in a variable across a call. Times are of
 * the monotonic clock; `now` is the time of the event being handled, set once where it begins.
 */
export class SessionTable {
  now = 0
  /** What times in tenths of a second count from: they fit four bytes for 13 years. */
  origin = 0
  capacity = 0
  /** Rows in use, and those of them that are logged in. */
  size = 0
  ready = 0

  state: Uint8Array = new Uint8Array(0)
  flags: Uint8Array = new Uint8Array(0)
  mode: Uint8Array = new Uint8Array(0)
  pingStrikes: Uint8Array = new Uint8Array(0)
  notifyCount: Uint8Array = new Uint8Array(0)
  /** Refs of the client that are not answered. */
  unanswered: Uint8Array = new Uint8Array(0)
  /** Which hints the client knows, see hints.ts. */
  hinted: Uint8Array = new Uint8Array(0)
  /** Rises with every use of a slot: (slot, generation) names a session for good. */
  generation: Uint32Array = new Uint32Array(0)
  /** What the client understands: bits of FEATURE. */
  features: Uint8Array = new Uint8Array(0)
  /** What it says of itself: a number of `agents`. */
  agent: Uint16Array = new Uint16Array(0)
  /** Of POWER. */
  power: Uint8Array = new Uint8Array(0)
  /** Messages held back since `heldSince`, as far as a byte can say. */
  heldCount: Uint8Array = new Uint8Array(0)
  /** These are in tenths of a second. Awake: until then. Held: since then. Wake: what waits must go by then; 0: need not. */
  awakeUntil: Uint32Array = new Uint32Array(0)
  heldSince: Uint32Array = new Uint32Array(0)
  wakeBy: Uint32Array = new Uint32Array(0)
  /** Until when what is idle waits whatever the device does; 0: no longer. */
  idleUntil: Uint32Array = new Uint32Array(0)
  /** When the budgets of wake-ups are full again. */
  wakesFullAt: Uint32Array = new Uint32Array(0)
  nowWakesFullAt: Uint32Array = new Uint32Array(0)
  appcode: Uint16Array = new Uint16Array(0)
  /** When the client's next ping is due at the latest, in 15 s units: as hinted, then as declared. */
  nextUnits: Uint16Array = new Uint16Array(0)
  unackedFrames: Uint16Array = new Uint16Array(0)
  unackedBytes: Uint32Array = new Uint32Array(0)
  epoch: Uint32Array = new Uint32Array(0)
  /** The life of its refs. */
  refEpoch: Uint32Array = new Uint32Array(0)
  pullBytes: Uint32Array = new Uint32Array(0)
  /** The request to logic under way: its context + 1, or 0. */
  request: Int32Array = new Int32Array(0)
  /** What admission calls the address of the peer. */
  source: Int32Array = new Int32Array(0)
  /** Segments gathered by the outbox, +1, or 0. */
  outFirst: Int32Array = new Int32Array(0)
  outLast: Int32Array = new Int32Array(0)

  /** Number of the LOGIN's dial, and the fence of its route: routes are restored from these two. */
  dial: Float64Array = new Float64Array(0)
  fence: Float64Array = new Float64Array(0)
  /** When the session ends for its token, and when its client is told so; Infinity: never (again). */
  expiresAt: Float64Array = new Float64Array(0)
  warnAt: Float64Array = new Float64Array(0)
  /** Of the token: milliseconds since 1970, and a hash of its id (0, 0: it has none). */
  issuedAt: Float64Array = new Float64Array(0)
  tokenHigh: Uint32Array = new Uint32Array(0)
  tokenLow: Uint32Array = new Uint32Array(0)
  /** Seqs on this connection count from here. */
  base: Float64Array = new Float64Array(0)
  /** Last seq handed to the connection. */
  sent: Float64Array = new Float64Array(0)
  acked: Float64Array = new Float64Array(0)
  /** Highest seq known to exist. */
  head: Float64Array = new Float64Array(0)
  pullCursor: Float64Array = new Float64Array(0)
  unackedSince: Float64Array = new Float64Array(0)
  lastRx: Float64Array = new Float64Array(0)
  lastPing: Float64Array = new Float64Array(0)
  /** When the state was entered. */
  since: Float64Array = new Float64Array(0)
  /** When a frame was begun that is not whole yet; 0: none. */
  frameSince: Float64Array = new Float64Array(0)
  /** When the buckets of what the client may send are full again, see admission/rate.ts. */
  framesFullAt: Float64Array = new Float64Array(0)
  bytesFullAt: Float64Array = new Float64Array(0)
  /** When to repeat a NOTIFY or a PULL; 0: not planned. */
  dueAt: Float64Array = new Float64Array(0)

  /** By appcode: sessions that are logged in, or about to be. */
  readonly apps = new Map<number, number>()

  readonly agents: Names = new Names(AGENTS_MAX)

  readonly connection: (Connection | undefined)[] = []
  readonly uid: string[] = []
  readonly device: string[] = []
  /** Until login. */
  readonly ip: string[] = []
  readonly partial: (Partial | undefined)[] = []

  readonly #firstGeneration: number
  readonly #sessionsMax: number
  #freeNext: Int32Array = new Int32Array(0)
  #free = NONE
  /** Columns that start at zero with every use of a slot. */
  #cleared: readonly Column[] = []

  /** `firstGeneration` should differ from one start of the process to the next. */
  constructor(sessionsMax: number, firstGeneration: number) {
    this.#sessionsMax = sessionsMax
    this.#firstGeneration = firstGeneration
    this.#resize(Math.min(FIRST_CAPACITY, sessionsMax))
  }

  /** A cleared row in state OPEN, or −1 when the table is full. */
  acquire(connection: Connection, ip: string): number {
    if (this.#free === NONE) {
      if (this.capacity >= this.#sessionsMax) return NONE
      this.#resize(Math.min(this.capacity * 2, this.#sessionsMax))
    }
    const slot = this.#free
    this.#free = this.#freeNext[slot]!
    this.size++
    this.#clear(slot)
    this.generation[slot] = this.generation[slot]! + 1
    this.state[slot] = STATE.OPEN
    this.since[slot] = this.lastRx[slot] = this.now
    this.connection[slot] = connection
    this.ip[slot] = ip
    return slot
  }

  release(slot: number): void {
    this.enter(slot, STATE.FREE)
    this.agents.release(this.agent[slot]!)
    this.connection[slot] = undefined
    this.partial[slot] = undefined
    this.uid[slot] = this.device[slot] = this.ip[slot] = ''
    this.#freeNext[slot] = this.#free
    this.#free = slot
    this.size--
  }

  enter(slot: number, state: number): void {
    const was = this.#isUsing(this.state[slot]!)
    const is = this.#isUsing(state)
    if (was !== is) this.#countApp(this.appcode[slot]!, is ? 1 : -1)
    if (this.state[slot] === STATE.READY) this.ready--
    if (state === STATE.READY) this.ready++
    this.state[slot] = state
    this.since[slot] = this.now
  }

  /** Whether (slot, generation) is a session that logic may speak of. */
  live(slot: number, generation: number): boolean {
    if (slot >= this.capacity || this.generation[slot] !== generation) return false
    return this.state[slot] === STATE.READY || this.state[slot] === STATE.LOGIN
  }

  /** `ms` as tenths of a second, a part of one counted as one. */
  tenths(ms: number): number {
    return Math.ceil((ms - this.origin) / TENTH_MS)
  }

  msOf(tenths: number): number {
    return tenths * TENTH_MS + this.origin
  }

  has(slot: number, flag: number): boolean {
    return (this.flags[slot]! & flag) !== 0
  }

  raise(slot: number, flag: number): void {
    this.flags[slot] = this.flags[slot]! | flag
  }

  lower(slot: number, flag: number): void {
    this.flags[slot] = this.flags[slot]! & ~flag
  }

  #isUsing(state: number): boolean {
    return state === STATE.LOGIN || state === STATE.READY
  }

  #countApp(appcode: number, more: number): void {
    const sessions = (this.apps.get(appcode) ?? 0) + more
    if (sessions === 0) this.apps.delete(appcode)
    else this.apps.set(appcode, sessions)
  }

  #clear(slot: number): void {
    for (const column of this.#cleared) column[slot] = 0
  }

  #clearedColumns(): readonly Column[] {
    return [
      this.flags,
      this.mode,
      this.pingStrikes,
      this.notifyCount,
      this.unanswered,
      this.power,
      this.features,
      this.agent,
      this.heldCount,
      this.awakeUntil,
      this.heldSince,
      this.wakeBy,
      this.idleUntil,
      this.wakesFullAt,
      this.nowWakesFullAt,
      this.appcode,
      this.nextUnits,
      this.unackedFrames,
      this.unackedBytes,
      this.epoch,
      this.refEpoch,
      this.pullBytes,
      this.request,
      this.outFirst,
      this.outLast,
      this.dial,
      this.fence,
      this.base,
      this.sent,
      this.acked,
      this.head,
      this.pullCursor,
      this.unackedSince,
      this.lastPing,
      this.frameSince,
      this.framesFullAt,
      this.bytesFullAt,
      this.dueAt,
    ]
  }

  #resize(capacity: number): void {
    const from = this.capacity
    this.state = widened(new Uint8Array(capacity), this.state)
    this.flags = widened(new Uint8Array(capacity), this.flags)
    this.mode = widened(new Uint8Array(capacity), this.mode)
    this.pingStrikes = widened(new Uint8Array(capacity), this.pingStrikes)
    this.notifyCount = widened(new Uint8Array(capacity), this.notifyCount)
    this.unanswered = widened(new Uint8Array(capacity), this.unanswered)
    this.hinted = widened(new Uint8Array(capacity), this.hinted)
    this.power = widened(new Uint8Array(capacity), this.power)
    this.features = widened(new Uint8Array(capacity), this.features)
    this.agent = widened(new Uint16Array(capacity), this.agent)
    this.heldCount = widened(new Uint8Array(capacity), this.heldCount)
    this.awakeUntil = widened(new Uint32Array(capacity), this.awakeUntil)
    this.heldSince = widened(new Uint32Array(capacity), this.heldSince)
    this.wakeBy = widened(new Uint32Array(capacity), this.wakeBy)
    this.idleUntil = widened(new Uint32Array(capacity), this.idleUntil)
    this.wakesFullAt = widened(new Uint32Array(capacity), this.wakesFullAt)
    this.nowWakesFullAt = widened(new Uint32Array(capacity), this.nowWakesFullAt)
    this.generation = widened(new Uint32Array(capacity), this.generation)
    this.appcode = widened(new Uint16Array(capacity), this.appcode)
    this.nextUnits = widened(new Uint16Array(capacity), this.nextUnits)
    this.unackedFrames = widened(new Uint16Array(capacity), this.unackedFrames)
    this.unackedBytes = widened(new Uint32Array(capacity), this.unackedBytes)
    this.epoch = widened(new Uint32Array(capacity), this.epoch)
    this.refEpoch = widened(new Uint32Array(capacity), this.refEpoch)
    this.pullBytes = widened(new Uint32Array(capacity), this.pullBytes)
    this.request = widened(new Int32Array(capacity), this.request)
    this.source = widened(new Int32Array(capacity), this.source)
    this.outFirst = widened(new Int32Array(capacity), this.outFirst)
    this.outLast = widened(new Int32Array(capacity), this.outLast)
    this.dial = widened(new Float64Array(capacity), this.dial)
    this.fence = widened(new Float64Array(capacity), this.fence)
    this.expiresAt = widened(new Float64Array(capacity), this.expiresAt)
    this.warnAt = widened(new Float64Array(capacity), this.warnAt)
    this.issuedAt = widened(new Float64Array(capacity), this.issuedAt)
    this.tokenHigh = widened(new Uint32Array(capacity), this.tokenHigh)
    this.tokenLow = widened(new Uint32Array(capacity), this.tokenLow)
    this.base = widened(new Float64Array(capacity), this.base)
    this.sent = widened(new Float64Array(capacity), this.sent)
    this.acked = widened(new Float64Array(capacity), this.acked)
    this.head = widened(new Float64Array(capacity), this.head)
    this.pullCursor = widened(new Float64Array(capacity), this.pullCursor)
    this.unackedSince = widened(new Float64Array(capacity), this.unackedSince)
    this.lastRx = widened(new Float64Array(capacity), this.lastRx)
    this.lastPing = widened(new Float64Array(capacity), this.lastPing)
    this.since = widened(new Float64Array(capacity), this.since)
    this.frameSince = widened(new Float64Array(capacity), this.frameSince)
    this.framesFullAt = widened(new Float64Array(capacity), this.framesFullAt)
    this.bytesFullAt = widened(new Float64Array(capacity), this.bytesFullAt)
    this.dueAt = widened(new Float64Array(capacity), this.dueAt)
    this.#cleared = this.#clearedColumns()
    this.generation.fill(this.#firstGeneration, from)
    this.#freeNext = widened(new Int32Array(capacity), this.#freeNext)
    for (let slot = capacity - 1; slot >= from; slot--) {
      this.#freeNext[slot] = this.#free
      this.#free = slot
    }
    this.capacity = capacity
  }
}

const NONE = -1
const TENTH_MS = 100
/** Different things that clients say of themselves; the others are not told apart. */
const AGENTS_MAX = 4_096
const FIRST_CAPACITY = 1024
