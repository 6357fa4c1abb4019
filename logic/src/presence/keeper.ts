import {
  RegistryUnavailable,
  nodeId,
  type Clock,
  type Logger,
  type Registry,
  type Timer,
} from '@longwire/kit'
import type { EventLog } from '../events/event-log.ts'
import type { Lease } from '../events/lease.ts'
import { RoutesUnavailable } from '../routes/route-table.ts'
import { TableUnavailable, type Table } from '../store/table.ts'
import type { GateEvents } from './gate-events.ts'
import { pageOf, userOf } from './markers.ts'
import { USERS, type Presence } from './presence.ts'

export interface KeeperParts {
  readonly table: Table
  readonly presence: Presence
  readonly gates: GateEvents
  readonly events: EventLog
  readonly lease: Lease
  readonly registry: Registry
  readonly clock: Clock
  readonly logger: Logger
  readonly node: string
  /** Asks all gates for their sessions. */
  readonly resync: () => void
  readonly rates: KeeperRates
}

export interface KeeperRates {
  /** Users of gates that came or went, looked at in a second. */
  readonly usersPerSecond: number
  /** Users that the endless sweep compares in a second. */
  readonly sweepPerSecond: number
}

const STEP_MS = 250
const LOGICS_MS = 1_000
const TRIM_MS = 60_000
/** Few users are not compared over and over. */
const ROUND_MS = 10_000

/**
 * What one node does for all, under a lease: gate events and the users of gates that came or went, what
 * a logic that died had not told yet, the slow sweep through all that was ever told, the stream's
 * retention.
 */
export class Keeper {
  readonly #parts: KeeperParts
  #logics: ReadonlySet<string> | undefined
  #logicsAt = -Infinity
  #trimAt = -Infinity
  #sweptTo = ''
  #roundAt = -Infinity
  #timer: Timer | undefined
  #step: Promise<void> | undefined
  #stopped = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  start(): void {
    this.#parts.lease.start()
    this.#later()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#step
    await this.#parts.lease.stop()
  }

  #later(): void {
    if (this.#stopped) return
    this.#timer = this.#parts.clock.after(STEP_MS, () => {
      this.#step = this.#once().finally(() => this.#later())
    })
  }

  /** Never rejects. */
  async #once(): Promise<void> {
    if (!this.#parts.lease.held) {
      this.#logics = undefined
      return
    }
    const tasks = [this.#gates, this.#departed, this.#sweep, this.#trim]
    for (const task of tasks) {
      try {
        if (this.#parts.lease.held && !this.#stopped) await task()
      } catch (error) {
        if (isAway(error)) return
        this.#parts.logger.error({ err: error }, 'keeping presence failed')
      }
    }
  }

  readonly #gates = async (): Promise<void> => {
    const { gates, presence, rates } = this.#parts
    await gates.tell()
    for (const user of await gates.users(perStep(rates.usersPerSecond))) presence.look(user)
  }

  /** Logics that died: what they had not told, and logins that they had not even noted. */
  readonly #departed = async (): Promise<void> => {
    const { clock, registry, presence, node, resync } = this.#parts
    const now = clock.monotonic()
    if (now - this.#logicsAt < LOGICS_MS) return
    this.#logicsAt = now
    const live = new Set((await registry.list('logic')).map(nodeId)).add(node)
    const before = this.#logics
    this.#logics = live
    const { markers } = presence
    for (const other of await markers.nodes()) {
      if (live.has(other)) continue
      const users = await markers.of(other)
      for (const user of users) presence.adopt(user)
      await markers.flush()
      await markers.remove(other, users)
    }
    // What was before this node kept watch is not known, so it asks once.
    if (before === undefined || [...before].some(other => !live.has(other))) resync()
  }

  readonly #sweep = async (): Promise<void> => {
    const { table, clock, presence, rates } = this.#parts
    const now = clock.monotonic()
    if (this.#sweptTo === '') {
      if (now - this.#roundAt < ROUND_MS) return
      this.#roundAt = now
    }
    const limit = perStep(rates.sweepPerSecond)
    const { keys, next } = await pageOf(table, USERS, { after: this.#sweptTo, limit })
    if (keys.length > 0) await presence.compare(keys.map(key => userOf(key, 1)))
    this.#sweptTo = next
  }

  readonly #trim = async (): Promise<void> => {
    const now = this.#parts.clock.monotonic()
    if (now - this.#trimAt < TRIM_MS) return
    await this.#parts.events.trim()
    this.#trimAt = now
  }
}

const perStep = (perSecond: number): number => Math.max(1, Math.ceil((perSecond * STEP_MS) / 1_000))

const isAway = (error: unknown): boolean =>
  error instanceof TableUnavailable ||
  error instanceof RoutesUnavailable ||
  error instanceof RegistryUnavailable
