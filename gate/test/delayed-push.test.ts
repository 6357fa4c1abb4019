import { AWAKE, CMD, URGENCY } from '@longwire/proto'
import t from 'tap'
import { login, type RawClient } from './support/raw-client.ts'
import { turn } from './support/test-clock.ts'
import { stage, type Stage, type StageOptions } from './support/stage.ts'
import type { Transport } from './support/wire.ts'

const LOW = { urgency: URGENCY.LOW }
const KINDS: readonly (readonly [string, Transport, 'uws' | 'ws'])[] = [
  ['TCP', 'tcp', 'uws'],
  ['WebSocket by uWebSockets.js', 'ws', 'uws'],
  ['WebSocket by ws', 'ws', 'ws'],
]

interface Scene extends Stage {
  readonly client: RawClient
  /** What the gate wrote since the last look, write by write, as hex. */
  written(): string[]
}

/** A client that has been silent for a minute. */
// oxlint-disable-next-line max-params -- the kind of connection is two
const asleepOver = async (
  t: Tap,
  transport: Transport,
  library: 'uws' | 'ws',
  limits: StageOptions['limits'] = {},
): Promise<Scene> => {
  const writes: Uint8Array[] = []
  const made = await stage(t, { writes, library, limits })
  const client = await made.dial(transport)
  await login(client)
  await made.pass(60_000)
  writes.length = client.chunks.length = 0
  const written = (): string[] => writes.splice(0).map(bytes => Buffer.from(bytes).toString('hex'))
  return { ...made, client, written }
}

for (const [name, transport, library] of KINDS) {
  const asleep = (t: Tap, limits?: StageOptions['limits']): Promise<Scene> =>
    asleepOver(t, transport, library, limits)

  t.test(`${name}: what may wait leaves in the write of a PONG, and nothing before`, async t => {
    const { client, logic, session, pass, written, metric } = await asleep(t)
    for (let seq = 1; seq <= 3; seq++) logic.deliver(session(), seq, `news ${seq}`, LOW)
    await pass(120_000)
    t.same(written(), [], 'not a byte goes to a device that sleeps')
    client.ping()
    await client.expect(CMD.PONG)
    t.equal((await client.expect(CMD.NOTIFY)).a, 3)
    t.same(written(), ['10500103'], 'PONG and NOTIFY are one write')
    t.same(client.chunks, [2], 'and arrive as one')
    await pass(30_000)
    t.same(written(), [], 'nor is that repeated to a device that sleeps again')
    t.equal(await metric('longwire_gate_held_pushes_total'), 3)
    t.equal(await metric('longwire_gate_ridden_pushes_total{on="sign"}'), 3)
    t.equal(await metric('longwire_gate_wake_pushes_total{urgency="normal"}'), 0)
  })

  t.test(`${name}: while the device is awake nothing waits`, async t => {
    const { client, logic, session, pass, written } = await asleep(t)
    client.ping()
    await client.expect(CMD.PONG)
    logic.deliver(session(), 1, 'x', LOW)
    await client.expect(CMD.DATA)
    client.writer.ack(1)
    client.send()
    await pass(9_000)
    logic.deliver(session(), 2, 'x', LOW)
    await client.expect(CMD.DATA)
    await pass(11_000)
    written()
    logic.deliver(session(), 3, 'x', LOW)
    await pass(250)
    t.same(written(), [])
    client.writer.ack(2)
    client.send()
    t.equal((await client.expect(CMD.NOTIFY)).a, 3, 'an acknowledgement is a sign as well')
  })

  t.test(`${name}: what must go out does, within its time, and takes the rest along`, async t => {
    const { client, logic, session, pass, written, metric } = await asleep(t)
    logic.deliver(session(), 1, 'x', LOW)
    logic.deliver(session(), 2, 'x', { ...LOW, within: 60 })
    await pass(55_000)
    t.same(written(), [])
    await pass(5_000)
    t.equal((await client.expect(CMD.NOTIFY)).a, 2)
    t.equal(await metric('longwire_gate_wake_pushes_total{urgency="must_wake"}'), 1)
    t.equal(await metric('longwire_gate_ridden_pushes_total{on="push"}'), 1)
  })

  t.test(`${name}: the client says what its device is doing`, async t => {
    const { client, logic, session, pass, written, metric } = await asleep(t)
    client.writer.pingNext(0, false, AWAKE.FOREGROUND)
    client.send()
    await client.expect(CMD.PONG)
    await pass(60_000)
    logic.deliver(session(), 1, 'x', LOW)
    await client.expect(CMD.DATA)
    client.writer.ack(1)
    client.writer.pingNext(0, false, AWAKE.DOZE)
    client.send()
    await client.expect(CMD.PONG)
    await pass(39 * 60_000)
    written()
    logic.deliver(session(), 2, 'x')
    await pass(30_000)
    t.same(written(), [], 'longer than any idle deadline, and what is normal waits')
    logic.deliver(session(), 3, 'call', { urgency: URGENCY.NOW })
    await client.expect(CMD.NOTIFY)
    t.equal(await metric('longwire_gate_doze_now_total'), 1)
    await pass(60_000)
    await client.end()
  })

  t.test(`${name}: what is never stored goes to who may be reached now`, async t => {
    const { client, logic, session, pass, written, metric } = await asleep(t)
    logic.live(session(), 'typing', URGENCY.LOW)
    await pass(250)
    t.same(written(), [])
    logic.live(session(), 'ring', URGENCY.NOW)
    t.equal((await client.expect(CMD.LIVE)).body.toString('hex'), `01${hex('ring')}`)
    logic.live(session(), 'typing', URGENCY.LOW)
    t.equal((await client.expect(CMD.LIVE)).cmd, CMD.LIVE, 'it woke up for the other')
    logic.deliver(session(), 1, 'x')
    t.equal((await client.expect(CMD.DATA)).a, 1, 'the order of the mailbox is its own')
    t.equal(await metric('longwire_gate_live_total{result="sent"}'), 2)
    t.equal(await metric('longwire_gate_live_total{result="dropped"}'), 1)
  })

  t.test(
    `${name}: corked, messages leave in one write; what is urgent now does not wait`,
    async t => {
      const { client, logic, session, pass, written, metric } = await asleep(t, { corkMs: 50 })
      for (let seq = 1; seq <= 3; seq++) {
        logic.deliver(session(), seq, 'x')
        await turn()
      }
      await pass(49)
      t.same(written(), [])
      await pass(1)
      t.equal((await client.expect(CMD.DATA)).a, 1)
      t.same(written(), ['680301017868030201786803030178'])
      logic.deliver(session(), 4, 'x')
      await turn()
      logic.deliver(session(), 5, 'x', { urgency: URGENCY.NOW })
      await turn()
      await turn()
      t.equal(written().length, 1)
      t.equal(await metric('longwire_gate_corked_pushes_total'), 3)
    },
  )

  t.test(
    `${name}: heads that are asked for after a fault wake nobody for what may wait`,
    async t => {
      const { client, logic, session, pass, written } = await asleep(t)
      logic.deliver(session(), 1, 'x', LOW)
      logic.head(session(), 1, { calm: 1 })
      logic.head(session(), 4, { calm: 3 })
      await pass(250)
      t.same(written(), [])
      logic.head(session(), 6, { calm: 1 })
      t.equal((await client.expect(CMD.NOTIFY)).a, 6)
    },
  )
}

t.test('what is idle waits for a network that does not count bytes', async t => {
  const { client, logic, session, pass, written } = await asleepOver(t, 'tcp', 'uws')
  client.writer.pingNext(0, false, AWAKE.FOREGROUND, 1)
  client.send()
  await client.expect(CMD.PONG)
  written()
  logic.deliver(session(), 1, 'x', { urgency: URGENCY.IDLE })
  await pass(60_000)
  client.ping()
  await client.expect(CMD.PONG)
  t.same(written(), ['10'])
  client.writer.pingNext(0, false, -1, 0)
  client.send()
  await client.expect(CMD.PONG)
  t.equal((await client.expect(CMD.NOTIFY)).a, 1)
  client.writer.ack(1)
  client.send()
  await pass(10_000)
  written()
  logic.deliver(session(), 2, 'x', { urgency: URGENCY.IDLE })
  await pass(250)
  t.same(written(), [], 'not to all that are awake at once')
  await pass(31_000)
  t.equal((await client.expect(CMD.NOTIFY)).a, 2)
})

const hex = (text: string): string => Buffer.from(text).toString('hex')

type Tap = Parameters<typeof stage>[0]
