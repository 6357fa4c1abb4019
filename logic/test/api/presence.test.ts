import t, { type Test } from 'tap'
import { startRig, tokenFor, type Rig } from '../rig.ts'
import { OpenApi, type Document } from './openapi.ts'

const start = async (t: Test): Promise<{ rig: Rig; api: OpenApi }> => {
  const rig = await startRig(t)
  const response = await rig.http('GET', '/openapi.json')
  return { rig, api: new OpenApi((await response.json()) as Document) }
}

t.test('who is online is told per uid, as far as the key may see', async t => {
  const { rig, api } = await start(t)
  const gate = await rig.gate()
  await gate.login({ uid: 'ann', token: await tokenFor('ann') })
  await gate.login({ uid: 'ann', token: await tokenFor('ann'), appcode: 2, slot: 2 })
  const ask = async (body: unknown, headers?: Record<string, string>): Promise<unknown> =>
    api.check(t, await rig.http('POST', '/v1/online', body, headers), 'POST', '/v1/online')
  const phone = { appcode: 1, device: 'phone', gate: 'gate-1@a' }
  t.match(await ask({ uids: ['bob', 'ann'] }), {
    users: [
      { uid: 'bob', online: false, ends: [] },
      { uid: 'ann', online: true, ends: [phone, { ...phone, appcode: 2 }] },
    ],
  })
  t.match(await ask({ uids: ['ann'], appcode: 1 }), { users: [{ ends: [phone] }] })
  const android = { authorization: 'Bearer android-key' }
  const seen = (await ask({ uids: ['ann'] }, android)) as { users: [{ ends: unknown[] }] }
  t.match(seen.users[0].ends, [phone])
  t.equal(seen.users[0].ends.length, 1)
  t.match(await ask({ uids: ['ann'], appcode: 2 }, android), { code: 'FORBIDDEN' })
  t.match(await ask({ uids: ['ann'], appcode: 77 }), { code: 'UNKNOWN_APPCODE' })
  t.match(await ask({ uids: [] }), { code: 'INVALID' })
  t.match(await ask({ uids: Array.from({ length: 1_001 }, String) }), { code: 'INVALID' })
  t.match(await ask({ uids: ['語'.repeat(22)] }), { code: 'INVALID' })
  t.match(await ask({ uids: ['ann'] }, { authorization: '' }), { code: 'UNAUTHORIZED' })
  rig.faults.routes = true
  t.match(await ask({ uids: ['ann'] }), { code: 'UNAVAILABLE' })
})

t.test('routes of a gate that died count for nobody', async t => {
  const { rig } = await start(t)
  await rig.routes.bind(
    {
      system: 'shop',
      uid: 'ann',
      appcode: 1,
      device: 'phone',
      gate: 'gone@a',
      slot: 1,
      generation: 1,
      dial: 1,
    },
    { sessions: 1, full: 'oldest', rivals: [] },
    async () => () => true,
  )
  const answer = await (await rig.http('POST', '/v1/online', { uids: ['ann'] })).json()
  t.match(answer, { users: [{ online: false, ends: [] }] })
})

t.test('the gates that live are listed with what they said of themselves', async t => {
  const { rig, api } = await start(t)
  await rig.gate('linked')
  const vitals = { since: 1_700_000_000_000, sessions: 7 }
  const node = { role: 'gate', name: 'listed', incarnation: 'b', address: '10.0.0.1:7001' } as const
  const load = { conns: 9, capacity: 100, epoch: 1, elu: 0 }
  const addresses = [{ url: 'tcp://10.0.0.1:7001' }, { url: 'ws://10.0.0.1:7002', net: 'north' }]
  await rig.registry.announce({ ...node, vitals, load, reach: { addresses } }, 60_000)
  for (;;) {
    const response = await rig.http('GET', '/v1/gates')
    const body = (await api.check(t, response, 'GET', '/v1/gates')) as { gates: unknown[] }
    if (body.gates.length < 2) continue
    t.match(body.gates, [
      { id: 'linked@a', listed: false },
      {
        id: 'listed@b',
        name: 'listed',
        incarnation: 'b',
        address: '10.0.0.1:7001',
        listed: true,
        sessions: 7,
        since: '2023-11-14T22:13:20.000Z',
        connections: 9,
        capacity: 100,
        addresses,
      },
    ])
    t.equal(response.headers.get('cache-control'), 'no-store')
    break
  }
  const wrong = await rig.http('GET', '/v1/gates', undefined, { authorization: 'Bearer wrong' })
  t.match(await api.check(t, wrong, 'GET', '/v1/gates'), { code: 'UNAUTHORIZED' })
  const open = await fetch(`${rig.url}/v1/gates?transport=tcp&appcode=1`)
  t.match(await api.check(t, open, 'GET', '/v1/gates'), {
    gates: [{ url: 'tcp://10.0.0.1:7001', load: 0.09 }],
  })
})
