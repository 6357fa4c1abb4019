import {
  pause,
  readinessOf,
  settlesWithin,
  type PartHealth,
  type Readiness,
  type Link,
} from '@longwire/kit'
import { readFile } from 'node:fs/promises'
import type { Api } from './api/app.ts'
import type { ApiParts } from './api/server.ts'
import { compose, type Core } from './compose.ts'
import { UNLIMITED } from './login/session-limits.ts'
import { claimNodeNumber, createIds, type Ids } from './ids.ts'
import type { HttpOptions, LogicOptions } from './options.ts'
import { Announcement } from './trunk/announcement.ts'

export interface LogicAddresses {
  /** Empty where there is no HTTP API. */
  readonly http: string
  readonly backend?: string
  readonly trunk?: string
}

export interface Logic {
  /** Resolves when everything listens and the node is announced. */
  start(): Promise<LogicAddresses>
  /** Other businesses and limits from now on; where they make no sense it says so, and nothing changes. */
  reload(options: Pick<LogicOptions, 'businesses' | 'sessions'>): void
  /** The link of a gate in the same process. */
  acceptTrunk(link: Link): void
  /**
   * Leaves the registry, refuses new messages, finishes those in flight, and hands its gates over.
   * Resolves to false where `withinMs` was not enough for that.
   */
  drain(withinMs?: number): Promise<boolean>
  /** Closes everything it opened; drains first. */
  stop(): Promise<void>
  /** Started, not draining, and its parts answer as far as is known. */
  ready(): boolean
}

/** How long a drain may take where nobody says. */
const DRAIN_MS = 10_000
/** Gates act on LOAD at once; this is for what was under way to us. */
const HAND_OVER_MS = 200
/** Where a node says why it is not ready, a part must answer within this. */
const PROBE_MS = 1_000

export const createLogic = (options: LogicOptions): Logic => new LogicNode(options)

class LogicNode implements Logic {
  readonly #options: LogicOptions
  readonly #core: Core
  #announcement: Announcement | undefined
  #api: Api | undefined
  #ids: Ids | undefined
  #draining: Promise<boolean> | undefined
  #stopping: Promise<void> | undefined

  constructor(options: LogicOptions) {
    this.#options = options
    // Nothing is published before the start has claimed them.
    const ids = { msgid: () => this.#ids!.msgid(), logid: () => this.#ids!.logid() }
    this.#core = compose(options, ids)
  }

  async start(): Promise<LogicAddresses> {
    const { node, registry, clock, log: logger, http, trunk, backend, table } = this.#options
    this.#ids = createIds({ clock, node: await claimNodeNumber(table) })
    this.#core.log.start()
    this.#core.topics.log.start()
    await this.#core.topics.namespaces.start()
    await this.#core.watch.start()
    await this.#core.operations.start()
    await this.#core.dispatcher.made
    this.#core.load.start()
    this.#core.subscriptions.start()
    await this.#core.revocations.start()
    await this.#core.upstream.start()
    this.#core.conversations.start()
    await this.#core.routeWatch.start()
    const trunkAddress = await trunk?.listen(link => this.acceptTrunk(link))
    const backendAddress = await backend?.listen(link => this.#core.backends.accept(link))
    if (http !== undefined) {
      // What serves HTTP takes 11 MB of a process: gates load this package too.
      const { createApi } = await import('./api/server.ts')
      this.#api = await createApi(await this.#apiParts(http))
    }
    const httpAddress = (await this.#api?.listen(http?.address ?? '')) ?? ''
    const announced =
      node.address === '' && trunkAddress !== undefined ? { ...node, address: trunkAddress } : node
    this.#announcement = new Announcement({
      registry,
      clock,
      logger,
      node: announced,
      sides: () => this.#core.operations.rule,
    })
    await this.#announcement.start()
    const addresses: LogicAddresses = {
      http: httpAddress,
      ...(backendAddress === undefined ? {} : { backend: backendAddress }),
      ...(trunkAddress === undefined ? {} : { trunk: trunkAddress }),
    }
    logger.info(addresses, 'logic is up')
    return addresses
  }

  reload({
    businesses,
    sessions = UNLIMITED,
  }: Pick<LogicOptions, 'businesses' | 'sessions'>): void {
    const { log } = this.#options
    const core = this.#core
    try {
      core.businesses.replace(businesses)
    } catch (error) {
      log.error({ err: error }, 'businesses and limits stay as they were')
      return
    }
    core.sessionLimits.replace(sessions)
    core.backends.changed()
    log.info(
      { businesses: businesses.map(({ name }) => name), sessions },
      'businesses and limits are as in the configuration now',
    )
  }

  acceptTrunk(link: Link): void {
    this.#core.trunk.accept(link)
  }

  drain(withinMs: number = DRAIN_MS): Promise<boolean> {
    this.#draining ??= this.#drain(withinMs)
    return this.#draining
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  ready(): boolean {
    return this.#known().every(({ problem, bearable }) => problem === '' || bearable === true)
  }

  async #drain(withinMs: number): Promise<boolean> {
    const { clock, log: logger } = this.#options
    const { s2c, trunk, load, upstream, conversations } = this.#core
    const endsAt = clock.monotonic() + withinMs
    const within = (work: Promise<unknown>): Promise<boolean> =>
      settlesWithin(clock, endsAt - clock.monotonic(), work)
    logger.info({ inFlight: s2c.intake.size, withinMs }, 'logic drains')
    const published = s2c.intake.drain()
    load.leave()
    // A registry that hangs must not cost the time that is there for the rest.
    if (this.#announcement !== undefined)
      await settlesWithin(clock, withinMs / 5, this.#announcement.stop())
    const finished = await within(published)
    // What gates sent before they heard that we leave is on its way here.
    await within(pause(clock, HAND_OVER_MS))
    const answered = await within(
      trunk.finish().then(() => Promise.all([upstream.finish(), conversations.finish()])),
    )
    if (!finished || !answered)
      logger.warn(
        { inFlight: s2c.intake.size, withinMs },
        'the drain took too long: it was given up',
      )
    return finished && answered
  }

  async #stop(): Promise<void> {
    const { trunk, backend, log: logger } = this.#options
    await this.drain()
    this.#core.notifier.stop()
    this.#core.load.stop()
    this.#core.routeWatch.stop()
    this.#core.backends.close()
    this.#core.trunk.close()
    await this.#api?.close()
    await this.#core.operations.stop()
    await this.#core.watch.stop()
    await backend?.close()
    await trunk?.close()
    await this.#core.revocations.stop()
    await this.#core.subscriptions.stop()
    await this.#core.deliveries.close()
    await this.#core.upstream.stop()
    await this.#core.conversations.stop()
    this.#core.topics.namespaces.stop()
    this.#core.topics.members.stop()
    await this.#core.topics.log.stop()
    if (this.#options.bus === undefined) await this.#core.bus.close()
    await this.#core.log.stop()
    await this.#core.arrivals.stop()
    logger.info('logic has stopped')
  }

  async #apiParts({ page, devToken, forwarders = [] }: HttpOptions): Promise<ApiParts> {
    const { metrics, log: logger, clock } = this.#options
    return {
      businesses: this.#core.businesses,
      apps: this.#core.apps,
      log: this.#core.log,
      s2c: this.#core.s2c,
      online: this.#core.watch.online,
      detector: this.#core.watch.detector,
      dispatcher: this.#core.dispatcher,
      operations: this.#core.operations,
      nets: this.#core.dispatcher.options.nets,
      forwarders,
      events: this.#core.watch.presence?.events,
      revocations: this.#core.revocations,
      isLive: gate => this.#core.watch.detector.gates().some(({ id }) => id === gate),
      networks: this.#core.networks,
      hint: (gate, hints, quiet) => this.#core.trunk.hint(gate, hints, quiet),
      arrivals: this.#core.arrivals,
      bus: this.#core.bus,
      dead: this.#core.dead,
      subscriptions: this.#core.subscriptions,
      upstream: this.#core.upstream,
      conversations: this.#core.conversations,
      topics: this.#core.topics.topics,
      clock,
      metrics,
      logger,
      bodyBytes: this.#core.limits.bodyBytes,
      readiness: () => this.#readiness(),
      page:
        page === undefined
          ? undefined
          : { html: page.html, sdk: await readFile(page.sdkFile, 'utf8') },
      devToken,
    }
  }

  /** What is known without asking anybody. */
  #known(): PartHealth[] {
    const { s2c, trunk, notifier } = this.#core
    const { busHealth } = this.#options
    const { intake } = s2c
    const part = (name: PartHealth['part'], wrong: boolean, problem: string): PartHealth => ({
      part: name,
      problem: wrong ? problem : '',
    })
    const gates = trunk.gates === 0 ? 'no gate is linked' : ''
    const shed = intake.admission.shedding ? 'publishes are shed' : ''
    return [
      part('node', this.#announcement === undefined, 'has not started'),
      part('draining', intake.draining, 'is draining'),
      part('registry', this.#announcement?.failing === true, 'does not answer'),
      part('routes', notifier.down, 'do not answer'),
      // Messages are stored all the same, and read when a gate comes.
      { part: 'trunk', problem: gates, bearable: true },
      // Taking a node away because it has much to do would overload the next one.
      { part: 'overload', problem: shed, bearable: true },
      ...(busHealth === undefined ? [] : [busHealth()]),
    ]
  }

  /** Also asks the store and the route table. */
  async #readiness(): Promise<Readiness> {
    const { table, routes, gateHealth } = this.#options
    const [tableAnswers, routesAnswer] = await Promise.all([
      this.#answers(table.get('mailboxes/readiness')),
      this.#answers(routes.lookup([{ system: 'readiness', uid: 'readiness' }])),
    ])
    const parts = this.#known().map(known =>
      known.part === 'routes' && !routesAnswer ? { ...known, problem: 'do not answer' } : known,
    )
    parts.push({ part: 'store', problem: tableAnswers ? '' : 'does not answer' })
    return readinessOf({ '': parts, ...(gateHealth === undefined ? {} : { gate: gateHealth() }) })
  }

  async #answers(question: Promise<unknown>): Promise<boolean> {
    const answered = question.then(() => true)
    const inTime = await settlesWithin(this.#options.clock, PROBE_MS, answered)
    return inTime && (await answered.catch(() => false))
  }
}
