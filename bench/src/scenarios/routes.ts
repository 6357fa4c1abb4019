import { openRedis, type RedisClient } from '@longwire/kit'
import { redisRoutes, type RouteTable } from '@longwire/logic'
import { Child, freePort, temporaryDirectory } from '../child.ts'
import type { Outcome, ScenarioOptions } from '../scenario.ts'
import { round } from '../statistics.ts'

const ROUTES = { full: 1_000_000, quick: 50_000 } as const
const LOOKUPS = { full: 300_000, quick: 30_000 } as const
/** Asked at once: logins under way on a node, and users published to in one turn. */
const BATCH = 500
const GATES = 20
const PATIENCE_MS = 10_000
const COMMAND_MS = 10_000
const RULE = { sessions: 1, full: 'oldest', rivals: [] } as const
const SYSTEM = 'main'
/** A route that a gate of a large cluster would have. */
const uidOf = (n: number): string => `1000${String(n).padStart(8, '0')}`
const routeOf = (n: number) => ({
  system: SYSTEM,
  uid: uidOf(n),
  appcode: 7,
  device: `device-${(n * 7_919).toString(16).padStart(9, '0')}`,
  gate: `gate-${n % GATES}.example.net@${(n % GATES).toString(16).padStart(12, 'a')}`,
  slot: Math.floor(n / GATES),
  generation: 3_000_000_000 + (n % 1_000_000),
  dial: 1_790_000_000_000 + n,
})

/** Many routes of many users in a real Redis: what one costs, and how fast they are made and found. */
export const routes = async ({ quick }: ScenarioOptions): Promise<Outcome> => {
  const port = await freePort()
  const args = ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--appendonly', 'no']
  const server = new Child('redis-server', args, temporaryDirectory())
  await server.says('Ready to accept connections', PATIENCE_MS)
  const redis = openRedis(`redis://127.0.0.1:${port}`, { commandMs: COMMAND_MS })
  try {
    return await measure(redis, quick ? 'quick' : 'full')
  } finally {
    await redis.close()
    await server.stop()
  }
}

const measure = async (redis: RedisClient, size: 'quick' | 'full'): Promise<Outcome> => {
  const table = redisRoutes(redis, 'longwire')
  const count = ROUTES[size]
  const before = await usedBytes(redis)
  const bindsPerSecond = await rateOf(count, from =>
    Promise.all(
      Array.from({ length: BATCH }, (_, n) => table.bind(routeOf(from + n), RULE, allLive)),
    ),
  )
  const bytesPerRoute = (await usedBytes(redis)) - before
  const lookupsPerSecond = await rateOf(LOOKUPS[size], from =>
    table.lookup(
      Array.from({ length: BATCH }, (_, n) => ({
        system: SYSTEM,
        uid: uidOf(((from + n) * 7_919) % count),
      })),
    ),
  )
  const figures = {
    routes: count,
    bytesPerRoute: round(bytesPerRoute / count, 1),
    bindsPerSecond: Math.round(bindsPerSecond),
    lookupsPerSecond: Math.round(lookupsPerSecond),
  }
  return {
    rows: [figures],
    notes: [
      'one user each; bytes are what Redis says it uses (used_memory), keys and their tables included',
      `one node asks ${BATCH} at once`,
    ],
    failures: await wrong(table, count),
    json: figures,
  }
}

const allLive = async () => () => true

/** Per second, in batches one after the other. */
const rateOf = async (
  count: number,
  batch: (from: number) => Promise<unknown>,
): Promise<number> => {
  const begin = performance.now()
  for (let from = 0; from < count; from += BATCH) await batch(from)
  return count / ((performance.now() - begin) / 1_000)
}

const usedBytes = async (redis: RedisClient): Promise<number> => {
  const info = String(await redis.command('INFO', 'memory'))
  return Number(/used_memory:(\d+)/.exec(info)?.[1])
}

/** Whether routes are what was bound. */
const wrong = async (table: RouteTable, count: number): Promise<string[]> => {
  const sample = Array.from({ length: 1_000 }, (_, n) => Math.floor((n * count) / 1_000))
  const found = await table.lookup(sample.map(n => ({ system: SYSTEM, uid: uidOf(n) })))
  return sample.flatMap((n, index) => {
    const [{ fence, ...route } = { fence: 0 }] = found[index]!
    return fence > 0 && JSON.stringify(route) === JSON.stringify(routeOf(n))
      ? []
      : [`the route of ${uidOf(n)} is ${JSON.stringify(route)}`]
  })
}
