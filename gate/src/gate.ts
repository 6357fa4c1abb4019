import {
  type Clock,
  type Dial,
  type Logger,
  type LoopDelay,
  type Metrics,
  type LoopUse,
  NO_LOOP_DELAY,
  type NodeInfo,
  type NodeReach,
  nodeId,
  type Random,
  type Registry,
  type PartHealth,
  readinessOf,
  settlesWithin,
  type Timer,
} from '@longwire/kit'
import { DEFENCE, type Defence } from './admission/defence.ts'
import { Core } from './core.ts'
import { addHeartbeatGauges } from './heartbeats.ts'
import { boundedHints, hintsOf, type Hints } from './hints.ts'
import { createCounters } from './counters.ts'
import { Drain } from './drain.ts'
import { Fleet } from './fleet.ts'
import { GATE_LIMITS, type GateLimits, TICK_MS } from './limits.ts'
import type { Listener } from './listeners/listener.ts'
import { hasMoved } from './reconnect-window.ts'
import type { OpenDatagrams } from './probes/datagrams.ts'
import { PROBE_LIMITS, type ProbeLimits } from './probes/limits.ts'
import { hashName } from './trunk/rendezvous.ts'

export interface GateOptions {
  /** An empty address becomes that of the first listener. */
  readonly node: NodeInfo
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics: Metrics
  readonly listeners: readonly Listener[]
  /** Where logic nodes are found, and where the gate announces itself. */
  readonly registry: Registry
  readonly dial: Dial
  /** Shared by the nodes of a cluster. */
  readonly secret: string
  /** Of this process; none where nobody measures it. */
  readonly loop?: LoopDelay
  readonly loopUse?: LoopUse
  readonly limits?: Partial<GateLimits>
  readonly defence?: Partial<Defence>
  readonly probes?: Partial<ProbeLimits>
  /** How datagrams are received; left out: nobody can probe by UDP. */
  readonly datagrams?: OpenDatagrams
  /** Where probes are answered over plain TCP, and nothing else; left out: nowhere. */
  readonly probePort?: string
  /** Whether the kernel has lately dropped connections that nobody took. */
  readonly isBacklogFull?: () => boolean
  /** How clients reach what was bound (`probePort` too, where there is one); left out: nobody is told. */
  readonly reach?: (bound: readonly BoundListener[], probePort: number | undefined) => NodeReach
}

export interface BoundListener {
  readonly transport: 'tcp' | 'ws'
  readonly address: string
}

export interface Gate {
  start(): Promise<{ addresses: BoundListener[] }>
  /**
   * Leaves the registry, accepts nobody any more and sends every client to another gate. Resolves to
   * true when all have left, to false where some had not after `withinMs`.
   */
  drain(withinMs?: number): Promise<boolean>
  stop(): Promise<void>
  /** Serves the certificates as they are on disk now; those that cannot be used are logged and left. */
  reload(): Promise<void>
  /**
   * Has clients told of other hints (where something is given) from now on, those that are here within
   * the bound of `limits.hintsPerSecond`. Returns what holds: within the bound of the ingress.
   */
  hint(wanted: Partial<Hints>): Hints
  /** Connections, logged in or not. */
  sessions(): number
  /** Whether a client that dials now can log in. */
  ready(): boolean
  /** The same by part. */
  health(): readonly PartHealth[]
}

export const createGate = (options: GateOptions): Gate => new GateProcess(options)

/** With the look of those who watch, a gate that died is found within 3 s of its last beat. */
const LEASE_MS = 2_800
/** How long a drain may take where nobody says. */
const DRAIN_MS = 10_000
const TICKS_PER_SECOND: number = 1_000 / TICK_MS
/** How often the files of certificates are looked at. */
const CERTIFICATE_TICKS: number = 10 * TICKS_PER_SECOND
/** Logins that take longer show that logic, and not this gate, decides how many there can be. */
const HELD_MS = 100
/** How often it is looked how full other gates are. */
const FLEET_TICKS: number = 5 * TICKS_PER_SECOND

class GateProcess implements Gate {
  readonly #options: GateOptions
  readonly #limits: GateLimits
  readonly #core: Core
  readonly #fleet: Fleet
  readonly #since: number
  #node: NodeInfo
  #timer: Timer | undefined
  #ticks = 0
  #state: 'idle' | 'serving' | 'draining' | 'stopped' = 'idle'
  /** Operators want it to be empty: it is in no list, and lets nobody in. */
  #hidden = false
  #announcing = false
  #announceFails = false
  /** The lease stands for {@link LEASE_MS} from here at least. */
  #leasedAt = Infinity
  /** The announcement under way, or the last one. */
  #announced: Promise<void> = Promise.resolve()
  /** Logins that logic had answered when it was last looked. */
  #loginsBefore = 0
  #drain: Drain | undefined
  /** Somebody said over how long clients are to spread. */
  #windowFixed: boolean
  #drained: (() => void) | undefined

  constructor(options: GateOptions) {
    const { clock, random, log, metrics, node, secret, registry, dial } = options
    this.#options = options
    this.#limits = { ...GATE_LIMITS, ...options.limits }
    this.#node = node
    this.#windowFixed = this.#limits.reconnectWindowMs !== undefined
    this.#since = clock.now()
    const counters = createCounters(metrics)
    const defence = { ...DEFENCE, ...options.defence }
    const links = { clock, log, node, secret, registry, dial }
    const loop = options.loop ?? NO_LOOP_DELAY
    this.#fleet = new Fleet({
      clock,
      log,
      node,
      registry,
      loopUse: options.loopUse ?? (() => 0),
      capacity: Math.min(this.#limits.capacity, this.#limits.sessions),
      conns: () => this.#core.table.size,
      accept: () => {
        const { isSure, perSecond } = this.#core.reception.queue
        return isSure ? perSecond : undefined
      },
      acceptMax: defence.accept.perSecond,
    })
    this.#core = new Core({
      clock,
      random,
      loop,
      log,
      counters,
      links,
      limits: this.#limits,
      defence,
      probing: {
        metrics,
        seed: hashName(`${secret} ${node.incarnation}`),
        fleet: this.#fleet,
        limits: { ...PROBE_LIMITS, ...options.probes },
        isServing: () => this.#state === 'serving' && !this.#hidden,
        isBacklogFull: options.isBacklogFull ?? (() => false),
      },
    })
    addGauges(metrics, this.#core)
    addHeartbeatGauges(metrics, this.#core.heartbeats)
    addLoadGauges(metrics, this.#fleet)
  }

  async start(): Promise<{ addresses: BoundListener[] }> {
    const addresses: BoundListener[] = []
    for (const listener of this.#options.listeners) {
      const address = await listener.listen(this.#core.side(listener.transport))
      addresses.push({ transport: listener.transport, address })
      await this.#listenForDatagrams(address)
    }
    const probePort = await this.#listenForProbes()
    if (this.#node.address === '')
      this.#node = { ...this.#node, address: addresses[0]?.address ?? '' }
    this.#node = { ...this.#node, reach: this.#options.reach?.(addresses, probePort) }
    this.#state = 'serving'
    this.#warnOfIngress()
    await Promise.all([this.#announce(), this.#core.trunk.links.poll(), this.#fleet.look()])
    this.#arm()
    this.#options.log.info({ node: nodeId(this.#node), addresses }, 'gate serves')
    return { addresses }
  }

  /** At the same host and port as a listener, so that who knows the one knows the other. */
  async #listenForDatagrams(address: string): Promise<void> {
    const { datagrams, log } = this.#options
    if (datagrams === undefined) return
    try {
      await this.#core.probing.udp.listen(datagrams, address)
    } catch (error) {
      const remedy = 'free the UDP port, or set gate.probes.udp to false'
      log.error({ error, address, remedy }, 'nobody can probe this gate by UDP here')
    }
  }

  async #listenForProbes(): Promise<number | undefined> {
    const { probePort, log } = this.#options
    if (probePort === undefined) return undefined
    const address = await this.#core.probing.port.listen(probePort)
    log.info({ address }, 'probes are answered here as well')
    return Number(address.slice(address.lastIndexOf(':') + 1))
  }

  #warnOfIngress(): void {
    const { ingressIdleMs } = this.#limits
    const wanted = hintsOf(this.#limits)
    const { startMs, maxMs } = boundedHints(wanted, ingressIdleMs)
    if (ingressIdleMs === 0 || (wanted.maxMs <= 0.9 * ingressIdleMs && wanted.startMs <= maxMs))
      return
    this.#options.log.warn(
      { ingressIdleMs, 'limits.pingMaxMs': wanted.maxMs, startMs, maxMs },
      'clients may ping no more rarely than 0.9 of the idle timeout of the ingress: they are told less than configured',
    )
  }

  async drain(withinMs: number = DRAIN_MS): Promise<boolean> {
    if (this.#state !== 'serving') return this.sessions() === 0
    const { clock, listeners, log } = this.#options
    this.#state = 'draining'
    const beganAt = clock.monotonic()
    log.info({ sessions: this.sessions(), withinMs }, 'gate drains')
    // Nobody is to be sent here any more; a registry that hangs must not cost the time for the rest.
    const prepared = Promise.all([this.#withdraw(), this.#fleet.look()])
    await settlesWithin(clock, withinMs / 5, prepared)
    this.#core.reception.accepting = false
    for (const listener of listeners) listener.stopAccepting()
    const now = clock.monotonic()
    this.#core.begin()
    const { table, hangup, mover, targets } = this.#core
    const parts = { table, hangup, mover, targets, limits: this.#limits }
    // one that stood still meanwhile may have less than no time left
    this.#drain = new Drain(parts, now, Math.max(0, beganAt + withinMs - now))
    await new Promise<void>(resolve => {
      this.#drained = resolve
      this.#drainSome()
    })
    const left = this.sessions()
    if (left > 0) log.warn({ sessions: left, withinMs }, 'clients did not leave in time')
    return left === 0
  }

  async #withdraw(): Promise<void> {
    try {
      // One that is under way must not bring us back.
      await this.#announced
      await this.#options.registry.withdraw(this.#node)
    } catch (error) {
      this.#options.log.warn({ error }, 'could not leave the registry: the lease will run out')
    }
  }

  async stop(): Promise<void> {
    if (this.#state === 'stopped') return
    this.#state = 'stopped'
    this.#core.reception.accepting = false
    this.#timer?.cancel()
    this.#drained?.()
    this.#core.tick()
    await this.#core.probing.close()
    await Promise.all(this.#options.listeners.map(listener => listener.close()))
    this.#core.tick()
    this.#core.trunk.links.close()
    await this.#withdraw()
  }

  sessions(): number {
    return this.#core.table.size
  }

  ready(): boolean {
    return readinessOf({ '': this.health() }).ready
  }

  health(): readonly PartHealth[] {
    const { table, trunk, reception, heartbeats } = this.#core
    const part = (name: PartHealth['part'], wrong: boolean, problem: string): PartHealth => ({
      part: name,
      problem: wrong ? problem : '',
    })
    const full = table.size >= this.#limits.sessions
    const closed = this.#state === 'serving' && !reception.accepting && !this.#hidden
    const shed = trunk.logins.shedding ? 'logins are shed' : ''
    return [
      part('node', this.#state === 'idle' || this.#state === 'stopped', 'does not run'),
      part('draining', this.#state === 'draining' || this.#hidden, 'is draining'),
      part('trunk', trunk.links.up === 0, 'no logic node is linked'),
      part('listeners', full || closed, full ? 'all connections are taken' : 'nobody is accepted'),
      // The sessions that are here go on, and so do logins as long as a logic node is linked.
      {
        part: 'registry',
        problem: this.#announceFails ? 'does not answer' : '',
        bearable: true,
      },
      // Taking a gate away because it has much to do would overload the next one.
      { part: 'overload', problem: shed, bearable: true },
      {
        part: 'ingress',
        problem: heartbeats.intervals.alarming ? 'seems to cut idle connections early' : '',
        bearable: true,
      },
    ]
  }

  reload(): Promise<void> {
    return this.#reload(true)
  }

  hint(wanted: Partial<Hints>): Hints {
    if (wanted.reconnectWindowMs !== undefined) this.#windowFixed = true
    return this.#core.heartbeats.hinting.change(wanted, true)
  }

  async #reload(force: boolean): Promise<void> {
    const { log, listeners } = this.#options
    for (const listener of listeners) {
      const { transport } = listener
      try {
        if (!(await listener.reload(force))) continue
        this.#core.counters.certificates.add(1, { result: 'served' })
        log.info({ transport }, 'a new certificate is served')
      } catch (error) {
        this.#core.counters.certificates.add(1, { result: 'refused' })
        log.error({ transport, error }, 'the new certificate cannot be used: the old one stays')
      }
    }
  }

  #arm(): void {
    this.#timer = this.#options.clock.after(TICK_MS, () => {
      this.#tick()
      if (this.#state !== 'stopped') this.#arm()
    })
  }

  #tick(): void {
    for (const listener of this.#options.listeners) listener.tick()
    if (++this.#ticks % CERTIFICATE_TICKS === 0) void this.#reload(false)
    if (this.#ticks % TICKS_PER_SECOND === 0) {
      this.#core.turnWheel()
      this.#core.trunk.links.beat()
      this.#fleet.sample()
      this.#measure()
      this.#hideOrShow()
      if (this.#state === 'serving' && !this.#hidden) {
        this.#announced = this.#announce().catch((error: unknown) =>
          this.#options.log.error({ error }, 'announcing failed'),
        )
      }
    }
    if (this.#ticks % FLEET_TICKS === 0) void this.#fleet.look().then(() => this.#adjustWindow())
    if (this.#state === 'draining') this.#drainSome()
    this.#core.tick()
  }

  async #announce(): Promise<void> {
    if (this.#announcing) return
    this.#announcing = true
    try {
      const vitals = { since: this.#since, sessions: this.#core.table.ready }
      const begun = this.#options.clock.monotonic()
      const { load } = this.#fleet
      const { loop = NO_LOOP_DELAY } = this.#options
      const health = this.#core.counters.health.figures(begun, loop.ms)
      await this.#options.registry.announce({ ...this.#node, vitals, load, health }, LEASE_MS)
      this.#announceFails = false
      if (this.#options.clock.monotonic() - this.#leasedAt > LEASE_MS) this.#core.lapsed()
      this.#leasedAt = begun
    } catch (error) {
      if (!this.#announceFails)
        this.#options.log.warn({ error }, 'registry unavailable: this gate is not announced')
      this.#announceFails = true
    } finally {
      this.#announcing = false
    }
  }

  /** Follows what moves say of this gate. */
  #hideOrShow(): void {
    const { mover, reception } = this.#core
    if (this.#state !== 'serving' || mover.draining === this.#hidden) return
    this.#hidden = mover.draining
    reception.accepting = !this.#hidden
    this.#options.log.info(
      { sessions: this.sessions(), hidden: this.#hidden },
      'gate leaves or joins the list',
    )
    if (this.#hidden) void this.#withdraw()
  }

  #drainSome(): void {
    this.#core.begin()
    const isOver = this.#drain?.step() === true
    this.#core.end()
    if (!isOver) return
    this.#drained?.()
    this.#drained = undefined
  }

  /** Once a second: what the process could do, and what its clients should know of it. */
  #measure(): void {
    const { trunk, reception } = this.#core
    const { left } = trunk.logins.backlog
    const logins = left - this.#loginsBefore
    this.#loginsBefore = left
    // By Little's law a login takes this long now: what is beyond the gate is what it waits for.
    const eachMs = (trunk.logins.backlog.size * 1_000) / Math.max(1, logins)
    const held = trunk.logins.shedding || eachMs > HELD_MS
    reception.queue.measured(logins, this.#fleet.load.elu, held)
  }

  #adjustWindow(): void {
    if (this.#windowFixed) return
    const { hinting } = this.#core.heartbeats
    const windowMs = this.#fleet.windowMs
    if (hasMoved(hinting.current.reconnectWindowMs, windowMs))
      hinting.change({ reconnectWindowMs: windowMs }, false)
  }
}

const addLoadGauges = (metrics: Metrics, fleet: Fleet): void => {
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.gauge(`longwire_gate_${name}`, help, read)
  gauge('capacity', 'connections that this gate is meant to hold', () => fleet.load.capacity)
  gauge('fleet_mean', 'connections it would have if all gates were equally full', () => fleet.mean)
  gauge(
    'accept_per_second',
    'logins that it can take in a second; 0: it has not seen enough yet',
    () => fleet.load.accept ?? 0,
  )
  gauge(
    'reconnect_window_seconds',
    'over which its clients would spread',
    () => fleet.windowMs / 1_000,
  )
  gauge('loop_use', 'share of the time for which the event loop is busy', () => fleet.load.elu)
}

const addGauges = (metrics: Metrics, core: Core): void => {
  const { table, trunk, wheel, endings } = core
  const { logins } = trunk
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.gauge(`longwire_gate_${name}`, help, read)
  gauge('deadlines', 'connections that time is kept for', () => wheel.size)
  gauge('endings', 'ended sessions that can be asked after', () => endings.size)
  gauge('connections', 'connections open', () => table.size)
  gauge('addresses', 'addresses of peers that are remembered', () => core.reception.addresses)
  gauge('sessions', 'sessions logged in', () => table.ready)
  gauge('trunk_links', 'logic nodes that can be asked', () => trunk.links.up)
  gauge('requests', 'requests that logic has not answered yet', () => trunk.contexts.size)
  gauge('asks', 'messages and questions of clients that logic has not answered yet', () => {
    return trunk.asks.size
  })
  gauge('logins_in_flight', 'logins that wait for logic', () => logins.backlog.size)
  gauge('login_limit', 'how many may wait, now', () => logins.limit)
  gauge(
    'login_oldest_seconds',
    'since when the oldest of them waits',
    () => logins.oldestMs / 1_000,
  )
  gauge('load', '0: idle, 128: at its bounds, more: logins are shed', () => logins.load)
  gauge('trunk_bytes', 'bytes that logic nodes have not taken yet', () => trunk.links.bufferedBytes)
  gauge(
    'departures',
    'ended sessions that logic has not taken note of yet',
    () => trunk.departures.size,
  )
  gauge(
    'announcing',
    'sessions and batches of a round of announcing that are not done yet',
    () => trunk.announcer.pending,
  )
}
