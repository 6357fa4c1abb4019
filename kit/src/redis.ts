import { createHash } from 'node:crypto'
import { Cluster, Redis } from 'ioredis'
import { systemClock } from './clock.ts'
import { tagOfSlot } from './redis-slots.ts'

export type RedisArgument = string | number

/**
 * A connection to Redis, or to a Redis Cluster, that fails fast: a command rejects within the time
 * limit instead of waiting for a connection to come back, so callers can say UNAVAILABLE. It
 * reconnects by itself. Commands of one turn share a round trip. After a rejection a command may or
 * may not have taken effect.
 */
export interface RedisClient {
  /** Runs a Lua script; its text travels only when the server does not know it yet. */
  run(
    script: RedisScript,
    keys: readonly string[],
    args?: readonly RedisArgument[],
  ): Promise<unknown>
  /** Any command, `command('PEXPIRE', key, 1000)`; integers come back as numbers, the rest as strings. */
  command(name: string, ...args: readonly RedisArgument[]): Promise<unknown>
  /** The servers that hold keys: one, or the masters of a cluster as far as they are known now. */
  nodes(): readonly RedisNode[]
  close(): Promise<void>
}

export interface RedisNode {
  /** Address: tells nodes apart, and stays. */
  readonly name: string
  /** Keys that hold this `{tag}` are on this node. */
  readonly tag: string
  /** For what only one server can answer, such as SCAN. */
  command(name: string, ...args: readonly RedisArgument[]): Promise<unknown>
}

/** A Lua script: atomic, and on a cluster all its keys must share a `{tag}`. */
export interface RedisScript {
  readonly text: string
  readonly sha: string
}

export const redisScript = (text: string): RedisScript => ({
  text,
  sha: createHash('sha1').update(text).digest('hex'),
})

export interface RedisOptions {
  /** How long a command may take. */
  readonly commandMs?: number
  readonly connectMs?: number
}

/**
 * Opens `redis://user:password@host:port/db`, `rediss://…` for TLS; several nodes of a cluster are
 * separated by commas: `redis://a:7001,b:7002`. Returns at once; the first commands wait for the
 * first connection.
 */
export const openRedis = (url: string, options: RedisOptions = {}): RedisClient => {
  const { commandMs = 1_000, connectMs = 2_000 } = options
  const first = new URL(url.split(',')[0] ?? url)
  if (first.protocol !== 'redis:' && first.protocol !== 'rediss:') {
    throw new Error(`the Redis url starts with ${first.protocol}//; use redis:// or rediss://`)
  }
  const shared = {
    ...(first.username === '' ? {} : { username: decodeURIComponent(first.username) }),
    ...(first.password === '' ? {} : { password: decodeURIComponent(first.password) }),
    ...(first.protocol === 'rediss:' ? { tls: { servername: first.hostname } } : {}),
    commandTimeout: commandMs,
    connectTimeout: connectMs,
    disconnectTimeout: 200,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    protocol: 2,
  } as const
  const retry = (times: number): number => Math.min(50 * 2 ** times, 1_000)
  const nodes = clusterNodes(url)
  const driver =
    nodes.length > 1
      ? new Cluster(nodes, {
          redisOptions: shared,
          enableOfflineQueue: false,
          enableAutoPipelining: true,
          clusterRetryStrategy: retry,
        })
      : new Redis({
          ...shared,
          host: first.hostname,
          port: Number(first.port || 6379),
          db: Number(first.pathname.slice(1) || 0),
          enableOfflineQueue: false,
          enableAutoPipelining: true,
          retryStrategy: retry,
        })
  return new Client(driver, connectMs)
}

const clusterNodes = (url: string): { host: string; port: number }[] =>
  url
    .replace(/^\w+:\/\/([^@/]*@)?/, '')
    .replace(/\/.*$/, '')
    .split(',')
    .map(node => new URL(`redis://${node}`))
    .map(node => ({ host: node.hostname, port: Number(node.port || 6379) }))

class Client implements RedisClient {
  readonly #driver: Redis | Cluster
  #opening: Promise<void> | undefined
  #failure = 'not connected yet'

  constructor(driver: Redis | Cluster, connectMs: number) {
    this.#driver = driver
    // Without a listener a lost connection would end the process; callers learn of it from their commands.
    driver.on('error', (error: Error) => {
      this.#failure = error.message
    })
    this.#opening = firstConnection(driver, connectMs)
  }

  async command(name: string, ...args: readonly RedisArgument[]): Promise<unknown> {
    await this.#ready()
    return this.#driver.call(name, ...args)
  }

  async run(
    script: RedisScript,
    keys: readonly string[],
    args: readonly RedisArgument[] = [],
  ): Promise<unknown> {
    await this.#ready()
    try {
      return await this.#driver.evalsha(script.sha, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return this.#driver.eval(script.text, keys.length, ...keys, ...args)
    }
  }

  nodes(): readonly RedisNode[] {
    const driver = this.#driver
    if (driver instanceof Redis)
      return [{ name: 'redis', tag: '{0}', command: (name, ...args) => driver.call(name, ...args) }]
    return driver.nodes('master').flatMap(node => {
      const { host = '', port = 0 } = node.options
      const name = `${host}:${port}`
      const slot = driver.slots.findIndex(owners => owners?.[0] === name)
      if (slot < 0) return []
      return [{ name, tag: tagOfSlot(slot), command: (cmd, ...args) => node.call(cmd, ...args) }]
    })
  }

  async close(): Promise<void> {
    this.#driver.disconnect()
  }

  async #ready(): Promise<void> {
    if (this.#opening !== undefined) {
      await this.#opening
      this.#opening = undefined
    }
    if (this.#driver.status !== 'ready') throw new Error(`Redis is not reachable: ${this.#failure}`)
  }
}

/** Resolves with the first connection, or when waiting longer makes no sense. */
const firstConnection = (driver: Redis | Cluster, connectMs: number): Promise<void> =>
  new Promise(resolve => {
    const limit = systemClock.after(connectMs, resolve)
    const done = (): void => {
      limit.cancel()
      resolve()
    }
    driver.once('ready', done)
    driver.once('close', done)
    driver.once('end', done)
  })
