import { checkedRedis, openRedis } from '@longwire/kit'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { redisRoutes } from '../../src/routes/redis.ts'
import { RoutesUnavailable, type RouteTable } from '../../src/routes/route-table.ts'
import { routesContract } from '../contract/routes.ts'
import { ALL_LIVE, oldest, route } from '../contract/routes-lasting.ts'
import { forgetKeys } from './forget-keys.ts'

for (const [name, variable] of [
  ['Redis', 'LONGWIRE_TEST_REDIS'],
  ['a Redis Cluster', 'LONGWIRE_TEST_REDIS_CLUSTER'],
] as const) {
  const url = process.env[variable]
  t.test(`routes in ${name}`, { skip: url === undefined && `${variable} is not set` }, async t => {
    const redis = checkedRedis(openRedis(url ?? ''))
    const prefixes = new Map<RouteTable, string>()
    t.teardown(async () => {
      for (const prefix of prefixes.values()) await forgetKeys(redis, prefix)
      await redis.close()
    })
    routesContract(t, {
      make() {
        const prefix = `lwtest-${randomUUID()}`
        const table = redisRoutes(redis, prefix)
        prefixes.set(table, prefix)
        return table
      },
      lose: table => forgetKeys(redis, prefixes.get(table)!),
      elapse: ms => sleep(ms),
    })

    t.test('each server that loses what it held makes another life', async t => {
      const prefix = `lwtest-${randomUUID()}`
      const table = redisRoutes(redis, prefix)
      const other = redisRoutes(redis, prefix)
      prefixes.set(table, prefix)
      const lives = [await table.life()]
      for (const { tag } of redis.nodes()) {
        t.equal(await redis.command('DEL', `${prefix}:${tag}:life`), 1)
        lives.push(await other.life())
        t.equal(await table.life(), lives.at(-1), 'all logic nodes call it the same')
      }
      t.equal(new Set(lives).size, redis.nodes().length + 1)
    })
  })
}

t.test('a Redis that is away is reported at once', async t => {
  const redis = openRedis('redis://127.0.0.1:1')
  t.teardown(() => redis.close())
  const routes = redisRoutes(redis, 'lw')
  await t.rejects(routes.lookup([{ system: 's', uid: 'u' }]), RoutesUnavailable)
  await t.rejects(routes.bind(route(), oldest(1), ALL_LIVE), RoutesUnavailable)
  await t.rejects(routes.restore({ ...route(), fence: 1 }, oldest(1), ALL_LIVE), RoutesUnavailable)
  await t.rejects(routes.unbind(route(), 1), RoutesUnavailable)
  await t.rejects(routes.life(), RoutesUnavailable)
  await t.rejects(routes.claim('sweep', 'me', 1), RoutesUnavailable)
})
