import t from 'tap'
import { CMD, edgeBody } from '@longwire/proto'
import { TRUNK } from '@longwire/proto/trunk'
import { login } from './support/raw-client.ts'
import { stage } from './support/stage.ts'
import { until } from './support/test-clock.ts'
import type { Transport } from './support/wire.ts'

const contents = (body: Buffer): string[] => edgeBody.PullBody.decode(body).messages.map(({ content }) => Buffer.from(content ?? []).toString())

const TRANSPORTS: readonly Transport[] = ['tcp', 'ws']

for (const transport of TRANSPORTS) {
  t.test(`${transport}: one round trip takes a client from connect to synced`, async t => {
    const { logic, dial, session } = await stage(t)
    logic.append('u1', 'one')
    logic.append('u1', 'two')
    const client = await dial(transport)
    const ack = await login(client)
    t.equal(ack.epoch, logic.epoch)
    t.equal(ack.base, 0)
    t.equal(ack.max, 2)
    t.equal(ack.version, 1)
    t.equal(ack.pingStart, 270)
    t.equal(ack.session.length, 8)
    const page = await client.expect(CMD.PULL_RESP)
    t.same([page.a, page.b, page.c], [0, 2, -1])
    t.same(contents(page.body), ['one', 'two'])
    t.same(client.chunks, [2], 'LOGIN_ACK and the page came in one write')
    t.equal(session().uid, 'u1')
    t.equal(session().appcode, 1)
  })

  t.test(`${transport}: a message is sent at once, acknowledged, and told to logic within 250 ms`, async t => {
    const { logic, dial, session, pass } = await stage(t)
    const client = await dial(transport)
    await login(client)
    logic.deliver(session(), 1, 'hello')
    const data = await client.expect(CMD.DATA)
    t.same([data.a, data.b, data.c, data.body.toString()], [1, 1, 1, 'hello'])
    client.writer.ack(1)
    client.ping()
    client.send()
    await client.expect(CMD.PONG)
    await until('the ack is due', () => true)
    await pass(500)
    await until('logic has the ack', () => logic.acks.length > 0)
    t.match(logic.acks, [{ uid: 'u1', device: 'd1', appcode: 1, seq: 1, epoch: logic.epoch }])
  })

  t.test(`${transport}: logging out tells logic and closes`, async t => {
    const { logic, dial } = await stage(t)
    const client = await dial(transport)
    await login(client)
    client.writer.raw(CMD.LOGOUT, 0, new Uint8Array(0))
    client.send()
    await client.end()
    await until('logic knows', () => logic.of(TRUNK.GONE).length === 1)
    t.match(logic.of(TRUNK.GONE), [{ uid: 'u1', reserve: 1, body: Buffer.from('d1') }])
  })
}

