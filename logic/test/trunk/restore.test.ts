import { CODES } from '@longwire/proto'
import { encodeRouteEntry, TRUNK, type RouteEntry } from '@longwire/proto/trunk'
import t from 'tap'
import { startRig, tokenFor, type Rig } from '../rig.ts'
import type { ScriptedPeer } from '../scripted-gate.ts'

const ANN = { system: 'shop', uid: 'ann' }

const announce = (gate: ScriptedPeer, number: number, entries: Partial<RouteEntry>[]): void => {
  const base = {
    appcode: 1,
    slot: 1,
    generation: 1,
    dial: 1,
    fence: 1,
    uid: 'ann',
    device: 'phone',
  }
  gate.writer.head.sequenceid = number
  gate.writer.frame(
    TRUNK.ANNOUNCE,
    '',
    Buffer.concat(entries.map(entry => encodeRouteEntry({ ...base, ...entry }))),
  )
  gate.flush()
}

const stale = (gate: ScriptedPeer, slot: number, generation: number): void => {
  Object.assign(gate.writer.head, { slot, generation })
  gate.writer.frame(TRUNK.STALE, '')
  gate.flush()
}

const routesOf = async (rig: Rig): Promise<string[]> =>
  (await rig.routes.lookup([ANN]))[0]!.map(({ device, gate }) => `${device}/${gate}`)

t.test('every gate hears the life of the route table, and the next one after a loss', async t => {
  const rig = await startRig(t)
  const [first, second] = [await rig.gate('gate-1'), await rig.gate('gate-2')]
  const life = (await first.next(TRUNK.WHO)).body.toString()
  t.equal((await second.next(TRUNK.WHO)).body.toString(), life)
  rig.routes.lose()
  const [one, two] = await Promise.all([first.next(TRUNK.WHO), second.next(TRUNK.WHO)])
  t.not(one.body.toString(), life)
  t.equal(two.body.toString(), one.body.toString())
})

t.test('an announced session has its route again and hears of what it missed', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  const { fence, epoch } = await gate.login({ uid: 'ann', token: await tokenFor('ann'), dial: 5 })
  t.ok(fence > 0)
  rig.routes.lose()
  await rig.send('ann', 'nobody is told')
  announce(gate, 77, [{ dial: 5, fence }])
  t.equal((await gate.next(TRUNK.DONE)).sequenceid, 77)
  t.match(await gate.next(TRUNK.HEAD), { slot: 1, generation: 1, sequenceid: 1, reserve: epoch })
  t.match((await rig.routes.lookup([ANN]))[0], [{ fence, dial: 5, gate: 'gate-1@a', slot: 1 }])
  t.same(gate.of(TRUNK.DELIVER), [])
  announce(gate, 78, [{ dial: 5, fence }])
  t.equal((await gate.next(TRUNK.DONE)).sequenceid, 78)
  await rig.send('ann', 'told')
  t.match(await gate.next(TRUNK.DELIVER), { slot: 1, sequenceid: 2 })
  t.same(gate.of(TRUNK.HEAD), [], 'announced once more it needs no head')
})

t.test('sessions that lost while their route was gone are kicked, wherever they are', async t => {
  const rig = await startRig(t)
  const [old, gate] = [await rig.gate('gate-1'), await rig.gate('gate-2')]
  const token = await tokenFor('ann')
  const first = await old.login({ uid: 'ann', token, dial: 5, slot: 4, generation: 8 })
  rig.routes.lose()
  await gate.login({ uid: 'ann', token, dial: 6 })
  announce(old, 1, [{ dial: 5, slot: 4, generation: 8, fence: first.fence }])
  t.match(await old.next(TRUNK.KICK), { slot: 4, generation: 8, reserve: CODES.SUPERSEDED.code })
  t.same(await routesOf(rig), ['phone/gate-2@a'])
  await gate.login({ uid: 'ann', token, device: 'tablet', slot: 2 })
  await gate.next(TRUNK.KICK)
  announce(old, 2, [{ dial: 5, slot: 4, generation: 8, fence: first.fence }])
  t.match(await old.next(TRUNK.KICK), { slot: 4, generation: 8, reserve: CODES.KICKED.code })
  announce(gate, 3, [{ device: 'desk', slot: 9, fence: 2 ** 52 }])
  t.match(await gate.next(TRUNK.KICK), { slot: 2, reserve: CODES.KICKED.code })
  t.same(await routesOf(rig), ['desk/gate-2@a'])
})

t.test(
  'a device that logged in with a lower dial meanwhile has to dial again, not to stop',
  async t => {
    const rig = await startRig(t)
    const gate = await rig.gate()
    const token = await tokenFor('ann')
    const silent = await gate.login({ uid: 'ann', token, dial: 9, slot: 4 })
    rig.routes.lose()
    const later = await gate.login({ uid: 'ann', token, dial: 5, slot: 6 })
    t.equal(later.code, 0, 'its clock went back')
    announce(gate, 1, [{ dial: 9, slot: 4, fence: silent.fence }])
    t.match(await gate.next(TRUNK.KICK), { slot: 6, reserve: CODES.STALE_DIAL.code })
    announce(gate, 2, [{ dial: 5, slot: 6, fence: later.fence }])
    t.match(await gate.next(TRUNK.KICK), { slot: 6, reserve: CODES.STALE_DIAL.code })
    t.equal((await gate.login({ uid: 'ann', token, dial: 10, slot: 7 })).code, 0)
    t.match(await gate.next(TRUNK.KICK), { slot: 4, reserve: CODES.SUPERSEDED.code })
  },
)

t.test('what cannot be restored or removed now is not answered', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  const { fence } = await gate.login({ uid: 'ann', token: await tokenFor('ann') })
  rig.faults.routes = true
  announce(gate, 5, [{ fence }])
  gate.gone({ uid: 'ann', sequenceid: 6 })
  await rig.send('ann', 'refused')
  rig.faults.routes = false
  announce(gate, 7, [{ fence }])
  t.equal((await gate.next(TRUNK.DONE)).sequenceid, 7)
  t.same(gate.of(TRUNK.DONE), [])
  gate.gone({ uid: 'ann', sequenceid: 8 })
  t.equal((await gate.next(TRUNK.DONE)).sequenceid, 8)
  t.same(await routesOf(rig), [])
  gate.gone({ uid: 'ann', sequenceid: 9, appcode: 77 })
  t.equal((await gate.next(TRUNK.DONE)).sequenceid, 9, 'of an appcode that is no more')
})

t.test('STALE removes the route that led there, and no newer one', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  const token = await tokenFor('ann')
  await gate.login({ uid: 'ann', token, slot: 3 })
  await rig.send('ann', 'hello')
  t.equal((await gate.next(TRUNK.DELIVER)).slot, 3)
  await gate.login({ uid: 'ann', token, slot: 4, dial: 2 })
  stale(gate, 3, 1)
  await rig.send('ann', 'again')
  t.equal((await gate.next(TRUNK.DELIVER)).slot, 4)
  t.same(await routesOf(rig), ['phone/gate-1@a'])
  stale(gate, 4, 1)
  while ((await routesOf(rig)).length > 0) await new Promise(resolve => setImmediate(resolve))
  stale(gate, 99, 1)
  await rig.send('ann', 'to nobody')
  t.same(gate.of(TRUNK.DELIVER), [])
})
