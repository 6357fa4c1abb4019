import t from 'tap'
import { createLogger, memoryRegistry, type NodeInfo, VirtualClock } from '@longwire/kit'
import { Fleet } from '../src/fleet.ts'
import { stage } from './support/stage.ts'

const LEASE_MS = 1_000_000
const node = (name: string, load?: NodeInfo['load']): NodeInfo => ({
  role: 'gate',
  name,
  incarnation: `${name}-1`,
  address: '127.0.0.1:1',
  load,
})
const load = (conns: number, capacity: number, accept?: number): NodeInfo['load'] => ({
  ...(accept === undefined ? {} : { accept }),
  conns,
  capacity,
  epoch: 1,
  elu: 0,
})

const make = (conns: number, capacity: number, accept: number | undefined = 500) => {
  const clock = new VirtualClock()
  const registry = memoryRegistry(clock)
  const fleet = new Fleet({
    clock,
    log: createLogger({ level: 'silent', name: 'gate' }),
    node: node('me'),
    registry,
    loopUse: () => 0.123_456,
    capacity,
    conns: () => conns,
    accept: () => (accept === 0 ? undefined : accept),
    acceptMax: 5_000,
  })
  return { clock, registry, fleet }
}

t.test('without a look at the registry the mean is unknown', async t => {
  t.equal(make(100, 1_000).fleet.mean, 0)
})

t.test('a gate alone is the mean', async t => {
  const { fleet } = make(100, 1_000)
  await fleet.look()
  t.equal(fleet.mean, 100)
})

t.test('equal gates: the plain mean, with the own count of now', async t => {
  const { fleet, registry } = make(900, 1_000)
  await registry.announce(node('me', load(1, 1_000)), LEASE_MS)
  await registry.announce(node('b', load(600, 1_000)), LEASE_MS)
  await registry.announce(node('c', load(300, 1_000)), LEASE_MS)
  await registry.announce(node('silent'), LEASE_MS)
  await fleet.look()
  t.equal(fleet.mean, 600)
})

t.test('unequal gates: each is to be as full as the others', async t => {
  const { fleet, registry } = make(100, 1_000)
  await registry.announce(node('b', load(2_100, 3_000)), LEASE_MS)
  await fleet.look()
  t.equal(fleet.mean, 550)
})

t.test('while the registry is away what is known stays, for a minute', async t => {
  const { clock, fleet, registry } = make(100, 1_000)
  await registry.announce(node('b', load(300, 1_000)), LEASE_MS)
  await fleet.look()
  t.teardown(() => registry.close())
  Reflect.set(registry, 'list', () => Promise.reject(new Error('away')))
  clock.advance(59_000)
  await fleet.look()
  t.equal(fleet.mean, 200)
  clock.advance(1_001)
  t.equal(fleet.mean, 0)
})

t.test(
  'what is published: connections, capacity, an epoch of the incarnation, the busy share',
  async t => {
    const { fleet } = make(7, 1_000)
    fleet.sample()
    t.match(fleet.load, { conns: 7, capacity: 1_000, elu: 0.123 })
    t.ok(fleet.load.epoch >= 1 && fleet.load.epoch <= 65_535)
  },
)

t.test('a gate publishes its load with every beat', async t => {
  const s = await stage(t, { limits: { sessions: 100, capacity: 50 } })
  await s.dial('tcp')
  await s.dial('ws')
  await s.pass(1_000)
  const [listed] = await s.registry.list('gate')
  t.match(listed?.load, { conns: 2, capacity: 50, elu: 0 })
  t.equal(await s.metric('longwire_gate_fleet_mean'), 2)
})

t.test('clients of a gate that dies spread over what the others need to take them', async t => {
  const { fleet, registry } = make(30_000, 100_000)
  await fleet.look()
  t.equal(fleet.windowMs, 72_000, 'alone: until it has taken them itself')
  await registry.announce(node('b', load(30_000, 100_000, 2_000)), LEASE_MS)
  await registry.announce(node('c', load(30_000, 100_000, 1_000)), LEASE_MS)
  await fleet.look()
  t.equal(fleet.windowMs, 12_000)
})

t.test('who has not seen enough logins to say is reckoned to be like the others', async t => {
  const { fleet, registry } = make(30_000, 100_000, 0)
  t.equal(fleet.load.accept, undefined, 'it says nothing of itself')
  await fleet.look()
  t.equal(fleet.windowMs, 7_200, 'where nobody knows: what is configured')
  await registry.announce(node('b', load(30_000, 100_000, 2_000)), LEASE_MS)
  await registry.announce(node('c', load(30_000, 100_000)), LEASE_MS)
  await fleet.look()
  t.equal(fleet.windowMs, 9_000)
})

t.test('a gate that has just begun tells the window it will need', async t => {
  const { fleet, registry } = make(0, 100_000)
  await registry.announce(node('b', load(60_000, 100_000, 1_000)), LEASE_MS)
  await fleet.look()
  t.equal(fleet.windowMs, 36_000)
})
