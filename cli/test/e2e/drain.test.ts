import t from 'tap'
import { startEmbedded, startOnServices } from './cluster.ts'
import { survivesStops } from './crash.ts'
import { survivesWithoutLogic } from './without-logic.ts'

const redis = process.env['LONGWIRE_TEST_REDIS'] ?? ''
const skip = redis === '' ? 'LONGWIRE_TEST_REDIS is not set' : false

t.setTimeout(300_000)

t.test('SIGTERM of the one process under load', async t => {
  const cluster = await startEmbedded(t, t.testdir())
  await survivesStops(t, cluster, cluster.logics)
})

// One cluster for all of it: four processes take seconds to start.
t.test('two gates and two logics', { skip }, async t => {
  const cluster = await startOnServices(t, redis, 'lmdb', {
    LONGWIRE_GATE_LIMITS_PING_START_MS: '5000',
    LONGWIRE_GATE_LIMITS_PING_MAX_MS: '5000',
  })
  await t.test('SIGTERM of each logic in turn under load', t =>
    survivesStops(t, cluster, cluster.logics),
  )
  await t.test('SIGTERM of each gate in turn under load', t =>
    survivesStops(t, cluster, cluster.gates),
  )
  await t.test('all logics killed: sessions stay, everybody is told, all heals by itself', t =>
    survivesWithoutLogic(t, cluster),
  )
})
