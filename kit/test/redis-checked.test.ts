import { randomUUID } from 'node:crypto'
import t from 'tap'
import { checkedRedis } from '../src/redis-checked.ts'
import { openRedis, redisScript } from '../src/redis.ts'
import { slotOf, tagOfSlot } from '../src/redis-slots.ts'

const single = process.env['LONGWIRE_TEST_REDIS']
const cluster = process.env['LONGWIRE_TEST_REDIS_CLUSTER']
const without = (name: string, url: string | undefined) => ({
  skip: url === undefined && `${name} is not set`,
})

t.test('slots of keys are those of the specification, and every slot has a tag', t => {
  t.equal(slotOf('123456789'), 0x31c3)
  t.equal(slotOf('{user1000}.following'), slotOf('user1000'))
  t.equal(slotOf('foo{}{bar}'), slotOf('foo{}{bar}'))
  t.equal(slotOf('foo{{bar}}zap'), slotOf('{bar'))
  t.not(slotOf('foo{}{bar}'), slotOf('bar'))
  for (const slot of [0, 1, 5_460, 16_383]) t.equal(slotOf(`a${tagOfSlot(slot)}b`), slot)
  t.end()
})

t.test(
  'what breaks the rules of Redis is rejected',
  without('LONGWIRE_TEST_REDIS', single),
  async t => {
    const redis = checkedRedis(openRedis(single ?? ''))
    const key = `lwtest-${randomUUID()}`
    t.teardown(async () => {
      await redis.command('DEL', key)
      await redis.close()
    })
    const put = redisScript(`
    for i = 1, tonumber(ARGV[1]) do redis.call('HSET', KEYS[1], i, 1) end
    return 1`)
    await t.rejects(redis.command('SET', key, 'x'.repeat(2_049)), /2049 bytes/)
    await t.rejects(redis.run(put, [key], ['x'.repeat(2_049)]), /2049 bytes/)
    await t.rejects(redis.run(put, ['{a}1', '{b}1'], [1]), /several slots/)
    t.equal(await redis.run(put, [key], [5_000]), 1)
    await t.rejects(redis.run(put, [key], [5_001]), /5001 elements/)
  },
)

t.test(
  'a node has the keys of its tag',
  without('LONGWIRE_TEST_REDIS_CLUSTER', cluster),
  async t => {
    const redis = openRedis(cluster ?? '')
    t.teardown(() => redis.close())
    await redis.command('PING')
    const nodes = redis.nodes()
    t.ok(nodes.length > 1)
    for (const node of nodes) {
      const key = `lwtest-${randomUUID()}${node.tag}`
      t.equal(Number(await node.command('CLUSTER', 'KEYSLOT', key)), slotOf(key))
      await redis.command('SET', key, 'here')
      t.equal(await node.command('GET', key), 'here', node.name)
      await redis.command('DEL', key)
    }
  },
)
