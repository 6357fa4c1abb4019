import t, { type Test } from 'tap'
import { Crowd, type CrowdOptions } from '../../src/load/crowd.ts'
import { openLoop, storeForAll, tellAll } from '../../src/load/pacing.ts'
import { Publisher } from '../../src/load/publisher.ts'
import { TinyServer, type Fault } from '../tiny-server.ts'

const USERS = 20

const start = async (test: Test, fault?: Fault): Promise<TinyServer> => {
  const server = new TinyServer(fault)
  await server.start()
  test.teardown(() => server.stop())
  return server
}

const openCrowd = (test: Test, server: TinyServer, more: Partial<CrowdOptions> = {}): Crowd => {
  const crowd = new Crowd({
    host: '127.0.0.1',
    tcp: server.tcpPort,
    ws: server.wsPort,
    appcode: 1,
    tokenSecret: 'secret',
    first: 100,
    users: USERS,
    tcpEvery: 2,
    concurrency: 4,
    process: 200,
    ...more,
  })
  test.teardown(() => crowd.close())
  return crowd
}

const openPublisher = async (test: Test, server: TinyServer): Promise<Publisher> => {
  const port = server.backendPort
  const publisher = await Publisher.open({
    host: '127.0.0.1',
    port,
    key: 'key',
    name: 'test',
    appcode: 1,
    ttlSeconds: 60,
  })
  test.teardown(() => publisher.close())
  return publisher
}

const until = async (happened: () => boolean): Promise<void> => {
  while (!happened()) await new Promise(resolve => setTimeout(resolve, 5))
}

t.test(
  'a crowd over TCP and WebSocket gets what everybody is told, and then single messages',
  async t => {
    const server = await start(t)
    const crowd = openCrowd(t, server, { first: 0 })
    t.match(await crowd.connect(), { loggedIn: USERS, failures: [], retries: 0 })
    const publisher = await openPublisher(t, server)
    t.same(await tellAll(publisher, USERS, 8), { again: 0 })
    await until(() => crowd.report().received === USERS)
    const last = new Uint32Array(USERS).fill(1)
    await openLoop(publisher, { first: 0, perSecond: 2_000, total: 200 }, last)
    await until(() => crowd.report().received === USERS + 200)
    const verdict = crowd.verdict()
    t.match(verdict, { received: USERS + 200, duplicates: 0, disordered: 0, foreign: 0 })
    t.same(verdict.last, last)
    t.equal(crowd.latencies().length, 200, 'those of everybody are not timed')
    t.equal(crowd.latencies().length, 0)
    const { lastMs } = crowd.report()
    t.ok(lastMs > 0)
    await until(
      () => [...server.acks.values()].reduce((sum, { cumulative }) => sum + cumulative, 0) >= 200,
    )
  },
)

t.test('what was stored before they came is pulled page by page', async t => {
  const server = await start(t)
  const publisher = await openPublisher(t, server)
  await storeForAll([publisher], USERS, 100, 16)
  const crowd = openCrowd(t, server, { first: 0 })
  await crowd.connect()
  await until(() => crowd.report().received === USERS * 100)
  t.match(crowd.verdict(), { duplicates: 0, disordered: 0, foreign: 0 })
})

for (const [fault, wrong] of [
  ['repeat', 'duplicates'],
  ['disorder', 'disordered'],
  ['lose', 'foreign'],
] as const) {
  t.test(`a server that does "${fault}" is found out`, async t => {
    const server = await start(t, fault)
    const crowd = openCrowd(t, server, { first: 0, users: 2 })
    await crowd.connect()
    const publisher = await openPublisher(t, server)
    await openLoop(publisher, { first: 0, perSecond: 2_000, total: 50 }, new Uint32Array(2))
    await until(() => crowd.verdict()[wrong] > 0)
    t.ok(crowd.verdict()[wrong] > 0)
  })
}

t.test('who is not let in tries again a few times, and then says why', async t => {
  const server = await start(t)
  const crowd = openCrowd(t, server, { tcp: 1, users: 10, tcpEvery: 1 })
  const report = await crowd.connect()
  t.match(report, { loggedIn: 0, retries: 1 })
  t.match(report.failures.join(), /ECONNREFUSED/)
})

t.test('sessions that the server cuts are counted as lost', async t => {
  const server = await start(t)
  const crowd = openCrowd(t, server)
  await crowd.connect()
  server.stop()
  await until(() => crowd.report().lost === USERS)
  t.equal(crowd.report().lost, USERS)
})
