import type { Role } from '../config.ts'
import { openRedis } from '@longwire/kit'
import { openMongo } from '@longwire/logic'
import type { Finding } from './finding.ts'
import { fine, ill } from './finding.ts'
import { checkOffset } from './time.ts'

const TIMEOUT_MS = 2_000

/** A server that the configuration names. */
export interface Service {
  readonly kind: 'redis' | 'mongo'
  /** Keys of the configuration that name it. */
  readonly keys: readonly string[]
  readonly url: string
}

/** What was seen of it. */
export interface ServiceReading {
  readonly service: Service
  /** Why it cannot be used, or undefined. */
  readonly problem: string | undefined
  /** Of one small question. */
  readonly roundTripMs: number
  /** Redis: how far its clock is ahead. */
  readonly offsetMs?: number
  /** Redis: what it removes when it is full; undefined where it may grow. */
  readonly evicts?: string
}

interface Names {
  readonly role: Role
  readonly store: string
  readonly routes: string
  readonly registry: string
}

/** What a process of this role talks to. */
export const servicesOf = ({ role, store, routes, registry }: Names): Service[] => {
  const services: Service[] = []
  const hasLogic = role === 'all' || role === 'logic'
  const redis = hasLogic ? { routes, registry } : { registry }
  for (const [key, url] of Object.entries(redis)) {
    if (url === 'memory') continue
    const known = services.findIndex(each => each.url === url)
    const keys = [...(services[known]?.keys ?? []), key]
    services.splice(known < 0 ? services.length : known, 1, { kind: 'redis', keys, url })
  }
  if (hasLogic && store.startsWith('mongodb'))
    services.push({ kind: 'mongo', keys: ['store'], url: store })
  return services
}

const askRedis = async (service: Service): Promise<ServiceReading> => {
  const redis = openRedis(service.url, { commandMs: TIMEOUT_MS, connectMs: TIMEOUT_MS })
  try {
    await redis.command('PING')
    const began = performance.now()
    const sent = Date.now()
    const told = await redis.command('TIME')
    const roundTripMs = performance.now() - began
    const [seconds, micros] = Array.isArray(told) ? told.map(Number) : []
    const there = (seconds ?? Number.NaN) * 1_000 + (micros ?? 0) / 1_000
    const offsetMs = there - (sent + roundTripMs / 2)
    const memory = String(await redis.command('INFO', 'memory'))
    const most = Number(/^maxmemory:(\d+)/m.exec(memory)?.[1] ?? 0)
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? 'noeviction'
    return {
      service,
      problem: undefined,
      roundTripMs,
      ...(Number.isNaN(offsetMs) ? {} : { offsetMs }),
      ...(most > 0 && policy !== 'noeviction' ? { evicts: policy } : {}),
    }
  } finally {
    await redis.close()
  }
}

const askMongo = async (service: Service): Promise<ServiceReading> => {
  const began = performance.now()
  const table = await openMongo(service.url, { timeoutMs: TIMEOUT_MS })
  await table.close()
  return { service, problem: undefined, roundTripMs: performance.now() - began }
}

/** Never rejects. */
export const readService = async (service: Service): Promise<ServiceReading> => {
  try {
    return await (service.kind === 'redis' ? askRedis(service) : askMongo(service))
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { service, problem, roundTripMs: 0 }
  }
}

const ROUND_TRIP_MS = 10

/** Without user and password. */
const shown = (url: string): string => url.replace(/\/\/[^@/]*@/, '//')

const hostsOf = (url: string): string[] =>
  url
    .replace(/^[\w+]+:\/\/([^@/]*@)?/, '')
    .replace(/[/?].*$/, '')
    .split(',')

const TRY = {
  redis: (host: string) => `redis-cli -h ${host.replace(/:(\d+)$/, ' -p $1')} ping`,
  mongo: (host: string) => `mongosh ${host} --eval 'db.hello()'`,
} as const

export const checkService = (reading: ServiceReading): Finding[] => {
  const { service, problem, roundTripMs, offsetMs, evicts } = reading
  const { kind, keys, url } = service
  const name = `${keys.join(' and ')} (${shown(url)})`
  if (problem !== undefined)
    return [
      ill(kind, 'fail', `${name}: ${problem}`, {
        why:
          kind === 'redis'
            ? 'Without it nobody can log in, and gates and logics do not find each other.'
            : 'Without it nothing can be stored: publishes are answered 503.',
        mend: [
          ...hostsOf(url).map(host => TRY[kind](host)),
          `correct ${keys.join(' and ')} in the configuration`,
        ],
      }),
    ]
  const found = `${name} answers within ${roundTripMs.toFixed(1)} ms`
  const slow = kind === 'redis' && roundTripMs > ROUND_TRIP_MS
  return [
    slow
      ? ill(kind, 'warn', found, {
          why: 'Each login and each message asks it once: it should be in the same data centre.',
          mend: [
            ...hostsOf(url).map(host => TRY[kind](host).replace(/ping$/, '--latency')),
            'move it closer',
          ],
        })
      : fine(kind, found),
    ...(evicts === undefined
      ? []
      : [
          ill('redis-eviction', 'warn', `${name} removes keys when it is full (${evicts})`, {
            why: 'Users whose route was removed hear of messages only when they log in again.',
            mend: hostsOf(url).map(
              host =>
                `${TRY.redis(host).replace(/ping$/, '')}config set maxmemory-policy noeviction`,
            ),
          }),
        ]),
    ...(offsetMs === undefined ? [] : [checkOffset(offsetMs, roundTripMs)]),
  ]
}
