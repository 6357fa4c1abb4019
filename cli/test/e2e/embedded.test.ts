import t from 'tap'
import { startEmbedded } from './cluster.ts'
import { survivesKills } from './crash.ts'
import { deliverySuite } from './delivery.ts'

t.setTimeout(180_000)

t.test('one process with embedded stores', async t => {
  const cluster = await startEmbedded(t, t.testdir())
  await deliverySuite(t, cluster)
})

t.test('kill -9 of the one process while messages are published', async t => {
  const cluster = await startEmbedded(t, t.testdir())
  await survivesKills(t, cluster, cluster.logics)
})
