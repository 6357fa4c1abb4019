import { CODES } from '@longwire/proto'
import { TRUNK, trunkBody } from '@longwire/proto/trunk'
import t, { type Test } from 'tap'
import { APPS, BUSINESSES, startRig, tokenFor, type Rig } from '../rig.ts'
import type { ScriptedPeer } from '../scripted-gate.ts'
import { OpenApi, type Document } from './openapi.ts'

const OPERATOR = { authorization: 'Bearer operator-key' }
const ALL = APPS.map(app => app.appcode)

const start = async (t: Test): Promise<{ rig: Rig; api: OpenApi; ask: Ask }> => {
  const rig = await startRig(t, {
    businesses: [
      ...BUSINESSES,
      { name: 'ops', key: 'operator-key', appcodes: ALL, role: 'operator' },
      { name: 'part', key: 'part-key', appcodes: [1], role: 'operator' },
    ],
  })
  const api = new OpenApi((await (await rig.http('GET', '/openapi.json')).json()) as Document)
  const ask: Ask = async (method, path, body, headers = OPERATOR) => {
    const documented = path.split('?')[0]!.replace(/\/\d+$/, '/{id}')
    return api.check(t, await rig.http(method, path, body, headers), method, documented)
  }
  return { rig, api, ask }
}
type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<unknown>

/** What gates were told, newest last. */
const told = (gate: ScriptedPeer): trunkBody.Revocation.$Properties[] =>
  gate.of(TRUNK.REVOKE).flatMap(frame => [...trunkBody.Revocations.decode(frame.body).revocations])

t.test('what is revoked is refused at login and for TOKEN, and every gate is told', async t => {
  const { rig, ask } = await start(t)
  const gates = [await rig.gate('gate-1'), await rig.gate('gate-2')]
  const [gate] = gates
  const token = await tokenFor('ann')
  t.match(await gate!.login({ uid: 'ann', token }), { code: 0 })
  t.match(await gate!.renew({ uid: 'ann', token }), { code: 0 })
  const made = (await ask('POST', '/v1/revocations', {
    uid: 'ann',
    system: 'shop',
    reason: 'banned',
  })) as { id: string }
  t.match(made, { uid: 'ann', system: 'shop', reason: 'banned', by: 'ops' })
  for (const each of gates) {
    await each.until(() => told(each).length > 0)
    t.match(told(each), [{ id: Number(made.id), uid: 'ann', appcodes: [1, 2], message: 'banned' }])
  }
  for (const appcode of [1, 2])
    t.match(await gate!.login({ uid: 'ann', token, appcode, slot: 2 }), {
      code: CODES.REVOKED.code,
      message: /banned/,
      retryAfter: 0,
    })
  t.match(await gate!.renew({ uid: 'ann', token }), { code: CODES.REVOKED.code })
  t.match(await gate!.login({ uid: 'ann', token, appcode: 9, slot: 3 }), { code: 0 }, 'elsewhere')
  t.match(await gate!.login({ uid: 'bob', token: await tokenFor('bob'), slot: 4 }), { code: 0 })
  const late = await rig.gate('gate-3')
  await late.until(() => told(late).length > 0)
  t.match(told(late), [{ id: Number(made.id) }], 'a gate that links up hears of it')
  t.match(await ask('DELETE', `/v1/revocations/${made.id}`), made)
  await gate!.until(() => told(gate!).some(each => each.lifted === true))
  t.match(await gate!.login({ uid: 'ann', token, slot: 5 }), { code: 0 }, 'good again')
})

t.test('tokens issued before a moment, or one by its id', async t => {
  const { rig, ask } = await start(t)
  const gate = await rig.gate()
  const now = Math.floor(Date.now() / 1_000)
  const old = await tokenFor('ann', undefined, { iat: now - 100, jti: 'old' })
  const other = await tokenFor('ann', undefined, { iat: now - 10, jti: 'other' })
  const undated = await tokenFor('ann', undefined, { jti: 'undated' })
  const issuedBefore = new Date((now - 50) * 1_000).toISOString()
  t.match(await ask('POST', '/v1/revocations', { uid: 'ann', appcode: 1, issuedBefore }), {
    issuedBefore,
    appcode: 1,
    system: 'shop',
  })
  const codeOf = async (token: string, appcode = 1): Promise<number> =>
    (await gate.login({ uid: 'ann', token, appcode, slot: 7 })).code
  t.equal(await codeOf(old), CODES.REVOKED.code)
  t.equal(await codeOf(undated), CODES.REVOKED.code, 'nobody knows when it was issued')
  t.equal(await codeOf(other), 0)
  t.equal(await codeOf(old, 2), 0, 'on another appcode it is good')
  t.match(await ask('POST', '/v1/revocations', { tokenId: 'other' }), { tokenId: 'other' })
  t.equal(await codeOf(other), CODES.REVOKED.code)
  const list = (await ask('GET', '/v1/revocations')) as { revocations: { id: string }[] }
  t.equal(list.revocations.length, 2)
  t.match(await ask('GET', '/v1/revocations?tokenId=other'), {
    revocations: [{ tokenId: 'other' }],
  })
  t.match(await ask('GET', '/v1/revocations?uid=bob'), { revocations: [] })
  t.match(await ask('GET', `/v1/revocations/${list.revocations[0]!.id}`), { uid: 'ann' })
})

t.test('who may revoke, and what makes no sense', async t => {
  const { ask, rig } = await start(t)
  const part = { authorization: 'Bearer part-key' }
  const future = new Date(Date.now() + 3_600_000).toISOString()
  const rows: [string, unknown, Record<string, string>, object][] = [
    ['no key', { tokenId: 'x' }, { authorization: '' }, { code: 'UNAUTHORIZED' }],
    ['a sender', { tokenId: 'x' }, {}, { code: 'FORBIDDEN', detail: /operator/ }],
    ['a part of it', { uid: 'ann', system: 'shop' }, part, { code: 'FORBIDDEN' }],
    ['a foreign appcode', { uid: 'ann', appcode: 2 }, part, { code: 'FORBIDDEN' }],
    ['its own appcode', { uid: 'ann', appcode: 1 }, part, { appcode: 1 }],
    ['nothing', {}, OPERATOR, { errors: [{ field: 'uid', problem: 'is missing' }] }],
    ['both', { uid: 'ann', tokenId: 'x' }, OPERATOR, { code: 'INVALID' }],
    ['an id on an appcode', { tokenId: 'x', appcode: 1 }, OPERATOR, { code: 'INVALID' }],
    ['no system of two', { uid: 'ann' }, OPERATOR, { errors: [{ field: 'system' }] }],
    ['an unknown system', { uid: 'ann', system: 'zoo' }, OPERATOR, { code: 'INVALID' }],
    ['an unknown appcode', { uid: 'ann', appcode: 77 }, OPERATOR, { code: 'UNKNOWN_APPCODE' }],
    [
      'a system of another',
      { uid: 'a', appcode: 1, system: 'mall' },
      OPERATOR,
      { code: 'INVALID' },
    ],
    ['the future', { uid: 'a', appcode: 1, issuedBefore: future }, OPERATOR, { code: 'INVALID' }],
    ['no moment', { uid: 'a', appcode: 1, issuedBefore: 'now' }, OPERATOR, { code: 'INVALID' }],
    ['an unknown field', { user: 'ann' }, OPERATOR, { code: 'INVALID' }],
  ]
  for (const [name, body, headers, expected] of rows)
    t.match(await ask('POST', '/v1/revocations', body, headers), expected, name)
  t.match(await ask('GET', '/v1/revocations/99'), { code: 'NOT_FOUND' })
  t.match(await ask('DELETE', '/v1/revocations/99'), { code: 'NOT_FOUND' })
  const { id } = (await ask('POST', '/v1/revocations', { uid: 'a', appcode: 2 })) as { id: string }
  t.match(await ask('DELETE', `/v1/revocations/${id}`, undefined, part), { code: 'NOT_FOUND' })
  t.match(await ask('GET', '/v1/revocations', undefined, part), { revocations: [{ appcode: 1 }] })
  rig.faults.table = operation => operation === 'insert'
  t.match(await ask('POST', '/v1/revocations', { tokenId: 'x' }), { code: 'UNAVAILABLE' })
  rig.faults.table = operation => operation === 'range'
  t.match(await ask('GET', '/v1/revocations'), { code: 'UNAVAILABLE' })
})
