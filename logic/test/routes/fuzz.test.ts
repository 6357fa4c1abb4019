import { checkedRedis, openRedis } from '@longwire/kit'
import { randomInt, randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { memoryRoutes } from '../../src/routes/memory.ts'
import { redisRoutes } from '../../src/routes/redis.ts'
import { forgetKeys } from './forget-keys.ts'
import { GatesModel } from './gates-model.ts'

/** Set both to see a failure again. */
const SEED = Number(process.env['LONGWIRE_SEED'] ?? randomInt(2 ** 31))
const STEPS = Number(process.env['LONGWIRE_STEPS'] ?? 30_000)
const STEPS_REDIS = Math.ceil(STEPS / 15)

t.setTimeout(300_000)

const play = async (
  t: Test,
  model: GatesModel,
  steps: number,
  checkEvery: number,
): Promise<void> => {
  t.comment(`LONGWIRE_SEED=${SEED} LONGWIRE_STEPS=${STEPS}`)
  for (let step = 1; step <= steps; step++) {
    try {
      await model.step()
      if (step % checkEvery === 0) await model.check()
      if (step % (checkEvery * 100) === 0) await model.settle()
    } catch (error) {
      throw new Error(`seed ${SEED}, step ${step}`, { cause: error })
    }
  }
  await model.settle()
  t.ok(model.compared > steps / checkEvery / 10, `compared ${model.compared} times`)
}

t.test(`no wrong route after ${STEPS} steps, in memory`, async t => {
  const table = memoryRoutes()
  await play(t, new GatesModel(SEED, table, async () => table.lose()), STEPS, 10)
})

for (const [name, variable] of [
  ['Redis', 'LONGWIRE_TEST_REDIS'],
  ['a Redis Cluster', 'LONGWIRE_TEST_REDIS_CLUSTER'],
] as const) {
  const url = process.env[variable]
  const skip = url === undefined && `${variable} is not set`
  t.test(`no wrong route after ${STEPS_REDIS} steps, in ${name}`, { skip }, async t => {
    const redis = checkedRedis(openRedis(url ?? ''))
    const prefix = `lwtest-${randomUUID()}`
    t.teardown(async () => {
      await forgetKeys(redis, prefix)
      await redis.close()
    })
    const lose = (): Promise<void> => forgetKeys(redis, prefix)
    await play(t, new GatesModel(SEED, redisRoutes(redis, prefix), lose), STEPS_REDIS, 10)
  })
}
