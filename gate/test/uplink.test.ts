import { CMD, CODES, edgeBody, FEATURE } from '@longwire/proto'
import { decodeUpstream, TRUNK } from '@longwire/proto/trunk'
import t from 'tap'
import { Logids } from '../src/uplink/logids.ts'
import { kickOf, login } from './support/raw-client.ts'
import { ScriptedLogic } from './support/scripted-logic.ts'
import { stage } from './support/stage.ts'
import { until } from './support/test-clock.ts'

const features = FEATURE.CONVERSATIONS
const bytes = (text: string): Buffer => Buffer.from(text)

t.test('a logid names its gate, and rises', t => {
  const one = new Logids('gate-1@a')
  const seen: string[] = []
  for (const now of [1_700_000_000_000, 1_700_000_000_500, 1_699_999_999_000, 1_700_000_001_000]) {
    one.next(now)
    seen.push(one.high.toString(16).padStart(8, '0') + one.low.toString(16).padStart(8, '0'))
  }
  t.same([...seen].sort(), seen, 'also where the clock steps back')
  t.equal(new Set(seen).size, 4)
  const other = new Logids('gate-2@b')
  other.next(1_700_000_000_000)
  t.not(other.high >>> 20, one.high >>> 20)
  t.equal((one.high & 0xfffff) * 4096 + (one.low >>> 20), 1_700_000_001, '32 bits of seconds')
  t.end()
})

for (const transport of ['tcp', 'ws'] as const) {
  t.test(`${transport}: what a client sends reaches logic unchanged, and is answered`, async t => {
    const made = await stage(t)
    const msgid = bytes('12345678')
    made.logic.take = () => ({ body: edgeBody.SendAck.encode({ msgid }).finish() })
    const client = await made.dial(transport)
    await login(client, { uid: 'ann', refEpoch: 77 })
    client.writer.request(CMD.C2S, 7, 300, bytes('up'))
    const c2c = edgeBody.C2C.encode({ to: 'bob', content: bytes('hi') }).finish()
    client.writer.request(CMD.C2C, 8, 3, c2c)
    client.send()
    for (const ref of [7, 8]) {
      const ack = await client.expect(CMD.SEND_ACK)
      t.match(ack, { a: ref, b: 0 })
      t.same(Buffer.from(edgeBody.SendAck.decode(ack.body).msgid), msgid)
    }
    const [seen] = made.logic.of(TRUNK.C2S)
    t.match(seen, { uid: 'ann', appcode: 1, msgtype: 300, reserve: 7, slot: made.session().slot })
    t.ok(seen!.logidHigh > 0)
    const said = decodeUpstream(seen!.body)
    t.match(said, { refEpoch: 77, device: 'd1', withinMs: 5_000 })
    t.equal(said?.content.toString(), 'up')
    t.same(decodeUpstream(made.logic.of(TRUNK.C2C)[0]!.body)?.content, Buffer.from(c2c))
    t.equal(await made.metric('longwire_gate_uplink_total{result="taken"}'), 2)
    t.equal(await made.metric('longwire_gate_asks'), 0)
  })

  t.test(`${transport}: calls and questions get a REPLY, where the client knows it`, async t => {
    const made = await stage(t)
    made.logic.take = ({ cmd }) => ({ body: bytes(cmd === TRUNK.QUERY ? 'page' : 'done') })
    const client = await made.dial(transport)
    await login(client, { features })
    client.writer.call(1, 5, bytes('?'))
    client.writer.coded(CMD.QUERY, 2, edgeBody.Query.encode({ peer: 'bob' }).finish())
    client.send()
    t.match(await client.expect(CMD.REPLY), { a: 1, b: 0, body: bytes('done') })
    t.match(await client.expect(CMD.REPLY), { a: 2, b: 0, body: bytes('page') })
    t.match(made.logic.of(TRUNK.QUERY)[0], { msgtype: CMD.QUERY, reserve: 2 })
    made.logic.push(writer => {
      const { slot, generation } = made.session()
      Object.assign(writer.head, { slot, generation })
      writer.frame(TRUNK.READ, '', edgeBody.Read.encode({ peer: 'bob', seq: 4 }).finish())
    })
    t.match(edgeBody.Read.decode((await client.expect(CMD.READ)).body), { peer: 'bob', seq: 4 })

    const old = await made.dial(transport)
    await login(old, { uid: 'old' })
    old.writer.call(1, 5, bytes('?'))
    old.send()
    await old.expect(CMD.SEND_ACK)
    old.writer.coded(CMD.QUERY, 2, new Uint8Array(0))
    old.send()
    t.equal((await kickOf(old)).code, CODES.BAD_FRAME.code)
  })
}

t.test('what nobody waits for is passed on, or dropped and counted', async t => {
  const made = await stage(t, { limits: { trunkBytes: 400 } })
  const client = await made.dial('tcp')
  await login(client)
  client.writer.request(CMD.C2S, 0, 9, bytes('here'))
  client.send()
  await until('it came', () => made.logic.of(TRUNK.C2S).length === 1)
  t.match(made.logic.of(TRUNK.C2S)[0], { sequenceid: 0, reserve: 0, msgtype: 9 })
  for (let count = 0; count < 10; count++) client.writer.request(CMD.C2S, 0, 9, bytes('there'))
  client.send()
  client.ping()
  await client.expect(CMD.PONG)
  t.ok((await made.metric('longwire_gate_uplink_total{result="dropped"}')) > 0)
  client.writer.request(CMD.C2S, 1, 9, bytes('kept'))
  client.send()
  t.match(await client.expect(CMD.SEND_ACK), { a: 1, b: 0 }, 'what is to be kept finds room')
})

t.test('a message goes to another node where one is lost or refuses; a call does not', async t => {
  const made = await stage(t)
  const other = new ScriptedLogic(made.clock, 'logic-2')
  await made.join(other)
  const silent = (): undefined => undefined
  made.logic.take = other.take = silent
  const client = await made.dial('tcp')
  await login(client, { features })
  client.writer.request(CMD.C2S, 1, 1, bytes('x'))
  client.writer.call(2, 1, bytes('?'))
  client.send()
  const at = (node: ScriptedLogic): number => node.of(TRUNK.C2S).length
  await until('one has both', () => at(made.logic) + at(other) === 2)
  const [first, second] = at(made.logic) === 2 ? [made.logic, other] : [other, made.logic]
  second.take = () => ({ code: 0 })
  first.kill()
  t.match(await client.expect(CMD.REPLY), { a: 2, b: CODES.UNAVAILABLE.code })
  t.match(await client.expect(CMD.SEND_ACK), { a: 1, b: 0 })
  t.equal(at(second), 1)
  second.take = () => ({ code: CODES.BUSY.code })
  client.writer.request(CMD.C2S, 3, 1, bytes('x'))
  client.send()
  t.match(await client.expect(CMD.SEND_ACK), { a: 3, b: CODES.BUSY.code }, 'there is no other')
})

t.test('nobody answers: the client is told to send it again', async t => {
  const made = await stage(t)
  made.logic.take = () => undefined
  const client = await made.dial('tcp')
  await login(client, { features })
  client.writer.request(CMD.C2S, 1, 1, bytes('x'))
  client.writer.call(2, 1, bytes('?'))
  client.send()
  await until('both came', () => made.logic.of(TRUNK.C2S).length === 2)
  await made.pass(5_250)
  const ack = await client.expect(CMD.SEND_ACK)
  t.match(ack, { a: 1, b: CODES.UNAVAILABLE.code })
  t.ok(edgeBody.SendAck.decode(ack.body).retryAfter > 0)
  await made.pass(30_000)
  const reply = await client.expect(CMD.REPLY)
  t.match(reply, { a: 2, b: CODES.BACKEND_TIMEOUT.code })
})

t.test('a client may have 64 refs without an answer, and must number them', async t => {
  const made = await stage(t)
  made.logic.take = () => undefined
  const client = await made.dial('tcp')
  await login(client)
  for (let ref = 1; ref <= 65; ref++) client.writer.request(CMD.C2S, ref, 1, bytes('x'))
  client.send()
  t.equal((await kickOf(client)).code, CODES.FLOOD.code)
  await until('the others reached logic', () => made.logic.of(TRUNK.C2S).length === 64)
  const next = await made.dial('tcp')
  await login(next, { uid: 'other' })
  next.writer.request(CMD.C2C, 0, 1, bytes('x'))
  next.send()
  t.equal((await kickOf(next)).code, CODES.BAD_FIELD.code)
})
