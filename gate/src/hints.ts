import type { Logger } from '@longwire/kit'
import { CMD, edgeBody, LIMITS, NEXT_UNIT_MS } from '@longwire/proto'
import { trunkBody } from '@longwire/proto/trunk'
import type { GateLimits } from './limits.ts'
import { TICK_MS } from './limits.ts'
import { WINDOW_MIN_MS } from './reconnect-window.ts'
import type { Outbox } from './outbox.ts'
import { type SessionTable, STATE } from './session-table.ts'

/** What clients are told about their heartbeat and their next dial. Milliseconds; 0: by their own rule. */
export interface Hints {
  readonly startMs: number
  readonly maxMs: number
  readonly floorMs: number
  readonly ackTimeoutMs: number
  readonly reconnectWindowMs: number
}

/** Share of the time after which an ingress cuts an idle connection that clients may let one be idle. */
const INGRESS_SHARE = 0.9
/** No client pings more often. */
const INTERVAL_MIN_MS: number = 2 * LIMITS.pingMinMs

const wholeSeconds = (ms: number): number => Math.floor(ms / 1_000) * 1_000

/** The hints that `limits` ask for, no longer than what stands in front of the gate allows. */
export const boundedHints = (wanted: Hints, ingressIdleMs: number): Hints => {
  const most = ingressIdleMs === 0 ? Infinity : INGRESS_SHARE * ingressIdleMs
  const maxMs = Math.max(INTERVAL_MIN_MS, wholeSeconds(Math.min(wanted.maxMs, most)))
  const startMs = Math.max(INTERVAL_MIN_MS, wholeSeconds(Math.min(wanted.startMs, maxMs)))
  return { ...wanted, maxMs, startMs, floorMs: wholeSeconds(Math.min(wanted.floorMs, startMs)) }
}

export const hintsOf = (limits: GateLimits): Hints => ({
  startMs: limits.pingStartMs,
  maxMs: limits.pingMaxMs,
  floorMs: limits.pingFloorMs,
  ackTimeoutMs: limits.ackTimeoutMs,
  reconnectWindowMs: limits.reconnectWindowMs ?? WINDOW_MIN_MS,
})

export interface HintingParts {
  readonly table: SessionTable
  readonly outbox: Outbox
  readonly limits: GateLimits
  readonly log: Logger
  /** A session was told. */
  readonly told: () => void
}

/**
 * What LOGIN_ACK says about heartbeats, and HINT to those that were told something else before: with
 * their next PONG, or earlier at a bounded rate.
 */
export class Hinting {
  readonly #parts: HintingParts
  #hints: Hints
  /** What was changed since the start: a HINT says all of it, so none builds on another. */
  #changed: Partial<Hints> = {}
  #body: Uint8Array = new Uint8Array(0)
  /** Of the latest change, modulo 256; 0 at the start. */
  #version = 0
  /** Slots still to be told of it, and the next of them. */
  #left = 0
  #at = 0

  constructor(parts: HintingParts) {
    this.#parts = parts
    this.#hints = boundedHints(hintsOf(parts.limits), parts.limits.ingressIdleMs)
  }

  get current(): Hints {
    return this.#hints
  }

  /** Slots that the round under way has still to look at. */
  get pending(): number {
    return this.#left
  }

  /** Takes what is given for what it was, and returns what holds now. `wake`: everybody is told soon. */
  change(wanted: Partial<Hints>, wake: boolean): Hints {
    const { table, limits } = this.#parts
    const next = boundedHints({ ...this.#hints, ...wanted }, limits.ingressIdleMs)
    const changed = differences(this.#hints, next)
    if (Object.keys(changed).length === 0) return this.#hints
    this.#hints = next
    this.#changed = { ...this.#changed, ...changed }
    this.#body = encode(this.#changed)
    this.#parts.log.info({ hints: next, wake }, 'clients are told of other hints')
    this.#version = (this.#version + 1) % 256
    if (wake && limits.hintsPerSecond > 0) this.#left = table.capacity
    return next
  }

  /** The same, asked by logic as a body of HINT; returns that of HINTED, where there are `sessions`. */
  asked(body: Uint8Array, sessions: number): Uint8Array {
    const { pingStart, pingMax, pingFloor, ackTimeout, reconnectWindow, quiet } =
      trunkBody.Hints.decode(body)
    const wanted = {
      startMs: pingStart,
      maxMs: pingMax,
      floorMs: pingFloor,
      ackTimeoutMs: ackTimeout,
      reconnectWindowMs: reconnectWindow,
    }
    const given = NAMES.filter(name => wanted[name] > 0).map(name => [name, wanted[name]])
    const hints = this.change(Object.fromEntries(given), !quiet)
    return trunkBody.Hints.encode({
      pingStart: hints.startMs,
      pingMax: hints.maxMs,
      pingFloor: hints.floorMs,
      ackTimeout: hints.ackTimeoutMs,
      reconnectWindow: hints.reconnectWindowMs,
      quiet,
      sessions,
    }).finish()
  }

  /** The session was told by LOGIN_ACK. */
  welcomed(slot: number): void {
    const { table } = this.#parts
    table.hinted[slot] = this.#version
    table.nextUnits[slot] = Math.min(Math.ceil(this.#hints.startMs / NEXT_UNIT_MS), 0xffff)
  }

  /** Its client is awake: HINT goes along with PONG where there is something new. */
  pinged(slot: number): void {
    if (this.#parts.table.hinted[slot] !== this.#version) this.#tell(slot)
  }

  tick(): void {
    if (this.#left === 0) return
    const { table, limits } = this.#parts
    this.#left = Math.min(this.#left, table.capacity)
    let room = Math.max(1, Math.floor((limits.hintsPerSecond * TICK_MS) / 1_000))
    while (this.#left > 0 && room > 0) {
      this.#left--
      this.#at = this.#at + 1 < table.capacity ? this.#at + 1 : 0
      const slot = this.#at
      if (table.state[slot] !== STATE.READY || table.hinted[slot] === this.#version) continue
      this.#tell(slot)
      room--
    }
  }

  #tell(slot: number): void {
    const { table, outbox, told } = this.#parts
    table.hinted[slot] = this.#version
    outbox.to(slot).raw(CMD.HINT, 0, this.#body)
    told()
  }
}

const NAMES = ['startMs', 'maxMs', 'floorMs', 'ackTimeoutMs', 'reconnectWindowMs'] as const

const differences = (before: Hints, after: Hints): Partial<Hints> =>
  Object.fromEntries(
    NAMES.filter(name => before[name] !== after[name]).map(name => [name, after[name]]),
  )

const encode = (hints: Partial<Hints>): Uint8Array =>
  edgeBody.LoginAck.encode({
    pingStart: (hints.startMs ?? 0) / 1_000,
    pingMax: (hints.maxMs ?? 0) / 1_000,
    pingFloor: (hints.floorMs ?? 0) / 1_000,
    ackTimeout: hints.ackTimeoutMs ?? 0,
    reconnectWindow: hints.reconnectWindowMs ?? 0,
  }).finish()
