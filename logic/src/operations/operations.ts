import { createHash } from 'node:crypto'
import {
  nodeId,
  type Clock,
  type Logger,
  type Metrics,
  type NodeInfo,
  type NodeSides,
  type Timer,
} from '@longwire/kit'
import { Lease } from '../events/lease.ts'
import type { Detector, LiveGate } from '../presence/detector.ts'
import { TableUnavailable, type Table } from '../store/table.ts'
import { spreadOf, type Flow } from './balance.ts'
import { NotNow, commanded, type Command } from './commands.ts'
import { Conductor } from './conductor.ts'
import { beginDrain, drainOrders, type DrainPlan } from './drain.ts'
import type { GateView, Mover, Moving, Order, World } from './mover.ts'
import { noting, type Drain, type Operation, type Release } from './operation.ts'
import { beginRebalance, rebalanceFlows, rebalanceOrders, type RebalancePlan } from './rebalance.ts'
import { isNew, type ReleasePlan } from './release-plan.ts'
import { beginRelease, isSettled, nameOfStage } from './release.ts'
import { rightGates, ruleOf } from './sides.ts'
import { OperationStore, type RequestKey } from './store.ts'

export interface OperationsParts {
  readonly node: NodeInfo
  readonly table: Table
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly detector: Pick<Detector, 'gates' | 'lossOf'>
  readonly move: Mover
  readonly newId: () => string
  /** Told of where clients belong whenever that changes; undefined: anywhere. */
  readonly changed: (rule: NodeSides | undefined) => void
}

/** Who wants something, and how a repeat of it is known. */
export interface Request {
  readonly by: string
  readonly key: string
}

export type Wish =
  | { readonly kind: 'drain'; readonly plan: DrainPlan }
  | { readonly kind: 'rebalance'; readonly plan: RebalancePlan }
  | { readonly kind: 'release'; readonly plan: ReleasePlan }

/** What an operation would do, before it is begun. */
export interface Forecast {
  readonly flows: readonly Flow[]
  /** What gates say they have of what is wanted: sessions. */
  readonly matching: ReadonlyMap<string, number>
  /** Sessions told in a second. */
  readonly perSecond: number
  readonly spread: number
  readonly notes: readonly string[]
}

const LOOK_MS = 1_000
/** How often a change is tried where the conductor writes at the same time. */
const TRIES = 20

/** Everything that moves sessions of many clients: begun at any node, done by one, seen by all. */
export class Operations {
  readonly store: OperationStore
  readonly #parts: OperationsParts
  readonly #conductor: Conductor
  #rule: NodeSides | undefined
  #timer: Timer | undefined
  #looking: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(parts: OperationsParts) {
    this.#parts = parts
    const { table, clock, logger, node } = parts
    this.store = new OperationStore(table)
    this.#conductor = new Conductor({
      ...parts,
      store: this.store,
      lease: new Lease('operations', { table, clock, logger, owner: nodeId(node) }),
      look: () => this.#look(),
    })
  }

  /** Never rejects. */
  async start(): Promise<void> {
    await this.#readRule()
    this.#conductor.start()
    this.#later()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#looking
    await this.#conductor.stop()
  }

  /** Where clients belong now; undefined: anywhere. */
  get rule(): NodeSides | undefined {
    return this.#rule
  }

  /** Addresses for an end that logs in at a gate where it does not belong; undefined: it may stay. */
  elsewhere(
    end: { uid: string; appcode: number; agent: string },
    gate: string,
  ): string[] | undefined {
    if (this.#rule === undefined) return undefined
    const { gates } = this.#look()
    return rightGates(this.#rule, end, { gate, gates })?.flatMap(({ urls }) => urls)
  }

  gates(): readonly GateView[] {
    return this.#look().gates
  }

  /** Throws GateTaken, OtherRequest or {@link NotNow}. */
  async begin(wish: Wish, { by, key }: Request): Promise<{ operation: Operation; again: boolean }> {
    const { newId } = this.#parts
    const world = this.#world()
    const id = newId()
    const common = {
      id,
      state: 'running',
      problem: '',
      outcome: '',
      by,
      createdAt: world.now,
      endedAt: 0,
      noted: 0,
      notes: [],
      rev: 0,
    } as const
    const operation = begun(common, wish, world)
    const digest = createHash('sha256').update(JSON.stringify(wish)).digest('hex')
    const request: RequestKey = { key, by, digest }
    const before = await this.store.made(request)
    if (before !== undefined) return { operation: before, again: true }
    if (wish.kind === 'release') await this.#refuseSecond()
    const text = `begins: ${describe(wish)}`
    const noted = noting(operation, { at: world.now, by, text })
    return this.store.create(noted, claimsOf(wish), request)
  }

  /** Changes an operation. Throws {@link NotNow} where that makes no sense now; undefined: there is none. */
  async command(id: string, command: Command): Promise<Operation | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      const operation = await this.store.get(id)
      if (operation === undefined) return undefined
      const next = commanded(operation, command, this.#world())
      if (next === operation) return operation
      if (operation.kind === 'release' && isSettled(operation) && command.name === 'abort')
        await this.store.claim(id, ['*'])
      const written = await this.store.swap(next)
      if (written !== undefined) return written
    }
    throw new NotNow('it changes too fast: say it again')
  }

  /** What it would do; asks gates how many sessions it is about, and moves none. */
  async forecast(wish: Wish): Promise<Forecast> {
    const world = this.#world()
    if (wish.kind === 'release') return releaseForecast(wish.plan, world)
    const operation = begun({ ...DRY, id: this.#parts.newId() }, wish, world)
    const orders = ordersOf(operation, world)
    const said = await Promise.all(orders.map(order => this.#count(order)))
    const matching = new Map<string, number>()
    orders.forEach(({ gate }, index) => {
      const found = said[index]
      if (found !== undefined) matching.set(gate, found.matching)
    })
    const perSecond = orders.reduce((sum, order) => sum + order.perSecond, 0)
    const { gates } = world
    const flows =
      wish.kind === 'rebalance'
        ? rebalanceFlows(wish.plan, gates)
        : rebalanceFlows({ ...ALL_OF, from: [wish.plan.gate], to: toOf(wish.plan, gates) }, gates)
    return {
      flows,
      matching,
      perSecond,
      spread: spreadOf(gates.filter(({ capacity }) => capacity > 0)),
      notes: [],
    }
  }

  async #count(order: Order): Promise<Moving | undefined> {
    const { move } = this.#parts
    const said = await move({ ...order, drain: false, state: 'pause' })
    await move({ ...order, drain: false, state: 'cancel' })
    return said
  }

  /** Its gates are free, but clients would not know where they belong. */
  async #refuseSecond(): Promise<void> {
    const other = (await this.store.active()).find(
      operation => operation.kind === 'release' && isSettled(operation),
    )
    if (other?.kind !== 'release') return
    const { progress, plan, id } = other
    const which = progress.phase === 'complete' ? ['old', 'promote'] : ['new', 'abort']
    throw new NotNow(
      `release ${id} (${plan.name}) still says where clients belong: stop its ${which[0]} gates, or end it by ${which[1]}`,
    )
  }

  #world(): World {
    return { ...this.#look(), heard: () => undefined }
  }

  #look(): Omit<World, 'heard'> {
    const { clock, detector } = this.#parts
    return {
      now: clock.now(),
      gates: detector.gates().map(viewOf),
      lossOf: gate => detector.lossOf(gate),
    }
  }

  #later(): void {
    if (this.#stopped) return
    this.#timer = this.#parts.clock.after(LOOK_MS, () => {
      this.#looking = this.#readRule().finally(() => this.#later())
    })
  }

  /** What was known last holds while the store is away. */
  async #readRule(): Promise<void> {
    const { changed, logger } = this.#parts
    try {
      const release = (await this.store.active()).findLast(
        (operation): operation is Release => operation.kind === 'release',
      )
      const rule = release === undefined || release.endedAt > 0 ? undefined : ruleOf(release)
      if (JSON.stringify(rule) === JSON.stringify(this.#rule)) return
      this.#rule = rule
      changed(rule)
    } catch (error) {
      if (!(error instanceof TableUnavailable))
        logger.error({ err: error }, 'operations could not be read')
    }
  }
}

const DRY = {
  state: 'running',
  problem: '',
  outcome: '',
  by: '',
  createdAt: 0,
  endedAt: 0,
  noted: 0,
  notes: [],
  rev: 0,
} as const

const ALL_OF: RebalancePlan = {
  auto: false,
  from: [],
  to: [],
  which: {},
  spread: 0,
  perSecond: 0,
  reason: '',
}

const toOf = ({ gate, to }: DrainPlan, gates: readonly GateView[]): string[] =>
  to.length > 0
    ? [...to]
    : gates.filter(({ id, listed }) => listed && id !== gate).map(({ id }) => id)

type Begun = Omit<Drain, 'kind' | 'plan' | 'progress'>

const begun = (common: Begun, wish: Wish, world: World): Operation => {
  const { id } = common
  switch (wish.kind) {
    case 'drain':
      return { ...common, ...wish, progress: beginDrain(id, wish.plan, world) }
    case 'rebalance':
      return { ...common, ...wish, progress: beginRebalance(id, wish.plan, world) }
    case 'release':
      return { ...common, ...wish, progress: beginRelease(world.now) }
  }
}

const ordersOf = (operation: Operation, world: World): Order[] => {
  if (operation.kind === 'drain') return drainOrders(operation, world)
  return operation.kind === 'rebalance' ? rebalanceOrders(operation, world) : []
}

/** The gates that nobody else may move sessions of meanwhile. */
const claimsOf = (wish: Wish): readonly string[] => {
  if (wish.kind === 'release') return ['*']
  return wish.kind === 'drain'
    ? [wish.plan.gate]
    : [...new Set([...wish.plan.from, ...wish.plan.to])]
}

const describe = (wish: Wish): string => {
  switch (wish.kind) {
    case 'drain':
      return `drain of ${wish.plan.gate} within ${wish.plan.deadlineMs / 1_000} s`
    case 'rebalance': {
      const { auto, from, to, spread } = wish.plan
      return auto
        ? `rebalance of ${from.join(', ')} until they differ by ${spread * 100} % of capacity`
        : `rebalance from ${from.join(', ')} to ${to.join(', ')}`
    }
    case 'release':
      return `release ${wish.plan.name} in ${wish.plan.stages.length} stages`
  }
}

const releaseForecast = (plan: ReleasePlan, { gates }: World): Forecast => {
  const fresh = gates.filter(gate => isNew(plan, gate))
  const sessions = gates.reduce((sum, gate) => sum + gate.sessions, 0)
  const room = fresh.reduce((sum, gate) => sum + gate.capacity, 0)
  return {
    flows: [],
    matching: new Map(),
    perSecond: 0,
    spread: 0,
    notes: [
      fresh.length === 0
        ? 'no new gate lives yet: the release waits for one'
        : `new gates: ${fresh.map(({ id }) => id).join(', ')}, made for ${room} connections`,
      ...plan.stages.map(
        ({ share, holdMs }, index) =>
          `${nameOfStage(plan, index)}: about ${Math.round((sessions * share) / 10_000)} of ${sessions} sessions, held for ${holdMs / 1_000} s`,
      ),
    ],
  }
}

const viewOf = ({ id, node, listed }: LiveGate): GateView => {
  const { name, version = '', vitals, load, reach, health } = node
  return {
    id,
    name,
    version,
    listed,
    sessions: vitals?.sessions ?? 0,
    conns: load?.conns ?? vitals?.sessions ?? 0,
    capacity: load?.capacity ?? 0,
    accept: load?.accept ?? 0,
    urls: (reach?.addresses ?? []).map(({ url }) => url),
    health,
  }
}
