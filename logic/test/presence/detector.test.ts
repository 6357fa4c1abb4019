import {
  RegistryUnavailable,
  VirtualClock,
  createMetrics,
  memoryRegistry,
  type NodeInfo,
} from '@longwire/kit'
import t, { type Test } from 'tap'
import { Detector } from '../../src/presence/detector.ts'
import { silent } from '../rig.ts'

const gate = (name: string): NodeInfo => ({
  role: 'gate',
  name,
  incarnation: 'a',
  address: '127.0.0.1:1',
  vitals: { since: 1, sessions: 3 },
})

const set = (t: Test) => {
  const clock = new VirtualClock()
  const inner = memoryRegistry(clock)
  const faults = { away: false }
  const links = new Map<string, number>()
  const told: string[] = []
  const metrics = createMetrics({ process: false })
  const registry = {
    ...inner,
    list: (role: 'gate' | 'logic') =>
      faults.away ? Promise.reject(new RegistryUnavailable('away')) : inner.list(role),
  }
  const detector = new Detector({
    registry,
    clock,
    logger: silent(),
    metrics,
    links: () => links,
    onUp: ({ id }) => told.push(`up ${id}`),
    onDown: ({ id }, loss) => told.push(`down ${id} ${loss}`),
  })
  t.teardown(() => detector.stop())
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  return {
    clock,
    registry: inner,
    faults,
    links,
    told,
    metrics,
    detector,
    settle,
    /** Lets time pass in small steps, as the detector looks again and again. */
    async pass(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += 50) {
        clock.advance(50)
        await settle()
      }
    },
  }
}

t.test('a killed gate is found with its lease: 3 s after its last beat', async t => {
  const { clock, registry, links, told, detector, pass, metrics } = set(t)
  await registry.announce(gate('g1'), 3_000)
  links.set('g1@a', 0)
  await detector.start()
  t.strictSame(told, ['up g1@a'])
  t.match(detector.gates(), [{ id: 'g1@a', listed: true, node: gate('g1') }])
  await pass(1_000)
  await registry.announce(gate('g1'), 3_000)
  links.delete('g1@a')
  const diedAt = clock.now()
  await pass(2_900)
  t.ok(detector.isLive('g1@a'), 'its lease stands: another logic may still be linked to it')
  while (detector.isLive('g1@a')) await pass(50)
  t.ok(clock.now() - diedAt <= 3_150, `found after ${clock.now() - diedAt} ms`)
  t.strictSame(told, ['up g1@a', 'down g1@a link-closed'])
  t.match(await metrics.text(), 'longwire_gates_lost_total{reason="link-closed"} 1')
})

t.test('a paused gate keeps its link, and is found by its silence', async t => {
  const { registry, links, told, detector, pass } = set(t)
  await registry.announce(gate('g1'), 3_000)
  links.set('g1@a', 0)
  await detector.start()
  links.set('g1@a', 3_000)
  await pass(3_500)
  t.strictSame(told, ['up g1@a', 'down g1@a silent'])
  links.set('g1@a', 0)
  await registry.announce(gate('g1'), 3_000)
  await pass(500)
  t.strictSame(told.at(-1), 'up g1@a', 'it goes on')
})

t.test('a gate that leaves is not counted as lost', async t => {
  const { registry, links, told, detector, pass, metrics } = set(t)
  await registry.announce(gate('g1'), 3_000)
  links.set('g1@a', 0)
  await detector.start()
  await pass(600)
  await registry.withdraw(gate('g1'))
  await pass(600)
  t.ok(detector.isLive('g1@a'), 'it drains: its sessions are still there')
  links.delete('g1@a')
  await pass(600)
  t.strictSame(told, ['up g1@a', 'down g1@a left'])
  t.equal(detector.lossOf('g1@a'), 'left')
  t.notMatch(await metrics.text(), 'longwire_gates_lost_total{')
})

t.test('an emptied registry makes no gate dead that is heard', async t => {
  const { registry, links, told, detector, pass } = set(t)
  await registry.announce(gate('g1'), 60_000)
  links.set('g1@a', 0)
  await detector.start()
  await registry.withdraw(gate('g1'))
  await pass(5_000)
  t.ok(detector.isLive('g1@a'))
  t.strictSame(told, ['up g1@a'])
  t.match(detector.gates(), [{ listed: false, node: { address: '127.0.0.1:1' } }])
})

t.test('a registry that is away makes no gate dead; before its first word nobody is', async t => {
  const { registry, faults, told, detector, pass } = set(t)
  faults.away = true
  await detector.start()
  t.notOk(detector.knows)
  t.ok(detector.isLive('g1@a'))
  faults.away = false
  await registry.announce(gate('g1'), 3_000)
  await pass(1_000)
  faults.away = true
  await pass(10_000)
  t.ok(detector.isLive('g1@a'))
  faults.away = false
  await pass(1_000)
  t.strictSame(told, ['up g1@a', 'down g1@a link-closed'])
})

t.test('a gate that is not known is looked for before its routes count for nothing', async t => {
  const { clock, registry, detector } = set(t)
  await detector.start()
  clock.advance(200)
  await registry.announce(gate('new'), 3_000)
  const isLive = await detector.judge(['new@a', 'old@a'])
  t.ok(isLive('new@a'))
  t.notOk(isLive('old@a'))
})
