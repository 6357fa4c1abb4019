import type { Test } from 'tap'
import type { NodeInfo, Registry } from '../../src/registry.ts'

export interface RegistryCase {
  /** Two doors to one registry, as two processes would have. */
  make(): Promise<{ one: Registry; other: Registry }>
  /** Lets this much time pass for the leases. */
  elapse(ms: number): Promise<void>
}

const node = (name: string, incarnation: string, role: NodeInfo['role'] = 'logic'): NodeInfo => ({
  role,
  name,
  incarnation,
  address: `127.0.0.1:${name.length}`,
})
const names = (nodes: readonly NodeInfo[]): string[] =>
  nodes.map(({ name, incarnation }) => `${name}@${incarnation}`).sort()

/** What every Registry must do. */
export const registryContract = (t: Test, { make, elapse }: RegistryCase): void => {
  t.test('an announced node is seen through another door, whole', async t => {
    const { one, other } = await make()
    await one.announce(node('a', '1'), 60_000)
    t.strictSame(await other.list('logic'), [node('a', '1')])
  })

  t.test('roles are kept apart', async t => {
    const { one, other } = await make()
    await one.announce(node('a', '1', 'gate'), 60_000)
    t.strictSame(await other.list('logic'), [])
    t.strictSame(names(await other.list('gate')), ['a@1'])
  })

  t.test('two incarnations of a name are two nodes', async t => {
    const { one, other } = await make()
    await one.announce(node('a', '1'), 60_000)
    await other.announce(node('a', '2'), 60_000)
    t.strictSame(names(await one.list('logic')), ['a@1', 'a@2'])
    await one.withdraw(node('a', '1'))
    t.strictSame(names(await one.list('logic')), ['a@2'])
  })

  t.test('a node that does not renew is gone, one that does stays', async t => {
    const { one, other } = await make()
    await one.announce(node('dead', '1'), 100)
    await one.announce(node('live', '1'), 100)
    await one.announce(node('live', '1'), 60_000)
    await elapse(150)
    t.strictSame(names(await other.list('logic')), ['live@1'])
  })

  t.test('a renewal carries the newest address, and a withdrawn node can come back', async t => {
    const { one, other } = await make()
    await one.announce(node('a', '1'), 60_000)
    const vitals = { since: 1_700_000_000_000, sessions: 7 }
    const load = { conns: 3_000, capacity: 4_000, epoch: 65_535, elu: 0.25, accept: 1_500 }
    const reach = {
      addresses: [
        { url: 'tls://203.0.113.7:7001#push.example.com', net: 'north' },
        { url: 'ws://x:1' },
      ],
      appcodes: [1, 2],
    }
    const health = {
      requests: 9,
      errors: 1,
      lost: 2,
      delivered: 70,
      acked: 69,
      latencyMs: 31,
      lagMs: 4,
      rssMb: 120,
    }
    const sides = {
      release: '018c3f2a9b000001',
      since: 1_700_000_000_000,
      gates: ['gate-b*'],
      version: '1.4.0',
      cohort: { share: 1_000, appcodes: [1], agents: ['app/2'] },
    }
    const more = { vitals, load, reach, version: '1.4.0', health, sides }
    const renewed = { ...node('a', '1'), address: '127.0.0.1:99', ...more }
    await one.announce(renewed, 60_000)
    t.strictSame(await other.list('logic'), [renewed])
    await one.withdraw(node('a', '1'))
    t.strictSame(await other.list('logic'), [])
    await one.announce(node('a', '1'), 60_000)
    t.strictSame(names(await other.list('logic')), ['a@1'])
  })

  t.test('withdrawing a node that is not there is no error', async t => {
    const { one } = await make()
    await one.withdraw(node('nobody', '1'))
    t.strictSame(await one.list('logic'), [])
  })
}
