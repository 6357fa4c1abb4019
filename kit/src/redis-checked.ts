import type { RedisArgument, RedisClient } from './redis.ts'
import { slotOf } from './redis-slots.ts'

/** What every adapter keeps to, so that no key becomes slow to read, to move or to delete. */
const VALUE_BYTES_MAX = 2_048
const ELEMENTS_MAX = 5_000
const COUNTS: Readonly<Record<string, string>> = {
  hash: 'HLEN',
  set: 'SCARD',
  zset: 'ZCARD',
  list: 'LLEN',
  stream: 'XLEN',
}

/**
 * For tests: a client that rejects what breaks the rules of Redis here: arguments above 2 KB, scripts
 * whose keys are in several slots of a cluster, collections of more than 5,000 elements.
 */
export const checkedRedis = (redis: RedisClient): RedisClient => {
  const checkArguments = (args: readonly RedisArgument[]): void => {
    for (const arg of args) {
      const bytes = Buffer.byteLength(String(arg))
      if (bytes > VALUE_BYTES_MAX)
        throw new Error(`a value of ${bytes} bytes for Redis, allowed are ${VALUE_BYTES_MAX}`)
    }
  }
  const checkKey = async (key: string): Promise<void> => {
    const count = COUNTS[String(await redis.command('TYPE', key))]
    if (count === undefined) return
    const elements = Number(await redis.command(count, key))
    if (elements > ELEMENTS_MAX)
      throw new Error(`${key} has ${elements} elements, allowed are ${ELEMENTS_MAX}`)
  }
  return {
    async run(script, keys, args = []) {
      checkArguments(args)
      if (new Set(keys.map(slotOf)).size > 1)
        throw new Error(`a script with keys in several slots: ${keys.join(', ')}`)
      const answer = await redis.run(script, keys, args)
      await Promise.all(keys.map(checkKey))
      return answer
    },
    async command(name, ...args) {
      checkArguments(args)
      return redis.command(name, ...args)
    },
    nodes: () => redis.nodes(),
    close: () => redis.close(),
  }
}
