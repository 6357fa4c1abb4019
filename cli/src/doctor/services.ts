import type { Config, Role } from '../config.ts'
import { kafkaReach } from '../config/bus.ts'
import { createLogger, openRedis, systemClock } from '@longwire/kit'
import { kafkaBus, openMongo } from '@longwire/logic'
import type { Finding } from './finding.ts'
import { fine, ill } from './finding.ts'
import { checkOffset } from './time.ts'

const TIMEOUT_MS = 2_000

/** A server that the configuration names. */
export interface Service {
  readonly kind: 'redis' | 'mongo' | 'kafka'
  /** Keys of the configuration that name it. */
  readonly keys: readonly string[]
  readonly url: string
  /** Kafka: how it is reached. */
  readonly kafka?: ReturnType<typeof kafkaReach>
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
  readonly bus: Config['bus']
}

/** What a process of this role talks to. */
export const servicesOf = ({ role, store, routes, registry, bus }: Names): Service[] => {
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
  if (!hasLogic || bus.kind !== 'kafka') return services
  const clusters = { 'bus.kafka.brokers': bus.kafka, 'bus.kafka.backup.brokers': bus.kafka.backup }
  for (const [key, { brokers }] of Object.entries(clusters))
    if (brokers.length > 0)
      services.push({
        kind: 'kafka',
        keys: [key],
        url: brokers.join(','),
        kafka: kafkaReach(bus, brokers),
      })
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

/** Whether it lists its topics: with the user, and over TLS, as configured. */
const askKafka = async (service: Service): Promise<ServiceReading> => {
  const logger = createLogger({ level: 'silent', name: 'doctor' })
  const reach = service.kafka ?? { brokers: service.url.split(',') }
  const bus = kafkaBus({ ...reach, clientId: 'doctor', clock: systemClock, logger })
  try {
    const began = performance.now()
    await bus.groups()
    return { service, problem: undefined, roundTripMs: performance.now() - began }
  } finally {
    await bus.close()
  }
}

const ASK = { redis: askRedis, mongo: askMongo, kafka: askKafka } as const

/** Never rejects. */
export const readService = async (service: Service): Promise<ServiceReading> => {
  try {
    return await ASK[service.kind](service)
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
  kafka: (host: string) => `kafka-broker-api-versions.sh --bootstrap-server ${host}`,
} as const

const WHY = {
  redis: 'Without it nobody can log in, and gates and logics do not find each other.',
  mongo: 'Without it nothing can be stored: publishes are answered 503.',
  kafka: 'Without it records for backends wait in the store, or in the other cluster.',
} as const

export const checkService = (reading: ServiceReading): Finding[] => {
  const { service, problem, roundTripMs, offsetMs, evicts } = reading
  const { kind, keys, url } = service
  const name = `${keys.join(' and ')} (${shown(url)})`
  if (problem !== undefined)
    return [
      ill(kind, 'fail', `${name}: ${problem}`, {
        why: WHY[kind],
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
