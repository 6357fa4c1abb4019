import { openRedis } from '@longwire/kit'
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { redisRoutes } from '../../src/routes/redis.ts'
import { RoutesUnavailable, type SessionRule } from '../../src/routes/route-table.ts'
import { routesContract } from '../contract/routes.ts'

const url = process.env['LONGWIRE_TEST_REDIS']

t.test(
  'routes in Redis',
  { skip: url === undefined && 'LONGWIRE_TEST_REDIS is not set' },
  async t => {
    const redis = openRedis(url ?? '')
    t.teardown(() => redis.close())
    routesContract(t, { make: () => redisRoutes(redis, `lwtest-${randomUUID()}`) })

    t.test('a fence is higher than those from before everything was lost', async t => {
      const prefix = `lwtest-${randomUUID()}`
      const routes = redisRoutes(redis, prefix)
      const route = {
        system: 's',
        uid: 'u',
        appcode: 1,
        device: 'd',
        gate: 'g@1',
        slot: 1,
        generation: 1,
        dial: 1,
      }
      const rule: SessionRule = { sessions: 1, full: 'oldest', rivals: [] }
      const before = await routes.bind(route, rule)
      for (let round = 0; round < 10; round++) await routes.bind(route, rule)
      const last = await routes.bind(route, rule)
      t.ok(last.fence > before.fence)
      t.equal(await redis.command('DEL', `${prefix}:{s/u}:routes`), 1)
      const after = await routes.bind(route, rule)
      t.ok(after.fence > last.fence, `${after.fence} > ${last.fence}`)
      t.ok(Number.isSafeInteger(after.fence))
    })
  },
)

t.test('a Redis that is away is reported at once', async t => {
  const redis = openRedis('redis://127.0.0.1:1')
  t.teardown(() => redis.close())
  const routes = redisRoutes(redis, 'lw')
  await t.rejects(routes.lookup([{ system: 's', uid: 'u' }]), RoutesUnavailable)
  const route = {
    system: 's',
    uid: 'u',
    appcode: 1,
    device: 'd',
    gate: 'g@1',
    slot: 1,
    generation: 1,
    dial: 1,
  }
  await t.rejects(
    routes.bind(route, { sessions: 1, full: 'oldest', rivals: [] }),
    RoutesUnavailable,
  )
  await t.rejects(routes.unbind(route, 1), RoutesUnavailable)
})
