import type { Clock, Link, LinkServer, Logger, Metrics, NodeInfo, Random, Registry } from '@longwire/kit'
import { readFile } from 'node:fs/promises'
import type { Problem } from './api/problems.ts'
import type { Cause } from './api/operations.ts'
import type { DevToken } from './api/schemas.ts'
import { createApi, type Api } from './api/server.ts'
import { Backends } from './backend/backend.ts'
import { claimNodeNumber, createIds, type Ids } from './ids.ts'
import { LOGIC_LIMITS, type LogicLimits } from './limits.ts'
import { createLog } from './log/create-log.ts'
import type { Log } from './log/log.ts'
import { Apps, type App } from './login/apps.ts'
import { jwtVerifier, type JwtOptions } from './login/jwt.ts'
import { Logins } from './login/login.ts'
import { webhookVerifier, type WebhookOptions } from './login/webhook.ts'
import { Businesses } from './paths/businesses.ts'
import { createCounts } from './paths/counts.ts'
import type { Business } from './paths/draft.ts'
import { Notifier } from './paths/notifier.ts'
import { S2c } from './paths/s2c.ts'
import type { RouteTable } from './routes/route-table.ts'
import type { Table } from './store/table.ts'
import { Epochs } from './trunk/epochs.ts'
import { Announcement } from './trunk/announcement.ts'
import { Trunk } from './trunk/trunk.ts'

export type AuthOptions = ({ readonly kind: 'jwt' } & JwtOptions) | ({ readonly kind: 'webhook' } & WebhookOptions)

export interface LogicOptions {
  /** Of role `logic`; an empty address is filled in with where the trunk server listens. */
  readonly node: NodeInfo
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics: Metrics
  readonly registry: Registry
  /** What gates must say in HELLO. */
  readonly secret: string
  /** Table and routes stay open: who opened them closes them after `stop`. */
  readonly table: Table
  readonly routes: RouteTable
  readonly apps: readonly App[]
  readonly businesses: readonly Business[]
  readonly auth: AuthOptions
  readonly http: {
    /** `host:port`; port 0 picks a free one. */
    readonly address: string
    /** The page at `/` as HTML, and the file that `/sdk.js` serves. */
    readonly page?: { readonly html: string; readonly sdkFile: string } | undefined
    readonly devToken?: ((uid: string, appcode: number) => Promise<DevToken>) | undefined
  }
  /** For gates of other processes. */
  readonly trunk: LinkServer | undefined
  readonly backend: LinkServer | undefined
  readonly limits?: Partial<LogicLimits> | undefined
}

export interface LogicAddresses {
  readonly http: string
  readonly backend?: string
  readonly trunk?: string
}

export interface Logic {
  /** Resolves when everything listens and the node is announced. */
  start(): Promise<LogicAddresses>
  /** The link of a gate in the same process. */
  acceptTrunk(link: Link): void
  /** Refuses new messages, finishes those in flight, leaves the registry. Reads and logins go on. */
  drain(): Promise<void>
  /** Closes everything it opened; drains first. */
  stop(): Promise<void>
  /** Started, not draining, and its parts answer as far as is known. */
  ready(): boolean
}

/** Where a node says why it is not ready, a part must answer within this. */
const PROBE_MS = 1_000

export const createLogic = (options: LogicOptions): Logic => new LogicNode(options)

class LogicNode implements Logic {
  readonly #options: LogicOptions
  readonly #limits: LogicLimits
  readonly #log: Log
  readonly #apps: Apps
  readonly #businesses: Businesses
  readonly #notifier: Notifier
  readonly #s2c: S2c
  readonly #trunk: Trunk
  readonly #backends: Backends
  #announcement: Announcement | undefined
  #api: Api | undefined
  #ids: Ids | undefined
  #stopping: Promise<void> | undefined

  constructor(options: LogicOptions) {
    const { node, clock, random, log: logger, metrics, table, routes, secret } = options
    this.#options = options
    const limits = (this.#limits = { ...LOGIC_LIMITS, ...options.limits })
    const log = (this.#log = createLog({ table, clock, random, limits: limits.mailbox }))
    const apps = (this.#apps = new Apps(options.apps))
    const businesses = (this.#businesses = new Businesses(options.businesses))
    const counts = createCounts(metrics)
    const context = { self: node, clock, log: logger }
    const verifier = options.auth.kind === 'jwt' ? jwtVerifier(options.auth, clock) : webhookVerifier(options.auth, clock)
    const { pageMessages, inlineBytes, pendingUsers } = limits
    const logins: Logins = new Logins({
      verifier,
      apps,
      routes,
      log,
      random,
      logger,
      pageMessages,
      kick: (route, code) => this.#trunk.kick(route, code),
    })
    this.#trunk = new Trunk({ context, secret, apps, log, epochs: new Epochs(log, clock), routes, logins, counts, logger, limits })
    this.#notifier = new Notifier({ clock, random, logger, log, routes, sink: this.#trunk, inlineBytes, pendingMax: pendingUsers })
    this.#s2c = new S2c({
      apps,
      log,
      // Nothing is published before the start has claimed them.
      ids: { msgid: () => this.#ids!.msgid(), logid: () => this.#ids!.logid() },
      notifier: this.#notifier,
      counts,
      inFlightMax: limits.publishesInFlight,
      inFlightBytesMax: limits.publishBytesInFlight,
    })
    const problems = metrics.counter('longwire_backend_problems_total', 'Messages of backends that were refused', ['code'])
    const refused = (problem: Problem): void => problems.add(1, { code: problem.code })
    this.#backends = new Backends({ context, businesses, s2c: this.#s2c, refused })
    metrics.gauge('longwire_logic_in_flight', 'Messages being stored or hinted at', () => this.#s2c.inFlight)
    metrics.gauge('longwire_logic_gates', 'Linked gates', () => this.#trunk.gates)
    metrics.gauge('longwire_logic_pending_users', 'Users to be hinted at once the route table answers', () => this.#notifier.pending)
  }

  async start(): Promise<LogicAddresses> {
    const { node, registry, clock, log: logger, http, trunk, backend, table } = this.#options
    this.#ids = createIds({ clock, node: await claimNodeNumber(table) })
    this.#log.start()
    const trunkAddress = await trunk?.listen(link => this.acceptTrunk(link))
    const backendAddress = await backend?.listen(link => this.#backends.accept(link))
    this.#api = await createApi(await this.#apiParts())
    const httpAddress = await this.#api.listen(http.address)
    const announced = node.address === '' && trunkAddress !== undefined ? { ...node, address: trunkAddress } : node
    this.#announcement = new Announcement({ registry, clock, logger, node: announced })
    await this.#announcement.start()
    const addresses: LogicAddresses = {
      http: httpAddress,
      ...(backendAddress === undefined ? {} : { backend: backendAddress }),
      ...(trunkAddress === undefined ? {} : { trunk: trunkAddress }),
    }
    logger.info(addresses, 'logic is up')
    return addresses
  }

  acceptTrunk(link: Link): void {
    this.#trunk.accept(link)
  }

  async drain(): Promise<void> {
    await this.#announcement?.stop()
    await this.#s2c.drain()
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  ready(): boolean {
    return this.#knownCauses().length === 0
  }

  async #stop(): Promise<void> {
    const { trunk, backend, log: logger } = this.#options
    await this.drain()
    this.#notifier.stop()
    this.#backends.close()
    this.#trunk.close()
    await this.#api?.close()
    await backend?.close()
    await trunk?.close()
    await this.#log.stop()
    logger.info('logic has stopped')
  }

  async #apiParts(): Promise<Parameters<typeof createApi>[0]> {
    const { metrics, log: logger, routes, http } = this.#options
    const { page, devToken } = http
    return {
      businesses: this.#businesses,
      apps: this.#apps,
      log: this.#log,
      s2c: this.#s2c,
      routes,
      metrics,
      logger,
      bodyBytes: this.#limits.bodyBytes,
      causes: () => this.#causes(),
      page: page === undefined ? undefined : { html: page.html, sdk: await readFile(page.sdkFile, 'utf8') },
      devToken,
    }
  }

  #knownCauses(): Cause[] {
    const causes: Cause[] = []
    if (this.#s2c.draining) causes.push({ part: 'node', problem: 'is draining' })
    if (this.#announcement === undefined) causes.push({ part: 'node', problem: 'has not started' })
    if (this.#announcement?.failing === true) causes.push({ part: 'registry', problem: 'does not answer' })
    if (this.#notifier.down) causes.push({ part: 'routes', problem: 'do not answer' })
    return causes
  }

  /** Also asks the store and the route table. */
  async #causes(): Promise<readonly Cause[]> {
    const { table, routes } = this.#options
    const causes = this.#knownCauses()
    const [tableAnswers, routesAnswer] = await Promise.all([
      this.#answers(table.get('mailboxes/readiness')),
      this.#answers(routes.lookup([{ system: 'readiness', uid: 'readiness' }])),
    ])
    if (!tableAnswers) causes.push({ part: 'table', problem: 'does not answer' })
    if (!routesAnswer && !this.#notifier.down) causes.push({ part: 'routes', problem: 'do not answer' })
    return causes
  }

  #answers(question: Promise<unknown>): Promise<boolean> {
    return new Promise(resolve => {
      const limit = this.#options.clock.after(PROBE_MS, () => resolve(false))
      const end = (answered: boolean): void => {
        limit.cancel()
        resolve(answered)
      }
      question.then(
        () => end(true),
        () => end(false),
      )
    })
  }
}
