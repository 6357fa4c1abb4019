import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import {
  tcpListener,
  webSocketListener,
  type BoundListener,
  openUdp,
  type GateLimits,
  type GateOptions,
  type Hints,
  type Listener,
  GATE_LIMITS,
} from '@longwire/gate'
import {
  createMetrics,
  ListenBacklog,
  loopUse,
  LoopMeter,
  memoryRegistry,
  openFilesMax,
  openRedis,
  redisRegistry,
  systemClock,
  systemRandom,
  type Clock,
  type Logger,
  type Metrics,
  type NodeInfo,
  type NodeReach,
  type NodeRole,
  type Random,
  type RedisClient,
  type Registry,
} from '@longwire/kit'
import {
  fallbackLimiter,
  memoryLimiter,
  memoryRoutes,
  openLmdb,
  openMongo,
  redisLimiter,
  redisRoutes,
  embeddedBus,
  failoverBus,
  kafkaBus,
  type AuthOptions,
  type Bus,
  type Limiter,
  type LogicLimits,
  type LogicOptions,
  type RouteTable,
  type SessionMaxima,
  type Table,
} from '@longwire/logic'
import type { Config } from '../config.ts'
import { reachOf } from '../config/reach.ts'
import { kafkaReach } from '../config/bus.ts'
import { VERSION } from '../version.ts'
import type { Addresses } from './running.ts'

/** What every process is made of, and how it is taken apart again. */
export class Parts {
  readonly clock: Clock = systemClock
  readonly random: Random = systemRandom
  readonly metrics: Metrics = createMetrics()
  readonly loop: LoopMeter = new LoopMeter(this.clock, this.metrics)
  readonly log: Logger
  readonly config: Config
  readonly #closing: (() => Promise<void>)[] = []
  #closingSince: number | undefined
  #drained = true
  readonly #redis = new Map<string, RedisClient>()

  constructor(config: Config, log: Logger) {
    this.config = config
    this.log = log
    this.loop.start()
    this.onClose(async () => this.loop.stop())
  }

  node(role: NodeRole, address: string): NodeInfo {
    const name = this.config.node.name ?? hostname()
    const incarnation = randomBytes(6).toString('hex')
    const version = (role === 'gate' ? this.config.gate.version : undefined) ?? VERSION
    return { role, name, incarnation, address, version }
  }

  /** `close` runs when the process ends, before what was opened earlier is closed. */
  onClose(close: () => Promise<void>): void {
    this.#closing.push(close)
  }

  /**
   * Closes everything, the last opened first; one failure does not keep the rest open. False: a drain
   * was not done when its time was over.
   */
  async close(): Promise<boolean> {
    this.#closingSince ??= this.clock.monotonic()
    for (const close of this.#closing.splice(0).reverse()) {
      try {
        await close()
      } catch (error) {
        this.log.error({ err: error }, 'a part did not close')
      }
    }
    return this.#drained
  }

  /** Drains with what is left of the time for it, then stops. */
  onCloseDrain(part: { drain(withinMs: number): Promise<boolean>; stop(): Promise<void> }): void {
    this.onClose(async () => {
      const since = this.#closingSince ?? this.clock.monotonic()
      const leftMs = since + this.config.drain.deadlineMs - this.clock.monotonic()
      if (!(await part.drain(Math.max(0, leftMs)))) this.#drained = false
      await part.stop()
    })
  }

  async table(): Promise<Table> {
    const { store, data } = this.config
    const table = store.startsWith('mongodb')
      ? await openMongo(store)
      : await openLmdb(lmdbPath(store, data))
    this.onClose(() => table.close())
    return table
  }

  /** Topics in the table, or in Kafka with the table behind it. */
  bus(table: Table): Pick<LogicOptions, 'bus' | 'busHealth'> {
    const { clock, log: logger, metrics, config } = this
    const { kind, kafka } = config.bus
    const embedded = embeddedBus({ table, clock, logger })
    if (kind === 'embedded') {
      this.onClose(() => embedded.close())
      return { bus: embedded }
    }
    const clientId = config.node.name ?? hostname()
    const cluster = (brokers: readonly string[]): Bus =>
      kafkaBus({ ...kafkaReach(config.bus, brokers), clientId, clock, logger })
    const { backup } = kafka
    const bus = failoverBus({
      primary: cluster(kafka.brokers),
      backup: backup.brokers.length === 0 ? undefined : cluster(backup.brokers),
      spool: embedded,
      clock,
      logger,
      metrics,
      healthyMs: kafka.backAfterSeconds * 1_000,
    })
    this.onClose(() => bus.close())
    return { bus, busHealth: () => bus.health() }
  }

  routes(): RouteTable {
    const { routes: where, cluster } = this.config
    const routes =
      where === 'memory' ? memoryRoutes() : redisRoutes(this.#redisAt(where), cluster.name)
    this.onClose(() => routes.close())
    return routes
  }

  registry(): Registry {
    const { registry: where, cluster } = this.config
    const registry =
      where === 'memory'
        ? memoryRegistry(this.clock)
        : redisRegistry(this.#redisAt(where), cluster.name)
    this.onClose(() => registry.close())
    return registry
  }

  /** Beside the registry; what it cannot tell while it is away, this node limits by itself. */
  limiter(): Limiter {
    const { registry: where, cluster } = this.config
    const own = memoryLimiter(this.clock)
    if (where === 'memory') return own
    return fallbackLimiter(redisLimiter(this.#redisAt(where), cluster.name), own, this.log)
  }

  async listeners(): Promise<Listener[]> {
    const { tcp, ws, defence } = this.config.gate
    const { handshakeMs } = defence
    const { reserve } = this.config.gate.limits
    const filesMax = filesBut(reserve / 2, 1 / 4)
    const listeners: Listener[] = []
    if (tcp.address !== 'off') listeners.push(tcpListener({ ...tcp, handshakeMs }))
    if (ws.address !== 'off')
      listeners.push(await webSocketListener({ ...ws, handshakeMs, filesMax, log: this.log }))
    return listeners
  }

  /** What a gate needs to answer probes. */
  probing(): Pick<GateOptions, 'loopUse' | 'probes' | 'datagrams' | 'probePort' | 'isBacklogFull'> {
    const { udp, tcp, ...probes } = this.config.gate.probes
    const backlog = new ListenBacklog({ clock: this.clock })
    void backlog.start()
    this.onClose(async () => backlog.stop())
    return {
      loopUse: loopUse(),
      probes,
      isBacklogFull: () => backlog.full,
      ...(udp ? { datagrams: openUdp } : {}),
      ...(tcp === 'off' ? {} : { probePort: tcp }),
    }
  }

  #redisAt(url: string): RedisClient {
    const known = this.#redis.get(url)
    if (known !== undefined) return known
    const opened = openRedis(url)
    this.#redis.set(url, opened)
    this.onClose(() => opened.close())
    return opened
  }
}

const lmdbPath = (store: string, data: string): string => {
  const path = store === 'lmdb' ? join(data, 'store') : store.slice('lmdb:'.length)
  mkdirSync(path, { recursive: true })
  return path
}

/** How logins are verified; `devSecret` stands in where nothing is configured. */
export const authOptions = ({ auth }: Config, devSecret: string): AuthOptions => {
  const { kind, secret, jwksUrl, publicKeyFile, issuer, audience, webhookUrl, webhookTimeoutMs } =
    auth
  if (kind === 'webhook') return { kind, url: webhookUrl ?? '', timeoutMs: webhookTimeoutMs }
  const claims = {
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  }
  if (jwksUrl !== undefined) return { kind: 'jwt', keys: { jwksUrl }, ...claims }
  if (publicKeyFile !== undefined)
    return { kind: 'jwt', keys: { publicKey: readFileSync(publicKeyFile, 'utf8') }, ...claims }
  return { kind: 'jwt', keys: { secret: secret ?? devSecret }, ...claims }
}

/** How clients write the addresses of a gate. */
export const gateUrls = ({ gate }: Config, bound: readonly BoundListener[]): Addresses => {
  const urls: { tcp?: string; ws?: string } = {}
  for (const { transport, address } of bound) {
    const secured = gate[transport].tls !== undefined
    urls[transport] =
      transport === 'tcp'
        ? `${secured ? 'tls' : 'tcp'}://${address}`
        : `${secured ? 'wss' : 'ws'}://${address}`
  }
  return urls
}

/** What the dispatcher tells apps of the gate. */
export const gateReach =
  ({ gate }: Config) =>
  (listeners: readonly BoundListener[], probePort: number | undefined): NodeReach =>
    reachOf(gate.public, {
      listeners,
      probePort,
      secured: transport => gate[transport].tls !== undefined,
    })

export const sessionMaxima = ({ limits }: Config): SessionMaxima => ({
  perUser: limits.userSessions,
  perApp: limits.appSessions,
  perAddress: limits.addressSessions,
  logins: limits.userLogins,
})

export const presenceOptions = ({ presence, webhooks }: Config): LogicOptions['presence'] => ({
  appcodes: presence.appcodes,
  settleMs: presence.settleMs,
  retentionMs: presence.retentionHours * 3_600_000,
  maxEvents: presence.maxEvents,
  sweepPerSecond: presence.sweepPerSecond,
  expired: presence.expired,
  webhooks,
})

/** Files that may be open, but for a reserve that is no more than a share of all. */
const filesBut = (reserve: number, share: number): number => {
  const files = openFilesMax()
  return Math.floor(files - Math.min(reserve, files * share))
}

export const gateLimits = ({ gate, overload, auth }: Config, log: Logger): Partial<GateLimits> => {
  const { sessions: wanted, reserve, ...limits } = gate.limits
  const most = filesBut(reserve, 1 / 2)
  if (wanted !== undefined && wanted > most)
    log.warn(
      { 'gate.limits.sessions': wanted, sessions: most },
      'the limit of open files is too low for gate.limits.sessions: raise ulimit -n (LimitNOFILE=)',
    )
  const sessions = Math.min(wanted ?? GATE_LIMITS.sessions, most)
  const expiringMs = auth.warnSeconds * 1_000
  const capacity = gate.capacity ?? sessions
  return {
    ...limits,
    ...heartbeatLimits(gate.heartbeat),
    moveSpreadMs: gate.moves.spreadMs,
    moveDeadlineMs: gate.moves.deadlineMs,
    ...gate.push,
    sessions,
    capacity,
    expiringMs,
    ...overloadLimits(overload),
  }
}

const heartbeatLimits = (heartbeat: Config['gate']['heartbeat']): Partial<GateLimits> => ({
  pingFloorMs: heartbeat.floorMs,
  ackTimeoutMs: heartbeat.ackTimeoutMs,
  ingressIdleMs: heartbeat.ingressIdleSec * 1_000,
  hintsPerSecond: heartbeat.hintsPerSecond,
  alarmMeanMs: heartbeat.alarmMeanSec * 1_000,
})

/** What clients are told of heartbeats, as configured. */
export const hintsFor = ({ gate }: Config): Partial<Hints> => ({
  startMs: gate.limits.pingStartMs,
  maxMs: gate.limits.pingMaxMs,
  floorMs: gate.heartbeat.floorMs,
  ackTimeoutMs: gate.heartbeat.ackTimeoutMs,
  ...(gate.limits.reconnectWindowMs === undefined
    ? {}
    : { reconnectWindowMs: gate.limits.reconnectWindowMs }),
})

const overloadLimits = (overload: Config['overload']): Partial<GateLimits> => ({
  loginAgeMs: overload.loginAgeMs,
  loginsAtLeast: overload.loginsAtLeast,
  loginsInFlight: overload.loginsAtMost,
  loopDelayMs: overload.loopDelayMs,
  trunkBytes: overload.trunkBytes,
  retryAfterMs: overload.retryAfterMs,
})

export const logicLimits = ({
  mailbox,
  delivery,
  overload,
  auth,
}: Config): Partial<LogicLimits> => ({
  publishAgeMs: overload.publishAgeMs,
  publishesAtLeast: overload.publishesAtLeast,
  publishesInFlight: overload.publishesAtMost,
  loopDelayMs: overload.loopDelayMs,
  trunkBytes: overload.trunkBytes,
  retryAfterMs: overload.retryAfterMs,
  inlineBytes: delivery.inlineBytes,
  mailbox: { maxMessages: mailbox.maxMessages, maxBytes: mailbox.maxBytes },
  graceMs: mailbox.graceSeconds * 1_000,
  tokenMs: auth.maxTokenSeconds * 1_000,
})
