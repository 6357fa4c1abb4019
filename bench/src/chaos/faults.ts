import { connect } from 'node:net'
import { sleep } from '../statistics.ts'
import type { Cluster, Logic, Server } from './cluster.ts'
import { HOST, PING_MS, type Crew } from './plan.ts'
import type { Seeded } from '../seeded.ts'

/** What a fault may touch. */
export interface Stage {
  readonly cluster: Cluster
  readonly random: Seeded
  /** How long a process is paused or a link is broken, in milliseconds. */
  readonly outageMs: number
  /** Processes of clients. */
  readonly crew: (name: Crew) => {
    readonly pause: () => void
    readonly resume: () => void
    readonly killAndRestart: () => Promise<void>
  }
}

/** What has to be as before, and how soon (bench/README.md). */
export type Recovery = 'clients' | 'publish' | 'routes' | 'detection' | 'others'

export interface ChaosFault {
  readonly what: string
  /** The promise that it puts to the test: R1, R2 … of the table in bench/README.md; – the app's own death. */
  readonly promise: string
  /** Only on a store that is a process of its own. */
  readonly documents?: true
  readonly recoveries: readonly Recovery[]
  /** Seconds within which 99 % of the clients that lost their connection are back. */
  readonly backSeconds?: number
  /** It comes and goes so many times, and is away as long as an outage takes: what others notice is told by comparing. */
  readonly turns?: number
  /** Resolves to what was hit, when all is mended again. */
  readonly strike: (stage: Stage) => Promise<string>
}

/** A supervisor needs a moment to see that a process is gone. */
const RESTART_MS = 1_000
const CATCH_UP_MS = 1_000

const killed = async (servers: readonly Server[]): Promise<string> => {
  await Promise.all(servers.map(server => server.kill()))
  await sleep(RESTART_MS)
  await Promise.all(servers.map(server => server.start()))
  return servers.map(({ name }) => name).join(', ')
}

const paused = async (server: Server, ms: number): Promise<string> => {
  server.pause()
  await sleep(ms)
  server.resume()
  return server.name
}

/** One command in Redis' own protocol; resolves when it was answered. */
const tellRedis = (port: number, command: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, HOST, () => socket.write(`${command}\r\n`))
    socket.once('error', reject)
    socket.once('data', answer => {
      socket.destroy()
      if (answer.toString().startsWith('+OK')) resolve()
      else reject(new Error(`Redis answered ${command} with ${answer.toString()}`))
    })
  })

interface Breakable {
  swallow(): void
  mend(): void
}

const swallowed = async (links: readonly Breakable[], ms: number): Promise<void> => {
  for (const link of links) link.swallow()
  await sleep(ms)
  for (const link of links) link.mend()
}

const partition = async (
  { cluster, random, outageMs }: Stage,
  links: (logic: Logic) => readonly Breakable[],
): Promise<string> => {
  const logic = random.pick(cluster.logics)
  await swallowed(links(logic), outageMs)
  return logic.name
}

const clientsOfGate = { recoveries: ['clients'], backSeconds: 10 } as const

export const FAULTS: Readonly<Record<string, ChaosFault>> = {
  'gate-kill': {
    what: 'kill -9 of one gate',
    promise: 'R1',
    ...clientsOfGate,
    strike: ({ cluster, random }) => killed([random.pick(cluster.gates)]),
  },
  'logic-kill': {
    what: 'kill -9 of one logic',
    promise: 'R2',
    recoveries: ['publish'],
    strike: ({ cluster, random }) => killed([random.pick(cluster.logics)]),
  },
  'redis-kill': {
    what: 'kill -9 of Redis, which keeps its data',
    promise: 'R3',
    recoveries: ['routes'],
    strike: ({ cluster }) => killed([cluster.redis]),
  },
  'redis-flush': {
    what: 'FLUSHALL',
    promise: 'R3',
    recoveries: ['routes'],
    strike: async ({ cluster }) => {
      await tellRedis(cluster.redisPort, 'FLUSHALL')
      return 'redis'
    },
  },
  'redis-empty': {
    what: 'kill -9 of Redis, which comes back empty',
    promise: 'R3',
    recoveries: ['routes'],
    strike: async ({ cluster }) => {
      await cluster.redis.kill()
      cluster.wipeRedis()
      await sleep(RESTART_MS)
      await cluster.redis.start()
      return 'redis'
    },
  },
  storm: {
    what: 'kill -9 of all gates: everybody comes back at once',
    promise: 'R14',
    recoveries: ['clients'],
    backSeconds: 30,
    strike: ({ cluster }) => killed(cluster.gates),
  },
  'logics-kill': {
    what: 'kill -9 of all logics',
    promise: 'R2',
    recoveries: [],
    strike: ({ cluster }) => killed(cluster.logics),
  },
  'all-kill': {
    what: 'kill -9 of every server process',
    promise: 'R6',
    recoveries: ['clients'],
    backSeconds: 60,
    strike: ({ cluster }) => killed([...cluster.gates, ...cluster.logics, cluster.redis]),
  },
  'gate-pause': {
    what: 'SIGSTOP of one gate',
    promise: 'R13',
    recoveries: [],
    strike: ({ cluster, random, outageMs }) => paused(random.pick(cluster.gates), outageMs),
  },
  'logic-pause': {
    what: 'SIGSTOP of one logic',
    promise: 'R13',
    recoveries: [],
    strike: ({ cluster, random, outageMs }) => paused(random.pick(cluster.logics), outageMs),
  },
  'redis-pause': {
    what: 'SIGSTOP of Redis',
    promise: 'R13',
    recoveries: [],
    strike: ({ cluster, outageMs }) => paused(cluster.redis, outageMs),
  },
  'half-open': {
    what: 'links of 30 % of the clients swallow every byte, nobody is told',
    promise: 'R8',
    recoveries: ['detection'],
    strike: async ({ cluster }) => {
      const links = cluster.gates.flatMap(({ tcpBridge, wsBridge }) => [tcpBridge, wsBridge])
      await swallowed(links, PING_MS * 1.5 + 5_000)
      return '30 % of clients'
    },
  },
  'trunk-partition': {
    what: 'one logic and all gates no longer hear each other',
    promise: 'R9',
    recoveries: [],
    strike: stage => partition(stage, ({ trunkBridge }) => [trunkBridge]),
  },
  'redis-partition': {
    what: 'one logic and Redis no longer hear each other',
    promise: 'R9',
    recoveries: [],
    strike: stage => partition(stage, ({ redisBridge }) => [redisBridge]),
  },
  'gate-partition': {
    what: 'one gate and Redis no longer hear each other',
    promise: 'R9',
    recoveries: [],
    strike: async ({ cluster, random, outageMs }) => {
      const gate = random.pick(cluster.gates)
      await swallowed([gate.redisBridge], outageMs)
      return gate.name
    },
  },
  slow: {
    what: '5 % of the clients stop reading',
    promise: 'R10',
    recoveries: ['others'],
    turns: 2,
    strike: async ({ crew, outageMs }) => {
      const stalled = crew('stalled')
      stalled.pause()
      await sleep(outageMs)
      stalled.resume()
      // That they catch up may cost the others no more than that they stood still.
      await sleep(CATCH_UP_MS)
      return '5 % of clients'
    },
  },
  'client-kill': {
    what: 'kill -9 of a process of clients, which come back with their cursor file',
    promise: '–',
    recoveries: [],
    strike: async ({ crew }) => {
      await crew('crashers').killAndRestart()
      return '5 % of clients'
    },
  },
  'store-kill': {
    what: 'kill -9 of the document store',
    promise: 'R5',
    documents: true,
    recoveries: [],
    strike: async ({ cluster }) => {
      await cluster.killStore()
      await sleep(RESTART_MS)
      await cluster.startStore()
      return cluster.store
    },
  },
  'store-partition': {
    what: 'one logic and the document store no longer hear each other',
    promise: 'R9',
    documents: true,
    recoveries: [],
    strike: stage =>
      partition(stage, ({ storeBridge }) => (storeBridge === undefined ? [] : [storeBridge])),
  },
}
