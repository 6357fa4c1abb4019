import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Child, freePort, temporaryDirectory } from './child.ts'
import { Publisher } from './load/publisher.ts'
import type { ProcessStats } from './process-stats.ts'
import {
  API_KEY,
  APPCODE,
  CLUSTER_SECRET,
  COMMAND,
  GATE_ENV,
  GATE_FLAGS,
  HOST,
  TAKES_ALL,
  TOKEN_SECRET,
  TTL_SECONDS,
} from './server.ts'

const READY_MS = 60_000
/** Gates that start at the same time. */
const STARTING = 4

export interface ManyGatesOptions {
  readonly gates: number
  /** Idle time until a client pings; undefined: what a gate says by itself. */
  readonly pingStartMs: number | undefined
  /** Of each gate; undefined: what a gate says by itself. */
  readonly capacity?: number
  readonly onGate: (up: number) => void
}

interface Gate {
  readonly child: Child
  readonly tcp: number
  readonly ws: number
}

const add = (sum: ProcessStats, one: ProcessStats): ProcessStats => ({
  rss: sum.rss + one.rss,
  anonymous: sum.anonymous + one.anonymous,
  descriptors: sum.descriptors + one.descriptors,
  pss: sum.pss + one.pss,
  cpuMs: sum.cpuMs + one.cpuMs,
})

/** One logic on an embedded store, a Redis of its own, and as many gate processes as are asked for. */
export class ManyGates {
  readonly login = { appcode: APPCODE, tokenSecret: TOKEN_SECRET }
  readonly host = HOST
  readonly gates: readonly Gate[]
  readonly #directory: string
  readonly #redis: Child
  readonly #logic: Child
  readonly #backend: number

  private constructor(
    directory: string,
    parts: { redis: Child; logic: Child; gates: readonly Gate[]; backend: number },
  ) {
    this.#directory = directory
    this.#redis = parts.redis
    this.#logic = parts.logic
    this.gates = parts.gates
    this.#backend = parts.backend
  }

  static async start(options: ManyGatesOptions): Promise<ManyGates> {
    const directory = temporaryDirectory()
    const [redisPort, trunk, http, backend] = await Promise.all([1, 2, 3, 4].map(() => freePort()))
    const shared = `redis://${HOST}:${redisPort}`
    const address = `${HOST}:0`
    const config = join(directory, 'million.json')
    writeFileSync(
      config,
      JSON.stringify({
        data: directory,
        // Where a gate says which ports it was given.
        log: { level: 'info' },
        gate: {
          tcp: { address },
          ws: { address },
          operations: { address: 'off' },
          ...(options.capacity === undefined ? {} : { capacity: options.capacity }),
          limits: options.pingStartMs === undefined ? {} : { pingStartMs: options.pingStartMs },
        },
        trunk: { address: `${HOST}:${trunk}` },
        http: { address: `${HOST}:${http}` },
        backend: { address: `${HOST}:${backend}` },
        cluster: { secret: CLUSTER_SECRET },
        routes: shared,
        registry: shared,
        apps: [{ appcode: APPCODE }],
        businesses: [{ name: 'bench', key: API_KEY, appcodes: [APPCODE] }],
        auth: { kind: 'jwt', secret: TOKEN_SECRET },
        ...TAKES_ALL,
      }),
    )
    const redisArgs = ['--port', String(redisPort), '--bind', HOST, '--save', '', '--appendonly']
    const redis = new Child('redis-server', [...redisArgs, 'no'], directory)
    await redis.says('Ready to accept connections', READY_MS)
    const logic = new Child(process.execPath, [COMMAND, 'logic', '--config', config], directory)
    await logic.says('logic is up', READY_MS)
    const gates: Gate[] = []
    while (gates.length < options.gates) {
      const next = Math.min(STARTING, options.gates - gates.length)
      gates.push(
        ...(await Promise.all(Array.from({ length: next }, () => startGate(directory, config)))),
      )
      options.onGate(gates.length)
    }
    return new ManyGates(directory, { redis, logic, gates, backend: backend ?? 0 })
  }

  openPublisher(name: string): Promise<Publisher> {
    const business = { key: API_KEY, name, appcode: APPCODE, ttlSeconds: TTL_SECONDS }
    return Publisher.open({ host: HOST, port: this.#backend, ...business })
  }

  gateStats(): ProcessStats {
    return this.gates.map(({ child }) => child.stats()).reduce(add)
  }

  logicStats(): ProcessStats {
    return this.#logic.stats()
  }

  redisStats(): ProcessStats {
    return this.#redis.stats()
  }

  /** So far, in milliseconds. */
  cpuMs(): { readonly gates: number; readonly logic: number; readonly redis: number } {
    return {
      gates: this.gates.reduce((sum, { child }) => sum + child.cpuMs(), 0),
      logic: this.#logic.cpuMs(),
      redis: this.#redis.cpuMs(),
    }
  }

  /** What a process that ended wrote last. */
  dead(): string | undefined {
    const children = [this.#redis, this.#logic, ...this.gates.map(({ child }) => child)]
    return children.find(child => child.ended)?.output
  }

  /** At once: nobody is to drain a million sessions for a benchmark that is over. */
  async stop(): Promise<void> {
    await Promise.all(this.gates.map(({ child }) => child.kill()))
    await this.#logic.kill()
    await this.#redis.kill()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

const UP = 'gate is up'

const startGate = async (directory: string, config: string): Promise<Gate> => {
  const args = [...GATE_FLAGS, COMMAND, 'gate', '--config', config]
  const child = new Child(process.execPath, args, directory, GATE_ENV)
  await child.says(UP, READY_MS)
  const line = child.output.split('\n').find(each => each.includes(UP)) ?? ''
  const port = (transport: string): number =>
    Number(new RegExp(`"${transport}":"\\w+://[^"]*:(\\d+)"`).exec(line)?.[1] ?? 0)
  const tcp = port('tcp')
  const ws = port('ws')
  if (tcp === 0 || ws === 0) throw new Error(`a gate does not say its ports: ${line}`)
  return { child, tcp, ws }
}
