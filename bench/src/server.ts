import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child, freePort, temporaryDirectory } from './child.ts'
import { End } from './load/end.ts'
import type { Transport } from './load/fleet.ts'
import { Publisher } from './load/publisher.ts'
import { dialTcp } from './load/tcp.ts'
import { signToken } from './load/token.ts'
import type { ProcessStats } from './process-stats.ts'
import type { ScenarioOptions } from './scenario.ts'
import { sleep } from './statistics.ts'
import type { Subject } from './subject.ts'

export const COMMAND = fileURLToPath(new URL('../../../cli/bin/longwire.js', import.meta.url))
export const HOST = '127.0.0.1'
const READY_MS = 60_000
export const TTL_SECONDS = 24 * 3600
export const APPCODE = 1
export const TOKEN_SECRET = 'bench-secret-bench-secret-bench-00'
export const API_KEY = 'bench-key-bench-key-bench-key-00'
/** As many as one question may name. */
const ONLINE_UIDS = 1_000
export const CLUSTER_SECRET = 'bench-cluster-bench-cluster'

type PortName = 'tcp' | 'ws' | 'operations' | 'trunk' | 'http' | 'backend' | 'redis'
type Ports = Readonly<Record<PortName, number>>

const freePorts = async (): Promise<Ports> => {
  const names: PortName[] = ['tcp', 'ws', 'operations', 'trunk', 'http', 'backend', 'redis']
  const ports = await Promise.all(names.map(() => freePort()))
  return Object.fromEntries(names.map((name, index) => [name, ports[index]])) as Ports
}

export const TAKES_ALL = { overload: { publishesAtLeast: 8_192 } } as const

const TOPIC_HISTORY = { messages: 10_000, seconds: 3_600 } as const

const configFor = (
  ports: Ports,
  data: string,
  { shared, defence }: { shared: string; defence: object },
): object => {
  const address = (name: PortName): string => `${HOST}:${ports[name]}`
  return {
    data,
    log: { level: 'warn' },
    gate: {
      tcp: { address: address('tcp') },
      ws: { address: address('ws') },
      operations: { address: address('operations') },
      defence,
    },
    trunk: { address: address('trunk') },
    http: { address: address('http') },
    backend: { address: address('backend') },
    cluster: { secret: CLUSTER_SECRET },
    routes: shared,
    registry: shared,
    apps: [{ appcode: APPCODE }],
    businesses: [{ name: 'bench', key: API_KEY, appcodes: [APPCODE] }],
    topics: { namespaces: [{ name: 'bench', history: TOPIC_HISTORY, presence: true }] },
    auth: { kind: 'jwt', secret: TOKEN_SECRET },
  }
}

/** True once a client can log in. */
const admits = (server: Subject): Promise<boolean> =>
  new Promise(resolve => {
    const uid = 'readiness'
    const token = signToken(TOKEN_SECRET, uid)
    const identity = { user: 0, uid, appcode: APPCODE, device: 'probe', token, dial: Date.now() }
    new End(dialTcp, { ...server.gate('tcp'), from: undefined }, identity, {
      loggedIn(end) {
        end.close()
        resolve(true)
      },
      message: () => undefined,
      pong: () => undefined,
      gap: () => undefined,
      closed: () => resolve(false),
    })
  })

/** How docs/running.md says to run a gate that mostly holds idle sessions. */
export const GATE_FLAGS = ['--max-semi-space-size=1'] as const
export const GATE_ENV = { MALLOC_MMAP_THRESHOLD_: '65536' } as const

/** Whose publishers tell what became of each message. */
export interface LongwireSubject extends Subject {
  /** The HTTP API. */
  readonly api: string
  openPublisher(name: string): Promise<Publisher>
  /** Resolves when all are stored. */
  publishTo(topic: string, bodies: readonly string[]): Promise<void>
  /** kill -9 of the gate that runs by itself, and another one in its place. */
  restartGate(): Promise<void>
}

/** Longwire in processes of its own, with a store of its own. */
class Longwire implements LongwireSubject {
  readonly name = 'Longwire'
  readonly durable = 'yes: synced before the answer'
  readonly login = { appcode: APPCODE, tokenSecret: TOKEN_SECRET }
  readonly dataDirectory: string = temporaryDirectory()
  readonly #ports: Ports
  readonly #profile: string | undefined
  readonly #children: Child[] = []
  #apart = false

  constructor(ports: Ports, profile: string | undefined) {
    this.#ports = ports
    this.#profile = profile
    if (profile !== undefined) mkdirSync(profile, { recursive: true })
  }

  /** With its own bounds of overload. */
  sheds = false
  /** Sections of the configuration beside the usual ones, and how the gate defends itself. */
  extra: object = {}
  defence: object = {}

  /** The last one started holds the connections. */
  run(role: 'all' | 'logic' | 'gate'): void {
    this.#apart ||= role === 'gate'
    const path = join(this.dataDirectory, 'bench.json')
    const shared = role === 'all' ? 'memory' : `redis://${HOST}:${this.#ports.redis}`
    writeFileSync(
      path,
      JSON.stringify({
        ...configFor(this.#ports, this.dataDirectory, { shared, defence: this.defence }),
        ...(this.sheds ? {} : TAKES_ALL),
        ...this.extra,
      }),
    )
    const profile =
      this.#profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', this.#profile]
    const args = [...profile, COMMAND, role, '--config', path]
    const child =
      role === 'gate'
        ? new Child(process.execPath, [...GATE_FLAGS, ...args], this.dataDirectory, GATE_ENV)
        : new Child(process.execPath, args, this.dataDirectory)
    this.#children.push(child)
  }

  runRedis(): void {
    const args = [
      '--port',
      String(this.#ports.redis),
      '--bind',
      HOST,
      '--save',
      '',
      '--appendonly',
      'no',
    ]
    this.#children.push(new Child('redis-server', args, this.dataDirectory))
  }

  async ready(): Promise<void> {
    for (let waited = 0; waited < READY_MS; waited += 100) {
      const dead = this.#children.find(child => child.ended)
      if (dead !== undefined) throw new Error(`longwire did not start: ${dead.output}`)
      if (await admits(this)) return
      await sleep(100)
    }
    throw new Error(
      `longwire lets nobody in: ${this.#children.map(child => child.output).join('\n')}`,
    )
  }

  gate(transport: Transport): { readonly host: string; readonly port: number } {
    return { host: HOST, port: transport === 'ws' ? this.#ports.ws : this.#ports.tcp }
  }

  openPublisher(name: string): Promise<Publisher> {
    const { backend: port } = this.#ports
    return Publisher.open({
      host: HOST,
      port,
      key: API_KEY,
      name,
      appcode: APPCODE,
      ttlSeconds: TTL_SECONDS,
    })
  }

  get api(): string {
    return `http://${HOST}:${this.#ports.http}`
  }

  async publishTo(topic: string, bodies: readonly string[]): Promise<void> {
    const path = `/v1/topics/${encodeURIComponent(topic)}/publications`
    const response = await fetch(`http://${HOST}:${this.#ports.http}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ appcode: APPCODE, messages: bodies.map(body => ({ body })) }),
    })
    const answer = (await response.json()) as { results?: { error?: unknown }[] }
    const wrong = answer.results?.find(({ error }) => error !== undefined)
    if (!response.ok || wrong !== undefined)
      throw new Error(`not published: ${JSON.stringify(wrong ?? answer)}`)
  }

  async restartGate(): Promise<void> {
    await this.#children.pop()?.kill()
    this.run('gate')
    await this.ready()
  }

  stats(): ProcessStats {
    return this.#children
      .map(child => child.stats())
      .reduce((sum, one) => ({
        rss: sum.rss + one.rss,
        anonymous: sum.anonymous + one.anonymous,
        descriptors: sum.descriptors + one.descriptors,
        pss: sum.pss + one.pss,
        cpuMs: sum.cpuMs + one.cpuMs,
      }))
  }

  gateStats(): ProcessStats {
    return this.#children.at(-1)!.stats()
  }

  logicStats(): ProcessStats {
    return this.#children.at(this.#apart ? -2 : -1)!.stats()
  }

  async online(uids: readonly string[]): Promise<number> {
    let ends = 0
    for (let at = 0; at < uids.length; at += ONLINE_UIDS) {
      const response = await fetch(`http://${HOST}:${this.#ports.http}/v1/online`, {
        method: 'POST',
        headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ uids: uids.slice(at, at + ONLINE_UIDS) }),
      })
      const answer = (await response.json()) as { users: { ends: unknown[] }[] }
      ends += answer.users.reduce((sum, user) => sum + user.ends.length, 0)
    }
    return ends
  }

  async metrics(part: 'gate' | 'logic'): Promise<ReadonlyMap<string, number>> {
    const port = part === 'gate' && this.#apart ? this.#ports.operations : this.#ports.http
    const text = await (await fetch(`http://${HOST}:${port}/metrics`)).text()
    const numbers = new Map<string, number>()
    for (const line of text.split('\n')) {
      const space = line.lastIndexOf(' ')
      if (space > 0 && !line.startsWith('#'))
        numbers.set(line.slice(0, space), Number(line.slice(space + 1)))
    }
    return numbers
  }

  async stop(): Promise<void> {
    for (const child of this.#children.reverse()) await child.stop()
    rmSync(this.dataDirectory, { recursive: true, force: true })
  }
}

const readyOrStopped = async (server: Longwire): Promise<LongwireSubject> => {
  try {
    await server.ready()
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

/**
 * One process: `longwire all` on embedded stores. Unless `sheds`, it takes whatever a closed loop has in
 * flight, however long that takes on this disk: a throughput is to be measured, not what is refused.
 */
export const startLongwire = async (
  { profile }: ScenarioOptions,
  sheds = false,
  extra: object = {},
  defence: object = {},
): Promise<LongwireSubject> => {
  const server = new Longwire(await freePorts(), profile)
  server.sheds = sheds
  server.extra = extra
  server.defence = defence
  server.run('all')
  return readyOrStopped(server)
}

export interface ApartServer {
  readonly server: LongwireSubject
  /** What the gate's figures hold. */
  readonly note: string
}

/** A gate in a process of its own, if there is a Redis for it to find logic with; else as above. */
export const startLongwireApart = async (options: ScenarioOptions): Promise<ApartServer> => {
  if (spawnSync('redis-server', ['--version']).error !== undefined) {
    const server = await startLongwire(options)
    const note =
      'Measured on `longwire all`, so a session is its gate and its logic part: redis-server is not installed, without which a gate cannot run by itself.'
    return { server, note }
  }
  const server = new Longwire(await freePorts(), options.profile)
  server.runRedis()
  server.run('logic')
  server.run('gate')
  return {
    server: await readyOrStopped(server),
    note: 'Measured on `longwire gate`, started as docs/running.md says, with logic and Redis in processes of their own.',
  }
}
