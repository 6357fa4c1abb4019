import { createGate, type Gate, type GateLimits } from '@longwire/gate'
import {
  createLogic,
  type Logic,
  memoryRoutes,
  memoryTable,
  type MemoryTable,
  RoutesUnavailable,
} from '@longwire/logic'
import type { App, Business, MemoryRouteTable, RouteTable, Table } from '@longwire/logic'
import { TableUnavailable } from '@longwire/logic'
import { memoryRegistry, RegistryUnavailable, type NodeInfo, type Registry } from '@longwire/kit'
import { edgeListener } from './edge.ts'
import { linkDial, linkServer, type Network } from './network.ts'
import { errorLogger, Gauges } from './parts.ts'
import { Host, type Scheduler } from './scheduler.ts'
import { watchSeqs } from './seqs.ts'
import { remote, Service } from './services.ts'

export const APPS: readonly App[] = [
  { appcode: 1, system: 's', platform: 'phone', sessions: 1 },
  { appcode: 2, system: 's', platform: 'desk', sessions: 2 },
  { appcode: 3, system: 't', platform: 'phone', sessions: 1 },
]
export const BUSINESS: Business = { name: 'shop', key: 'shop-key-0123456789', appcodes: [1, 2, 3] }
export const CLUSTER_SECRET = 'a secret of the simulated cluster'

/** Times a hundredth of a phone's, so that minutes are enough to see them all. */
const GATE_LIMITS: Partial<GateLimits> = {
  pingStartMs: 15_000,
  pingMaxMs: 15_000,
  idleSlackMs: 3_000,
  idleMinMs: 5_000,
  notifyMs: 4_000,
  notifyMaxMs: 16_000,
  frameMs: 10_000,
  reconnectWindowMs: 500,
  drainSpreadMs: 1_000,
  lingerMs: 500,
  firstPageBytes: 400,
}
const GRACE_MS = 25_000
/** What SIGTERM leaves a gate for sending its sessions elsewhere. */
const DRAIN_MS = 7_000
/** Longer than any clock can jump: all events ever told are to be judged. */
const RETENTION_MS = 4 * 3_600_000

const PROVEN = { proven: true, expiresMs: 0, issuedAt: 0, tokenId: '' } as const

/** Ports may be given a bug: what a mutant does to them. */
export interface PortMutations {
  readonly table?: (table: Table) => Table
  readonly routes?: (routes: RouteTable) => RouteTable
}

/** What outlives every process: the store, the routes, the registry. */
export class Backing {
  readonly store: Service
  readonly redis: Service
  readonly registry: Service
  table: MemoryTable
  /** How often the store was lost whole. */
  storeLife = 0
  readonly routes: MemoryRouteTable
  nodes: Registry
  readonly #scheduler: Scheduler
  readonly #fault: (text: string) => void

  /** `fault` is told where the store was not used as it must be. */
  constructor(scheduler: Scheduler, fault: (text: string) => void) {
    this.#scheduler = scheduler
    this.#fault = fault
    this.store = new Service(new Host(scheduler, 'store'), () => new TableUnavailable('simulated'))
    this.redis = new Service(new Host(scheduler, 'redis'), () => new RoutesUnavailable('simulated'))
    this.registry = new Service(
      new Host(scheduler, 'registry'),
      () => new RegistryUnavailable('simulated'),
    )
    this.table = this.#openTable()
    this.routes = memoryRoutes(this.redis.host.clock)
    this.nodes = memoryRegistry(this.registry.host.clock)
  }

  async epoch(): Promise<number> {
    return Number((await this.table.get('settings/epoch'))?.['epoch'] ?? 0)
  }

  /** An empty store takes the place of the one that was. */
  loseStore(): void {
    this.storeLife++
    this.table.crash()
    this.table = this.#openTable()
  }

  /** FLUSHALL. */
  flush(): void {
    this.routes.lose()
  }

  #openTable(): MemoryTable {
    const { random } = this.#scheduler
    const table = memoryTable({ clock: this.store.host.clock, random, tearing: 0.3 })
    return watchSeqs(table, this.#fault)
  }
}

export interface NodeParts {
  readonly network: Network
  readonly backing: Backing
  readonly mutations: PortMutations
  /** A process has logged an error. */
  readonly failed: (host: Host, line: string) => void
}

/** A process that can be killed and started again under its name. */
abstract class Process {
  readonly name: string
  host: Host
  metrics = new Gauges()
  protected readonly parts: NodeParts
  #lives = 0

  constructor(name: string, parts: NodeParts) {
    this.name = name
    this.parts = parts
    this.host = new Host(parts.network.scheduler, `${name}@0`)
    this.host.kill()
  }

  get alive(): boolean {
    return this.host.alive
  }

  /** How a route names it. */
  get id(): string {
    return this.host.name
  }

  start(): void {
    const { skewMs } = this.host
    this.host = new Host(this.parts.network.scheduler, `${this.name}@${++this.#lives}`)
    this.host.skewMs = skewMs
    this.metrics = new Gauges()
    void this.open().catch((error: unknown) => this.parts.failed(this.host, String(error)))
  }

  /** kill -9; `silent`: its peers are not told. */
  kill(silent: boolean): void {
    this.host.kill()
    this.parts.network.hostDied(this.host, silent)
  }

  /** SIGTERM. */
  abstract stop(): Promise<void>
  protected abstract open(): Promise<void>

  protected get node(): Pick<NodeInfo, 'name' | 'incarnation'> {
    return { name: this.name, incarnation: this.id.slice(this.name.length + 1) }
  }

  protected get common(): {
    clock: Host['clock']
    random: () => number
    log: ReturnType<typeof errorLogger>
    metrics: Gauges
    registry: Registry
    secret: string
  } {
    const { host, metrics } = this
    const { backing, failed, network } = this.parts
    const registry = remote(backing.registry, host, () => backing.nodes)
    const log = errorLogger(host.name, line => {
      if (host.alive) failed(host, line)
    })
    return {
      clock: host.clock,
      random: network.scheduler.random,
      log,
      metrics,
      registry,
      secret: CLUSTER_SECRET,
    }
  }
}

export class GateProcess extends Process {
  #gate: Gate | undefined
  /** What a datagram does that reaches it: the answer comes back later, or never. */
  datagram: (bytes: Uint8Array, port: number, ip: string) => void = () => undefined
  /** Gets what it answers to datagrams. */
  answered: (bytes: Uint8Array, port: number) => void = () => undefined

  get address(): string {
    return `${this.name}.edge`
  }

  async stop(): Promise<void> {
    await this.#gate?.drain(DRAIN_MS)
    await this.#gate?.stop()
  }

  protected async open(): Promise<void> {
    const { host, address } = this
    const { network } = this.parts
    const gate = createGate({
      ...this.common,
      node: { role: 'gate', address, ...this.node },
      listeners: [edgeListener(network, host, address)],
      dial: linkDial(network, host),
      reach: () => ({ addresses: [{ url: `ws://${address}` }] }),
      limits: GATE_LIMITS,
      datagrams: async (_, received) => {
        this.datagram = received
        return {
          send: (bytes, port) => {
            this.answered(bytes, port)
            return true
          },
          close: async () => undefined,
        }
      },
    })
    this.#gate = gate
    await gate.start()
  }
}

export class LogicProcess extends Process {
  #logic: Logic | undefined

  get backendAddress(): string {
    return `${this.name}.backend`
  }

  stop(): Promise<void> {
    return this.#logic?.stop() ?? Promise.resolve()
  }

  protected async open(): Promise<void> {
    const { host } = this
    const { network, backing, mutations } = this.parts
    const { table = same, routes = same } = mutations
    const logic = createLogic({
      ...this.common,
      node: { role: 'logic', address: '', ...this.node },
      table: table(remote<Table>(backing.store, host, () => backing.table)),
      routes: routes(remote<RouteTable>(backing.redis, host, () => backing.routes)),
      apps: APPS,
      businesses: [BUSINESS],
      auth: { kind: 'verifier', verifier: { verify: () => Promise.resolve(PROVEN) } },
      trunk: linkServer(network, host, `${this.name}.trunk`),
      backend: linkServer(network, host, this.backendAddress),
      presence: {
        appcodes: APPS.map(({ appcode }) => appcode),
        settleMs: 1_500,
        retentionMs: RETENTION_MS,
        maxEvents: 100_000,
        sweepPerSecond: 50,
        webhooks: [],
      },
      limits: {
        inlineBytes: 60,
        mailbox: { maxMessages: 14, maxBytes: 20_000 },
        graceMs: GRACE_MS,
      },
    })
    this.#logic = logic
    for (;;) {
      try {
        await logic.start()
        return
      } catch (error) {
        // What starts a process starts it again; here its start is simply repeated.
        if (!(error instanceof TableUnavailable)) throw error
        await new Promise<void>(resolve => void host.clock.after(500, resolve))
      }
    }
  }
}

const same = <T>(port: T): T => port
