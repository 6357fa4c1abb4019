import t, { type Test } from 'tap'
import { Fleet, uidOf, type FleetOptions } from '../../src/load/fleet.ts'
import { account, settled } from '../../src/load/account.ts'
import { Fleets } from '../../src/load/fleets.ts'
import { ClosedLoop, openLoop, storeForAll } from '../../src/load/pacing.ts'
import { Publisher } from '../../src/load/publisher.ts'
import { TinyServer, type Fault } from '../tiny-server.ts'

const start = async (test: Test, fault?: Fault): Promise<TinyServer> => {
  const server = new TinyServer(fault)
  await server.start()
  test.teardown(() => server.stop())
  return server
}

const optionsFor = (server: TinyServer, more: Partial<FleetOptions> = {}): FleetOptions => ({
  transport: 'tcp',
  host: '127.0.0.1',
  port: more.transport === 'ws' ? server.wsPort : server.tcpPort,
  appcode: 1,
  tokenSecret: 'secret',
  first: 0,
  users: 20,
  publishers: 2,
  concurrency: 4,
  ...more,
})

const openFleets = async (test: Test, options: FleetOptions): Promise<Fleets> => {
  const fleets = await Fleets.open(options, 2)
  test.teardown(() => fleets.stop())
  await fleets.connect()
  return fleets
}

const openPublisher = async (test: Test, server: TinyServer, key = 'key'): Promise<Publisher> => {
  const publisher = await Publisher.open({
    host: '127.0.0.1',
    port: server.backendPort,
    key,
    name: 'test',
    appcode: 1,
    ttlSeconds: 60,
  })
  test.teardown(() => publisher.close())
  return publisher
}

for (const transport of ['tcp', 'ws'] as const) {
  t.test(`messages to online users over ${transport} are accounted for`, async t => {
    const server = await start(t)
    const fleets = await openFleets(t, optionsFor(server, { transport }))
    const publishers = [await openPublisher(t, server), await openPublisher(t, server)]
    const loop = new ClosedLoop(publishers, 20, 8)
    loop.start()
    while (publishers[0]!.accepted < 500) await new Promise(resolve => setTimeout(resolve, 5))
    const published = await loop.stop()
    await settled(fleets, published.total)
    t.same(await account(fleets, publishers, published.last), [])
    t.equal((await fleets.counts()).received, published.total)
    t.equal(await fleets.keepalive(40), 20)
    const acked = [...server.acks.values()].reduce((sum, { cumulative }) => sum + cumulative, 0)
    t.ok(acked >= published.total, 'a ping acknowledges what is owed')
    t.ok(fleets.cpuMs() > 0)
    await fleets.close()
  })
}

t.test(
  'what was stored for users who were away is pulled page by page, also with users split over processes',
  async t => {
    const server = await start(t)
    const publishers = [await openPublisher(t, server), await openPublisher(t, server)]
    await storeForAll(publishers, 20, 100, 16)
    t.equal(publishers[0]!.accepted + publishers[1]!.accepted, 2000)
    const fleets = await openFleets(t, optionsFor(server, { publishers: 1 }))
    await settled(fleets, 2000)
    t.same(await account(fleets, publishers, new Uint32Array(20).fill(100)), [])
    await fleets.close()
  },
)

t.test('a dropped DATA frame is made good by the next one', async t => {
  const server = await start(t, 'drop')
  const fleets = await openFleets(t, optionsFor(server, { users: 2, publishers: 1 }))
  const publisher = await openPublisher(t, server)
  const published = await openLoop(
    publisher,
    { first: 0, perSecond: 1000, total: 101 },
    new Uint32Array(2),
  )
  await settled(fleets, 96)
  const { received } = await fleets.counts()
  t.ok(received >= 96 && received <= published.total, `${received} received`)
  const verdict = await fleets.verdict()
  t.equal(verdict.disordered + verdict.duplicates + verdict.foreign, 0)
  await fleets.close()
})

for (const [fault, complaint] of [
  ['repeat', /arrived twice/],
  ['disorder', /out of order/],
  ['lose', /wrong user/],
] as const) {
  t.test(`a server that does "${fault}" is found out`, async t => {
    const server = await start(t, fault)
    const fleets = await openFleets(t, optionsFor(server, { users: 2, publishers: 1 }))
    const publisher = await openPublisher(t, server)
    const last = new Uint32Array(2)
    await openLoop(publisher, { first: 0, perSecond: 2000, total: 50 }, last)
    await settled(fleets, 50)
    t.match((await account(fleets, [publisher], last)).join('\n'), complaint)
    await fleets.close()
  })
}

t.test('a backend connection that breaks ends the load with a complaint', async t => {
  const server = await start(t)
  const fleets = await openFleets(t, optionsFor(server, { publishers: 1 }))
  const publisher = await openPublisher(t, server)
  const last = new Uint32Array(20)
  const load = openLoop(publisher, { first: 0, perSecond: 1000, total: 100 }, last)
  setTimeout(() => server.stop(), 20)
  await load
  t.match(
    (await account(fleets, [publisher], last)).join('\n'),
    /refused: the backend connection closed/,
  )
})

t.test('latencies are those of timed messages and are taken once', async t => {
  const server = await start(t)
  const fleets = await openFleets(t, optionsFor(server, { publishers: 1 }))
  const publisher = await openPublisher(t, server)
  await openLoop(publisher, { first: 0, perSecond: 2000, total: 100 }, new Uint32Array(20))
  await settled(fleets, 100)
  const sorted = await fleets.latencies()
  t.equal(sorted.length, 100)
  t.ok(sorted[0]! >= 0 && sorted[0]! <= sorted[99]!)
  t.equal((await fleets.latencies()).length, 0)
  await fleets.close()
})

t.test('eight messages share an acknowledgement', async t => {
  const server = await start(t)
  const fleet = new Fleet(optionsFor(server, { users: 1, publishers: 1 }))
  t.teardown(() => fleet.close())
  t.same(await fleet.connect(), { connected: 1, failures: [] })
  const publisher = await openPublisher(t, server)
  const stamp = { scheduledMs: 0, user: 0, publisher: 0, number: 0 }
  for (stamp.number = 1; stamp.number <= 16; stamp.number++) publisher.publish(uidOf(0), stamp)
  while (server.acks.get(uidOf(0))?.cumulative !== 16)
    await new Promise(resolve => setTimeout(resolve, 2))
  t.ok(server.acks.get(uidOf(0))!.frames <= 2)
})

t.test('the WebSocket client answers a ping and says goodbye', async t => {
  const server = await start(t)
  const fleet = new Fleet(optionsFor(server, { transport: 'ws', users: 3 }))
  t.equal((await fleet.connect()).connected, 3)
  while (server.acks.get('websocket pong') === undefined)
    await new Promise(resolve => setTimeout(resolve, 2))
  t.equal(server.acks.get('websocket pong')!.cumulative, 2)
  fleet.close()
})

t.test('a connection that does not come up says why', async t => {
  const server = await start(t)
  const fleets = await Fleets.open(
    optionsFor(server, { transport: 'ws', port: server.backendPort }),
    1,
  )
  t.teardown(() => fleets.stop())
  const gone = Fleets.open(optionsFor(server, { port: 1 }), 1)
  const refused = await gone
  t.teardown(() => refused.stop())
  await t.rejects(refused.connect(), { message: /20 of 20 logins failed: .*ECONNREFUSED/ })
  await t.rejects(openPublisher(t, server, 'wrong'), { message: /the key is not known/ })
})
