import type { Route } from '@longwire/logic'
import { APPS, Backing, GateProcess, LogicProcess, type PortMutations } from './cluster.ts'
import { Device } from './device.ts'
import { DISTURBANCE_NAMES, DISTURBANCES, type DisturbanceName } from './disturbances.ts'
import type { FrameFaults } from './edge.ts'
import { DeviceHistory, History } from './history.ts'
import { Network } from './network.ts'
import { readStream } from './presence.ts'
import { Publisher } from './publisher.ts'
import { Host, Scheduler } from './scheduler.ts'

export interface WorldOptions {
  readonly seed: number
  readonly ports?: PortMutations
  readonly frames?: FrameFaults['mutate']
  /** It lives until rows are trimmed after their grace; as a rule few worlds do. */
  readonly long?: boolean
  /** Share of messages that expire while it lives. @default 0.1 */
  readonly expiring?: number
  /** Longest time between two messages. @default 1200 */
  readonly publishMs?: number
  /** Of frames that are lost, repeated or swapped. */
  readonly frameShare?: number
  /** Only these go wrong, and in every world. */
  readonly only?: readonly DisturbanceName[]
}

/** Who there is: user, appcode, device. */
const PEOPLE = [
  ['ann', 1, 'phone'],
  ['ann', 1, 'old phone'],
  ['ann', 2, 'laptop'],
  ['ann', 2, 'desktop'],
  ['ben', 1, 'phone'],
  ['ben', 2, 'laptop'],
  ['ben', 3, 'phone'],
] as const
const USERS = ['ann', 'ben']

const HOSTILE_MS = 22_000
/** Some worlds live until rows are trimmed after their grace. */
const LONG_MS = 110_000
const REST_STEP_MS = 5_000
const REST_MAX_MS = 150_000
/** A gate finds out within this that a client has gone without a word. */
const FORGET_MS = 40_000
/** How long all must have been well before it counts as rest. */
const REST_STEPS = 2

/**
 * A cluster of real gates, logic nodes, clients and publishers in one thread of simulated time, and
 * everything that can go wrong between and within them.
 */
export class World {
  readonly scheduler: Scheduler
  readonly network: Network
  readonly backing: Backing
  readonly history: History
  readonly gates: readonly GateProcess[]
  readonly logics: readonly LogicProcess[]
  readonly devices: readonly Device[]
  readonly publishers: readonly Publisher[]
  readonly #host: Host
  readonly #faults: FrameFaults = { share: 0 }
  readonly #kinds: readonly DisturbanceName[]
  readonly #hostileMs: number
  readonly #publishMs: number
  #hostile = true

  constructor(options: WorldOptions) {
    const scheduler = new Scheduler(options.seed)
    this.scheduler = scheduler
    this.history = new History(() => scheduler.now)
    this.network = new Network(scheduler)
    this.backing = new Backing(scheduler, text => this.history.fault('store', text))
    this.#host = new Host(scheduler, 'world')
    scheduler.fault = (host, error) => this.history.fault(host.name, describe(error))
    if (options.frames !== undefined) this.#faults.mutate = options.frames
    this.#kinds = options.only ?? DISTURBANCE_NAMES.filter(() => scheduler.chance(0.4))
    this.#hostileMs = scheduler.chance(options.long === true ? 1 : 0.05) ? LONG_MS : HOSTILE_MS
    this.#publishMs = options.publishMs ?? 1_200
    const share = scheduler.chance(0.4) ? 0.1 * scheduler.random() : 0
    this.#faults.share = options.frameShare ?? share
    const { network, backing, history } = this
    const parts = {
      network,
      backing,
      mutations: options.ports ?? {},
      failed: (host: Host, line: string) => history.fault(host.name, `logged an error: ${line}`),
    }
    this.gates = ['g1', 'g2'].map(name => new GateProcess(name, parts))
    this.logics = ['l1', 'l2'].map(name => new LogicProcess(name, parts))
    this.devices = this.#makeDevices()
    this.publishers = this.logics.map(
      ({ backendAddress: address }, index) =>
        new Publisher(`p${index + 1}`, {
          network,
          history,
          backing,
          address,
          users: USERS,
          expiring: options.expiring ?? 0.1,
        }),
    )
  }

  get nodes(): readonly (GateProcess | LogicProcess)[] {
    return [...this.gates, ...this.logics]
  }

  note(who: string, what: string): void {
    this.history.note(who, what)
  }

  /** Happens also when all has come to rest. */
  later(ms: number, run: () => void): void {
    this.scheduler.add(this.#host, ms, run)
  }

  /** The whole life of a world. */
  async run(): Promise<void> {
    this.note('world', `goes wrong: ${this.#kinds.join(', ')}; frames ${this.#faults.share}`)
    for (const node of this.nodes) node.start()
    await this.scheduler.run(100)
    for (const publisher of this.publishers) publisher.start()
    for (const device of this.devices) this.later(this.scheduler.int(4_000), () => device.open())
    this.#publish()
    this.#disturb()
    await this.scheduler.run(this.#hostileMs)
    await this.#rest()
    if (this.history.faults.length === 0 && this.scheduler.chance(0.3)) await this.#empty()
    if (this.history.faults.length === 0) await this.#end()
    this.note('world', `${this.scheduler.steps} steps`)
  }

  #makeDevices(): Device[] {
    const { network, history, gates } = this
    return PEOPLE.map(([uid, appcode, name]) => {
      const app = APPS.find(app => app.appcode === appcode)!
      const title = `${uid}/${appcode}/${name}`
      const own = new DeviceHistory(history, { title, uid, appcode, system: app.system })
      return new Device({ uid, app, name }, own, {
        network,
        faults: this.#faults,
        gates: gates.map(gate => gate.address),
        trace: (who, what) => this.note(who, what),
        rivals: device =>
          this.devices.filter(
            other => other !== device && other.uid === device.uid && other.app === device.app,
          ),
      })
    })
  }

  #publish(): void {
    this.later(this.#publishMs * this.scheduler.random(), () => {
      if (!this.#hostile) return
      this.scheduler.pick(this.publishers).publish()
      this.#publish()
    })
  }

  #disturb(): void {
    if (this.#kinds.length === 0) return
    this.later(2_500 * this.scheduler.random(), () => {
      if (!this.#hostile) return
      DISTURBANCES[this.scheduler.pick(this.#kinds)](this)
      this.#disturb()
    })
  }

  /** Faults end, everybody comes back, and all that is owed has to arrive. */
  async #rest(): Promise<void> {
    this.note('world', 'comes to rest')
    this.#hostile = false
    this.#faults.share = 0
    const { store, redis, registry } = this.backing
    for (const service of [store, redis, registry]) {
      service.down = false
      service.flaky = 0
      service.slowness = 1
      service.release()
    }
    this.network.join()
    for (const { host } of [...this.nodes, ...this.devices]) host.resume()
    for (const node of this.nodes) if (!node.alive) node.start()
    for (const publisher of this.publishers) if (!publisher.running) publisher.start()
    for (const device of this.devices) device.open()
    let well = 0
    let problems: string[] = []
    let logins = -1
    for (let ms = 0; ms < REST_MAX_MS && well < REST_STEPS; ms += REST_STEP_MS) {
      await this.scheduler.run(REST_STEP_MS)
      problems = await this.#problems()
      const now = this.devices.reduce((sum, device) => sum + device.logins, 0)
      if (now !== logins) problems.push(`${now - logins} logins within ${REST_STEP_MS} ms`)
      logins = now
      well = problems.length === 0 ? well + 1 : 0
      if (this.history.faults.length > 0) return
    }
    for (const problem of problems) this.history.fault('at rest', problem)
  }

  /** All is well and a gate is told to stop: those that it serves are elsewhere before it ends, and never without a session. */
  async #empty(): Promise<void> {
    const gate = this.scheduler.pick(this.gates)
    // A connection that broke without a word may still be believed in.
    const isWhole = ({ host }: Device): boolean =>
      this.network.between(host).every(end => !end.lost && !end.peer.lost)
    const moving = this.devices.filter(
      device => device.session?.gate === gate.id && isWhole(device),
    )
    const before = moving.map(device => device.interruptions)
    this.note(gate.id, `is emptied of ${moving.length} sessions`)
    let ended = false
    void gate.stop().then(() => (ended = true))
    for (let ms = 0; ms < 15_000 && !ended; ms += 500) {
      this.scheduler.pick(this.publishers).publish()
      await this.scheduler.run(500)
    }
    if (!ended) this.history.fault(gate.id, 'does not end')
    for (const [index, device] of moving.entries())
      if (device.interruptions !== before[index])
        this.history.fault(device.title, 'was without a session while its gate was emptied')
    gate.kill(false)
    gate.start()
    let problems = ['']
    for (let ms = 0; ms < FORGET_MS && problems.length > 0; ms += REST_STEP_MS) {
      await this.scheduler.run(REST_STEP_MS)
      problems = await this.#problems()
    }
    for (const problem of problems) this.history.fault('after a drain', problem)
  }

  /** What is not as it must be once all is well. */
  async #problems(): Promise<string[]> {
    const problems: string[] = []
    const epoch = await this.backing.epoch()
    for (const device of this.devices) {
      if (!device.running || (!device.ready && !device.kicked))
        problems.push(`${device.title} is not connected`)
      if (device.ready)
        problems.push(...device.history.owed(epoch).map(text => `${device.title}: ${text}`))
    }
    for (const publisher of this.publishers)
      if (publisher.unanswered > 0)
        problems.push(`${publisher.name} has no answer for ${publisher.unanswered} publishes`)
    problems.push(...this.#sessionProblems(), ...(await this.#routeProblems()))
    problems.push(...(await this.#presenceProblems()))
    return problems
  }

  #sessionProblems(): string[] {
    const problems: string[] = []
    const live = this.devices.filter(device => device.ready)
    for (const gate of this.gates) {
      const sessions = gate.metrics.read('longwire_gate_sessions')
      const clients = live.filter(device => device.session?.gate === gate.id).length
      if (sessions !== clients)
        problems.push(`${gate.id} has ${sessions} sessions for ${clients} clients`)
      const requests = gate.metrics.read('longwire_gate_requests')
      if (requests > 0) problems.push(`${gate.id} waits for ${requests} answers`)
    }
    for (const uid of USERS)
      for (const app of APPS) {
        const own = live.filter(device => device.uid === uid && device.app === app)
        const devices = this.devices.filter(device => device.uid === uid && device.app === app)
        const most = Math.min(app.sessions, devices.length)
        if (own.length !== most)
          problems.push(`${uid} has ${own.length} sessions on appcode ${app.appcode}, not ${most}`)
      }
    return problems
  }

  /** Every route is a live session, and every live session has its route. */
  async #routeProblems(): Promise<string[]> {
    const problems: string[] = []
    const expected = new Set<string>()
    for (const { ready, session, uid, app, name } of this.devices)
      if (ready && session !== undefined)
        expected.add(
          [
            app.system,
            uid,
            app.appcode,
            name,
            session.gate,
            session.slot,
            session.generation,
          ].join(),
        )
    const systems = [...new Set(APPS.map(app => app.system))]
    const users = systems.flatMap(system => USERS.map(uid => ({ system, uid })))
    const live = new Set(this.gates.map(gate => gate.id))
    for (const route of (await this.backing.routes.lookup(users)).flat()) {
      // Those of a gate that is no more count for nobody, and go when somebody comes across them.
      if (!expected.delete(textOf(route)) && live.has(route.gate))
        problems.push(`a route without its session: ${textOf(route)}`)
    }
    for (const session of expected) problems.push(`a session without its route: ${session}`)
    return problems
  }

  /** What was told is what is; no event is told twice at any time. */
  async #presenceProblems(): Promise<string[]> {
    const problems: string[] = []
    const { online, up, faults } = await readStream(this.backing.table)
    for (const fault of faults) this.history.fault('stream', fault)
    const live = new Set<string>()
    for (const { ready, uid, app, name } of this.devices)
      if (ready) live.add([app.system, uid, app.appcode, name].join())
    for (const end of live) if (!online.has(end)) problems.push(`${end} was not told online`)
    for (const end of online) if (!live.has(end)) problems.push(`${end} was not told offline`)
    const gates = new Set(this.gates.map(gate => gate.id))
    for (const gate of gates) if (!up.has(gate)) problems.push(`${gate} was not told up`)
    for (const gate of up) if (!gates.has(gate)) problems.push(`${gate} was not told down`)
    return problems
  }

  /** Everybody goes, and nothing stays behind. */
  async #end(): Promise<void> {
    this.note('world', 'ends')
    for (const device of this.devices) device.leave(this.scheduler.chance(0.5))
    const connections = (): number =>
      this.gates.reduce((sum, gate) => sum + gate.metrics.read('longwire_gate_connections'), 0)
    for (let ms = 0; ms < FORGET_MS && (ms === 0 || connections() > 0); ms += 3_000)
      await this.scheduler.run(3_000)
    for (const gate of this.gates) {
      const left = gate.metrics.read('longwire_gate_connections')
      if (left > 0) this.history.fault(gate.id, `${left} connections are left of clients that went`)
    }
    for (const logic of this.logics) {
      const left = logic.metrics.read('longwire_logic_in_flight')
      if (left > 0) this.history.fault(logic.id, `${left} messages are left in flight`)
    }
    await this.#stopped(this.publishers.map(one => [one.name, one.stop()]))
    await this.#stopped(this.gates.map(one => [one.id, one.stop()]))
    await this.#stopped(this.logics.map(one => [one.id, one.stop()]))
    await this.scheduler.run(4_000)
    for (const { host } of [...this.nodes, ...this.publishers]) {
      const timers = this.scheduler.timers(host)
      if (timers > 0) this.history.fault(host.name, `${timers} timers are left after its stop`)
    }
  }

  async #stopped(
    all: readonly (readonly [name: string, stopping: Promise<void>])[],
  ): Promise<void> {
    const open = new Set(all.map(([name]) => name))
    for (const [name, stopping] of all)
      stopping.then(
        () => open.delete(name),
        (error: unknown) => this.history.fault(name, `stop failed: ${describe(error)}`),
      )
    for (let tries = 0; tries < 40 && open.size > 0; tries++) await this.scheduler.run(500)
    for (const name of open) this.history.fault(name, 'does not stop')
  }
}

const textOf = ({ system, uid, appcode, device, gate, slot, generation }: Route): string =>
  [system, uid, appcode, device, gate, slot, generation].join()

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)
