import { redisScript, type RedisArgument, type RedisClient, type RedisScript } from '@longwire/kit'
import { type Limiter, LimiterUnavailable } from './limiter.ts'

/** Far above the gates of a deployment, far below what makes a hash slow. */
const HOLDERS_MAX = 5_000

/** The server's own time decides, in microseconds: the clocks of the nodes do not matter. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
`

/**
 * A bucket is one number: when it will be full again.
 * ARGV: tokens per second, burst, tokens wanted. Returns granted, left, milliseconds to wait.
 */
const TAKE = redisScript(`${NOW}
local token = 1000000 / tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local there = math.floor(burst - (full - now) / token + 0.000001)
local granted = math.max(0, math.min(tonumber(ARGV[3]), there))
if granted == 0 then
  return {0, math.max(0, there), math.max(0, math.ceil((full - now - (burst - 1) * token) / 1000))}
end
full = full + granted * token
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1)
return {granted, there - granted, 0}
`)

/**
 * A gauge is one hash: field holder, value \`<count>|<end of lease>\`.
 * ARGV: holder, count, lease in milliseconds. Returns the sum of the living.
 */
const HOLD = redisScript(`${NOW}
local sum, holders, all = 0, 0, redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local count, till = string.match(all[i + 1], '^(%d+)|(%d+)$')
  if all[i] == ARGV[1] or tonumber(till) <= now then
    redis.call('HDEL', KEYS[1], all[i])
  else
    sum = sum + tonumber(count)
    holders = holders + 1
  end
end
local count = tonumber(ARGV[2])
if count > 0 and holders < ${HOLDERS_MAX} then
  local till = now + tonumber(ARGV[3]) * 1000
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. '|' .. string.format('%.0f', till))
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
  end
end
return sum + count
`)

/** Limits in Redis or Redis Cluster: every script touches one key. */
export const redisLimiter = (redis: RedisClient, prefix: string): Limiter => {
  const run = async (
    script: RedisScript,
    key: string,
    args: readonly RedisArgument[],
  ): Promise<unknown> => {
    try {
      return await redis.run(script, [`${prefix}:${key}`], args)
    } catch (error) {
      throw new LimiterUnavailable('the limits in Redis did not answer', { cause: error })
    }
  }
  return {
    async take(bucket, { perSecond, burst }, most) {
      const answer = await run(TAKE, `bucket:${bucket}`, [perSecond, burst, most])
      const [granted, left, waitMs] = Array.isArray(answer) ? answer.map(Number) : []
      if (granted === undefined || left === undefined || waitMs === undefined)
        throw new LimiterUnavailable('Redis answered something else')
      return { granted, left, waitMs }
    },
    async hold(gauge, holder, count, leaseMs) {
      return Number(await run(HOLD, `gauge:${gauge}`, [holder, count, leaseMs]))
    },
    async close() {},
  }
}
