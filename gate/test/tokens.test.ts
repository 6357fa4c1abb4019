import t from 'tap'
import { CMD, CODES, edgeBody, LIMITS, PREV_STATE } from '@longwire/proto'
import { TRUNK, trunkBody } from '@longwire/proto/trunk'
import { DEFENCE } from '../src/index.ts'
import { kickOf, login, loginBytes, type RawClient } from './support/raw-client.ts'
import { stage, type Stage } from './support/stage.ts'
import { turn, until } from './support/test-clock.ts'

const HOUR = 3_600_000
/** Sends TOKEN; the answer is a frame of its own. */
const offer = (client: RawClient, token: string): void => {
  client.writer.raw(CMD.TOKEN, 0, edgeBody.Token.encode({ token }).finish())
  client.send()
}
const ackOf = async (client: RawClient): Promise<edgeBody.TokenAck> =>
  edgeBody.TokenAck.decode((await client.expect(CMD.TOKEN_ACK)).body)
const expiringOf = async (client: RawClient): Promise<number> =>
  edgeBody.Expiring.decode((await client.expect(CMD.EXPIRING)).body).expires
/** Passes time while the client pings, so that it is never idle. */
const live = async ({ pass }: Stage, client: RawClient, ms: number): Promise<void> => {
  for (let left = ms; left > 0; left -= 60_000) {
    await pass(Math.min(left, 60_000))
    client.ping()
    await client.expect(CMD.PONG)
  }
}

for (const transport of ['tcp', 'ws'] as const) {
  t.test(`${transport}: a session is warned a minute before its token ends, then cut`, async t => {
    const scene = await stage(t)
    scene.logic.welcome = () => ({ expires: 10 * 60_000 })
    const client = await scene.dial(transport)
    t.equal((await login(client)).expires, 600_000)
    await live(scene, client, 9 * 60_000 - 2_000)
    await scene.pass(4_000)
    const left = await expiringOf(client)
    t.ok(left > 56_000 && left <= 60_000, `${left} ms`)
    await scene.pass(50_000)
    t.equal(client.frames.length, 0, 'it is warned once')
    await scene.pass(12_000)
    t.match(await kickOf(client), { code: CODES.AUTH_EXPIRED.code })
    await client.end()
    t.equal(await scene.metric('longwire_gate_closed_total{reason="AUTH_EXPIRED"}'), 1)
    t.equal(await scene.metric('longwire_gate_expiring_total'), 1)
  })

  t.test(`${transport}: a new token lengthens the life of a session, in the band`, async t => {
    const scene = await stage(t)
    const { logic, dial, pass } = scene
    logic.welcome = () => ({ expires: 20_000 })
    const asked: trunkBody.TokenRequest[] = []
    logic.renew = request => {
      asked.push(request)
      return { expires: HOUR }
    }
    const client = await dial(transport)
    await login(client)
    await pass(10_000)
    t.equal(client.frames.length, 0, 'the last quarter is warned of, not more')
    await pass(6_500)
    t.ok((await expiringOf(client)) <= 5_000)
    offer(client, 'fresh')
    t.match(await ackOf(client), { code: 0, expires: HOUR })
    t.match(asked, [{ token: 'fresh', device: 'd1' }])
    const [frame] = logic.of(TRUNK.TOKEN)
    const session = scene.session()
    t.match(frame, { uid: 'u1', appcode: 1, slot: session.slot, generation: session.generation })
    await pass(10_000)
    t.equal(client.closed, false)
    logic.deliver(session, 1, 'still here')
    await client.expect(CMD.DATA)
  })
}

t.test(
  'a token that is refused changes nothing; one that cannot be checked may come again',
  async t => {
    const scene = await stage(t)
    const { logic, dial, pass } = scene
    logic.welcome = () => ({ expires: 20_000 })
    const client = await dial('tcp')
    await login(client)
    logic.renew = () => ({ code: CODES.AUTH_INVALID.code, message: 'for another uid' })
    offer(client, 'bad')
    t.match(await ackOf(client), { code: CODES.AUTH_INVALID.code, message: 'for another uid' })
    logic.renew = () => undefined
    offer(client, 'slow')
    offer(client, 'hasty')
    t.match(await ackOf(client), { code: CODES.BUSY.code }, 'one at a time')
    await until('logic was asked', () => logic.of(TRUNK.TOKEN).length === 2)
    await pass(6_000)
    const late = await ackOf(client)
    t.match(late, { code: CODES.UNAVAILABLE.code })
    t.ok(late.retryAfter >= 1_000)
    offer(client, 'slow again')
    await until('logic was asked again', () => logic.of(TRUNK.TOKEN).length === 3)
    logic.kill()
    t.match(await ackOf(client), { code: CODES.UNAVAILABLE.code })
    offer(client, 'nobody there')
    t.match(await ackOf(client), { code: CODES.UNAVAILABLE.code })
    await pass(16_000)
    t.ok((await expiringOf(client)) > 0)
    t.match(
      await kickOf(client),
      { code: CODES.AUTH_EXPIRED.code },
      'at the end of the first token',
    )
  },
)

t.test('an answer about a token never reaches the next session of a slot', async t => {
  const scene = await stage(t)
  const { logic, dial } = scene
  logic.renew = () => undefined
  const first = await dial('tcp')
  await login(first)
  offer(first, 'late')
  await until('logic was asked', () => logic.of(TRUNK.TOKEN).length === 1)
  const { slot } = scene.session()
  first.wire?.destroy()
  await until('it has gone', () => scene.gate.sessions() === 0)
  const second = await dial('tcp')
  await login(second)
  t.equal(scene.session().slot, slot, 'the slot is used again')
  const [asked] = logic.of(TRUNK.TOKEN)
  logic.push(writer => {
    writer.head.sequenceid = asked!.sequenceid
    writer.frame(TRUNK.TOKEN_RESULT, '', trunkBody.TokenResult.encode({ expires: 1 }).finish())
  })
  await scene.pass(6_000)
  second.ping()
  await second.expect(CMD.PONG)
  t.equal(second.frames.length, 0)
})

t.test('a TOKEN that is none ends the session', async t => {
  const { dial } = await stage(t)
  for (const [token, code] of [
    ['', 'BAD_FIELD'],
    ['t'.repeat(LIMITS.tokenBytes + 1), 'BAD_FIELD'],
  ] as const) {
    const client = await dial('tcp')
    await login(client)
    offer(client, token)
    t.match(await kickOf(client), { code: CODES[code].code })
  }
  const client = await dial('tcp')
  await login(client)
  client.writer.raw(CMD.TOKEN, 0, Uint8Array.of(10, 200))
  client.send()
  t.match(await kickOf(client), { code: CODES.BAD_FRAME.code })
  const early = await dial('tcp')
  offer(early, 'early')
  t.match(await kickOf(early), { code: CODES.NOT_LOGGED_IN.code })
})

t.test('revoked sessions end, on any appcode and token they are about, and no others', async t => {
  const scene = await stage(t)
  const { logic, dial, pass } = scene
  const tokens: Record<string, trunkBody.LoginResult.$Properties> = {
    old: { issuedAt: 1_000, tokenHigh: 1, tokenLow: 2 },
    new: { issuedAt: 2_000, tokenHigh: 1, tokenLow: 3 },
    nameless: { issuedAt: 1_000 },
  }
  logic.welcome = ({ token }) => tokens[token]!
  const enter = async (uid: string, appcode: number, token: string): Promise<RawClient> => {
    const client = await dial('tcp')
    await login(client, { uid, appcode, token, device: `${appcode}-${token}` })
    return client
  }
  const [ann1, ann2, annNew, bob, eve] = await Promise.all([
    enter('ann', 1, 'old'),
    enter('ann', 2, 'old'),
    enter('ann', 1, 'new'),
    enter('bob', 1, 'nameless'),
    enter('eve', 1, 'new'),
  ])
  logic.revoke({ id: 1, uid: 'ann', appcodes: [1, 3], issuedBefore: 2_000, message: 'signed out' })
  await turn()
  await pass(250)
  t.match(await kickOf(ann1), { code: CODES.REVOKED.code, message: /signed out/ })
  logic.revoke({ id: 2, tokenHigh: 1, tokenLow: 2 }, { id: 3, uid: 'bob', appcodes: [1] })
  await turn()
  await pass(1_000)
  t.match(await kickOf(ann2), { code: CODES.REVOKED.code })
  t.match(await kickOf(bob), { code: CODES.REVOKED.code })
  for (const client of [annNew, eve]) {
    client.ping()
    await client.expect(CMD.PONG)
  }
  t.equal(await scene.metric('longwire_gate_closed_total{reason="REVOKED"}'), 3)
})

t.test(
  'who was checked before a revocation was known is refused when the answer comes',
  async t => {
    const { logic, dial, pass, metric } = await stage(t)
    logic.welcome = () => undefined
    const client = await dial('tcp')
    client.send(loginBytes())
    await until('logic has the LOGIN', () => logic.of(TRUNK.LOGIN).length === 1)
    logic.revoke({ id: 1, uid: 'u1', appcodes: [1], issuedBefore: 5_000 })
    await turn()
    await pass(1_000)
    logic.answerLogin(logic.of(TRUNK.LOGIN)[0]!, { base: 0, issuedAt: 4_999 })
    t.match(await kickOf(client), { code: CODES.REVOKED.code })
    await until('its route is undone', () => logic.of(TRUNK.GONE).length === 1)
    logic.welcome = () => ({ issuedAt: 5_000 })
    const fresh = await dial('tcp')
    await login(fresh)
    logic.renew = () => ({ expires: HOUR, issuedAt: 4_000 })
    offer(fresh, 'an older one')
    t.match(await kickOf(fresh), { code: CODES.REVOKED.code })
    logic.revoke({ id: 1, uid: 'u1', appcodes: [1], lifted: true })
    await turn()
    logic.welcome = () => ({ issuedAt: 1 })
    await login(await dial('tcp'))
    t.equal(await metric('longwire_gate_sessions'), 1, 'a lifted one is forgotten at once')
  },
)

t.test(
  'logic says what became of a session on another gate; how one ends here it is told',
  async t => {
    const { logic, dial, session } = await stage(t)
    logic.welcome = () => ({ prevState: PREV_STATE.RESET_BY_PEER })
    const client = await dial('tcp')
    const ack = await login(client, { prevSession: Buffer.alloc(8, 1) })
    t.equal(ack.prevState, PREV_STATE.RESET_BY_PEER)
    const heir = await dial('tcp')
    const second = await login(heir, { prevSession: ack.session, dial: 2 })
    t.equal(second.prevState, PREV_STATE.OPEN, 'this gate knows better')
    t.match(await kickOf(client), { code: CODES.SUPERSEDED.code })
    await until('logic knows', () => logic.of(TRUNK.GONE).length === 1)
    t.equal(logic.of(TRUNK.GONE)[0]!.msgtype, PREV_STATE.CLOSED_BY_SERVER)
    const { slot, generation } = session()
    heir.wire?.destroy()
    await until('logic knows', () => logic.of(TRUNK.GONE).length === 2)
    t.match(logic.of(TRUNK.GONE)[1], { slot, generation, msgtype: PREV_STATE.RESET_BY_PEER })
  },
)

t.test('a TOKEN of a session that asks too much is answered like any other: later', async t => {
  const session = { ...DEFENCE.session, frames: { perSecond: 1, burst: 2 } }
  const { dial, logic } = await stage(t, { defence: { session } })
  const client = await dial('tcp')
  await login(client)
  const codes: number[] = []
  for (let n = 0; n < 4; n++) {
    offer(client, `t${n}`)
    codes.push((await ackOf(client)).code)
  }
  t.same(codes, [0, 0, CODES.BUSY.code, CODES.BUSY.code])
  t.equal(logic.of(TRUNK.TOKEN).length, 2)
})
