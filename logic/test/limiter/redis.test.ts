import { openRedis, systemClock } from '@longwire/kit'
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { fallbackLimiter } from '../../src/limiter/fallback.ts'
import { LimiterUnavailable } from '../../src/limiter/limiter.ts'
import { memoryLimiter } from '../../src/limiter/memory.ts'
import { redisLimiter } from '../../src/limiter/redis.ts'
import { limiterContract } from '../contract/limiter.ts'
import { silent } from '../rig.ts'

const SERVERS = [
  ['Redis', 'LONGWIRE_TEST_REDIS'],
  ['a Redis Cluster', 'LONGWIRE_TEST_REDIS_CLUSTER'],
] as const

for (const [name, variable] of SERVERS) {
  const url = process.env[variable]
  const skip = url === undefined && `${variable} is not set`
  t.test(`limits in ${name}`, { skip }, async t => {
    const redis = openRedis(url ?? '')
    t.teardown(() => redis.close())
    limiterContract(t, {
      make: () => ({
        limiter: redisLimiter(redis, `lwtest-${randomUUID()}`),
        pass: ms => new Promise(resolve => setTimeout(resolve, ms)),
      }),
    })

    t.test('what is full or empty again leaves no key behind', async t => {
      const prefix = `lwtest-${randomUUID()}`
      const limiter = redisLimiter(redis, prefix)
      await limiter.take('b', { perSecond: 100, burst: 5 }, 2)
      await limiter.hold('g', 'gate', 1, 20)
      for (const key of [`${prefix}:bucket:b`, `${prefix}:gauge:g`]) {
        const left = Number(await redis.command('PTTL', key))
        t.ok(left !== -1 && left <= 25, `${key} lives for ${left} ms`)
      }
    })
  })
}

t.test('a Redis that is away is told, or made good by what this node knows', async t => {
  const redis = openRedis('redis://127.0.0.1:1')
  t.teardown(() => redis.close())
  const shared = redisLimiter(redis, 'lw')
  const allowance = { perSecond: 0.001, burst: 2 }
  await t.rejects(shared.take('b', allowance, 1), LimiterUnavailable)
  await t.rejects(shared.hold('g', 'gate', 1, 1_000), LimiterUnavailable)
  const limiter = fallbackLimiter(shared, memoryLimiter(systemClock), silent())
  t.match(await limiter.take('b', allowance, 5), { granted: 2 })
  t.match(await limiter.take('b', allowance, 5), { granted: 0 })
  t.equal(await limiter.hold('g', 'gate-1', 2, 60_000), 2)
  t.equal(await limiter.hold('g', 'gate-2', 3, 60_000), 5)
})
