import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import {
  CMD,
  CODES,
  decodeProbeAck,
  encodePreamble,
  encodeProbe,
  LIMITS,
  type ProbeAck,
  PROBE_BYTES,
} from '@longwire/proto'
import { openUdp } from '../../src/index.ts'
import { login } from '../support/raw-client.ts'
import { stage, type Stage, type StageOptions } from '../support/stage.ts'
import { turn, until } from '../support/test-clock.ts'

const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const PROBE = encodeProbe(NONCE, 1)

/** Somebody who probes by UDP, and what came back. */
class Asker {
  readonly answers: Buffer[] = []
  readonly #socket: Socket = createSocket('udp4')
  readonly #port: number
  readonly #test: Test

  constructor(t: Test, address: string) {
    this.#test = t
    this.#port = Number(address.split(':')[1])
    this.#socket.on('message', bytes => this.answers.push(bytes))
    t.teardown(() => this.#socket.close())
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.#port, '127.0.0.1')
  }

  async answer(): Promise<ProbeAck | undefined> {
    await until('there is an answer', () => this.answers.length > 0)
    const bytes = this.answers.shift() ?? Buffer.alloc(0)
    this.#test.ok(bytes.length <= PROBE_BYTES, 'it is no larger than the probe')
    return decodeProbeAck(bytes, NONCE)
  }
}

interface Setting extends StageOptions {
  /** Connections of another gate. */
  readonly others?: number
}

/** A gate for 40 connections, and another one beside it. */
const gateAmong = async (t: Test, { others, ...options }: Setting = {}): Promise<Stage> => {
  const s = await stage(t, {
    limits: { sessions: 1_000, capacity: 40 },
    ...options,
    probing: { datagrams: openUdp, ...options.probing },
  })
  if (others !== undefined) {
    const load = { conns: others, capacity: 40, epoch: 7, elu: 0 }
    const node = {
      role: 'gate',
      name: 'g2',
      incarnation: 'b',
      address: '127.0.0.1:1',
      load,
    } as const
    await s.registry.announce(node, 3_600_000)
    await s.pass(5_000)
  }
  return s
}

const dialMany = async (s: Stage, count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await s.dial('tcp', true)
  await until('all are there', () => s.gate.sessions() >= count)
}

/** Waits until a metric has this value. */
const comes = async (s: Stage, line: string, value: number): Promise<void> => {
  let last = Number.NaN
  const read = async (): Promise<void> => {
    last = await s.metric(line)
  }
  await read()
  await until(`${line} is ${value}`, () => {
    void read()
    return last === value
  })
}
const DROPPED = (reason: string): string => `longwire_gate_probes_dropped_total{reason="${reason}"}`
const HELD = 'longwire_gate_probes_held'

t.test(
  'a datagram is answered at once by a gate with room, on the ports of TCP and WebSocket',
  async t => {
    const s = await gateAmong(t)
    for (const transport of ['tcp', 'ws'] as const) {
      const asker = new Asker(t, s.addresses[transport])
      asker.send(PROBE)
      t.match(await asker.answer(), { load: 0, delayMs: 0 })
    }
    t.equal(await s.metric('longwire_gate_probe_answers_total{path="udp"}'), 2)
  },
)

t.test('what is no probe gets no answer, and is counted', async t => {
  const s = await gateAmong(t)
  const asker = new Asker(t, s.addresses.tcp)
  asker.send(PROBE.subarray(0, 15))
  asker.send(Buffer.concat([PROBE, Uint8Array.of(0)]))
  asker.send(Uint8Array.of(0xd5, 0x4e, ...PROBE.subarray(2)))
  asker.send(Uint8Array.of(0xd5, 0x4d, 2, ...PROBE.subarray(3)))
  asker.send(Buffer.alloc(1_400, 0xff))
  asker.send(Buffer.alloc(0))
  const other = encodeProbe(Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9), 1)
  asker.send(other)
  t.equal(await asker.answer(), undefined, 'the only answer is to the nonce of the only probe')
  t.equal(asker.answers.length, 0)
  t.equal(await s.metric(DROPPED('size')), 4)
  t.equal(await s.metric(DROPPED('magic')), 2)
})

t.test('the answer of a gate that is fuller than others is held, exactly so long', async t => {
  // 11 here, 9 there: the mean is 10, and the gate 8 % beyond 1.02 times it.
  const s = await gateAmong(t, { others: 9 })
  await dialMany(s, 11)
  await s.pass(1_000)
  const asker = new Asker(t, s.addresses.tcp)
  asker.send(PROBE)
  await comes(s, HELD, 1)
  s.clock.advance(79)
  t.equal(await s.metric(HELD), 1)
  s.clock.advance(1)
  t.equal(await s.metric(HELD), 0)
  t.match(await asker.answer(), { load: Math.floor((255 * 11) / 40), delayMs: 80 })
})

t.test('a full gate, and one that drains, say nothing', async t => {
  const s = await gateAmong(t)
  const asker = new Asker(t, s.addresses.tcp)
  await dialMany(s, 40)
  asker.send(PROBE)
  await comes(s, DROPPED('full'), 1)
  const draining = s.gate.drain(0)
  asker.send(PROBE)
  await comes(s, DROPPED('draining'), 1)
  t.equal(asker.answers.length, 0)
  await s.pass(500)
  await draining
})

t.test('a gate whose kernel drops connections says nothing', async t => {
  const s = await gateAmong(t, { probing: { isBacklogFull: () => true } })
  new Asker(t, s.addresses.tcp).send(PROBE)
  await comes(s, DROPPED('backlog'), 1)
})

t.test('one address gets so many answers, and no more are held than may be', async t => {
  const s = await gateAmong(t, {
    defence: { exempt: [] },
    probing: { probes: { address: { perSecond: 1, burst: 3 }, held: 2 } },
    others: 0,
  })
  await dialMany(s, 2)
  await s.pass(1_000)
  const asker = new Asker(t, s.addresses.tcp)
  for (let n = 0; n < 5; n++) asker.send(PROBE)
  await comes(s, DROPPED('rate'), 2)
  t.equal(await s.metric(DROPPED('held')), 1)
  t.equal(await s.metric(HELD), 2)
  s.clock.advance(150)
  await until('two are answered', () => asker.answers.length === 2)
})

for (const transport of ['tcp', 'ws'] as const) {
  for (const library of ['uws', 'ws'] as const) {
    if (transport === 'tcp' && library === 'ws') continue
    t.test(`PROBE before LOGIN over ${transport} (${library})`, async t => {
      const s = await gateAmong(t, { others: 0, library })
      const client = await s.dial(transport)
      client.writer.raw(CMD.PROBE, 0, PROBE)
      client.send()
      await comes(s, HELD, 1)
      t.equal(client.frames.length, 0)
      s.clock.advance(150)
      const answer = await client.expect(CMD.PROBE_ACK)
      t.match(decodeProbeAck(answer.body, NONCE), { load: Math.floor(255 / 40), delayMs: 150 })
      t.equal((await login(client)).base, 0, 'it may still log in')
    })
  }
}

t.test('a PROBE that is none ends the connection', async t => {
  const s = await gateAmong(t)
  const client = await s.dial('tcp')
  client.writer.raw(CMD.PROBE, 0, PROBE.subarray(0, 8))
  client.send()
  t.equal((await client.expect(CMD.KICK)).a, CODES.BAD_FRAME.code)
})

t.test('an answer to a connection that has gone goes nowhere', async t => {
  const s = await gateAmong(t, { others: 0 })
  const client = await s.dial('tcp')
  client.writer.raw(CMD.PROBE, 0, PROBE)
  client.send()
  await comes(s, HELD, 1)
  client.wire?.destroy()
  await until('it has gone', () => s.gate.sessions() === 0)
  const next = await s.dial('tcp')
  s.clock.advance(150)
  await s.pass(250)
  t.equal(await s.metric(HELD), 0)
  t.equal(next.frames.length, 0, 'the slot is another connection now')
})

t.test('a connection that only probes is cut when its time for LOGIN is over', async t => {
  const s = await gateAmong(t)
  const client = await s.dial('tcp')
  client.writer.raw(CMD.PROBE, 0, PROBE)
  client.send()
  await client.expect(CMD.PROBE_ACK)
  await s.pass(LIMITS.loginMs + 1_000)
  t.equal((await client.expect(CMD.KICK)).a, CODES.LOGIN_TIMEOUT.code)
})

for (const library of ['uws', 'ws'] as const) {
  const get = (s: Stage, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`http://${s.addresses.ws}/probe`, { headers })

  t.test(
    `GET /probe (${library}) is answered after the delay, and any page may read it`,
    async t => {
      const s = await gateAmong(t, { others: 0, library })
      await s.dial('tcp')
      await until('it is there', () => s.gate.sessions() === 1)
      const answer = get(s)
      await comes(s, HELD, 1)
      s.clock.advance(150)
      const response = await answer
      t.equal(response.status, 200)
      t.equal(response.headers.get('access-control-allow-origin'), '*')
      t.equal(response.headers.get('cache-control'), 'no-store')
      t.match(await response.json(), { load: Math.floor(255 / 40), delayMs: 150 })
      await until('its connection is closed', () => s.gate.sessions() === 1)
    },
  )

  t.test(`GET /probe (${library}) of a full gate fails`, async t => {
    const s = await gateAmong(t, { library })
    await dialMany(s, 40)
    await t.rejects(get(s))
    t.equal(await s.metric(DROPPED('full')), 1)
  })

  t.test(`GET /probe (${library}) is refused for pages of others`, async t => {
    const s = await gateAmong(t, { library, ws: { origins: ['https://app.example.com'] } })
    t.equal((await get(s, { origin: 'https://evil.example.com' })).status, 403)
    t.equal((await get(s, { origin: 'https://app.example.com' })).status, 200)
  })

  t.test(`who leaves GET /probe (${library}) before its answer is forgotten`, async t => {
    const s = await gateAmong(t, { others: 0, library })
    await s.dial('tcp')
    await until('it is there', () => s.gate.sessions() === 1)
    const controller = new AbortController()
    const answer = fetch(`http://${s.addresses.ws}/probe`, { signal: controller.signal })
    answer.catch(() => undefined)
    await comes(s, HELD, 1)
    controller.abort()
    await t.rejects(answer)
    await comes(s, DROPPED('left'), 1)
    s.clock.advance(150)
    await s.pass(250)
    t.equal(await s.metric('longwire_gate_probe_answers_total{path="http"}'), 0)
  })
}

const PORT_ASKED = Buffer.concat([
  encodePreamble(1, 1, 0),
  Uint8Array.of(CMD.PROBE << 3, 16),
  PROBE,
])

/** Sends `bytes` to the port for probes; what came back when it hung up. */
const atPort = async (s: Stage, ...pieces: readonly Uint8Array[]): Promise<Buffer> => {
  const socket = connect(s.probePort, '127.0.0.1')
  const back: Buffer[] = []
  socket.on('data', bytes => back.push(bytes))
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  for (const piece of pieces) {
    socket.write(piece)
    await turn()
  }
  await new Promise(closed => socket.once('close', closed))
  return Buffer.concat(back)
}

t.test('a port for probes alone answers one, with fewer bytes, and hangs up', async t => {
  const s = await gateAmong(t, { probing: { probePort: '127.0.0.1:0' } })
  for (const pieces of [[PORT_ASKED], [...PORT_ASKED].map(byte => Uint8Array.of(byte))]) {
    const answer = await atPort(s, ...pieces)
    t.ok(answer.length <= PORT_ASKED.length)
    t.same([...answer.subarray(0, 2)], [CMD.PROBE_ACK << 3, PROBE_BYTES])
    t.match(decodeProbeAck(answer.subarray(2), NONCE), { load: 0, delayMs: 0 })
  }
  t.equal(await s.metric('longwire_gate_probe_answers_total{path="port"}'), 2)
  t.equal(s.gate.sessions(), 0, 'nobody is connected for that')
})

t.test('a port for probes says nothing to anything else', async t => {
  const s = await gateAmong(t, { probing: { probePort: '127.0.0.1:0' } })
  const wrong = (at: number, byte: number): Uint8Array => {
    const bytes = Uint8Array.from(PORT_ASKED)
    bytes[at] = byte
    return bytes
  }
  const others: readonly (readonly [string, Uint8Array])[] = [
    ['HTTP', Buffer.from('GET /probe HTTP/1.1\r\nhost: x\r\n\r\n')],
    ['no magic', wrong(0, 0)],
    ['another version', wrong(2, 0x99)],
    ['a LOGIN', wrong(4, CMD.LOGIN << 3)],
    ['another length', wrong(5, 17)],
    ['a PROBE that is none', wrong(6, 0)],
    ['two of them', Buffer.concat([PORT_ASKED, PORT_ASKED])],
  ]
  for (const [name, bytes] of others) t.equal((await atPort(s, bytes)).length, 0, name)
  const silent = connect(s.probePort, '127.0.0.1')
  t.teardown(() => silent.destroy())
  await once(silent, 'connect')
  silent.write(PORT_ASKED.subarray(0, 9))
  await turn()
  const gone = once(silent, 'close')
  await s.pass(5_250)
  await gone
  t.equal(await s.metric('longwire_gate_probe_answers_total{path="port"}'), 0)
})

t.test('an answer is held at the port for probes too; who leaves is forgotten', async t => {
  const s = await gateAmong(t, { others: 0, probing: { probePort: '127.0.0.1:0' } })
  await dialMany(s, 1)
  const waits = connect(s.probePort, '127.0.0.1')
  const leaves = connect(s.probePort, '127.0.0.1')
  t.teardown(() => waits.destroy())
  for (const socket of [waits, leaves]) socket.write(PORT_ASKED)
  await comes(s, HELD, 2)
  leaves.destroy()
  await comes(s, 'longwire_gate_probes_dropped_total{reason="left"}', 1)
  const answered = once(waits, 'data')
  s.clock.advance(150)
  t.match(decodeProbeAck(((await answered) as [Buffer])[0].subarray(2), NONCE), { delayMs: 150 })
})
