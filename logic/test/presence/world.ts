import {
  createMetrics,
  memoryRegistry,
  nodeId,
  seededRandom,
  type NodeInfo,
  type Registry,
} from '@longwire/kit'
import { createIds } from '../../src/ids.ts'
import type { Told } from '../../src/events/event.ts'
import { Detector } from '../../src/presence/detector.ts'
import { PresenceNode } from '../../src/presence/node.ts'
import { Online } from '../../src/presence/online.ts'
import { memoryRoutes, type MemoryRouteTable } from '../../src/routes/memory.ts'
import type { Route, RouteKey, RouteTable } from '../../src/routes/route-table.ts'
import { Routes } from '../../src/routes/routes.ts'
import type { Table } from '../../src/store/table.ts'
import type { World } from '../log/harness.ts'
import { silent } from '../rig.ts'

/** How long a process still lives, in calls to its stores; what it asks later is never answered. */
export class Life {
  dead = false
  #left = Infinity
  #lastTakesEffect = true

  /** Dies at its `calls`th call from now, whose effect is there or not. */
  endAfter(calls: number, lastTakesEffect: boolean): void {
    this.#left = calls
    this.#lastTakesEffect = lastTakesEffect
  }

  async call<T>(inner: () => Promise<T>): Promise<T> {
    if (this.dead) return new Promise<never>(() => undefined)
    const last = this.#left-- <= 0
    if (last) this.dead = true
    if (last && !this.#lastTakesEffect) return new Promise<never>(() => undefined)
    const answer = await inner()
    return this.dead ? new Promise<never>(() => undefined) : answer
  }

  table(inner: Table): Table {
    return {
      get: key => this.call(() => inner.get(key)),
      range: (...args) => this.call(() => inner.range(...args)),
      insert: groups => this.call(() => inner.insert(groups)),
      raise: rows => this.call(() => inner.raise(rows)),
      replace: rows => this.call(() => inner.replace(rows)),
      swap: (...args) => this.call(() => inner.swap(...args)),
      remove: keys => this.call(() => inner.remove(keys)),
      close: async () => undefined,
    }
  }

  routes(inner: RouteTable): RouteTable {
    return {
      bind: (...args) => this.call(() => inner.bind(...args)),
      restore: (...args) => this.call(() => inner.restore(...args)),
      unbind: (...args) => this.call(() => inner.unbind(...args)),
      lookup: users => this.call(() => inner.lookup(users)),
      life: () => this.call(() => inner.life()),
      sweep: (...args) => this.call(() => inner.sweep(...args)),
      claim: (...args) => this.call(() => inner.claim(...args)),
      close: async () => undefined,
    }
  }

  registry(inner: Registry): Registry {
    return {
      announce: (...args) => this.call(() => inner.announce(...args)),
      withdraw: node => this.call(() => inner.withdraw(node)),
      list: role => this.call(() => inner.list(role)),
      close: async () => undefined,
    }
  }
}

const FOR_EVER = 1e12
const SETTLE_MS = 3_000
const APPCODES = [1, 2]

/** A logic node, as far as presence goes. */
export interface TestNode {
  readonly life: Life
  readonly routes: Routes
  readonly presence: PresenceNode
}

/** Nodes, gates and users over one table. Gates live until they are stopped. */
export class PresenceWorld {
  readonly world: World
  readonly registry: Registry
  readonly routes: MemoryRouteTable
  readonly nodes: TestNode[] = []
  readonly gates = new Map<string, NodeInfo>()
  #incarnations = 0

  constructor(world: World) {
    this.world = world
    this.registry = memoryRegistry(world.clock)
    this.routes = memoryRoutes(world.clock)
  }

  async startNode(index: number): Promise<TestNode> {
    const { clock } = this.world
    const number = ++this.#incarnations
    const life = new Life()
    const table = life.table(this.world.table)
    const routes = new Routes(life.routes(this.routes), gates => detector.judge(gates))
    const registry = life.registry(this.registry)
    const node: NodeInfo = {
      role: 'logic',
      name: `logic-${index}`,
      incarnation: String(number),
      address: '',
    }
    const logger = silent()
    const metrics = createMetrics({ process: false })
    const links = (): ReadonlyMap<string, number> => new Map()
    const detector = new Detector({ registry, clock, logger, metrics, links })
    const ids = createIds({ clock, node: number })
    const presence: PresenceNode = new PresenceNode(
      {
        appcodes: APPCODES,
        settleMs: SETTLE_MS,
        retentionMs: 24 * 3600 * 1000,
        maxEvents: 100_000,
        sweepPerSecond: 200,
        webhooks: [],
      },
      {
        node,
        table,
        registry,
        routes,
        online: new Online(routes, detector),
        detector,
        msgid: () => ids.msgid(),
        clock,
        random: seededRandom(number),
        logger,
        metrics,
        graceMs: 60_000,
        resync: () => void this.#resync(),
      },
    )
    await this.registry.announce(node, FOR_EVER)
    await this.world.settle(detector.start())
    presence.start()
    this.nodes[index] = { life, routes, presence }
    return this.nodes[index]
  }

  async endNode(index: number): Promise<void> {
    const node = this.nodes[index]
    if (node === undefined) return
    node.life.dead = true
    for (const known of await this.registry.list('logic'))
      if (known.name === `logic-${index}`) await this.registry.withdraw(known)
  }

  /** A gate of this name starts anew; returns how routes name it. */
  async startGate(name: string): Promise<string> {
    const incarnation = String(++this.#incarnations)
    const gate: NodeInfo = { role: 'gate', name, incarnation, address: 'x' }
    this.gates.set(name, gate)
    await this.registry.announce(gate, FOR_EVER)
    return nodeId(gate)
  }

  async stopGate(name: string): Promise<void> {
    const gate = this.gates.get(name)
    if (gate === undefined) return
    this.gates.delete(name)
    await this.registry.withdraw(gate)
  }

  /** Live routes of a user, whatever any node thinks. */
  async live(uid: string): Promise<Route[]> {
    const gates = new Set([...this.gates.values()].map(nodeId))
    const [found = []] = await this.routes.lookup([{ system: 'main', uid }])
    return found.filter(({ gate }) => gates.has(gate))
  }

  users: readonly string[] = []

  /** As gates do that are asked for their sessions: to one of the live nodes. */
  async #resync(): Promise<void> {
    for (const uid of this.users) {
      if ((await this.live(uid)).length === 0) continue
      const alive = this.nodes.filter(({ life }) => !life.dead)
      for (const { presence } of alive) presence.named({ system: 'main', uid })
    }
  }

  /** The whole stream, read by a process of its own. */
  async stream(): Promise<Told[]> {
    const reader = await this.startNode(9)
    const page = await this.world.settle(reader.presence.events.read(0, 10_000, () => true))
    await this.endNode(9)
    return [...page.events]
  }
}

export const routeKey = (uid: string, appcode: number, device: string): RouteKey => ({
  system: 'main',
  uid,
  appcode,
  device,
})
