import { createMetrics, VirtualClock } from '@longwire/kit'
import t from 'tap'
import { memoryRoutes } from '../../src/routes/memory.ts'
import { RoutesUnavailable, type RouteTable } from '../../src/routes/route-table.ts'
import { Routes } from '../../src/routes/routes.ts'
import { Sweeper } from '../../src/routes/sweeper.ts'
import { ALL_LIVE, oldest, route } from '../contract/routes-lasting.ts'
import { silent } from '../rig.ts'

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
}

/** Two nodes on one table of 1,200 users, of which every second is on a gate that may die. */
const scene = async () => {
  const clock = new VirtualClock()
  const inner = memoryRoutes(clock)
  const faults = { away: false }
  const table: RouteTable = {
    bind: (...args) => inner.bind(...args),
    restore: (...args) => inner.restore(...args),
    unbind: (...args) => inner.unbind(...args),
    lookup: users => inner.lookup(users),
    life: () => inner.life(),
    sweep: (...args) =>
      faults.away ? Promise.reject(new RoutesUnavailable('away')) : inner.sweep(...args),
    claim: (...args) => inner.claim(...args),
    close: () => inner.close(),
  }
  const users = Array.from({ length: 1_200 }, (_, n) => ({ system: 'shop', uid: `user-${n}` }))
  for (const [n, user] of users.entries())
    await table.bind(
      route({ ...user, gate: n % 2 === 0 ? 'gate-9@x' : 'gate-1@a' }),
      oldest(1),
      ALL_LIVE,
    )
  const dead = new Set<string>()
  const heard: string[] = []
  const nodes = ['logic-1', 'logic-2'].map(name => {
    const routes = new Routes(table, async () => gate => !dead.has(gate))
    routes.onRoutesChanged(({ cause, user, left }) =>
      heard.push(`${name} ${cause} ${user.uid} ${left.length}`),
    )
    const metrics = createMetrics({ process: false })
    return new Sweeper({
      routes,
      clock,
      logger: silent(),
      metrics,
      node: { role: 'logic', name, incarnation: '1', address: '' },
      sweepKeysPerSecond: 500,
    })
  })
  const beat = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      for (const node of nodes) node.beat()
      await settle()
      clock.advance(1_000)
      await settle()
    }
  }
  const left = async (): Promise<number> => (await table.lookup(users)).flat().length
  return { clock, faults, dead, heard, nodes, beat, left }
}

t.test('what a dead gate leaves is removed by one node, at the rate, and told once', async t => {
  const { dead, heard, nodes, beat, left } = await scene()
  dead.add('gate-9@x')
  for (const node of nodes) node.died('gate-9@x')
  await beat(5)
  t.equal(await left(), 1_200, 'it may come back')
  await beat(1)
  const first = 1_200 - (await left())
  t.ok(first > 0 && first < 600, `${first} removed in the first second`)
  await beat(5)
  t.equal(await left(), 600)
  t.equal(heard.length, 600)
  t.equal(new Set(heard).size, 600)
  t.ok(heard.every(line => /^logic-1 sweep user-\d+ 1$/.test(line)))
  await beat(3)
  t.equal(heard.length, 600, 'the other node has nothing left to do')
})

t.test(
  'a node that stops is followed by another, and a table that is away is swept later',
  async t => {
    const { dead, faults, nodes, beat, left } = await scene()
    dead.add('gate-9@x')
    for (const node of nodes) node.died('gate-9@x')
    faults.away = true
    await beat(8)
    t.equal(await left(), 1_200)
    faults.away = false
    await beat(1)
    nodes[0]!.stop()
    await beat(20)
    t.equal(await left(), 600)
  },
)

t.test('gates that died while nobody watched are found by a round', async t => {
  const { dead, beat, left } = await scene()
  dead.add('gate-9@x')
  await beat(5)
  t.equal(await left(), 1_200)
  await beat(20)
  t.equal(await left(), 600)
})
