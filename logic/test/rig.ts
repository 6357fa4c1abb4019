import {
  createLogger,
  createMetrics,
  memoryLinks,
  memoryRegistry,
  seededRandom,
  systemClock,
  VirtualClock,
  type Clock,
  type Link,
  type LinkServer,
  type Logger,
  type Registry,
  type Timer,
} from '@longwire/kit'
import { SignJWT, type JWTPayload } from 'jose'
import type { Test } from 'tap'
import { createLogic, type Logic, type LogicAddresses } from '../src/logic.ts'
import type { LogicOptions } from '../src/options.ts'
import { memoryRoutes, type MemoryRouteTable } from '../src/routes/memory.ts'
import { RoutesUnavailable } from '../src/routes/route-table.ts'
import { memoryTable, type Fault, type Operation } from '../src/store/memory.ts'
import type { Table } from '../src/store/table.ts'
import { ScriptedPeer } from './scripted-gate.ts'

const SECRET = 's'.repeat(32)
export const KEY = 'shop-key'
const DAY_SECONDS = 86_400

export const APPS = [
  { appcode: 1, system: 'shop', platform: 'android', sessions: 1 },
  { appcode: 2, system: 'shop', platform: 'web', sessions: 2 },
  { appcode: 9, system: 'mall', platform: 'ios', sessions: 1 },
]
export const BUSINESSES = [
  { name: 'shop', key: KEY, appcodes: [1, 2] },
  { name: 'android', key: 'android-key', appcodes: [1] },
]

export const tokenFor = (
  uid: string,
  now = systemClock.now(),
  claims: JWTPayload = {},
): Promise<string> =>
  new SignJWT({ sub: uid, exp: Math.floor(now / 1000) + DAY_SECONDS, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(Buffer.from(SECRET))

/** What a test may break while it runs. */
interface Faults {
  routes: boolean
  /** True: it fails without effect. */
  table: (operation: Operation) => boolean | Fault
}

/** Operations that wait. */
export interface Held {
  /** Resolves when so many wait. */
  reached(count: number): Promise<void>
  release(): void
}

/** What waits no longer than this only lets others catch up. */
const SHORT_MS = 10

/** Time stands still, but what is to come soon comes. */
export class StillClock extends VirtualClock {
  constructor() {
    super(systemClock.now())
  }

  override soon(task: () => void): void {
    systemClock.soon(task)
  }

  override after(ms: number, task: () => void): Timer {
    return ms > SHORT_MS ? super.after(ms, task) : systemClock.after(ms, task)
  }

  /** Moves time on until this is settled. */
  async until(work: Promise<unknown>): Promise<void> {
    let settled = false
    const done = (): void => void (settled = true)
    for (work.then(done, done); !settled; await new Promise(setImmediate)) this.advance(100)
    await work
  }
}

export interface Rig {
  readonly logic: Logic
  readonly addresses: LogicAddresses
  readonly routes: MemoryRouteTable
  readonly table: Table
  readonly registry: Registry
  readonly faults: Faults
  /** Operations of this kind on the table wait from now on, until they are let go. */
  hold(operation: Operation): Held
  readonly url: string
  /** Links a gate and says HELLO. */
  gate(node?: string): Promise<ScriptedPeer>
  /** A link of which the test holds the far end. */
  link(): Link
  /** The same, where the node believes that so many bytes are not taken yet. */
  stuckLink(bytes: () => number): Link
  http(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>
  send(
    uid: string,
    body: string,
    over?: object,
    headers?: Record<string, string>,
  ): Promise<Response>
}

/** Routes that can be switched off. */
const breakableRoutes = (faults: Pick<Faults, 'routes'>, clock: Clock): MemoryRouteTable => {
  const inner = memoryRoutes(clock)
  const guard = <T>(answer: () => Promise<T>): Promise<T> =>
    faults.routes ? Promise.reject(new RoutesUnavailable('switched off by the test')) : answer()
  return {
    bind: (route, rule, judge) => guard(() => inner.bind(route, rule, judge)),
    restore: (route, rule, judge) => guard(() => inner.restore(route, rule, judge)),
    unbind: (key, fence) => guard(() => inner.unbind(key, fence)),
    lookup: users => guard(() => inner.lookup(users)),
    life: () => guard(() => inner.life()),
    sweep: (from, keys, judge) => guard(() => inner.sweep(from, keys, judge)),
    claim: (task, by, ms) => guard(() => inner.claim(task, by, ms)),
    lose: () => inner.lose(),
    close: () => inner.close(),
  }
}

class HeldOperations implements Held {
  readonly #gone: Promise<void>
  #go: () => void = () => undefined
  #waiting = 0
  #watchers: (() => void)[] = []

  constructor() {
    this.#gone = new Promise(resolve => (this.#go = resolve))
  }

  wait(): Promise<void> {
    this.#waiting++
    for (const watcher of this.#watchers.splice(0)) watcher()
    return this.#gone
  }

  async reached(count: number): Promise<void> {
    while (this.#waiting < count) await new Promise<void>(resolve => this.#watchers.push(resolve))
  }

  release(): void {
    this.#go()
  }
}

/** The same table, where operations can be made to wait. */
const holdable = (table: Table): { table: Table; hold: Rig['hold'] } => {
  const held = new Map<Operation, HeldOperations>()
  const after = <T>(operation: Operation, work: () => Promise<T>): Promise<T> =>
    held.get(operation)?.wait().then(work) ?? work()
  return {
    table: {
      get: key => after('get', () => table.get(key)),
      range: (...call) => after('range', () => table.range(...call)),
      insert: groups => after('insert', () => table.insert(groups)),
      raise: rows => after('raise', () => table.raise(rows)),
      replace: rows => after('replace', () => table.replace(rows)),
      swap: (...call) => after('swap', () => table.swap(...call)),
      remove: keys => after('remove', () => table.remove(keys)),
      close: () => table.close(),
    },
    hold(operation) {
      const operations = new HeldOperations()
      held.set(operation, operations)
      return {
        reached: count => operations.reached(count),
        release() {
          if (held.get(operation) === operations) held.delete(operation)
          operations.release()
        },
      }
    },
  }
}

export interface RigOptions extends Partial<Omit<LogicOptions, 'http' | 'clock'>> {
  readonly http?: Partial<LogicOptions['http']>
  readonly clock?: Clock
  readonly logger?: Logger
  readonly backendServer?: LinkServer
}

export const silent = (): Logger => createLogger({ level: 'silent', name: 'test' })

const faultOf = (broken: boolean | Fault): Fault | undefined => {
  if (typeof broken === 'object') return broken
  return broken ? { fail: 'before' } : undefined
}

/** A whole logic node on stores in memory, listening on a free port. */
export const startRig = async (t: Test, over: RigOptions = {}): Promise<Rig> => {
  const faults: Faults = { routes: false, table: () => false }
  const clock = over.clock ?? systemClock
  const { table, hold } = holdable(
    memoryTable({ clock, fault: operation => faultOf(faults.table(operation)) }),
  )
  const routes = breakableRoutes(faults, clock)
  const registry = memoryRegistry(clock)
  const { http, ...rest } = over
  const logic = createLogic({
    node: { role: 'logic', name: 'logic-1', incarnation: 'a', address: 'memory:logic-1' },
    clock,
    random: seededRandom(1),
    log: silent(),
    metrics: createMetrics({ process: false }),
    registry,
    secret: 'cluster',
    table,
    routes,
    apps: APPS,
    businesses: BUSINESSES,
    auth: { kind: 'jwt', keys: { secret: SECRET } },
    trunk: undefined,
    backend: undefined,
    ...rest,
    http: { address: '127.0.0.1:0', ...http },
  })
  const addresses = await logic.start()
  t.teardown(() => (clock instanceof StillClock ? clock.until(logic.stop()) : logic.stop()))
  const url = addresses.http
  const call: Rig['http'] = (method, path, body, headers = {}) =>
    fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${KEY}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const link = (): Link => {
    const [near, far] = memoryLinks(clock, ['gate', 'logic'])
    logic.acceptTrunk(near)
    return far
  }
  return {
    logic,
    addresses,
    routes,
    table,
    registry,
    faults,
    hold,
    url,
    link,
    stuckLink(bytes) {
      const [near, far] = memoryLinks(clock, ['gate', 'logic'])
      logic.acceptTrunk({
        remote: near.remote,
        open: handlers => near.open(handlers),
        write: chunk => near.write(chunk),
        close: () => near.close(),
        get bufferedBytes() {
          return bytes()
        },
      })
      return far
    },
    async gate(node = 'gate-1') {
      const peer = new ScriptedPeer(link())
      await peer.hello({ node })
      return peer
    },
    http: call,
    send: (uid, body, over = {}, headers = {}) =>
      call('POST', '/v1/messages', { to: { uid, appcode: 1 }, body, ...over }, headers),
  }
}
