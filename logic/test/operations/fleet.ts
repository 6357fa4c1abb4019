import { createMetrics, nodeId, type NodeHealth, type NodeSides } from '@longwire/kit'
import { bucketOf } from '@longwire/proto'
import { createIds } from '../../src/ids.ts'
import type { Moving, Order } from '../../src/operations/mover.ts'
import { Operations } from '../../src/operations/operations.ts'
import type { Operation } from '../../src/operations/operation.ts'
import type { GateLoss, LiveGate } from '../../src/presence/detector.ts'
import { memoryTable } from '../../src/store/memory.ts'
import type { Table } from '../../src/store/table.ts'
import { silent, StillClock } from '../rig.ts'

/** Of time in a second, and of the loop until nothing is under way. */
const STEPS = 4
const TURNS = 10

export interface ModelSession {
  readonly uid: string
  readonly appcode: number
  readonly agent: string
}

interface ModelMove {
  order: Order
  matching: readonly ModelSession[]
  queue: ModelSession[]
  counts: { told: number; moved: number; left: number; failed: number }
}

/** A gate that does what it is told, a second at a time. */
export class ModelGate {
  readonly name: string
  readonly version: string
  readonly capacity: number
  readonly accept: number
  readonly sessions = new Set<ModelSession>()
  readonly moves = new Map<string, ModelMove>()
  readonly health: { -readonly [field in keyof NodeHealth]: number } = {
    requests: 0,
    errors: 0,
    lost: 0,
    delivered: 0,
    acked: 0,
    latencyMs: 20,
    lagMs: 2,
    rssMb: 100,
  }
  listed = true
  alive = true
  /** Nobody can be dialled there: what is sent there stays where it was. */
  unreachable = false
  most = 0
  constructor(name: string, over: { version?: string; capacity?: number; accept?: number } = {}) {
    this.name = name
    this.version = over.version ?? '1'
    this.capacity = over.capacity ?? 1_000
    this.accept = over.accept ?? 200
  }

  get id(): string {
    return nodeId({ name: this.name, incarnation: 'a' })
  }

  get url(): string {
    return `tcp://${this.name}:7001`
  }

  add(session: ModelSession): void {
    this.sessions.add(session)
    this.most = Math.max(this.most, this.sessions.size)
  }

  get live(): LiveGate {
    const { name, version, capacity, accept, listed, health } = this
    const conns = this.sessions.size
    return {
      id: this.id,
      listed,
      node: {
        role: 'gate',
        name,
        incarnation: 'a',
        address: '',
        version,
        vitals: { since: 0, sessions: conns },
        load: { conns, capacity, epoch: 1, elu: 0, accept },
        reach: { addresses: [{ url: this.url }] },
        health: { ...health },
      },
    }
  }

  told(order: Order): Moving {
    if (order.state === 'cancel') {
      this.moves.delete(order.id)
      if (order.drain) this.listed = true
      return this.said(undefined)
    }
    if (order.drain && order.state === 'run') this.listed = false
    const known = this.moves.get(order.id)
    const move = known ?? this.begin(order)
    move.order = order
    return this.said(move)
  }

  begin(order: Order): ModelMove {
    const matching = [...this.sessions].filter(session => matches(order, session))
    const { share = 0, count = 0 } = order.which
    const part =
      share === 0 ? matching : matching.slice(0, Math.round((matching.length * share) / 10_000))
    const queue = count === 0 ? [...part] : part.slice(0, count)
    const counts = { told: 0, moved: 0, left: 0, failed: 0 }
    const move = { order, matching: queue, queue: [...queue], counts }
    this.moves.set(order.id, move)
    return move
  }

  said(move: ModelMove | undefined): Moving {
    const sessions = this.sessions.size
    const counts = move?.counts ?? { told: 0, moved: 0, left: 0, failed: 0 }
    const done = move === undefined || move.queue.length === 0
    const problem = move !== undefined && move.order.targets.length === 0 ? 'no gate to go to' : ''
    return {
      ...counts,
      matching: move?.matching.length ?? 0,
      pending: 0,
      done: done && move?.order.state === 'run',
      sessions,
      problem: done ? '' : problem,
    }
  }
}

const matches = ({ which }: Order, { uid, appcode, agent }: ModelSession): boolean => {
  const { hashFrom = 0, hashTo = 0, appcodes = [], agents = [], invert = false } = which
  const bucket = bucketOf(uid)
  const isIn =
    (hashTo === 0 || (bucket >= hashFrom && bucket < hashTo)) &&
    (appcodes.length === 0 || appcodes.includes(appcode)) &&
    (agents.length === 0 || agents.some(prefix => agent.startsWith(prefix)))
  return isIn !== invert
}

/** Gates and logic nodes in simulated time. */
export class ModelFleet {
  readonly clock = new StillClock()
  readonly gates: ModelGate[]
  readonly table: Table
  readonly losses = new Map<string, GateLoss>()
  readonly rules = new Map<string, NodeSides | undefined>()
  readonly orders: Order[] = []
  /** Called once a second, after gates have moved what they could. */
  everySecond: () => void = () => undefined
  readonly #nodes = new Map<string, { dead: boolean }>()
  #numbers = 0

  constructor(gates: readonly ModelGate[]) {
    this.gates = [...gates]
    this.table = memoryTable({ clock: this.clock })
  }

  gate(name: string): ModelGate {
    return this.gates.find(gate => gate.name === name)!
  }

  fill(name: string, sessions: number, over: Partial<ModelSession> = {}): void {
    const gate = this.gate(name)
    for (let n = 0; n < sessions; n++)
      gate.add({ uid: `u${++this.#numbers}`, appcode: 1, agent: 'sdk/1', ...over })
  }

  /** Starts a logic node. */
  async node(name = 'logic-1'): Promise<Operations> {
    const node = { role: 'logic', name, incarnation: 'a', address: '' } as const
    const ids = createIds({ clock: this.clock, node: this.#nodes.size + 1 })
    const life = { dead: false }
    const operations = new Operations({
      node,
      table: mortal(this.table, life),
      clock: this.clock,
      logger: silent(),
      metrics: createMetrics({ process: false }),
      detector: {
        gates: () => this.gates.filter(({ alive }) => alive).map(({ live }) => live),
        lossOf: gate => this.losses.get(gate) ?? 'link-closed',
      },
      move: async order => (life.dead ? undefined : this.#move(order)),
      newId: () => ids.msgid(),
      changed: rule => void this.rules.set(name, rule),
    })
    this.#nodes.set(name, life)
    await operations.start()
    await settle()
    return operations
  }

  /** kill -9: nothing of it happens any more, and nothing is given back. */
  kill(name: string): void {
    this.#nodes.get(name)!.dead = true
  }

  async seconds(count: number): Promise<void> {
    for (let n = 0; n < count * STEPS; n++) {
      this.clock.advance(1_000 / STEPS)
      await settle()
      if (n % STEPS === STEPS - 1) this.#second()
    }
  }

  /** Until it says so, for at most so many seconds. */
  async until(isIt: () => Promise<boolean> | boolean, most = 600): Promise<number> {
    for (let n = 0; n < most; n++) {
      if (await isIt()) return n
      await this.seconds(1)
    }
    throw new Error(`it was not so within ${most} s`)
  }

  async over(operations: Operations, id: string, most = 600): Promise<Operation> {
    let found: Operation | undefined
    await this.until(async () => {
      found = await operations.store.get(id)
      return (
        found !== undefined && found.endedAt > 0 && (await operations.store.active()).length === 0
      )
    }, most)
    return found!
  }

  die(name: string, loss: GateLoss = 'link-closed'): void {
    const gate = this.gate(name)
    gate.alive = false
    this.losses.set(gate.id, loss)
  }

  #move(order: Order): Moving | undefined {
    this.orders.push(order)
    const gate = this.gates.find(({ id }) => id === order.gate)
    return gate?.alive === true ? gate.told(order) : undefined
  }

  #second(): void {
    for (const gate of this.gates) if (gate.alive) this.#moveSome(gate)
    this.everySecond()
  }

  #moveSome(gate: ModelGate): void {
    for (const { order, queue, counts } of gate.moves.values()) {
      if (order.state !== 'run' || order.targets.length === 0) continue
      const now = queue.splice(0, order.perSecond)
      now.forEach((session, index) => {
        counts.told++
        if (!gate.sessions.has(session)) {
          counts.left++
          return
        }
        const url = order.targets[index % order.targets.length]
        const target = this.gates.find(each => each.url === url)
        if (target === undefined || target.unreachable || !target.alive) {
          counts.failed++
          return
        }
        counts.moved++
        gate.sessions.delete(session)
        target.add(session)
      })
    }
  }
}

/** The same table for a node that may die: nothing is written any more, and nothing answers. */
const mortal = (table: Table, life: { readonly dead: boolean }): Table => {
  const never = new Promise<never>(() => undefined)
  const alive = <T>(work: () => Promise<T>): Promise<T> => (life.dead ? never : work())
  return {
    get: key => alive(() => table.get(key)),
    range: (...call) => alive(() => table.range(...call)),
    insert: groups => alive(() => table.insert(groups)),
    raise: rows => alive(() => table.raise(rows)),
    replace: rows => alive(() => table.replace(rows)),
    swap: (...call) => alive(() => table.swap(...call)),
    remove: keys => alive(() => table.remove(keys)),
    close: () => table.close(),
  }
}

/** Lets everything happen that waits for nothing. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < TURNS; n++) await new Promise(setImmediate)
}
