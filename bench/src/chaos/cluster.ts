import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Bridge } from '../bridge.ts'
import { Child, temporaryDirectory } from '../child.ts'
import type { StorePlace } from './post-mortem.ts'
import { API_KEY, APPS, HOST, PING_MS, TOKEN_SECRET } from './plan.ts'

const COMMAND = fileURLToPath(new URL('../../../../cli/bin/longwire.js', import.meta.url))
const SERVICES = fileURLToPath(new URL('../../../../.ci/services/services.sh', import.meta.url))
const READY_MS = 60_000
const GATES = 3
const LOGICS = 2
/** Below the range from which kernels take the ports of outgoing connections: a server that was killed finds its port free. */
const PORTS = { from: 12_000, to: 32_000 } as const

export type StoreKind = 'lmdb' | 'ferretdb' | 'mongo'

const taken = new Set<number>()

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, HOST, () => server.close(() => resolve(true)))
  })

/** A port on which a server can be started again and again. */
const stablePort = async (): Promise<number> => {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from))
    if (taken.has(port) || !(await isFree(port))) continue
    taken.add(port)
    return port
  }
}

/** A server that can be killed, paused, and started again where it was. */
export class Server {
  readonly name: string
  readonly #launch: () => Child
  readonly #ready: string
  #child: Child | undefined

  constructor(name: string, ready: string, launch: () => Child) {
    this.name = name
    this.#launch = launch
    this.#ready = ready
  }

  async start(): Promise<void> {
    const child = this.#launch()
    this.#child = child
    await child.says(this.#ready, READY_MS)
  }

  /** Resident memory in bytes; 0 while it does not run. */
  rss(): number {
    return this.#child === undefined || this.#child.ended ? 0 : this.#child.stats().rss
  }

  /** The last of what it wrote. */
  get output(): string {
    return this.#child?.output ?? ''
  }

  /** Why it ended by itself; undefined while it runs. */
  death(): string | undefined {
    return this.#child?.ended === true ? `${this.name} ended: ${this.#child.output}` : undefined
  }

  async kill(): Promise<void> {
    await this.#child?.kill()
  }

  pause(): void {
    this.#child?.signal('SIGSTOP')
  }

  resume(): void {
    this.#child?.signal('SIGCONT')
  }

  async stop(): Promise<void> {
    await this.#child?.stop()
  }
}

export interface Gate extends Server {
  readonly tcp: number
  readonly ws: number
  /** The way of some clients to it. */
  readonly tcpBridge: Bridge
  readonly wsBridge: Bridge
  readonly redisBridge: Bridge
}

export interface Logic extends Server {
  readonly http: string
  readonly link: string
  /** The way of all gates to it. */
  readonly trunkBridge: Bridge
  readonly redisBridge: Bridge
  readonly storeBridge: Bridge | undefined
}

/** Three gates, two logics, a Redis and a store of their own. */
export class Cluster {
  readonly directory: string = temporaryDirectory()
  readonly store: StoreKind
  readonly gates: Gate[] = []
  readonly logics: Logic[] = []
  readonly #bridges: Bridge[] = []
  #redis: Server | undefined
  #redisPort = 0
  #storePort = 0

  readonly #also: object

  private constructor(store: StoreKind, also: object) {
    this.store = store
    this.#also = also
  }

  /** `also`: what is configured besides, for every server. */
  static async start(store: StoreKind, also: object = {}): Promise<Cluster> {
    const cluster = new Cluster(store, also)
    try {
      await cluster.#startAll()
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  get redis(): Server {
    if (this.#redis === undefined) throw new Error('Redis was not started')
    return this.#redis
  }

  get servers(): readonly Server[] {
    return [...this.gates, ...this.logics, this.redis]
  }

  get redisPort(): number {
    return this.#redisPort
  }

  /** Where all of them keep what they store. */
  get storePlace(): StorePlace {
    if (this.store === 'lmdb') return { kind: 'lmdb', path: join(this.directory, 'store') }
    return { kind: 'mongo', url: `mongodb://${HOST}:${this.#storePort}/chaos` }
  }

  /** kill -9 of the document store; resolves when it is gone. */
  killStore(): Promise<void> {
    return this.#service('kill')
  }

  /** Resolves when it answers. */
  startStore(): Promise<void> {
    return this.#service('start')
  }

  wipeRedis(): void {
    rmSync(join(this.directory, 'redis'), { recursive: true, force: true })
  }

  deaths(): readonly string[] {
    return this.servers.flatMap(server => server.death() ?? [])
  }

  async stop(): Promise<void> {
    await Promise.all(this.gates.map(gate => gate.stop()))
    await Promise.all(this.logics.map(logic => logic.stop()))
    await this.#redis?.stop()
    if (this.#storePort !== 0) await this.#service('stop')
    process.off('exit', this.#killStoreNow)
    await Promise.all(this.#bridges.map(bridge => bridge.close()))
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 })
  }

  async #startAll(): Promise<void> {
    this.#redisPort = await stablePort()
    this.#redis = redisServer(this.#redisPort, join(this.directory, 'redis'))
    await this.#redis.start()
    if (this.store !== 'lmdb') {
      this.#storePort = await stablePort()
      // It is no child of this process. Before the directory goes, which says who it is.
      process.prependListener('exit', this.#killStoreNow)
      await this.startStore()
    }
    for (let index = 0; index < LOGICS; index++) this.logics.push(await this.#logic(index))
    for (let index = 0; index < GATES; index++) this.gates.push(await this.#gate(index))
    await Promise.all([...this.logics, ...this.gates].map(server => server.start()))
  }

  async #bridge(port: number): Promise<Bridge> {
    const bridge = await Bridge.open({ host: HOST, port })
    this.#bridges.push(bridge)
    return bridge
  }

  async #logic(index: number): Promise<Logic> {
    const [trunk, http, backend] = [await stablePort(), await stablePort(), await stablePort()]
    const trunkBridge = await this.#bridge(trunk)
    const redisBridge = await this.#bridge(this.#redisPort)
    const storeBridge = this.store === 'lmdb' ? undefined : await this.#bridge(this.#storePort)
    const store =
      storeBridge === undefined
        ? `lmdb:${join(this.directory, 'store')}`
        : `mongodb://${HOST}:${storeBridge.port}/chaos`
    const server = this.#server('logic', index, redisBridge, {
      store,
      trunk: { address: `${HOST}:${trunk}`, advertise: `${HOST}:${trunkBridge.port}` },
      http: { address: `${HOST}:${http}` },
      backend: { address: `${HOST}:${backend}` },
    })
    const addresses = { http: `http://${HOST}:${http}`, link: `tcp://${HOST}:${backend}` }
    return Object.assign(server, addresses, { trunkBridge, redisBridge, storeBridge })
  }

  async #gate(index: number): Promise<Gate> {
    const [tcp, ws, operations] = [await stablePort(), await stablePort(), await stablePort()]
    const redisBridge = await this.#bridge(this.#redisPort)
    const server = this.#server('gate', index, redisBridge, {
      gate: {
        tcp: { address: `${HOST}:${tcp}` },
        ws: { address: `${HOST}:${ws}` },
        operations: { address: `${HOST}:${operations}` },
        limits: { pingStartMs: PING_MS, pingMaxMs: PING_MS },
      },
    })
    const [tcpBridge, wsBridge] = [await this.#bridge(tcp), await this.#bridge(ws)]
    return Object.assign(server, { tcp, ws, tcpBridge, wsBridge, redisBridge })
  }

  #server(role: 'gate' | 'logic', index: number, redis: Bridge, own: object): Server {
    const name = `${role}${index + 1}`
    const directory = join(this.directory, name)
    mkdirSync(directory)
    const path = join(directory, 'config.json')
    const shared = `redis://${HOST}:${redis.port}`
    const config = {
      node: { name },
      data: directory,
      log: { level: 'info' },
      cluster: { name: 'chaos', secret: 'chaos-cluster-chaos-cluster' },
      routes: shared,
      registry: shared,
      apps: APPS,
      businesses: [{ name: 'chaos', key: API_KEY, appcodes: APPS.map(({ appcode }) => appcode) }],
      auth: { kind: 'jwt', secret: TOKEN_SECRET },
      ...this.#also,
      ...own,
    }
    writeFileSync(path, JSON.stringify(config))
    const launch = (): Child =>
      new Child(process.execPath, [COMMAND, role, '--config', path], directory)
    return new Server(name, `${role} is up`, launch)
  }

  async #service(verb: 'start' | 'kill' | 'stop'): Promise<void> {
    await run('bash', [SERVICES, verb, this.store], { env: this.#serviceEnvironment() })
  }

  readonly #killStoreNow = (): void => {
    spawnSync('bash', [SERVICES, 'kill', this.store], { env: this.#serviceEnvironment() })
  }

  #serviceEnvironment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      LONGWIRE_SERVICES_RUN: join(this.directory, 'services'),
      [this.store === 'mongo' ? 'MONGO_PORT' : 'FERRETDB_PORT']: String(this.#storePort),
    }
  }
}

const run = promisify(execFile)

const redisServer = (port: number, directory: string): Server =>
  new Server('redis', 'eady to accept connections', () => {
    mkdirSync(directory, { recursive: true })
    const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec']
    return new Child('redis-server', ['--port', `${port}`, '--bind', HOST, ...durable], directory)
  })
