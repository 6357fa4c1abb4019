import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { openRedis } from '../src/redis.ts'
import { redisRegistry } from '../src/registry-redis.ts'
import { RegistryUnavailable } from '../src/registry.ts'
import { registryContract } from './contract/registry.ts'

const url = process.env['LONGWIRE_TEST_REDIS']

t.test(
  'registry on Redis',
  { skip: url === undefined && 'LONGWIRE_TEST_REDIS is not set' },
  async t => {
    const one = openRedis(url ?? '')
    const other = openRedis(url ?? '')
    t.teardown(() => Promise.all([one.close(), other.close()]))
    registryContract(t, {
      async make() {
        const prefix = `longwire-test:${randomUUID()}`
        t.teardown(() =>
          Promise.all(['gate', 'logic'].map(role => one.command('DEL', `${prefix}:nodes:${role}`))),
        )
        return { one: redisRegistry(one, prefix), other: redisRegistry(other, prefix) }
      },
      elapse: ms => sleep(ms),
    })
  },
)

t.test('a registry that cannot be reached says so within its time limit', async t => {
  const redis = openRedis('redis://127.0.0.1:1', { connectMs: 300 })
  t.teardown(() => redis.close())
  await t.rejects(redisRegistry(redis, 'x').list('logic'), RegistryUnavailable)
})
