import { VirtualClock } from '@longwire/kit'
import { CODES } from '@longwire/proto'
import { TRUNK, trunkBody } from '@longwire/proto/trunk'
import t, { type Test } from 'tap'
import { memoryLimiter } from '../../src/limiter/memory.ts'
import type { SessionMaxima } from '../../src/login/session-limits.ts'
import { startRig, tokenFor, type Rig } from '../rig.ts'
import type { ScriptedPeer } from '../scripted-gate.ts'

const NONE: SessionMaxima = {
  perUser: 0,
  perApp: 0,
  perAddress: 0,
  logins: { perSecond: 0, burst: 1 },
}

/** Two nodes that share their limits, and time that the test moves. */
const twoNodes = async (
  t: Test,
  maxima: Partial<SessionMaxima>,
): Promise<{ clock: VirtualClock; nodes: Rig[] }> => {
  const clock = new VirtualClock()
  const limiter = memoryLimiter(clock)
  const sessions = { ...NONE, ...maxima }
  const nodes = [await startRig(t, { limiter, sessions }), await startRig(t, { limiter, sessions })]
  return { clock, nodes }
}

interface Try {
  readonly uid?: string
  readonly appcode?: number
  readonly device?: string
  readonly usage?: { appSessions?: number; address?: string; addressConnections?: number }
}

let slots = 0
/** The code of the refusal, or 0. */
const logIn = async (gate: ScriptedPeer, each: Try = {}): Promise<number> => {
  const { uid = 'ann', ...rest } = each
  const token = await tokenFor(uid)
  return (await gate.login({ uid, token, slot: ++slots, dial: slots, ...rest })).code
}

t.test('an address counts over all gates, and those of a dead gate fall out', async t => {
  const { clock, nodes } = await twoNodes(t, { perAddress: 100 })
  const first = await nodes[0]!.gate('gate-1')
  const second = await nodes[1]!.gate('gate-2')
  const usage = (addressConnections: number) => ({ address: '192.0.2.1', addressConnections })
  t.equal(await logIn(first, { usage: usage(60) }), 0)
  t.equal(await logIn(second, { usage: usage(40) }), 0)
  t.equal(await logIn(second, { usage: usage(41) }), CODES.ADDRESS_LIMIT.code)
  t.equal(await logIn(second, { usage: { address: '192.0.2.2', addressConnections: 90 } }), 0)
  t.equal(await logIn(second), 0, 'an address with few connections is not asked about')
  clock.advance(20_000)
  t.equal(await logIn(second, { usage: usage(90) }), 0, 'gate-1 has said nothing for 20 s')
})

t.test('what gates report keeps their share alive', async t => {
  const { clock, nodes } = await twoNodes(t, { perAddress: 100, perApp: 10 })
  const first = await nodes[0]!.gate('gate-1')
  const second = await nodes[1]!.gate('gate-2')
  for (let round = 0; round < 5; round++) {
    clock.advance(5_000)
    const usage = trunkBody.Usage.encode({
      apps: [{ appcode: 1, sessions: 9 }],
      addresses: [{ address: '192.0.2.1', connections: 80 }],
    }).finish()
    first.writer.frame(TRUNK.USAGE, '', usage)
    first.flush()
    await logIn(first, { uid: `behind-it-${round}`, usage: { appSessions: 9 } })
  }
  const many = { address: '192.0.2.1', addressConnections: 21 }
  t.equal(await logIn(second, { usage: many }), CODES.ADDRESS_LIMIT.code)
  t.equal(await logIn(second, { usage: { appSessions: 2 } }), CODES.APP_LIMIT.code)
  t.equal(await logIn(second, { usage: { appSessions: 1 } }), 0)
})

t.test('a user logs in so often, wherever', async t => {
  const { clock, nodes } = await twoNodes(t, { logins: { perSecond: 0.1, burst: 3 } })
  const first = await nodes[0]!.gate('gate-1')
  const second = await nodes[1]!.gate('gate-2')
  t.same([await logIn(first), await logIn(second), await logIn(first)], [0, 0, 0])
  const refused = await second.login({ uid: 'ann', token: 'not even looked at', slot: 900 })
  t.equal(refused.code, CODES.RATE_LIMITED.code)
  t.equal(refused.retryAfter, 10_000)
  t.equal(await logIn(second, { uid: 'bob' }), 0)
  clock.advance(10_000)
  t.equal(await logIn(second), 0)
})

t.test('sessions that give way to a login do not count against it', async t => {
  const phone = { system: 'shop', sessions: 2, exclusive: 'phone' }
  const apps = [
    { appcode: 1, platform: 'ios', ...phone },
    { appcode: 2, platform: 'android', ...phone },
    { appcode: 3, platform: 'web', system: 'shop', sessions: 2 },
  ]
  const rig = await startRig(t, { apps, businesses: [], sessions: { ...NONE, perUser: 3 } })
  const gate = await rig.gate('gate-1')
  const live = { role: 'gate', name: 'gate-1', incarnation: 'a', address: '' } as const
  await rig.registry.announce(live, 3_600_000)
  for (const device of ['one', 'two']) t.equal(await logIn(gate, { appcode: 1, device }), 0)
  t.equal(await logIn(gate, { appcode: 3, device: 'three' }), 0)
  t.equal(await logIn(gate, { appcode: 3, device: 'four' }), CODES.USER_LIMIT.code)
  t.equal(await logIn(gate, { appcode: 2, device: 'five' }), 0, 'both of appcode 1 end')
  t.equal(await logIn(gate, { appcode: 3, device: 'four' }), 0, 'and have left room')
})

t.test('limits that are read again hold for the next login, and end nobody', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate('gate-1')
  const live = { role: 'gate', name: 'gate-1', incarnation: 'a', address: '' } as const
  await rig.registry.announce(live, 3_600_000)
  t.equal(await logIn(gate, { appcode: 1, device: 'phone' }), 0)
  t.equal(await logIn(gate, { appcode: 2, device: 'laptop' }), 0)
  rig.logic.reload({ businesses: [], sessions: { ...NONE, perUser: 2 } })
  t.equal(await logIn(gate, { appcode: 2, device: 'desktop' }), CODES.USER_LIMIT.code)
  t.same(gate.of(TRUNK.KICK), [])
  rig.logic.reload({ businesses: [] })
  t.equal(await logIn(gate, { appcode: 2, device: 'desktop' }), 0)
})

t.test('a user has so many sessions over all appcodes', async t => {
  const rig = await startRig(t, { sessions: { ...NONE, perUser: 2 } })
  const gate = await rig.gate('gate-1')
  const live = { role: 'gate', name: 'gate-1', incarnation: 'a', address: '' } as const
  await rig.registry.announce(live, 3_600_000)
  t.equal(await logIn(gate, { appcode: 1, device: 'phone' }), 0)
  t.equal(await logIn(gate, { appcode: 2, device: 'laptop' }), 0)
  t.equal(await logIn(gate, { appcode: 2, device: 'desktop' }), CODES.USER_LIMIT.code)
  t.equal(await logIn(gate, { appcode: 2, device: 'laptop' }), 0, 'the same device replaces')
  t.equal(await logIn(gate, { appcode: 1, device: 'tablet' }), 0, 'its elder gives way')
  t.equal(await logIn(gate, { appcode: 2, device: 'desktop', uid: 'bob' }), 0)
  t.equal(await logIn(gate, { appcode: 9, device: 'other-system' }), 0)
})
