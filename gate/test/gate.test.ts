import t from 'tap'
import { CMD, CODES, edgeBody, FrameWriter, PREV_STATE } from '@longwire/proto'
import { TRUNK, trunkBody } from '@longwire/proto/trunk'
import { kickOf, login, loginBytes, PREAMBLE, type RawClient } from './support/raw-client.ts'
import { stage } from './support/stage.ts'
import { turn, until } from './support/test-clock.ts'
import type { Transport } from './support/wire.ts'

const contents = (body: Buffer): string[] =>
  edgeBody.PullBody.decode(body).messages.map(({ content }) =>
    Buffer.from(content ?? []).toString(),
  )

/** Two chunks that do not meet in one read; one where `cut` is 0. */
const sendCut = async (client: RawClient, bytes: Uint8Array, cut: number): Promise<void> => {
  if (cut > 0) {
    client.send(bytes.subarray(0, cut))
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  client.send(bytes.subarray(cut))
}

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

  t.test(
    `${transport}: a message is sent at once, acknowledged, and told to logic within 250 ms`,
    async t => {
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
      await pass(500)
      await until('logic has the ack', () => logic.acks.length > 0)
      t.match(logic.acks, [{ uid: 'u1', device: 'd1', appcode: 1, seq: 1, epoch: logic.epoch }])
    },
  )

  t.test(`${transport}: logging out tells logic and closes`, async t => {
    const { logic, dial, metric } = await stage(t)
    const client = await dial(transport)
    await login(client)
    client.writer.raw(CMD.LOGOUT, 0, new Uint8Array(0))
    client.send()
    await client.end()
    t.same(client.frames, [], 'no KICK is needed')
    await until('logic knows', () => logic.of(TRUNK.GONE).length === 1)
    t.match(logic.of(TRUNK.GONE), [{ uid: 'u1', reserve: 1, body: Buffer.from('d1') }])
    t.equal(await metric('longwire_gate_closed_total{reason="LOGGED_OUT"}'), 1)
  })

  t.test(
    `${transport}: a connection that closes is told to logic, with how it ended kept`,
    async t => {
      const { logic, dial, gate } = await stage(t)
      const client = await dial(transport)
      const { session } = await login(client)
      client.wire?.destroy()
      await until('logic knows', () => logic.of(TRUNK.GONE).length === 1)
      t.match(logic.of(TRUNK.GONE), [{ uid: 'u1', reserve: 0, body: Buffer.from('d1') }])
      t.equal(gate.sessions(), 0)
      const again = await login(await dial(transport), { prevSession: session })
      t.equal(again.prevState, PREV_STATE.RESET_BY_PEER)
      const stranger = await login(await dial(transport), { prevSession: Buffer.alloc(8) })
      t.equal(stranger.prevState, PREV_STATE.UNKNOWN)
    },
  )

  t.test(`${transport}: LOGIN carries what logic needs`, async t => {
    const { logic, dial, session } = await stage(t)
    let seen: edgeBody.Login | undefined
    logic.welcome = login => {
      seen = login
      return { base: 4, reset: true, reconnectWindow: 777 }
    }
    const client = await dial(transport)
    const ack = await login(client, {
      uid: 'ü',
      appcode: 300,
      token: 'secret',
      epoch: 5,
      seq: 2 ** 40,
      dial: 12,
    })
    t.match(seen, {
      uid: 'ü',
      appcode: 300,
      device: 'd1',
      token: 'secret',
      epoch: 5,
      seq: 2 ** 40,
      dial: 12,
    })
    const request = trunkBody.LoginRequest.decode(session().body)
    t.match(request, { ip: '127.0.0.1', transport, maxBytes: 65_536 })
    t.match(session(), { uid: 'ü', appcode: 300 })
    t.match(ack, { base: 4, reset: true, reconnectWindow: 777 })
  })

  t.test(`${transport}: a refused LOGIN says why and closes`, async t => {
    const { logic, dial } = await stage(t)
    logic.welcome = () => ({ code: CODES.AUTH_EXPIRED.code, message: 'expired yesterday' })
    const client = await dial(transport)
    client.send(loginBytes())
    t.match(await kickOf(client), { code: CODES.AUTH_EXPIRED.code, message: 'expired yesterday' })
    await client.end()
    t.same(logic.of(TRUNK.GONE), [], 'there was no route to undo')
  })

  t.test(`${transport}: pages, hints and seqs count as the protocol says`, async t => {
    const { logic, dial, session } = await stage(t)
    for (let seq = 1; seq <= 10; seq++) logic.append('u1', `m${seq}`)
    logic.pageRows = 4
    const client = await dial(transport)
    await login(client, { epoch: logic.epoch, seq: 2 })
    const first = await client.expect(CMD.PULL_RESP)
    t.same([first.a, first.b, contents(first.body)], [2, 6, ['m3', 'm4', 'm5', 'm6']])
    client.writer.pull(6, 1_000)
    client.send()
    const second = await client.expect(CMD.PULL_RESP)
    t.same([second.a, second.b, contents(second.body)], [6, 10, ['m7', 'm8', 'm9', 'm10']])
    logic.deliver(session(), 11, 'now', { back: 1 })
    logic.deliver(session(), 14, 'hole', { back: 3 })
    const data = await client.expect(CMD.DATA)
    t.same([data.a, data.b], [9, 1], 'seqs count from the base, 2')
    const hole = await client.expect(CMD.DATA)
    t.same([hole.a, hole.b, hole.flag], [12, 3, true])
    logic.deliver(session(), 17, 'missed one')
    t.equal((await client.expect(CMD.NOTIFY)).a, 17, 'NOTIFY counts absolutely')
    const [pull] = logic.of(TRUNK.PULL)
    t.same(
      [pull?.reserve, pull?.body.readUInt32BE(4), pull?.body.readUInt32BE(8)],
      [logic.epoch, 6, 1_000],
    )
  })

  t.test(`${transport}: a trimmed range is flagged`, async t => {
    const { logic, dial } = await stage(t)
    logic.floor = 5
    logic.append('u1', 'six')
    const client = await dial(transport)
    await login(client, { epoch: logic.epoch, seq: 1 })
    const page = await client.expect(CMD.PULL_RESP)
    t.same([page.a, page.b, page.c, page.flag], [1, 6, 5, true])
  })

  t.test(
    `${transport}: PING with something unacknowledged brings PONG and NOTIFY in one write`,
    async t => {
      const { logic, dial, session } = await stage(t)
      const client = await dial(transport)
      await login(client)
      logic.deliver(session(), 1, 'lost?')
      await client.expect(CMD.DATA)
      client.chunks.length = 0
      client.ping()
      await client.expect(CMD.PONG)
      t.equal((await client.expect(CMD.NOTIFY)).a, 1)
      t.same(client.chunks, [2])
    },
  )

  t.test(`${transport}: an unanswered NOTIFY is repeated`, async t => {
    const { logic, dial, session, pass } = await stage(t)
    const client = await dial(transport)
    await login(client)
    logic.head(session(), 3)
    await client.expect(CMD.NOTIFY)
    await pass(11_250)
    t.equal((await client.expect(CMD.NOTIFY)).a, 3)
    await pass(19_000)
    t.equal(client.frames.length, 0, 'not yet again')
    await pass(3_000)
    await client.expect(CMD.NOTIFY)
  })

  t.test(`${transport}: messages of one trunk chunk reach a session in one write`, async t => {
    const { logic, dial, session } = await stage(t)
    const a = await dial(transport)
    await login(a, { uid: 'a' })
    const sessionA = session()
    const b = await dial(transport)
    await login(b, { uid: 'b' })
    const sessionB = session()
    a.chunks.length = b.chunks.length = 0
    logic.push(writer => {
      for (let seq = 1; seq <= 5; seq++) {
        logic.putDeliver(writer, sessionA, { seq, content: Buffer.from(`a${seq}`) })
        logic.putDeliver(writer, sessionB, { seq, content: Buffer.from(`b${seq}`) })
      }
    })
    for (let seq = 1; seq <= 5; seq++) {
      t.equal((await a.expect(CMD.DATA)).body.toString(), `a${seq}`)
      t.equal((await b.expect(CMD.DATA)).body.toString(), `b${seq}`)
    }
    t.same([a.chunks, b.chunks], [[5], [5]])
  })

  t.test(`${transport}: logic may kick a session`, async t => {
    const { logic, dial, session, gate } = await stage(t)
    const client = await dial(transport)
    await login(client)
    logic.kick({ ...session(), generation: session().generation + 1 }, CODES.KICKED.code, {})
    logic.kick(session(), CODES.KICKED.code, { message: 'another phone', retryAfter: 5 })
    t.match(await kickOf(client), {
      code: CODES.KICKED.code,
      message: 'another phone',
      retryAfter: 5,
    })
    client.wire?.end()
    await client.end()
    await until('its row is free', () => gate.sessions() === 0)
  })

  t.test(
    `${transport}: a session that is still open is closed when the same end comes back and names it`,
    async t => {
      const { dial, gate } = await stage(t)
      const old = await dial(transport)
      const { session } = await login(old)
      const thief = await login(await dial(transport), { uid: 'thief', prevSession: session })
      t.equal(thief.prevState, PREV_STATE.UNKNOWN, 'not of the same uid')
      const client = await dial(transport)
      t.equal((await login(client, { prevSession: session })).prevState, PREV_STATE.OPEN)
      t.equal((await kickOf(old)).code, CODES.SUPERSEDED.code)
      old.wire?.end()
      await until('only the new ones are left', () => gate.sessions() === 2)
      const third = await dial(transport)
      t.equal((await login(third, { prevSession: session })).prevState, PREV_STATE.CLOSED_BY_SERVER)
    },
  )

  t.test(
    `${transport}: naming an open session closes it only after logic has verified the token`,
    async t => {
      const { logic, dial } = await stage(t)
      const old = await dial(transport)
      const { session } = await login(old)
      logic.welcome = () => ({ code: CODES.AUTH_INVALID.code })
      const client = await dial(transport)
      client.send(loginBytes({ prevSession: session }))
      t.equal((await kickOf(client)).code, CODES.AUTH_INVALID.code)
      old.ping()
      await old.expect(CMD.PONG)
    },
  )

  t.test(`${transport}: a mailbox of a new epoch sends the client to log in again`, async t => {
    const { logic, dial, session } = await stage(t)
    const client = await dial(transport)
    await login(client)
    logic.deliver(session(), 1, 'x', { epoch: logic.epoch + 1 })
    t.equal((await kickOf(client)).code, CODES.RESYNC.code)
  })

  t.test(`${transport}: the bytes of a session may be split anywhere`, async t => {
    const { logic, dial } = await stage(t)
    logic.append('u1', 'one')
    const writer = new FrameWriter()
    writer.pingNext(20)
    writer.pull(0, 1_000)
    writer.request(CMD.C2S, 200, 300, Buffer.alloc(150, 'x'))
    writer.ack(1)
    const rest = writer.take()
    const hello = Buffer.concat([transport === 'tcp' ? PREAMBLE : new Uint8Array(0), loginBytes()])
    const answers = [CMD.PONG, CMD.SEND_ACK, CMD.NOTIFY, CMD.PULL_RESP].join()

    const live = async (cutHello: number, cutRest: number): Promise<void> => {
      const client = await dial(transport, true)
      await sendCut(client, hello, cutHello)
      await client.expect(CMD.LOGIN_ACK)
      await client.expect(CMD.PULL_RESP)
      await sendCut(client, rest, cutRest)
      const got: number[] = []
      while (got.length < 4) got.push((await client.next()).cmd)
      if (got.toSorted((a, b) => a - b).join() !== answers)
        t.fail(`cut at ${cutHello}, ${cutRest}: ${got.join()}`)
      client.wire?.end()
    }
    for (let cut = 1; cut < hello.length; cut++) await live(cut, 0)
    for (let cut = 1; cut < rest.length; cut++) await live(0, cut)
    t.pass(`${hello.length + rest.length} cuts`)
  })

  t.test(`${transport}: the bytes of a session may come one by one`, async t => {
    const { dial } = await stage(t)
    const client = await dial(transport, true)
    const hello = Buffer.concat([transport === 'tcp' ? PREAMBLE : new Uint8Array(0), loginBytes()])
    for (const byte of hello) client.send(Uint8Array.of(byte))
    await client.expect(CMD.LOGIN_ACK)
  })

  t.test(`${transport}: a slow client costs one pending head`, async t => {
    const { logic, dial, session, metric } = await stage(t)
    const client = await dial(transport)
    await login(client)
    client.wire?.pause()
    // A page of 200 KiB per PULL until the kernel has had enough and the answers wait.
    const content = 'x'.repeat(50_000)
    for (let row = 0; row < 4; row++) logic.append('u1', content)
    let pulls = 0
    while (logic.of(TRUNK.PULL).length === pulls && pulls < 200) {
      client.writer.pull(0, 250_000)
      client.send()
      pulls++
      for (let wait = 0; wait < 20 && logic.of(TRUNK.PULL).length < pulls; wait++)
        await new Promise(resolve => setTimeout(resolve, 1))
    }
    t.ok(pulls < 200, `a PULL waits after ${pulls}`)
    const before = await metric('longwire_gate_notifies_total')
    for (let seq = 5; seq < 2_005; seq++) logic.append('u1', 'later')
    logic.push(writer => {
      for (let seq = 5; seq < 2_005; seq++)
        logic.putDeliver(writer, session(), { seq, content: Buffer.from('later') })
    })
    await turn()
    await turn()
    t.ok((await metric('longwire_gate_notifies_total')) - before <= 1)
    t.equal(await metric('longwire_gate_data_total'), 0)
    client.wire?.resume()
    logic.pageRows = 1_000
    let cursor = 0
    while (cursor < 2_004) {
      const frame = await client.expect(CMD.PULL_RESP)
      if (frame.a !== cursor) continue
      cursor = frame.b
      client.writer.pull(cursor, 250_000)
      client.send()
    }
    t.equal(cursor, 2_004, 'everything comes when it reads')
  })
}
