import t, { type Test } from 'tap'
import type { Route, SessionRule } from '../../src/routes/route-table.ts'
import { memoryWorld } from '../log/harness.ts'
import { PresenceWorld, routeKey } from './world.ts'

const RULE: SessionRule = { sessions: 1, full: 'oldest', rivals: [] }
let dials = 0

const start = async (nodes = 1) => {
  const p = new PresenceWorld(memoryWorld())
  p.users = ['ann', 'bob']
  const g1 = await p.startGate('g1')
  const g2 = await p.startGate('g2')
  for (let index = 0; index < nodes; index++) await p.startNode(index)
  // The lease is taken, and both gates are told.
  await p.world.pass(2_000)
  const { world } = p
  return {
    p,
    world,
    g1,
    g2,
    async login(uid: string, gate: string, { appcode = 1, device = 'phone', node = 0 } = {}) {
      const key = routeKey(uid, appcode, device)
      const wanted = { ...key, gate, slot: 1, generation: 1, dial: ++dials }
      const { routes } = p.nodes[node]!
      const { fence } = await world.settle(routes.bind(wanted, RULE))
      return { ...wanted, fence }
    },
    logout: (route: Route, node = 0) => world.settle(p.nodes[node]!.routes.unbind(route)),
    /** `kind uid reason` of all that was told of users. */
    async told(): Promise<string[]> {
      const events = await p.stream()
      return events.flatMap(event =>
        'uid' in event ? [`${event.kind} ${event.uid} ${event.reason}`] : [],
      )
    },
  }
}

t.test('an end that is back within the time to settle was never away', async t => {
  const { world, g1, g2, login, logout, told } = await start()
  for (const gate of [g1, g2, g1]) {
    const route = await login('ann', gate)
    await world.pass(1_000)
    await logout(route)
    await world.pass(2_900)
  }
  await login('ann', g2)
  await world.pass(60_000)
  t.strictSame(await told(), ['online ann login'])
})

t.test('an end that stays away is told offline once, after the time to settle', async t => {
  const { world, g1, login, logout, told } = await start()
  const route = await login('ann', g1)
  await world.pass(1_000)
  await logout(route)
  await world.pass(2_900)
  t.strictSame(await told(), ['online ann login'])
  await world.pass(300)
  t.strictSame(await told(), ['online ann login', 'offline ann closed'])
  await world.pass(60_000)
  t.equal((await told()).length, 2)
})

t.test('a device that takes the place of another is told, each by its own', async t => {
  const { world, g1, login, told } = await start()
  await login('ann', g1, { device: 'phone' })
  await world.pass(500)
  await login('ann', g1, { device: 'tablet' })
  await login('ann', g1, { appcode: 3 })
  await world.pass(10_000)
  t.strictSame(await told(), ['online ann login', 'online ann login', 'offline ann closed'])
})

t.test('the users of a dead gate are told offline, but for those who are back', async t => {
  const { p, world, g1, g2, login, told } = await start()
  await login('ann', g1)
  await login('bob', g1)
  await world.pass(1_000)
  await p.stopGate('g1')
  await world.pass(1_000)
  await login('bob', g2)
  await world.pass(10_000)
  t.strictSame((await told()).sort(), [
    'offline ann gate-lost',
    'online ann login',
    'online bob login',
  ])
})

t.test('a gate that was only paused brings its users back', async t => {
  const { p, world, g1, login, told } = await start()
  await login('ann', g1)
  await world.pass(1_000)
  const paused = p.gates.get('g1')!
  await p.stopGate('g1')
  await world.pass(10_000)
  p.gates.set('g1', paused)
  await p.registry.announce(paused, 1e12)
  await world.pass(10_000)
  t.strictSame(await told(), ['online ann login', 'offline ann gate-lost', 'online ann login'])
})

t.test('routes that were lost and put back within 10 s tell nothing', async t => {
  const { p, world, g1, login, told } = await start()
  const ann = await login('ann', g1)
  const bob = await login('bob', g1)
  await world.pass(5_000)
  p.routes.lose()
  await world.pass(9_000)
  for (const route of [ann, bob]) await world.settle(p.nodes[0]!.routes.restore(route, RULE))
  await world.pass(60_000)
  t.strictSame(await told(), ['online ann login', 'online bob login'])
})

t.test('what a logic had noted when it died is told by another', async (t: Test) => {
  const { p, world, g1, login, logout, told } = await start(2)
  const route = await login('ann', g1)
  await world.pass(1_000)
  await logout(route)
  await world.pass(100)
  await p.endNode(0)
  // Lease, look, and settle; what nobody had noted would take the sweep 15 s to believe.
  await world.pass(12_000)
  t.strictSame(await told(), ['online ann login', 'offline ann closed'])
})

t.test('a login whose logic died right behind it is told by another', async t => {
  const { p, world, g1, told } = await start(2)
  const { life, routes } = p.nodes[0]!
  life.endAfter(0, true)
  const wanted = { ...routeKey('ann', 1, 'phone'), gate: g1, slot: 1, generation: 1, dial: 1 }
  void routes.bind(wanted, RULE)
  await world.pass(100)
  t.strictSame((await p.live('ann')).length, 1, 'the route is there')
  await p.endNode(0)
  await world.pass(12_000)
  t.strictSame(await told(), ['online ann login'])
})

t.test('a store that is away for a while delays events, and loses none', async t => {
  let away = false
  const world = memoryWorld({ fault: () => (away ? { fail: 'after' } : undefined) })
  const p = new PresenceWorld(world)
  const g1 = await p.startGate('g1')
  await p.startNode(0)
  await world.pass(2_000)
  away = true
  const wanted = { ...routeKey('ann', 1, 'phone'), gate: g1, slot: 1, generation: 1, dial: 1 }
  const { routes } = p.nodes[0]!
  const { fence } = await world.settle(routes.bind(wanted, RULE))
  await world.pass(20_000)
  away = false
  await world.pass(20_000)
  away = true
  await world.settle(routes.unbind({ ...wanted, fence }))
  await world.pass(20_000)
  away = false
  await world.pass(20_000)
  const told = (await p.stream()).map(({ kind }) => kind)
  t.strictSame(told, ['gate_up', 'online', 'offline'])
})
