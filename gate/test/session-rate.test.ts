import { CMD, CODES, edgeBody } from '@longwire/proto'
import t from 'tap'
import { DEFENCE, type Defence } from '../src/index.ts'
import { kickOf, login, type RawClient } from './support/raw-client.ts'
import { stage } from './support/stage.ts'
import { until } from './support/test-clock.ts'

const PULL_CMD = 13
const session = (over: Partial<Defence['session']>): Partial<Defence> => ({
  session: { ...DEFENCE.session, ...over },
})
const c2s = (client: RawClient, ref: number, bytes = 10): void => {
  client.writer.request(CMD.C2S, ref, 1, Buffer.alloc(bytes))
}

for (const transport of ['tcp', 'ws'] as const) {
  t.test(
    `${transport}: requests beyond the rate get BUSY with a wait, and the session lives`,
    async t => {
      const frames = { perSecond: 10, burst: 3 }
      const made = await stage(t, { defence: session({ frames }) })
      const client = await made.dial(transport)
      await login(client)
      for (let ref = 1; ref <= 5; ref++) c2s(client, ref)
      client.send()
      for (const ref of [4, 5]) {
        const error = await client.expect(CMD.ERROR)
        const body = edgeBody.ErrorBody.decode(error.body)
        t.equal(error.a, CODES.BUSY.code)
        t.equal(body.ref, ref)
        t.ok(body.retryAfter >= 100 && body.retryAfter <= 400)
      }
      for (let ref = 1; ref <= 3; ref++) t.match(await client.expect(CMD.SEND_ACK), { a: ref })
      t.equal(await made.metric('longwire_gate_shed_total{reason="rate"}'), 2)
      client.ping()
      await client.expect(CMD.PONG)
      await made.pass(500)
      c2s(client, 6)
      client.send()
      t.match(await client.expect(CMD.SEND_ACK), { a: 6 })
    },
  )

  t.test(`${transport}: a PULL beyond the rate is answered later`, async t => {
    const frames = { perSecond: 1, burst: 1 }
    const made = await stage(t, { defence: session({ frames }) })
    const client = await made.dial(transport)
    await login(client)
    const asked = (): number => made.logic.of(PULL_CMD).length
    client.writer.pull(0, 1_000)
    client.send()
    await until('the first is asked', () => asked() === 1)
    await client.expect(CMD.PULL_RESP)
    client.writer.pull(0, 1_000)
    client.send()
    const error = await client.expect(CMD.ERROR)
    t.equal(error.a, CODES.BUSY.code)
    t.equal(asked(), 1)
    await made.pass(3_000)
    await until('the second is asked', () => asked() === 2)
  })

  t.test(`${transport}: a flood of frames or bytes ends the session`, async t => {
    const made = await stage(t, {
      defence: session({
        frames: { perSecond: 10, burst: 10 },
        bytes: { perSecond: 10_000, burst: 10_000 },
        floodMs: 1_000,
      }),
    })
    const many = await made.dial(transport)
    await login(many, { uid: 'many' })
    for (let ref = 1; ref <= 40; ref++) c2s(many, ref)
    many.send()
    await until('it ended', () => many.closed)
    t.match(many.frames.at(-1), { cmd: CMD.KICK, a: CODES.FLOOD.code })
    const large = await made.dial(transport)
    await login(large, { uid: 'large' })
    c2s(large, 1, 50_000)
    large.send()
    t.equal((await kickOf(large)).code, CODES.FLOOD.code)
    await large.end()
    t.equal(await made.metric('longwire_gate_closed_total{reason="FLOOD"}'), 2)
  })
}

t.test('acknowledgements of what was sent are free', async t => {
  const frames = { perSecond: 0.001, burst: 1 }
  const made = await stage(t, { defence: session({ frames, floodMs: 1 }) })
  const client = await made.dial('tcp')
  await login(client)
  const seen = made.session()
  for (let seq = 1; seq <= 100; seq++) {
    made.logic.deliver(seen, seq, 'message')
    await client.expect(CMD.DATA)
    client.writer.ack(seq)
    client.send()
  }
  client.writer.ack(100)
  client.ping()
  await client.expect(CMD.PONG)
  t.equal(made.gate.sessions(), 1)
})

t.test('acknowledgements are light: a client may send many', async t => {
  const frames = { perSecond: 1, burst: 10 }
  const made = await stage(t, { defence: session({ frames }) })
  const client = await made.dial('tcp')
  await login(client)
  for (let count = 0; count < 72; count++) client.writer.ack(0)
  client.send()
  c2s(client, 1)
  client.send()
  t.match(await client.expect(CMD.SEND_ACK), { a: 1 })
})
