import { seededRandom, type Random } from '@longwire/kit'
import type {
  NewRoute,
  Route,
  RouteTable,
  SessionRule,
  UserKey,
} from '../../src/routes/route-table.ts'
import { Routes } from '../../src/routes/routes.ts'

const USERS = 40
const GATES = 4
const APPCODES = [1, 2, 3] as const
const RULES: Readonly<Record<number, SessionRule>> = {
  1: { sessions: 1, full: 'oldest', rivals: [] },
  2: { sessions: 3, full: 'oldest', rivals: [3] },
  3: { sessions: 2, full: 'refuse', rivals: [2] },
}
const DEVICES = ['a', 'b', 'c', 'd']

interface ModelGate {
  id: string
  /** Sessions by slot: what a gate knows and the table should say. */
  readonly sessions: Map<number, Route>
  /** Has told of all its sessions since the table lost its routes. */
  announced: boolean
}

const nameOf = ({ uid, appcode, device, fence }: Route): string =>
  `${uid}/${appcode}/${device}/${fence}`

/**
 * Gates, their sessions, and a route table that loses everything now and then: after each step that
 * leaves the table whole, it must say exactly which sessions there are.
 */
export class GatesModel {
  readonly #random: Random
  readonly #table: RouteTable
  readonly #routes: Routes
  readonly #lose: () => Promise<void>
  readonly #gates: ModelGate[] = []
  /** Routes that a step may have left behind: nothing was told of them yet. */
  readonly #stale = new Map<string, Route>()
  /** The highest of each user. */
  readonly #fences = new Map<string, number>()
  #incarnations = 0
  #generations = 0
  #dials = 0
  #life = ''
  /** How often the table was compared with the sessions while it was whole. */
  compared = 0

  constructor(seed: number, table: RouteTable, lose: () => Promise<void>) {
    this.#random = seededRandom(seed)
    this.#table = table
    this.#lose = lose
    this.#routes = new Routes(table, async () => gate => this.#gates.some(({ id }) => id === gate))
    for (let n = 0; n < GATES; n++) this.#gates.push(this.#newGate(n))
  }

  async step(): Promise<void> {
    const at = this.#random()
    if (at < 0.5) await this.#login(this.#random() < 0.1, this.#random() < 0.05)
    else if (at < 0.8) await this.#end(this.#random() < 0.1)
    else if (at < 0.9) await this.#use()
    else if (at < 0.905) await this.#killGate()
    else if (at < 0.91) await this.#flush()
    else if (at < 0.915) await this.#sweep()
    else await this.#announce()
  }

  /** Throws where the table is wrong. */
  async check(): Promise<void> {
    if (!this.#gates.every(gate => gate.announced)) return
    this.compared++
    const found = await this.#live()
    const sessions = new Map(
      this.#gates.flatMap(gate => [...gate.sessions.values()]).map(route => [nameOf(route), route]),
    )
    for (const route of found) {
      const name = nameOf(route)
      const session = sessions.get(name)
      if (session === undefined && !this.#stale.has(name)) throw new Error(`wrong route ${name}`)
      if (
        session !== undefined &&
        JSON.stringify(factsOf(session)) !== JSON.stringify(factsOf(route))
      )
        throw new Error(`route ${JSON.stringify(route)} is of ${JSON.stringify(session)}`)
      sessions.delete(name)
    }
    if (sessions.size > 0) throw new Error(`no route for ${[...sessions.keys()].join()}`)
  }

  /** Everybody tells, every route is used, what is dead is swept: then there are only right routes. */
  async settle(): Promise<void> {
    while (!this.#gates.every(gate => gate.announced)) await this.#announce()
    for (const route of await this.#live()) await this.#useOf(route)
    await this.#sweep()
    this.#stale.clear()
    await this.check()
    const all = (await this.#table.lookup(users)).flat()
    const counts = new Map<string, number>()
    for (const { uid, appcode, gate } of all) {
      if (!this.#isLive(gate)) throw new Error(`a route of the dead gate ${gate} is left`)
      const end = `${uid}/${appcode}`
      counts.set(end, (counts.get(end) ?? 0) + 1)
      if (counts.get(end)! > RULES[appcode]!.sessions) throw new Error(`too many ends of ${end}`)
    }
  }

  /** A LOGIN; `late`: of a dial that was given up, `lost`: its gate has given up when it succeeds. */
  async #login(late: boolean, lost: boolean): Promise<void> {
    const gate = this.#pick(this.#gates)
    const slot = Math.floor(this.#random() * 1e6)
    if (gate.sessions.has(slot)) return
    const wanted: NewRoute = {
      system: 's',
      uid: this.#pick(users).uid,
      appcode: this.#pick(APPCODES),
      device: this.#pick(DEVICES),
      gate: gate.id,
      slot,
      generation: ++this.#generations,
      dial: late ? Math.floor(this.#random() * this.#dials) : ++this.#dials,
    }
    const bound = await this.#routes.bind(wanted, RULES[wanted.appcode]!)
    if (!bound.bound) return
    if (bound.fence <= (this.#fences.get(wanted.uid) ?? 0)) throw new Error('a fence came again')
    this.#fences.set(wanted.uid, bound.fence)
    if (bound.replaced !== undefined) await this.#kick(bound.replaced)
    for (const kicked of bound.kicked) await this.#kick(kicked)
    const route: Route = { ...wanted, fence: bound.fence }
    if (lost) this.#stale.set(nameOf(route), route)
    else gate.sessions.set(slot, route)
  }

  /** A session ends; its gate tells of it, unless `untold`. */
  async #end(untold: boolean): Promise<void> {
    const gate = this.#pick(this.#gates)
    const route = [...gate.sessions.values()][Math.floor(this.#random() * gate.sessions.size)]
    if (route === undefined) return
    gate.sessions.delete(route.slot)
    if (untold) this.#stale.set(nameOf(route), route)
    else await this.#gone(route)
  }

  /** What logic does with GONE. */
  async #gone(route: Route): Promise<void> {
    const [found = []] = await this.#table.lookup([route])
    const own = found.filter(
      ({ gate, slot, generation }) =>
        gate === route.gate && slot === route.slot && generation === route.generation,
    )
    for (const each of own) await this.#routes.unbind(each)
  }

  /** A KICK: the gate ends the session and tells of it, or answers STALE. */
  async #kick(route: Route): Promise<void> {
    this.#stale.delete(nameOf(route))
    const gate = this.#gates.find(({ id }) => id === route.gate)
    const session = gate?.sessions.get(route.slot)
    if (session?.generation === route.generation) {
      gate?.sessions.delete(route.slot)
      await this.#gone(route)
    } else await this.#routes.unbind(route)
  }

  /** A message for a random user: its routes are used, and those that lead nowhere are found out. */
  async #use(): Promise<void> {
    const [found = []] = await this.#table.lookup([this.#pick(users)])
    for (const route of found) if (this.#isLive(route.gate)) await this.#useOf(route)
  }

  async #useOf(route: Route): Promise<void> {
    const gate = this.#gates.find(({ id }) => id === route.gate)
    if (gate?.sessions.get(route.slot)?.generation === route.generation) return
    await this.#routes.unbind(route)
    this.#stale.delete(nameOf(route))
  }

  async #killGate(): Promise<void> {
    const index = Math.floor(this.#random() * this.#gates.length)
    const dead = this.#gates[index]!.id
    this.#gates[index] = this.#newGate(index)
    for (const [name, route] of this.#stale) if (route.gate === dead) this.#stale.delete(name)
  }

  async #flush(): Promise<void> {
    const before = await this.#table.life()
    await this.#lose()
    const life = await this.#table.life()
    if (life === before || life === this.#life) throw new Error('a loss went unnoticed')
    this.#life = life
    this.#stale.clear()
    for (const gate of this.#gates) gate.announced = gate.sessions.size === 0
  }

  async #sweep(): Promise<void> {
    let from = ''
    do {
      const { removed, next } = await this.#routes.sweep(from, 10)
      const wrong = removed.find(route => this.#isLive(route.gate))
      if (wrong !== undefined) throw new Error(`swept the live route ${nameOf(wrong)}`)
      from = next
    } while (from !== '')
  }

  /** One gate tells all its sessions, in a random order, and some of them twice. */
  async #announce(): Promise<void> {
    const gate = this.#pick(this.#gates)
    const told = [...gate.sessions.values()]
      .flatMap(route => (this.#random() < 0.1 ? [route, route] : [route]))
      .map(route => ({ route, at: this.#random() }))
      .sort((a, b) => a.at - b.at)
    for (const { route } of told) {
      if (gate.sessions.get(route.slot) !== route) continue
      const { outcome, left } = await this.#routes.restore(route, RULES[route.appcode]!)
      for (const other of left) {
        const sameDevice = other.appcode === route.appcode && other.device === route.device
        if (!sameDevice && this.#isLive(other.gate) && other.fence > route.fence)
          throw new Error(`restored ${nameOf(route)} pushed out the newer ${nameOf(other)}`)
        await this.#kick(other)
      }
      if (outcome === 'device' || outcome === 'dial' || outcome === 'room') await this.#kick(route)
    }
    gate.announced = true
  }

  async #live(): Promise<Route[]> {
    return (await this.#table.lookup(users)).flat().filter(({ gate }) => this.#isLive(gate))
  }

  #isLive(gate: string): boolean {
    return this.#gates.some(({ id }) => id === gate)
  }

  #newGate(index: number): ModelGate {
    return { id: `gate-${index}@${++this.#incarnations}`, sessions: new Map(), announced: true }
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!
  }
}

const users: readonly UserKey[] = Array.from({ length: USERS }, (_, n) => ({
  system: 's',
  uid: `user-${n}`,
}))

const factsOf = ({
  system,
  uid,
  appcode,
  device,
  gate,
  slot,
  generation,
  dial,
}: Route): unknown => [
  [system, uid, appcode, device],
  [gate, slot, generation, dial],
]
