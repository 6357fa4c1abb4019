import t from 'tap'
import { createLogger } from '@longwire/kit'
import { CMD, edgeBody } from '@longwire/proto'
import { TRUNK, trunkBody } from '@longwire/proto/trunk'
import { Hinting } from '../src/hints.ts'
import { GATE_LIMITS } from '../src/limits.ts'
import { NetworkIds } from '../src/network-ids.ts'
import { Outbox } from '../src/outbox.ts'
import { SessionTable, STATE } from '../src/session-table.ts'
import { silentConnection } from './support/connection.ts'
import { kickOf, login } from './support/raw-client.ts'
import { stage } from './support/stage.ts'
import { until } from './support/test-clock.ts'

const hintOf = (body: Buffer): edgeBody.LoginAck => edgeBody.LoginAck.decode(body)

for (const library of ['uws', 'ws'] as const) {
  for (const transport of library === 'uws' ? (['tcp', 'ws'] as const) : (['ws'] as const)) {
    t.test(`${transport} (${library}): sessions are told of other hints, once`, async t => {
      const { gate, dial, pass, metric } = await stage(t, { library })
      const client = await dial(transport)
      const ack = await login(client)
      t.match(ack, { pingStart: 270, pingMax: 900, pingFloor: 45, ackTimeout: 0 })
      t.match(gate.hint({ maxMs: 120_000, reconnectWindowMs: 9_000 }), {
        startMs: 120_000,
        maxMs: 120_000,
      })
      await pass(250)
      const hint = await client.expect(CMD.HINT)
      t.match(hintOf(hint.body), { pingStart: 120, pingMax: 120, reconnectWindow: 9_000 })
      t.match(hintOf(hint.body), { pingFloor: 0, ackTimeout: 0 }, 'what did not change')
      const later = await login(await dial(transport), { uid: 'u2' })
      t.match(later, { pingStart: 120, pingMax: 120, reconnectWindow: 9_000 })
      gate.hint({ maxMs: 120_000 })
      await pass(6_000)
      client.ping()
      await client.expect(CMD.PONG)
      t.same(client.frames, [], 'nothing new: nothing said')
      t.equal(await metric('longwire_gate_hints_total'), 1)
    })

    t.test(`${transport} (${library}): without a round HINT comes with the PONG`, async t => {
      const { gate, dial, pass } = await stage(t, { library, limits: { hintsPerSecond: 0 } })
      const client = await dial(transport)
      await login(client)
      gate.hint({ maxMs: 600_000 })
      gate.hint({ ackTimeoutMs: 7_000 })
      await pass(6_000)
      t.same(client.frames, [])
      client.chunks.length = 0
      client.ping()
      await client.expect(CMD.PONG)
      const hint = await client.expect(CMD.HINT)
      t.same(client.chunks, [2], 'in one write')
      t.match(hintOf(hint.body), { pingMax: 600, ackTimeout: 7_000 }, 'both changes')
    })
  }
}

t.test('a client that was told 270 s is not cut earlier because others are told less', async t => {
  const { gate, dial, pass } = await stage(t, { limits: { hintsPerSecond: 0 } })
  const old = await dial('tcp')
  await login(old)
  gate.hint({ maxMs: 60_000 })
  const young = await dial('tcp')
  await login(young, { uid: 'u2' })
  await pass((1.25 * 60 + 30 + 2) * 1_000)
  t.equal((await kickOf(young)).code, 5)
  t.same(old.frames, [])
  await pass((1.25 * 270 + 30 - 1.25 * 60 - 30 + 1) * 1_000)
  t.equal((await kickOf(old)).code, 5)
})

t.test('what stands in front of the gate bounds what clients are told', async t => {
  const { gate, dial } = await stage(t, { limits: { ingressIdleMs: 350_000 } })
  const ack = await login(await dial('tcp'))
  t.match(ack, { pingStart: 270, pingMax: 315 })
  t.match(gate.hint({ maxMs: 900_000 }), { maxMs: 315_000 })
  const short = await stage(t, { limits: { ingressIdleMs: 60_000 } })
  t.match(await login(await short.dial('ws')), { pingStart: 54, pingMax: 54, pingFloor: 45 })
  const tiny = await stage(t, { limits: { ingressIdleMs: 30_000 } })
  t.match(await login(await tiny.dial('ws')), { pingStart: 27, pingMax: 27, pingFloor: 27 })
})

t.test('a round takes its time, tells everybody once, and leaves out who came later', async t => {
  const sessions = 3_000
  const told: number[] = []
  const table = new SessionTable(4_096, 1)
  const log = createLogger({ level: 'silent', name: 'gate' })
  const limits = { ...GATE_LIMITS, hintsPerSecond: 400 }
  const outbox = new Outbox(table, 1e9, () => undefined)
  const hinting = new Hinting({ table, outbox, limits, log, told: () => told.push(1) })
  const acquire = (): number => {
    const slot = table.acquire({ ...silentConnection, write: () => undefined }, '')
    table.enter(slot, STATE.READY)
    hinting.welcomed(slot)
    return slot
  }
  const slots = Array.from({ length: sessions }, acquire)
  hinting.change({ maxMs: 300_000 }, true)
  hinting.pinged(slots[7]!)
  acquire()
  let ticks = 0
  for (; hinting.pending > 0; ticks++) {
    const before = told.length
    hinting.tick()
    outbox.flush()
    t.ok(told.length - before <= 100)
  }
  t.equal(told.length, sessions)
  t.equal(ticks, 30)
  hinting.change({ maxMs: 300_000 }, true)
  t.equal(hinting.pending, 0, 'nothing changed')
})

t.test('a network has one name on all gates, and its neighbours another', async t => {
  const names = new NetworkIds('secret')
  const hex = (ids: NetworkIds, network: string) => Buffer.from(ids.of(network)).toString('hex')
  t.equal(hex(names, '4/12625922').length, 16)
  t.equal(hex(names, '4/12625922'), hex(new NetworkIds('secret'), '4/12625922'))
  t.not(hex(names, '4/12625922'), hex(names, '4/12625923'))
  t.not(hex(names, '4/12625922'), hex(new NetworkIds('another'), '4/12625922'))
  t.equal(names.of('').length, 0)
  const { dial } = await stage(t)
  const [one, two] = [await login(await dial('tcp')), await login(await dial('ws'), { uid: 'u2' })]
  t.equal(one.network.length, 8)
  t.same(one.network, two.network)
})

t.test('logic has clients told, and learns what holds', async t => {
  const { logic, dial, pass } = await stage(t, { limits: { ingressIdleMs: 350_000 } })
  const client = await dial('tcp')
  await login(client)
  const ask = async (hints: trunkBody.Hints.$Properties) => {
    const before = logic.of(TRUNK.HINTED).length
    logic.push(writer => {
      writer.head.sequenceid = 7
      writer.frame(TRUNK.HINT, '', trunkBody.Hints.encode(hints).finish())
    })
    await pass(250)
    await until('the gate has answered', () => logic.of(TRUNK.HINTED).length > before)
    const answer = logic.of(TRUNK.HINTED).at(-1)!
    t.equal(answer.sequenceid, 7)
    return trunkBody.Hints.decode(answer.body)
  }
  t.match(await ask({ pingMax: 900_000, reconnectWindow: 50_000 }), {
    pingStart: 270_000,
    pingMax: 315_000,
    pingFloor: 45_000,
    reconnectWindow: 50_000,
    sessions: 1,
  })
  await pass(250)
  t.match(hintOf((await client.expect(CMD.HINT)).body), { pingMax: 0, reconnectWindow: 50_000 })
  await ask({ pingMax: 60_000, quiet: true })
  await pass(6_000)
  t.same(client.frames, [])
  client.ping()
  await client.expect(CMD.PONG)
  t.match(hintOf((await client.expect(CMD.HINT)).body), { pingStart: 60, pingMax: 60 })
})

t.test('a ping is between client and gate: nobody else hears of it', async t => {
  const { logic, dial, pass } = await stage(t)
  const client = await dial('tcp')
  await login(client)
  await pass(30_000)
  const beats: ReadonlySet<number> = new Set([TRUNK.PING, TRUNK.PONG, TRUNK.USAGE])
  const heard = () => logic.seen.filter(({ cmd }) => !beats.has(cmd)).length
  const before = heard()
  for (let ping = 0; ping < 20; ping++) {
    client.writer.pingNext(18 + ping, true)
    client.send()
    await client.expect(CMD.PONG)
    await pass(6_000)
  }
  t.equal(heard(), before, 'who is online follows from the lease of the gate')
})
