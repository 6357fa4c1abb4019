import { setTimeout as sleep } from 'node:timers/promises'
import { createBackend, type Backend } from '@longwire/client/backend'
import t from 'tap'
import { KEY, startOnServices, type Cluster } from './cluster.ts'
import { OwnRedis } from './own-redis.ts'
import { OwnRedisCluster } from './own-redis-cluster.ts'
import { Person } from './people.ts'

const mongo = process.env['LONGWIRE_TEST_MONGO'] ?? ''
const redis = process.env['LONGWIRE_TEST_REDIS'] ?? ''
const skip =
  redis !== '' && mongo !== '' ? false : 'LONGWIRE_TEST_REDIS or LONGWIRE_TEST_MONGO is not set'
const PEOPLE = 40
const WHOLE_WITHIN_MS = 10_000

t.setTimeout(300_000)

/** The gate that each person is on, as the API of a logic tells; '' where there is no route. */
const gatesOf = (cluster: Cluster, people: readonly Person[]): Promise<string[]> =>
  Promise.all(
    people.map(async ({ uid }, n) => {
      const url = `${cluster.http[n % 2]}/v1/routes/1/${uid}`
      const response = await fetch(url, { headers: { authorization: `Bearer ${KEY}` } })
      if (!response.ok) return ''
      const { routes } = (await response.json()) as { routes: { gate: string }[] }
      return routes.map(({ gate }) => gate).join()
    }),
  )

/** Publishes to everybody in turn until told to stop; answers what each is to hear. */
const publishUntil = async (
  backend: Backend,
  people: readonly Person[],
  round: string,
  stopped: () => boolean,
): Promise<string[][]> => {
  const accepted = people.map((): string[] => [])
  for (let n = 0; !stopped() || n % people.length !== 0; n++) {
    const index = n % people.length
    const body = `${round} ${n}`
    await backend.publish({ to: { uid: people[index]!.uid, appcode: 1 }, msgtype: 0, body })
    accepted[index]!.push(body)
  }
  return accepted
}

t.test('routes are whole again within 10 s after Redis lost them', { skip }, async t => {
  const server = await OwnRedis.open(t)
  const cluster = await startOnServices(t, server.url, mongo)
  const urls = [...cluster.tcp, ...cluster.ws]
  const people = Array.from(
    { length: PEOPLE },
    (_, n) => new Person(`person-${n}`, [urls[n % urls.length]!]),
  )
  await Promise.all(people.map(person => person.comesOnline(t)))
  const before = await gatesOf(cluster, people)
  t.equal(new Set(before).size, 2, 'people are on both gates')
  const backend = createBackend({ url: cluster.backends[0]!, key: KEY, timeoutMs: 120_000 })
  t.teardown(() => backend.close())
  const expected = people.map((): string[] => [])

  const loses = async (name: string, lose: () => Promise<void>): Promise<void> => {
    let stopped = false
    const publishing = publishUntil(backend, people, name, () => stopped)
    await lose()
    const lostAt = performance.now()
    for (let now = await gatesOf(cluster, people); now.join() !== before.join();) {
      await sleep(100)
      now = await gatesOf(cluster, people)
    }
    const ms = Math.round(performance.now() - lostAt)
    t.comment(`${name}: whole again after ${ms} ms`)
    t.ok(ms <= WHOLE_WITHIN_MS, `${name}: whole again after ${ms} ms`)
    stopped = true
    for (const [index, bodies] of (await publishing).entries()) expected[index]!.push(...bodies)
  }

  await loses('FLUSHALL', () => server.flush())
  await loses('kill -9 and an empty restart', async () => {
    await server.kill()
    await server.start()
  })
  await loses('FLUSHALL twice', async () => {
    await server.flush()
    await sleep(1_500)
    await server.flush()
  })
  for (const [index, person] of people.entries()) {
    const wanted = expected[index]!
    await person.until(() => person.heard.length >= wanted.length)
    t.strictSame(person.heard, wanted, `${person.uid} heard all, once and in order`)
    t.equal(person.disconnects, 0)
  }
})

t.test('a session that ends while Redis is away leaves no route', { skip }, async t => {
  const server = await OwnRedis.open(t)
  const cluster = await startOnServices(t, server.url, mongo)
  const people = Array.from({ length: 8 }, (_, n) => new Person(`p${n}`, [cluster.tcp[n % 2]!]))
  await Promise.all(people.map(person => person.comesOnline(t)))
  const [stays = people[0]!, ...leave] = people
  await server.kill()
  await Promise.all(leave.map(person => person.goesAway()))
  // A logic that dies takes what it was told of with it.
  await cluster.logics[0]!.kill()
  await server.start()
  await cluster.logics[0]!.start()
  const wanted = people.map(person => person === stays)
  for (let now: boolean[] = []; now.join() !== wanted.join();) {
    await sleep(200)
    now = (await gatesOf(cluster, people)).map(gate => gate !== '')
  }
  t.pass('who left has none, and who stayed has one')
})

t.test(
  'a master of a Redis Cluster dies: its replica goes on, nothing is lost',
  { skip },
  async t => {
    const server = await OwnRedisCluster.open(t)
    const cluster = await startOnServices(t, server.url, mongo)
    const people = Array.from({ length: 12 }, (_, n) => new Person(`p${n}`, [cluster.tcp[n % 2]!]))
    await Promise.all(people.map(person => person.comesOnline(t)))
    const before = await gatesOf(cluster, people)
    t.notOk(before.includes(''))
    const backend = createBackend({ url: cluster.backends[0]!, key: KEY, timeoutMs: 120_000 })
    t.teardown(() => backend.close())
    let stopped = false
    const publishing = publishUntil(backend, people, 'fail-over', () => stopped)
    const dead = await server.killMaster()
    const killedAt = performance.now()
    for (let masters = await server.masters(); masters.length < 3 || masters.includes(dead);) {
      await sleep(100)
      masters = await server.masters()
    }
    t.comment(`the replica was promoted after ${Math.round(performance.now() - killedAt)} ms`)
    for (let now: string[] = []; now.join() !== before.join(); now = await gatesOf(cluster, people))
      await sleep(100)
    t.comment(`routes are whole after ${Math.round(performance.now() - killedAt)} ms`)
    stopped = true
    const expected = await publishing
    for (const [index, person] of people.entries()) {
      await person.until(() => person.heard.length >= expected[index]!.length)
      t.strictSame(person.heard, expected[index], `${person.uid} heard all, once and in order`)
    }
    // Who leaves and comes back is known to the server that took over.
    await Promise.all(people.map(person => person.goesAway()))
    for (let now = before; now.some(gate => gate !== ''); now = await gatesOf(cluster, people))
      await sleep(100)
    t.pass('who left has no route')
  },
)
