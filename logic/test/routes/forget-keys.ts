import type { RedisClient } from '@longwire/kit'

/** Deletes all keys that begin with `prefix:`, on every node. */
export const forgetKeys = async (redis: RedisClient, prefix: string): Promise<void> => {
  for (const node of redis.nodes()) {
    for (let cursor = ''; cursor !== '0';) {
      const answer = await node.command(
        'SCAN',
        cursor || '0',
        'MATCH',
        `${prefix}:*`,
        'COUNT',
        1_000,
      )
      const [next, keys]: unknown[] = Array.isArray(answer) ? answer : []
      cursor = String(next)
      const found = Array.isArray(keys) ? keys.map(String) : []
      await Promise.all(found.map(key => redis.command('DEL', key)))
    }
  }
}
