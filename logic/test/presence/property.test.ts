import fc from 'fast-check'
import t from 'tap'
import { openLmdb } from '../../src/store/lmdb.ts'
import { openMongo } from '../../src/store/mongo.ts'
import { memoryWorld, realWorld, type World } from '../log/harness.ts'
import { mongoServers } from '../store/mongo-servers.ts'
import { PresenceWorld, routeKey } from './world.ts'

const USERS = ['ann', 'bob', 'cyd']
const GATES = ['g0', 'g1']
const DEVICES = ['phone', 'desk']

type Step =
  | {
      readonly kind: 'login'
      readonly user: number
      readonly appcode: number
      readonly device: number
      readonly gate: number
      readonly node: number
    }
  | {
      readonly kind: 'logout'
      readonly user: number
      readonly appcode: number
      readonly device: number
      readonly node: number
    }
  | { readonly kind: 'gate'; readonly gate: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | {
      readonly kind: 'crash'
      readonly node: number
      readonly calls: number
      readonly effect: boolean
    }
  | { readonly kind: 'restart'; readonly node: number }

const end = {
  user: fc.nat(2),
  appcode: fc.constantFrom(1, 1, 2, 3),
  device: fc.nat(1),
  node: fc.nat(1),
}
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('login' as const), gate: fc.nat(1), ...end }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('logout' as const), ...end }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('gate' as const), gate: fc.nat(1) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(0, 0, 1, 60, 300, 1_000, 3_100, 6_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      node: fc.nat(1),
      calls: fc.nat(40),
      effect: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), node: fc.nat(1) }) },
)

/** Long enough for leases, confirmations, and a sweep through all users. */
const QUIET_MS = 45_000

class Run {
  readonly #p: PresenceWorld
  #dial = 0

  constructor(world: World) {
    this.#p = new PresenceWorld(world)
    this.#p.users = USERS
  }

  async all(list: readonly Step[]): Promise<string[]> {
    const p = this.#p
    for (const name of GATES) await p.startGate(name)
    for (const index of [0, 1]) await p.startNode(index)
    for (const step of list) await this.#take(step)
    for (const index of [0, 1]) await this.#restart(index)
    await p.world.pass(QUIET_MS)
    return this.#faults()
  }

  async #take(step: Step): Promise<void> {
    const p = this.#p
    switch (step.kind) {
      case 'pass':
        return p.world.pass(step.ms)
      case 'crash':
        return p.nodes[step.node]?.life.endAfter(step.calls, step.effect)
      case 'restart':
        return this.#restart(step.node)
      case 'gate': {
        const name = GATES[step.gate] ?? ''
        if (p.gates.has(name)) await p.stopGate(name)
        else await p.startGate(name)
        return
      }
      case 'login':
        return this.#login(step)
      case 'logout':
        return this.#logout(step)
      default:
    }
  }

  #login({ user, appcode, device, gate, node }: Step & { kind: 'login' }): void {
    const p = this.#p
    const at = p.gates.get(GATES[gate] ?? '')
    if (at === undefined) return
    const key = routeKey(USERS[user] ?? '', appcode, DEVICES[device] ?? '')
    const route = { ...key, slot: 1, generation: 1, dial: ++this.#dial }
    const rule = { sessions: 1, full: 'oldest', rivals: [] } as const
    void p.nodes[node]?.routes.bind({ ...route, gate: `${at.name}@${at.incarnation}` }, rule)
  }

  async #logout({ user, appcode, device, node }: Step & { kind: 'logout' }): Promise<void> {
    const p = this.#p
    const found = await p.live(USERS[user] ?? '')
    const route = found.find(each => each.appcode === appcode && each.device === DEVICES[device])
    if (route !== undefined) void p.nodes[node]?.routes.unbind(route)
  }

  async #restart(index: number): Promise<void> {
    await this.#p.endNode(index)
    await this.#p.startNode(index)
  }

  /** What is wrong with the stream. */
  async #faults(): Promise<string[]> {
    const faults: string[] = []
    const online = new Map<string, boolean>()
    const gates = new Map<string, boolean>()
    const ids = new Set<string>()
    for (const event of await this.#p.stream()) {
      if (ids.has(event.id)) faults.push(`event ${event.id} is there twice`)
      ids.add(event.id)
      if (event.kind === 'expired') continue
      const up = event.kind === 'online' || event.kind === 'gate_up'
      const states = 'uid' in event ? online : gates
      const name = 'uid' in event ? `${event.uid}/${event.appcode}/${event.device}` : event.gate
      if ((states.get(name) ?? false) === up) faults.push(`${name} was ${event.kind} twice`)
      states.set(name, up)
    }
    const live = new Set<string>()
    for (const uid of USERS)
      for (const { appcode, device } of await this.#p.live(uid))
        if (appcode !== 3) live.add(`${uid}/${appcode}/${device}`)
    for (const name of live)
      if (online.get(name) !== true) faults.push(`${name} was not told online`)
    for (const [name, up] of online)
      if (up && !live.has(name)) faults.push(`${name} was not told offline`)
    return faults
  }
}

const check = async (world: () => Promise<World>, numRuns: number): Promise<void> => {
  const seed = process.env['PRESENCE_SEED']
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 40 }), async list => {
      const faults = await new Run(await world()).all(list)
      if (faults.length > 0) throw new Error(faults.join('\n'))
    }),
    { numRuns, endOnFailure: true, ...(seed === undefined ? {} : { seed: Number(seed) }) },
  )
}

t.setTimeout(240_000)

t.test('whatever crashes at whatever call, each change is told once and in order', async t => {
  await check(async () => memoryWorld(), Number(process.env['PRESENCE_RUNS'] ?? 60))
  t.pass('no event lost, none twice')
})

t.test('the same on LMDB', async t => {
  let number = 0
  await check(async () => {
    const table = await openLmdb(t.testdir({ [`run${++number}`]: {} }) + `/run${number}`)
    t.teardown(() => table.close())
    return realWorld(table)
  }, 4)
  t.pass('no event lost, none twice')
})

for (const { name, url, skip } of mongoServers.slice(0, 1)) {
  t.test(`the same on ${name}`, skip === undefined ? {} : { skip }, async t => {
    let number = 0
    await check(async () => {
      const database = `lw_presence_${process.pid}_${++number}`
      const table = await openMongo(url, { database })
      t.teardown(async () => {
        await table.drop()
        await table.close()
      })
      return realWorld(table)
    }, 2)
    t.pass('no event lost, none twice')
  })
}
