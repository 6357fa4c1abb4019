import t from 'tap'
import { startEmbedded } from './cluster.ts'
import { survivesKills } from './crash.ts'
import { deliverySuite } from './delivery.ts'
import { endsSuite } from './ends.ts'
import { tokensSuite } from './tokens.ts'

t.setTimeout(180_000)

t.test('one process with embedded stores', async t => {
  const cluster = await startEmbedded(t, t.testdir())
  await deliverySuite(t, cluster)
  await t.test('the ends and tokens of users', async t => {
    await endsSuite(t, cluster)
    await tokensSuite(t, cluster)
  })
  await t.test('kill -9 while messages are published', t =>
    survivesKills(t, cluster, cluster.logics),
  )
})
