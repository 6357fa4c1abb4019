import { TRUNK, trunkBody } from '@longwire/proto/trunk'
import t from 'tap'
import { APPS, BUSINESSES, startRig } from '../rig.ts'
import { OpenApi, type Document } from './openapi.ts'

const OPERATOR = { authorization: 'Bearer operator-key' }
const ALL = APPS.map(app => app.appcode)

t.test('an operator has the clients of a gate told something else', async t => {
  const rig = await startRig(t, {
    businesses: [
      ...BUSINESSES,
      { name: 'ops', key: 'operator-key', appcodes: ALL, role: 'operator' },
      { name: 'part', key: 'part-key', appcodes: [1], role: 'operator' },
    ],
  })
  const api = new OpenApi((await (await rig.http('GET', '/openapi.json')).json()) as Document)
  const ask = async (id: string, body: unknown, headers: Record<string, string> = OPERATOR) => {
    const path = `/v1/gates/${encodeURIComponent(id)}/hints`
    const response = await rig.http('POST', path, body, headers)
    return api.check(t, response, 'POST', '/v1/gates/{id}/hints')
  }
  const gate = await rig.gate('gate-1')
  const asked = ask('gate-1@a', { pingMaxMs: 300_000, wake: false })
  const frame = await gate.next(TRUNK.HINT)
  t.match(trunkBody.Hints.decode(frame.body), { pingMax: 300_000, pingStart: 0, quiet: true })
  const holds = {
    pingStart: 270_000,
    pingMax: 300_000,
    pingFloor: 45_000,
    ackTimeout: 0,
    reconnectWindow: 3_000,
    sessions: 7,
  }
  gate.writer.head.sequenceid = frame.sequenceid
  gate.writer.frame(TRUNK.HINTED, '', trunkBody.Hints.encode(holds).finish())
  gate.flush()
  t.match(await asked, {
    gate: 'gate-1@a',
    sessions: 7,
    pingMaxMs: 300_000,
    reconnectWindowMs: 3_000,
  })
  t.match(await ask('gate-9@a', { pingMaxMs: 300_000 }), { code: 'NOT_FOUND', detail: /gate-9@a/ })
  t.match(await ask('gate-1@a', {}), { code: 'INVALID' })
  t.match(await ask('gate-1@a', { pingMaxMs: 5 }), { code: 'INVALID' })
  const body = { pingMaxMs: 300_000 }
  t.match(await ask('gate-1@a', body, { authorization: 'Bearer nobody' }), { code: 'UNAUTHORIZED' })
  for (const key of ['part-key', BUSINESSES[0]!.key])
    t.match(await ask('gate-1@a', body, { authorization: `Bearer ${key}` }), { code: 'FORBIDDEN' })
  t.equal(gate.of(TRUNK.HINT).length, 0, 'no gate heard of those')
})

t.test('an operator sees the networks of clients, all gates together', async t => {
  const rig = await startRig(t, {
    businesses: [
      ...BUSINESSES,
      { name: 'ops', key: 'operator-key', appcodes: ALL, role: 'operator' },
    ],
  })
  const api = new OpenApi((await (await rig.http('GET', '/openapi.json')).json()) as Document)
  const ask = async (query = '', headers: Record<string, string> = OPERATOR) => {
    const response = await rig.http('GET', `/v1/networks${query}`, undefined, headers)
    return api.check(t, response, 'GET', '/v1/networks')
  }
  t.same(await ask(), { gates: 0, networks: [] })
  const home = { network: '203.0.0.0/16', sessions: 30, learned: 20, learnedMs: 20 * 270_000 }
  const rows = [
    [
      { ...home, counts: [0, 0, 0, 0, 20] },
      { network: '2001:db8::/32', sessions: 40 },
    ],
    [{ ...home, learnedMs: 20 * 1_000_000, counts: [0, 0, 0, 0, 0, 0, 0, 0, 20] }],
  ]
  for (const [index, networks] of rows.entries()) {
    const gate = await rig.gate(`gate-${index}`)
    gate.writer.frame(TRUNK.USAGE, '', trunkBody.Usage.encode({ networks }).finish())
    gate.flush()
  }
  const both = {
    gates: 2,
    networks: [
      {
        network: '203.0.0.0/16',
        sessions: 60,
        learned: 40,
        meanSeconds: 635,
        histogram: { 300: 20, more: 20 },
      },
      { network: '2001:db8::/32', sessions: 40, learned: 0, histogram: {} },
    ],
  }
  let found = await ask()
  while ((found as typeof both).gates < 2) found = await ask()
  t.same(found, both)
  t.same(await ask('?limit=1'), { gates: 2, networks: both.networks.slice(0, 1) })
  t.match(await ask('?limit=0'), { code: 'INVALID' })
  const sender = { authorization: `Bearer ${BUSINESSES[0]!.key}` }
  t.match(await ask('', sender), { code: 'FORBIDDEN' })
})
