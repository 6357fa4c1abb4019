import { gateMark, systemClock, Tickets, type Ticket } from '@longwire/kit'
import { CODES } from '@longwire/proto'
import { TRUNK } from '@longwire/proto/trunk'
import t, { type Test } from 'tap'
import { UNLIMITED } from '../../src/login/session-limits.ts'
import { tokenHash } from '../../src/login/token-hash.ts'
import { BUSINESSES, startRig, tokenFor } from '../rig.ts'

const ANN = { uid: 'ann', appcode: 1, device: 'phone' }
const OPERATOR = { authorization: 'Bearer ops-key' }

/** Ann is logged in on gate-1, slot 1. */
const moving = async (t: Test, options: Parameters<typeof startRig>[1] = {}) => {
  const ops = { name: 'ops', key: 'ops-key', appcodes: [1, 2, 9], role: 'operator' as const }
  const rig = await startRig(t, { businesses: [...BUSINESSES, ops], ...options })
  const old = await rig.gate('gate-1')
  const next = await rig.gate('gate-2')
  const token = await tokenFor('ann', undefined, { jti: 'j1' })
  t.match(await old.login({ uid: 'ann', token, slot: 1, dial: 1 }), { code: 0 })
  const now = systemClock.now()
  const facts: Ticket = {
    gate: gateMark('gate-1@a'),
    slot: 1,
    generation: 1,
    expiresAt: now + 30_000,
    tokenExpiresAt: now + 3_600_000,
    issuedAt: now - 5_000,
    tokenHigh: tokenHash('j1').high,
    tokenLow: tokenHash('j1').low,
  }
  const mint = (change: Partial<Ticket> = {}, holder = ANN, secret = 'cluster'): Uint8Array =>
    new Tickets(secret).mint(holder, { ...facts, ...change })
  return { rig, old, next, token, facts, mint, now }
}

t.test('a ticket takes the place of the token, once', async t => {
  const { old, next, mint, facts, token } = await moving(t)
  const ticket = mint()
  const welcome = await next.login({ uid: 'ann', token: '', ticket, slot: 5, dial: 2 })
  t.match(welcome, { code: 0, issuedAt: facts.issuedAt, tokenHigh: facts.tokenHigh })
  t.ok(welcome.expires > 3_500_000 && welcome.expires <= 3_600_000, 'as long as the token')
  await old.until(() => old.of(TRUNK.KICK).some(({ reserve }) => reserve === CODES.SUPERSEDED.code))
  t.match(
    await next.login({ uid: 'ann', token: '', ticket, slot: 6, dial: 3 }),
    {
      code: CODES.TICKET_REFUSED.code,
    },
    'the session that it was for is not the current one any more',
  )
  t.match(
    await next.login({ uid: 'ann', token: '', ticket, slot: 5, dial: 2 }),
    { code: 0 },
    'but for a gate that asks twice',
  )
  t.match(
    await next.login({ uid: 'ann', token, ticket, slot: 7, dial: 4 }),
    { code: 0 },
    'the token is good',
  )
  t.match(
    await next.login({
      uid: 'ann',
      token: '',
      ticket: mint({ gate: gateMark('gate-2@a'), slot: 7 }),
      slot: 8,
      dial: 1,
    }),
    {
      code: CODES.STALE_DIAL.code,
    },
    'a slow old dial',
  )
})

t.test('a ticket is good for nothing but its own session', async t => {
  const { next, mint, now } = await moving(t)
  const good = mint()
  const cut = good.subarray(0, -1)
  const flipped = Uint8Array.from(good, (byte, at) => (at === 20 ? byte ^ 1 : byte))
  const newer = Uint8Array.from(good, (byte, at) => (at === 0 ? 2 : byte))
  const rows: [string, Uint8Array, object][] = [
    ['another uid', good, { uid: 'bob' }],
    ['another device', good, { device: 'tablet' }],
    ['another appcode', good, { appcode: 2 }],
    ['uid and device cut elsewhere', mint({}, { uid: 'annp', appcode: 1, device: 'hone' }), {}],
    ['of another secret', mint({}, ANN, 'other'), {}],
    ['cut short', cut, {}],
    ['with a byte more', Buffer.concat([good, Buffer.from([0])]), {}],
    ['one bit changed', flipped, {}],
    ['of another version', newer, {}],
    ['its time is over', mint({ expiresAt: now - 1 }), {}],
    ['its token has ended', mint({ tokenExpiresAt: now - 1 }), {}],
    ['of another slot', mint({ slot: 2 }), {}],
    ['of an earlier session in the slot', mint({ generation: 0 }), {}],
    ['of another gate', mint({ gate: gateMark('gate-9@a') }), {}],
    ['a single byte', Uint8Array.of(1), {}],
  ]
  for (const [name, ticket, who] of rows)
    t.match(
      await next.login({ ...ANN, token: '', ticket, slot: 5, dial: 2, ...who }),
      { code: CODES.TICKET_REFUSED.code },
      name,
    )
  t.match(await next.login({ ...ANN, token: '', ticket: good, slot: 5, dial: 2 }), { code: 0 })
})

t.test('what is revoked stays revoked', async t => {
  const { rig, next, mint } = await moving(t)
  const made = await rig.http('POST', '/v1/revocations', { tokenId: 'j1' }, OPERATOR)
  t.equal(made.ok, true)
  const byTicket = (ticket: Uint8Array, dial: number) =>
    next.login({ ...ANN, token: '', ticket, slot: 5, dial })
  t.match(await byTicket(mint(), 2), { code: CODES.REVOKED.code }, 'its token')
  t.match(await byTicket(mint({ tokenHigh: 0, tokenLow: 0 }), 3), { code: 0 }, 'not all tokens')
  await rig.http('POST', '/v1/revocations', { uid: 'ann', appcode: 1 }, OPERATOR)
  const other = mint({ gate: gateMark('gate-2@a'), slot: 5, tokenHigh: 1 })
  t.match(await byTicket(other, 4), { code: CODES.REVOKED.code }, 'its user')
})

t.test('a session that takes the place of another trips no limit', async t => {
  const sessions = { ...UNLIMITED, perApp: 1, perUser: 1, perAddress: 20 }
  const { old, next, mint, token } = await moving(t, { sessions })
  const usage = { appSessions: 1, address: '192.0.2.1', addressConnections: 1 }
  const full = { ...usage, addressConnections: 20 }
  t.match(await old.login({ uid: 'ann', token, slot: 2, dial: 2, usage: full }), { code: 0 })
  const stranger = { uid: 'bob', token: await tokenFor('bob'), slot: 3, usage }
  t.match(await next.login(stranger), { code: CODES.ADDRESS_LIMIT.code })
  const ticket = mint({ slot: 2 })
  t.match(await next.login({ ...ANN, token: '', ticket, slot: 5, dial: 3, usage }), { code: 0 })
})
