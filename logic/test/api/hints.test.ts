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
