import { CMD, CODES, type CodeName, EXT, FLAG_EXT } from '@longwire/proto'
import t from 'tap'
import { kickOf, login, LOGIN, loginBytes, type RawClient } from './support/raw-client.ts'
import { type Stage, stage } from './support/stage.ts'
import { until } from './support/test-clock.ts'
import type { Transport } from './support/wire.ts'

interface Fault {
  readonly name: string
  readonly code: CodeName
  /** What KICK says besides the code's own text. */
  readonly says?: RegExp
  readonly only?: Transport
  /** Without the preamble. */
  readonly bare?: boolean
  /** Logic never answers its LOGIN, so its row waits for that. */
  readonly pending?: boolean
  run(client: RawClient, scene: Stage): Promise<void> | void
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

const badLogin = (name: string, fields: Parameters<typeof loginBytes>[0], says: RegExp): Fault => ({
  name,
  says,
  code: 'BAD_FIELD',
  run: client => client.send(loginBytes(fields)),
})

const faults: readonly Fault[] = [
  {
    name: 'no preamble',
    code: 'BAD_MAGIC',
    only: 'tcp',
    bare: true,
    run: client => client.send(Buffer.from('GET / HTTP/1.1\r\n')),
  },
  {
    name: 'half a wrong preamble',
    code: 'BAD_MAGIC',
    only: 'tcp',
    bare: true,
    run: client => client.send(bytes(0xd5, 0x4e)),
  },
  {
    name: 'a version of the future',
    code: 'UNSUPPORTED_VERSION',
    only: 'tcp',
    bare: true,
    says: /speaks 1 to 1/,
    run: client => client.send(bytes(0xd5, 0x4d, 0x32, 0)),
  },
  {
    name: 'a large frame before login',
    code: 'FRAME_TOO_LARGE',
    says: /5000 bytes, allowed are 4096/,
    run: client => client.send(bytes(CMD.LOGIN << 3, 0x88, 0x27)),
  },
  {
    name: 'a frame above 64 KiB',
    code: 'FRAME_TOO_LARGE',
    says: /65537 bytes, allowed are 65536/,
    async run(client) {
      await login(client)
      client.send(Buffer.concat([bytes(CMD.C2S << 3, 0x81, 0x80, 0x04), Buffer.alloc(65_537)]))
    },
  },
  {
    name: 'an overlong length',
    code: 'BAD_FRAME',
    says: /not canonical/,
    run: client => client.send(bytes(CMD.LOGIN << 3, 0x80, 0x00)),
  },
  {
    name: 'a length of four bytes',
    code: 'BAD_FRAME',
    run: client => client.send(bytes(CMD.LOGIN << 3, 0xff, 0xff, 0xff, 0x01)),
  },
  {
    name: 'an unknown critical command',
    code: 'UNKNOWN_COMMAND',
    says: /number 31/,
    run: client => client.send(bytes(31 << 3, 0)),
  },
  {
    name: 'a frame before login',
    code: 'NOT_LOGGED_IN',
    says: /command 1\b/,
    run: client => client.ping(),
  },
  {
    name: 'a LOGIN that is not protobuf',
    code: 'BAD_FRAME',
    says: /not a Login message/,
    run: client => client.send(bytes(CMD.LOGIN << 3, 2, 0x0a, 0x7f)),
  },
  badLogin('no uid', { uid: '' }, /uid is empty: send 1 to 64 bytes/),
  badLogin(
    'a uid that is too long',
    { uid: 'é'.repeat(33) },
    /uid has 66 bytes: send 1 to 64 bytes/,
  ),
  badLogin('no device', { device: '' }, /device is empty/),
  badLogin('a token that is too long', { token: 't'.repeat(2_049) }, /token has 2049 bytes/),
  badLogin('no appcode', { appcode: 0 }, /appcode is 0/),
  badLogin('an appcode above 65535', { appcode: 65_536 }, /appcode is 65536/),
  badLogin(
    'a previous session of three bytes',
    { prevSession: bytes(1, 2, 3) },
    /prev_session has 3 bytes/,
  ),
  {
    name: 'a second LOGIN',
    code: 'ALREADY_LOGGED_IN',
    async run(client) {
      await login(client)
      client.send(loginBytes())
    },
  },
  {
    name: 'a second LOGIN while the first is looked at',
    code: 'ALREADY_LOGGED_IN',
    pending: true,
    run(client, { logic }) {
      logic.welcome = () => undefined
      client.send(Buffer.concat([loginBytes(), loginBytes()]))
    },
  },
  {
    name: 'a PING before the answer to LOGIN',
    code: 'NOT_LOGGED_IN',
    pending: true,
    run(client, { logic }) {
      logic.welcome = () => undefined
      client.send(Buffer.concat([loginBytes(), bytes(CMD.PING << 3)]))
    },
  },
  {
    name: 'an unknown critical extension',
    code: 'UNSUPPORTED_EXTENSION',
    says: /tag 3/,
    async run(client) {
      await login(client)
      client.send(bytes((CMD.PING << 3) | FLAG_EXT, 4, 3, 3, 1, 0))
    },
  },
  {
    name: 'a PULL whose fields are cut short',
    code: 'BAD_FRAME',
    async run(client) {
      await login(client)
      client.send(bytes(CMD.PULL << 3, 1, 5))
    },
  },
  {
    name: 'a command that is the server’s',
    code: 'BAD_FRAME',
    says: /command 10 is not for clients/,
    async run(client) {
      await login(client)
      client.writer.notify(5)
      client.send()
    },
  },
  {
    name: 'an ACK beyond the head',
    code: 'BAD_FIELD',
    says: /ack of seq 1 is beyond the last one sent, 0/,
    async run(client) {
      await login(client)
      client.writer.ack(1)
      client.send()
    },
  },
  {
    name: 'the third PING that comes too soon',
    code: 'PING_FLOOD',
    async run(client) {
      await login(client)
      for (let count = 0; count < 4; count++) client.ping()
      for (let count = 0; count < 3; count++) await client.expect(CMD.PONG)
    },
  },
  { name: 'no LOGIN within 5 s', code: 'LOGIN_TIMEOUT', run: (_, { pass }) => pass(7_000) },
  {
    name: 'not even a preamble within 5 s',
    code: 'LOGIN_TIMEOUT',
    only: 'tcp',
    bare: true,
    run: (_, { pass }) => pass(7_000),
  },
  {
    name: 'a LOGIN that trickles',
    code: 'LOGIN_TIMEOUT',
    async run(client, { pass }) {
      const whole = loginBytes()
      for (let at = 0; at < 6; at++) {
        client.send(whole.subarray(at, at + 1))
        await pass(1_250)
      }
    },
  },
  {
    name: 'a frame that is not finished within 30 s',
    code: 'FRAME_TIMEOUT',
    async run(client, { pass, gate }) {
      await login(client)
      client.send(bytes(CMD.C2S << 3, 100, 1, 1))
      await until('the bytes are there', () => gate.sessions() === 1)
      for (let part = 0; part < 16; part++) {
        client.send(bytes(0))
        await pass(2_000)
      }
    },
  },
  {
    name: 'silence beyond 1.25 × the default ping + 30 s',
    code: 'IDLE_TIMEOUT',
    async run(client, { pass }) {
      await login(client)
      await pass((1.25 * 270 + 30 + 2) * 1_000)
    },
  },
  {
    name: 'silence beyond the ping that was promised',
    code: 'IDLE_TIMEOUT',
    async run(client, { pass }) {
      await login(client)
      client.writer.pingNext(4)
      client.send()
      await client.expect(CMD.PONG)
      await pass((1.25 * 60 + 30 + 2) * 1_000)
    },
  },
]

for (const transport of ['tcp', 'ws'] as const) {
  for (const fault of faults.filter(({ only }) => only === undefined || only === transport)) {
    t.test(`${transport}: ${fault.name} ends with ${fault.code}`, async t => {
      const scene = await stage(t)
      const client = await scene.dial(transport, fault.bare)
      await until('the gate has it', () => scene.gate.sessions() === 1)
      await fault.run(client, scene)
      const kick = await kickOf(client)
      const { code, text } = CODES[fault.code]
      t.equal(kick.code, code, kick.message)
      t.ok(kick.message.startsWith(text), kick.message)
      if (fault.says !== undefined) t.match(kick.message, fault.says)
      client.wire?.end()
      await client.end()
      if (transport === 'ws') t.equal(client.closeCode, 4_000 + code)
      await until(
        'its row is free',
        () => scene.gate.sessions() === (fault.pending === true ? 1 : 0),
      )
      t.equal(await scene.metric(`longwire_gate_closed_total{reason="${fault.code}"}`), 1)

      scene.logic.welcome = ({ seq }) => ({ base: seq })
      const next = await scene.dial(transport)
      t.equal((await login(next, { uid: 'u2' })).base, 0, 'the gate serves on')
    })
  }
}

for (const transport of ['tcp', 'ws'] as const) {
  t.test(`${transport}: what is optional and unknown is skipped`, async t => {
    const scene = await stage(t)
    const client = await scene.dial(transport)
    await login(client)
    client.send(bytes((CMD.PING << 3) | FLAG_EXT, 7, 6, 200, 1, 0, EXT.NEXT, 1, 9))
    await client.expect(CMD.PONG)
  })

  t.test(
    `${transport}: pings five seconds apart are no flood, and one that is late forgives`,
    async t => {
      const { dial, pass, gate } = await stage(t)
      const client = await dial(transport)
      await login(client)
      for (const gap of [5_000, 1_000, 1_000, 5_000, 1_000, 1_000, 5_000]) {
        client.ping()
        await client.expect(CMD.PONG)
        await pass(gap)
      }
      t.equal(gate.sessions(), 1)
    },
  )

  t.test(`${transport}: a session lives as long as bytes come in time`, async t => {
    const { dial, pass, gate } = await stage(t)
    const client = await dial(transport)
    await login(client)
    client.writer.pingNext(4)
    client.send()
    await client.expect(CMD.PONG)
    for (let ping = 0; ping < 4; ping++) {
      await pass(100_000)
      client.ping()
      await client.expect(CMD.PONG)
    }
    t.equal(gate.sessions(), 1)
  })
}

t.test('a peer that does not hang up after KICK is cut', async t => {
  const { dial, pass, gate } = await stage(t)
  const client = await dial('tcp')
  await until('the gate has it', () => gate.sessions() === 1)
  client.wire?.pause()
  client.ping()
  await until('it was kicked', () => gate.sessions() === 0 || client.frames.length === 0)
  await pass(8_000)
  await until('its row is free', () => gate.sessions() === 0)
  t.equal(gate.sessions(), 0)
})

t.test('beyond its limit the gate refuses connections and counts them', async t => {
  const { dial, gate, metric } = await stage(t, { limits: { sessions: 2 } })
  await login(await dial('tcp'), { ...LOGIN, uid: 'a' })
  await login(await dial('ws'), { ...LOGIN, uid: 'b' })
  const third = await dial('tcp')
  t.match(await kickOf(third), { code: CODES.BUSY.code })
  await third.end()
  const fourth = await dial('ws')
  await fourth.end()
  t.equal(fourth.closeCode, 4_000 + CODES.BUSY.code)
  t.equal(gate.sessions(), 2)
  t.equal(await metric('longwire_gate_refused_total{reason="BUSY"}'), 2)
})
