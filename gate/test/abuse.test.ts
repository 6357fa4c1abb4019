import { seededRandom } from '@longwire/kit'
import { CMD, FLAG_COMPRESSED, FrameWriter } from '@longwire/proto'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { DEFENCE, type Defence } from '../src/index.ts'
import { login, loginBytes, PREAMBLE, type RawClient } from './support/raw-client.ts'
import { messageBytes, upgradeText } from './support/raw-upgrade.ts'
import type { Seen } from './support/scripted-logic.ts'
import { stage, type Stage } from './support/stage.ts'
import { until } from './support/test-clock.ts'

/**
 * Tens of thousands of broken connections while good clients get messages. More of them:
 * LONGWIRE_ABUSE=100000; other ones: LONGWIRE_ABUSE_SEED=2.
 */
const ATTACKS = Number(process.env['LONGWIRE_ABUSE'] ?? 2_000)
const SEED = Number(process.env['LONGWIRE_ABUSE_SEED'] ?? 1)
const AT_ONCE = 32
const FREE = { perSecond: 1e9, burst: 1e9 }
const random = seededRandom(SEED)
const below = (bound: number): number => Math.floor(random() * bound)

const frame = (fill: (writer: FrameWriter) => void): Buffer => {
  const writer = new FrameWriter()
  fill(writer)
  return Buffer.from(writer.take())
}
const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => below(256)))
const hex = (text: string): Buffer => Buffer.from(text, 'hex')

interface Breach {
  readonly reason: string
  /** What is sent once it is known that the connection can be used; `ready`: once it is logged in. */
  readonly ready?: boolean
  bytes(): Buffer
}

/** What a client may do wrong, whatever carries its frames. */
const BREACHES: readonly Breach[] = [
  { reason: 'UNKNOWN_COMMAND', bytes: () => Buffer.concat([hex('f800'), noise(below(50))]) },
  { reason: 'FRAME_TOO_LARGE', bytes: () => Buffer.concat([hex('188827'), noise(below(90))]) },
  { reason: 'FRAME_TOO_LARGE', bytes: () => hex('18ffff7f') },
  { reason: 'BAD_FRAME', bytes: () => hex('188000') },
  { reason: 'BAD_FRAME', bytes: () => hex('18808080') },
  { reason: 'BAD_FRAME', bytes: () => frame(w => w.raw(CMD.LOGIN, 0, hex('ffffff'))) },
  { reason: 'NOT_LOGGED_IN', bytes: () => frame(w => w.pull(below(1_000), 1_000)) },
  { reason: 'NOT_LOGGED_IN', bytes: () => hex('08') },
  {
    reason: 'UNSUPPORTED_EXTENSION',
    bytes: () => frame(w => w.raw(CMD.LOGIN, FLAG_COMPRESSED, noise(20))),
  },
  { reason: 'UNSUPPORTED_EXTENSION', bytes: () => hex('1c04020301ff') },
  { reason: 'BAD_FIELD', bytes: () => Buffer.from(loginBytes({ uid: '' })) },
  { reason: 'BAD_FIELD', bytes: () => Buffer.from(loginBytes({ appcode: 70_000 })) },
  { reason: 'ALREADY_LOGGED_IN', ready: true, bytes: () => Buffer.from(loginBytes()) },
  { reason: 'BAD_FRAME', ready: true, bytes: () => frame(w => w.data(1, 1, 1, noise(20))) },
  { reason: 'BAD_FRAME', ready: true, bytes: () => hex('5800') },
  { reason: 'BAD_FIELD', ready: true, bytes: () => frame(w => w.ack(1 + below(1_000))) },
  { reason: 'FRAME_TOO_LARGE', ready: true, bytes: () => hex('38818004') },
  { reason: 'PING_FLOOD', ready: true, bytes: () => hex('08080808') },
]

interface Attack {
  readonly transport: 'tcp' | 'ws'
  /** Prefixed to the metric of the reason. */
  readonly metric: string
  /** Each is sent when the answer to the one before has come. */
  readonly steps: readonly Buffer[]
}

const closedFor = (reason: string): string => `longwire_gate_closed_total{reason="${reason}"}`
const refusedFor = (reason: string): string => `longwire_gate_refused_total{reason="${reason}"}`

let uids = 0
const attack = (ws: boolean): Attack => {
  const transport = ws ? 'ws' : 'tcp'
  const kind = below(BREACHES.length + 3)
  const breach = BREACHES[kind]
  if (breach === undefined) return ws ? wsOnly(kind) : tcpOnly(kind)
  const { reason, ready = false } = breach
  const sent = [
    ...(ready ? [Buffer.from(loginBytes({ uid: `evil-${++uids}` }))] : []),
    breach.bytes(),
  ]
  const steps = ws
    ? [Buffer.from(upgradeText()), ...sent.map(messageBytes)]
    : sent.map((bytes, at) => (at === 0 ? Buffer.concat([PREAMBLE, bytes]) : bytes))
  return { transport, metric: closedFor(reason), steps }
}

const tcpOnly = (kind: number): Attack => {
  const bytes = noise(4 + below(100))
  if (kind % 2 === 0) {
    bytes.set(hex('d54d2200'))
    return { transport: 'tcp', metric: closedFor('UNSUPPORTED_VERSION'), steps: [bytes] }
  }
  bytes[0] = 0xff
  return { transport: 'tcp', metric: closedFor('BAD_MAGIC'), steps: [bytes] }
}

const wsOnly = (kind: number): Attack => {
  const upgrade = Buffer.from(upgradeText())
  const text = messageBytes(Buffer.from('hello'))
  text[0] = 0x81
  return kind % 2 === 0
    ? { transport: 'ws', metric: closedFor('BAD_FRAME'), steps: [upgrade, text] }
    : {
        transport: 'ws',
        metric: refusedFor('BAD_UPGRADE'),
        steps: [Buffer.from(upgradeText({ 'Sec-WebSocket-Protocol': 'mqtt' }))],
      }
}

/** Sends an attack in pieces, from an address of its own; resolves when the gate has hung up. */
const run = (made: Stage, { transport, steps }: Attack, localAddress: string): Promise<void> =>
  new Promise(resolve => {
    const [host, port] = made.addresses[transport].split(':')
    const socket = connect({ host, port: Number(port), localAddress, noDelay: true })
    let step = 0
    const next = (): void => {
      const bytes = steps[step++]
      if (bytes === undefined) {
        // The ws package waits for a peer that was told goodbye.
        setImmediate(() => socket.end())
        return
      }
      const cut = below(bytes.length)
      if (cut > 0) socket.write(bytes.subarray(0, cut))
      setImmediate(() => socket.write(bytes.subarray(cut)))
    }
    socket.on('connect', next)
    socket.on('data', next)
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
  })

/** Clients that follow the protocol, and what they have got. */
class Good {
  readonly client: RawClient
  readonly session: Seen
  readonly got: string[] = []
  sent = 0

  constructor(client: RawClient, session: Seen) {
    this.client = client
    this.session = session
  }

  deliver(made: Stage): void {
    const seq = ++this.sent
    made.logic.deliver(this.session, seq, `message ${seq}`)
  }

  /** Reads and acknowledges what has come. */
  async read(): Promise<void> {
    while (this.got.length < this.sent) {
      const data = await this.client.expect(CMD.DATA)
      this.got.push(data.body.toString())
      this.client.writer.ack(this.got.length)
      this.client.send()
    }
  }
}

const goodOnes = async (made: Stage): Promise<Good[]> => {
  const good: Good[] = []
  for (const transport of ['tcp', 'ws', 'tcp', 'ws'] as const) {
    const client = await made.dial(transport)
    await login(client, { uid: `good-${good.length}`, device: 'phone' })
    good.push(new Good(client, made.session()))
  }
  return good
}

const unharmed = async (
  t: Test,
  made: Stage,
  good: readonly Good[],
  rounds: number,
): Promise<void> => {
  for (const each of good) {
    t.same(
      each.got,
      Array.from({ length: rounds }, (_, at) => `message ${at + 1}`),
    )
    each.client.ping()
    await each.client.expect(CMD.PONG)
  }
  await until('only the good ones are left', () => made.gate.sessions() === good.length)
}

const abuse = async (made: Stage, good: readonly Good[], address: () => string) => {
  const expected = new Map<string, number>()
  let rounds = 0
  for (let done = 0; done < ATTACKS; done += AT_ONCE, rounds++) {
    const attacks = Array.from({ length: AT_ONCE }, (_, at) => attack(at % 2 === 0))
    for (const { metric } of attacks) expected.set(metric, (expected.get(metric) ?? 0) + 1)
    for (const each of good) each.deliver(made)
    await Promise.all([
      ...attacks.map(each => run(made, each, address())),
      ...good.map(each => each.read()),
    ])
  }
  return { expected, rounds }
}

const defence: Defence = {
  ...DEFENCE,
  exempt: [],
  accept: FREE,
  address: { ...DEFENCE.address, accept: FREE },
}
// Other addresses of the loopback network exist on Linux only.
const skip = process.platform !== 'linux' && 'attackers need addresses of their own'

for (const library of ['uws', 'ws'] as const) {
  t.test(
    `${library}: every breach is cut for its reason, and good clients are unharmed`,
    { skip },
    async t => {
      const ban = { ...DEFENCE.ban, strikes: 1e9 }
      const made = await stage(t, { library, defence: { ...defence, ban } })
      const good = await goodOnes(made)
      const { expected, rounds } = await abuse(made, good, () => `127.0.1.${1 + below(250)}`)
      await unharmed(t, made, good, rounds)
      for (const [metric, times] of expected) {
        for (let tries = 0; tries < 500 && (await made.metric(metric)) < times; tries++)
          await new Promise(resolve => setTimeout(resolve, 2))
        t.equal(await made.metric(metric), times, metric)
      }
      t.equal(await made.metric(closedFor('INTERNAL')), 0)
    },
  )
}

t.test('attackers are shut out, good clients are not', { skip }, async t => {
  const made = await stage(t, { defence })
  const good = await goodOnes(made)
  const addresses = 8
  const { rounds } = await abuse(made, good, () => `127.0.2.${1 + below(addresses)}`)
  await unharmed(t, made, good, rounds)
  const breaches = await made.metric('longwire_gate_opened_total')
  t.equal(await made.metric('longwire_gate_bans_total'), addresses)
  t.ok((await made.metric(refusedFor('BANNED'))) > ATTACKS / 2)
  t.ok(breaches < ATTACKS / 2, `${breaches} of ${ATTACKS} got so far as to say something`)
  await login(await made.dial('tcp'), { uid: 'newcomer' })
})
