import {
  nodeId,
  type Clock,
  type Counter,
  type Logger,
  type Metrics,
  type NodeInfo,
  type Random,
  type Registry,
} from '@longwire/kit'
import { expiredEvent } from '../events/event.ts'
import { EventLog } from '../events/event-log.ts'
import { Lease } from '../events/lease.ts'
import type { Loss } from '../log/losses.ts'
import type { UserKey } from '../routes/route-table.ts'
import type { Routes } from '../routes/routes.ts'
import type { Table } from '../store/table.ts'
import { Comparer } from './comparer.ts'
import type { Detector } from './detector.ts'
import { GateEvents } from './gate-events.ts'
import { Keeper } from './keeper.ts'
import type { Online } from './online.ts'
import { systemResolve } from '../webhooks/guard.ts'
import { Webhooks, type WebhookConfig } from '../webhooks/webhooks.ts'
import { Presence } from './presence.ts'

/** What is told of who comes and goes. Times are milliseconds. */
export interface PresenceConfig {
  /** Ends of these appcodes are told of. */
  readonly appcodes: readonly number[]
  readonly settleMs: number
  readonly retentionMs: number
  readonly maxEvents: number
  readonly sweepPerSecond: number
  /** Senders may be told of messages that expired, also where `appcodes` is empty. @default false */
  readonly expired?: boolean
  readonly webhooks: readonly WebhookConfig[]
}

export interface PresenceNodeParts {
  readonly node: NodeInfo
  readonly table: Table
  readonly registry: Registry
  readonly routes: Routes
  readonly online: Online
  readonly detector: Detector
  readonly msgid: () => string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
  readonly graceMs: number
  /** Asks all gates for their sessions. */
  readonly resync: () => void
}

/** Routes that an emptied Redis lost are back within 10 s; no sweep believes it earlier than this. */
const CONFIRM_MS = 15_000
const USERS_MAX = 200_000
const USERS_PER_SECOND = 2_000
const EVENT_BYTES = 1024

/** The event stream of one node, and what it does to keep it true. */
export class PresenceNode {
  readonly events: EventLog
  readonly config: PresenceConfig
  readonly #presence: Presence
  readonly #comparer: Comparer
  readonly #keeper: Keeper
  readonly #webhooks: Webhooks
  readonly #clock: Clock
  readonly #expired: Counter

  constructor(config: PresenceConfig, parts: PresenceNodeParts) {
    this.config = config
    const { table, clock, logger, routes } = parts
    this.#clock = clock
    this.#expired = parts.metrics.counter(
      'longwire_expired_events_total',
      'Messages whose sender was told that they were removed unread; after a crash one may be counted twice',
    )
    const node = nodeId(parts.node)
    const { maxEvents, retentionMs, settleMs, appcodes, sweepPerSecond } = config
    const limits = { maxMessages: maxEvents, maxBytes: maxEvents * EVENT_BYTES }
    this.events = new EventLog({ ...parts, limits, retentionMs })
    const shared = { ...parts, node, events: this.events }
    const options = { appcodes, settleMs, confirmMs: CONFIRM_MS, usersMax: USERS_MAX }
    this.#presence = new Presence({ ...shared, options })
    const bounds = { perSecond: USERS_PER_SECOND, usersMax: USERS_MAX }
    this.#comparer = new Comparer(this.#presence, { clock, logger }, bounds)
    this.#keeper = new Keeper({
      ...shared,
      presence: this.#presence,
      gates: new GateEvents(shared),
      lease: new Lease('presence', { table, clock, logger, owner: node }),
      rates: { usersPerSecond: USERS_PER_SECOND, sweepPerSecond },
    })
    this.#webhooks = new Webhooks(config.webhooks, { ...shared, resolve: systemResolve })
    routes.onRoutesChanged(this.#presence.changed)
  }

  /** Resolves when it is durable that these are told; each is told once, however often this is called with it. */
  async lost(losses: readonly Loss[]): Promise<void> {
    const at = this.#clock.now()
    await Promise.all(losses.map(loss => this.events.append(expiredEvent(loss, at))))
    this.#expired.add(losses.length)
  }

  /** A gate has just named a session of this user. */
  named(user: UserKey): void {
    this.#comparer.add(user)
  }

  start(): void {
    this.#keeper.start()
    this.#webhooks.start()
  }

  /** What is being told is finished; the rest is found by another node. */
  async stop(): Promise<void> {
    await this.#webhooks.stop()
    await this.#keeper.stop()
    this.#comparer.stop()
    await this.#presence.stop()
    await this.events.stop()
  }
}
