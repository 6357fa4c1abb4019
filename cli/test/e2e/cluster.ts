import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { signToken } from '@longwire/logic'
import { freePorts } from './ports.ts'

const BIN = fileURLToPath(new URL('../../../bin/longwire.js', import.meta.url))

const SECRET = 'e2e-secret-that-is-long-enough-for-hs256'
export const KEY = 'e2e-api-key-0123456789'
export const APPCODE = { phone: 1, web: 2, desk: 3, tv: 4, ios: 5, android: 6 } as const
/** Platforms of one user system, with every rule of who gives way. */
const APPS = [
  { appcode: APPCODE.phone, system: 'main', platform: 'phone', sessions: 1 },
  { appcode: APPCODE.web, system: 'main', platform: 'web', sessions: 1 },
  { appcode: APPCODE.desk, system: 'main', platform: 'desk', sessions: 3 },
  { appcode: APPCODE.tv, system: 'main', platform: 'tv', sessions: 1, whenFull: 'refuse' },
  { appcode: APPCODE.ios, system: 'main', platform: 'ios', exclusive: 'pocket' },
  { appcode: APPCODE.android, system: 'main', platform: 'android', exclusive: 'pocket' },
]

export const tokenFor = (
  uid: string,
  over: { readonly ttlSeconds?: number; readonly nowMs?: number; readonly tokenId?: string } = {},
): Promise<string> => signToken(SECRET, { uid, ttlSeconds: 3_600, nowMs: Date.now(), ...over })

/** One process of Longwire that can be killed and started again on its ports and data. */
export class Node {
  readonly #role: string
  readonly #env: Record<string, string>
  readonly #bin: string
  #child: ChildProcess | undefined
  #output = ''

  /** `bin`: of another build. */
  constructor(role: string, env: Record<string, string>, bin = BIN) {
    this.#role = role
    this.#bin = bin
    this.#env = env
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [this.#bin, this.#role], {
      env: { ...inherited(), ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#output = ''
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer): void => {
        this.#output += chunk.toString()
        if (this.#output.includes(`"msg":"${this.#role} is up"`)) resolve()
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      child.once('exit', code =>
        reject(new Error(`${this.#role} ended with ${code}:\n${this.#output}`)),
      )
    })
  }

  /** kill -9: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  /** SIGSTOP: it lives, and does nothing. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return 0
    const ended = once(child, 'exit')
    child.kill(signal)
    const [code] = (await ended) as [number | null]
    return code
  }
}

/** The environment without what configures Longwire. */
export const inherited = (): Record<string, string> => {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !name.startsWith('LONGWIRE_')) kept[name] = value
  }
  return kept
}

export interface Cluster {
  /** Gates by transport, to be given to a client. */
  readonly tcp: readonly string[]
  readonly ws: readonly string[]
  readonly http: readonly string[]
  readonly backends: readonly string[]
  readonly gates: readonly Node[]
  readonly logics: readonly Node[]
  /** Health and metrics of the gates that run by themselves. */
  readonly operations: readonly string[]
}

export interface ServiceCluster extends Cluster {
  /** Starts one process more. */
  also(role: string, env: Readonly<Record<string, string>>, bin?: string): Promise<Node>
}

const common = (data: string): Record<string, string> => ({
  LONGWIRE_DATA: data,
  LONGWIRE_LOG_LEVEL: 'info',
  LONGWIRE_APPS: JSON.stringify(APPS),
  LONGWIRE_BUSINESSES: JSON.stringify([
    { name: 'e2e', key: KEY, appcodes: Object.values(APPCODE), role: 'operator' },
  ]),
  LONGWIRE_AUTH_KIND: 'jwt',
  LONGWIRE_AUTH_SECRET: SECRET,
  LONGWIRE_GATE_LIMITS_RECONNECT_WINDOW_MS: '200',
})

/** One process with embedded stores; gate and logic are the same node. `over` are variables that are set otherwise. */
export const startEmbedded = async (
  t: Test,
  data: string,
  over: Readonly<Record<string, string>> = {},
): Promise<Cluster> => {
  const [tcp, ws, http, backend] = await freePorts(4)
  const node = new Node('all', {
    ...common(data),
    LONGWIRE_GATE_TCP_ADDRESS: `127.0.0.1:${tcp}`,
    LONGWIRE_GATE_WS_ADDRESS: `127.0.0.1:${ws}`,
    LONGWIRE_HTTP_ADDRESS: `127.0.0.1:${http}`,
    LONGWIRE_BACKEND_ADDRESS: `127.0.0.1:${backend}`,
    ...over,
  })
  t.teardown(() => node.stop())
  await node.start()
  return {
    tcp: [`tcp://127.0.0.1:${tcp}`],
    ws: [`ws://127.0.0.1:${ws}`],
    http: [`http://127.0.0.1:${http}`],
    backends: [`tcp://127.0.0.1:${backend}`],
    gates: [node],
    logics: [node],
    operations: [],
  }
}

/**
 * Two gates and two logics of their own, on a Redis and a server that speaks the MongoDB protocol, or
 * (`lmdb`) a store on this machine that both logics open. `over` are variables that are set otherwise.
 */
export const startOnServices = async (
  t: Test,
  redis: string,
  mongo: string,
  over: Readonly<Record<string, string>> = {},
): Promise<ServiceCluster> => {
  const shared = { ...sharedEnv(t.testdir(), redis, mongo), ...over }
  const ports = await freePorts(12)
  const [t1, t2, w1, w2, o1, o2, h1, h2, b1, b2, k1, k2] = ports.map(
    port => `127.0.0.1:${port}`,
  ) as Tuple12
  const logic = (index: number, http: string, backend: string, trunk: string): Node =>
    new Node('logic', {
      ...shared,
      LONGWIRE_NODE_NAME: `logic${index}`,
      LONGWIRE_HTTP_ADDRESS: http,
      LONGWIRE_BACKEND_ADDRESS: backend,
      LONGWIRE_TRUNK_ADDRESS: trunk,
    })
  const gate = (index: number, tcp: string, ws: string, operations: string): Node =>
    new Node('gate', {
      ...shared,
      LONGWIRE_NODE_NAME: `gate${index}`,
      LONGWIRE_GATE_TCP_ADDRESS: tcp,
      LONGWIRE_GATE_WS_ADDRESS: ws,
      LONGWIRE_GATE_OPERATIONS_ADDRESS: operations,
    })
  const logics = [logic(1, h1, b1, k1), logic(2, h2, b2, k2)]
  const gates = [gate(1, t1, w1, o1), gate(2, t2, w2, o2)]
  t.teardown(async () => {
    await Promise.all(gates.map(node => node.stop()))
    await Promise.all(logics.map(node => node.stop()))
  })
  await Promise.all([...logics, ...gates].map(node => node.start()))
  return {
    tcp: [t1, t2].map(address => `tcp://${address}`),
    ws: [w1, w2].map(address => `ws://${address}`),
    http: [h1, h2].map(address => `http://${address}`),
    backends: [b1, b2].map(address => `tcp://${address}`),
    gates,
    logics,
    operations: [o1, o2].map(address => `http://${address}`),
    async also(role, env, bin) {
      const node = new Node(role, { ...shared, ...env }, bin)
      t.teardown(() => node.kill())
      await node.start()
      return node
    },
  }
}

export interface LogicAlone {
  readonly http: string
  readonly backend: string
  /** With what a gate joins it. */
  readonly env: Readonly<Record<string, string>>
}

/** One logic, for gates that a test starts itself. */
export const startLogicOnServices = async (
  t: Test,
  redis: string,
  mongo: string,
): Promise<LogicAlone> => {
  const env = sharedEnv(t.testdir(), redis, mongo)
  const [http, backend, trunk] = (await freePorts(3)).map(port => `127.0.0.1:${port}`)
  const logic = new Node('logic', {
    ...env,
    LONGWIRE_NODE_NAME: 'logic',
    LONGWIRE_HTTP_ADDRESS: http ?? '',
    LONGWIRE_BACKEND_ADDRESS: backend ?? '',
    LONGWIRE_TRUNK_ADDRESS: trunk ?? '',
  })
  t.teardown(() => logic.stop())
  await logic.start()
  return { http: `http://${http}`, backend: `tcp://${backend}`, env }
}

const sharedEnv = (data: string, redis: string, mongo: string): Record<string, string> => {
  const name = `e2e${process.pid}${Math.floor(performance.now())}`
  return {
    ...common(data),
    LONGWIRE_CLUSTER_NAME: name,
    LONGWIRE_CLUSTER_SECRET: 'e2e-cluster-secret-0123456789',
    LONGWIRE_ROUTES: redis,
    LONGWIRE_REGISTRY: redis,
    LONGWIRE_STORE: mongo === 'lmdb' ? `lmdb:${data}/store` : `${mongo}/${name}`,
  }
}

type Tuple12 = [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
]
