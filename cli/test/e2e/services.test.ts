import { Bridge } from '@longwire/bench'
import { createBackend } from '@longwire/client/backend'
import t from 'tap'
import { KEY, startOnServices } from './cluster.ts'
import { survivesKills } from './crash.ts'
import { deliverySuite } from './delivery.ts'
import { endsSuite, previousSessions } from './ends.ts'
import { Person } from './people.ts'
import { revocationOutlivesItsLogic, tokensSuite } from './tokens.ts'

const redis = process.env['LONGWIRE_TEST_REDIS'] ?? ''
const mongo = process.env['LONGWIRE_TEST_MONGO'] ?? ''
const skip =
  redis !== '' && mongo !== '' ? false : 'LONGWIRE_TEST_REDIS or LONGWIRE_TEST_MONGO is not set'

t.setTimeout(300_000)

// One cluster for all that can share one: four processes take seconds to start.
t.test('two gates and two logics on Redis and the MongoDB protocol', { skip }, async t => {
  const cluster = await startOnServices(t, redis, mongo)
  await deliverySuite(t, cluster)
  await t.test('the ends and tokens of users', async t => {
    await endsSuite(t, cluster)
    await t.test('what became of a session on another gate', t => previousSessions(t, cluster))
    await tokensSuite(t, cluster)
  })
  await t.test('kill -9 of each logic in turn', t => survivesKills(t, cluster, cluster.logics))
  await t.test('kill -9 of each gate in turn: they all are', t =>
    survivesKills(t, cluster, cluster.gates),
  )
  await t.test('kill -9 of a logic right after it took a revocation', t =>
    revocationOutlivesItsLogic(t, cluster),
  )
})

const at = (url: string): { host: string; port: number } => {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}

for (const away of ['Redis', 'MongoDB'] as const) {
  t.test(
    `${away} out of reach: publish says 503, clients stay, all recovers by itself`,
    { skip },
    async t => {
      const bridge = await Bridge.open(at(away === 'Redis' ? redis : mongo))
      t.teardown(() => bridge.close())
      const through = `${away === 'Redis' ? 'redis' : 'mongodb'}://127.0.0.1:${bridge.port}`
      const cluster =
        away === 'Redis'
          ? await startOnServices(t, through, mongo)
          : await startOnServices(t, redis, through)
      const alice = new Person('alice', cluster.tcp)
      await alice.comesOnline(t)
      const publish = (body: string): Promise<Response> =>
        fetch(`${cluster.http[0]}/v1/messages`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${KEY}`,
            'content-type': 'application/json',
            'idempotency-key': `key-${body}`,
          },
          body: JSON.stringify({ to: { uid: 'alice', appcode: 1 }, body }),
        })
      t.equal((await publish('before')).status, 200)
      bridge.cut()
      const accepted = ['before']
      let refused: Response | undefined
      for (let n = 0; refused === undefined; n++) {
        // A hint may be owed, never a row: what is answered 200 meanwhile has to arrive.
        const response = await publish(`cut-${n}`)
        if (response.status === 200) accepted.push(`cut-${n}`)
        else refused = response
      }
      t.equal(refused.status, 503)
      t.match(refused.headers.get('retry-after'), /^\d+$/)
      t.match(refused.headers.get('content-type'), /^application\/problem\+json/)
      t.equal(alice.disconnects, 0, 'the client stays connected')
      bridge.mend()
      const backend = createBackend({ url: cluster.backends[0]!, key: KEY, timeoutMs: 60_000 })
      t.teardown(() => backend.close())
      await backend.publish({ to: { uid: 'alice', appcode: 1 }, msgtype: 0, body: 'after' })
      accepted.push('after')
      await alice.until(() => alice.heard.includes('after'))
      // A refused publish may have been stored: that is what its idempotency key is for.
      t.strictSame(
        alice.heard.filter(body => accepted.includes(body)),
        accepted,
      )
      t.equal(new Set(alice.heard).size, alice.heard.length, 'nothing came twice')
      t.equal(alice.disconnects, 0, 'the client was connected all the time')
    },
  )
}
