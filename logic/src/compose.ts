import { Admission, NO_LOOP_DELAY, Tickets, type Metrics, type NodeInfo } from '@longwire/kit'
import type { CodeName } from '@longwire/proto'
import type { Problem } from './api/problems.ts'
import { Arrivals } from './arrivals/arrivals.ts'
import { STAGE } from './arrivals/stages.ts'
import type { Bus } from './bus/bus.ts'
import { composeBus, type BusSide } from './bus/compose.ts'
import { Backends } from './backend/backend.ts'
import { LOGIC_LIMITS, type LogicLimits } from './limits.ts'
import { Conversations } from './conversations/conversations.ts'
import { createLog } from './log/create-log.ts'
import type { Loss } from './log/losses.ts'
import type { Log } from './log/log.ts'
import type { Limiter } from './limiter/limiter.ts'
import { memoryLimiter } from './limiter/memory.ts'
import { numberIn, textIn } from './log/rows.ts'
import { Turns } from './log/turns.ts'
import { Apps } from './login/apps.ts'
import { jwtVerifier } from './login/jwt.ts'
import { Endings } from './login/endings.ts'
import { SessionLimits, UNLIMITED } from './login/session-limits.ts'
import { Logins } from './login/login.ts'
import { Moves } from './login/moves.ts'
import { RevocationFeed } from './login/revocation-feed.ts'
import { Revocations } from './login/revocations.ts'
import type { Verifier } from './login/verifier.ts'
import { webhookVerifier } from './login/webhook.ts'
import type { LogicOptions } from './options.ts'
import { Businesses } from './paths/businesses.ts'
import { createCounts, type Counts } from './paths/counts.ts'
import { Intake, SHED_REASONS } from './paths/intake.ts'
import { BusinessRates } from './paths/business-rates.ts'
import { Notifier } from './paths/notifier.ts'
import { S2c, type IdSource } from './paths/s2c.ts'
import type { Row } from './store/table.ts'
import { Dispatcher, DISPATCHER } from './dispatcher/dispatcher.ts'
import type { LiveGate } from './presence/detector.ts'
import { Watch } from './presence/watch.ts'
import { Operations } from './operations/operations.ts'
import { moveOf, movingOf } from './trunk/move-body.ts'
import type { Route, UserKey } from './routes/route-table.ts'
import { RouteWatch } from './routes/route-watch.ts'
import { Routes } from './routes/routes.ts'
import { composeTopics, type TopicSide } from './topics/compose.ts'
import { Epochs } from './trunk/epochs.ts'
import { Networks } from './trunk/networks.ts'
import { LoadWatch } from './trunk/load-watch.ts'
import { Trunk } from './trunk/trunk.ts'
import type { UplinkPaths } from './trunk/uplinks.ts'
import { Upstream } from './upstream/upstream.ts'

/** The parts of a node that do its work, wired to each other. */
export interface Core extends BusSide {
  readonly limits: LogicLimits
  readonly log: Log
  readonly apps: Apps
  readonly businesses: Businesses
  readonly sessionLimits: SessionLimits
  readonly networks: Networks
  readonly routes: Routes
  readonly routeWatch: RouteWatch
  readonly notifier: Notifier
  readonly s2c: S2c
  readonly trunk: Trunk
  readonly watch: Watch
  readonly dispatcher: Dispatcher
  readonly revocations: Revocations
  readonly backends: Backends
  readonly load: LoadWatch
  readonly arrivals: Arrivals
  readonly operations: Operations
  readonly upstream: Upstream
  readonly conversations: Conversations
  readonly topics: TopicSide
}

/** Throws where the options make no sense. */
export const compose = (options: LogicOptions, ids: IdSource): Core => {
  const { node, clock, random, log: logger, metrics } = options
  const limits = { ...LOGIC_LIMITS, ...options.limits }
  const { graceMs } = limits
  const { arrivals, log } = composeLog(options, limits, losses => watch.lost(losses))
  const apps = new Apps(options.apps)
  const businesses = new Businesses(options.businesses)
  const counts = createCounts(metrics, arrivals)
  const limiter = options.limiter ?? memoryLimiter(clock)
  const routes = new Routes(options.routes, gates => watch.detector.judge(gates))
  const watchParts = { ...options, ...limits, logger, routes }
  const routeWatch = new RouteWatch(watchParts, life => trunk.who(life))
  const dispatcher = composeDispatcher(options)
  const watch: Watch = new Watch(options, {
    routes,
    links: () => trunk,
    died: gate => routeWatch.died(gate),
    looked: gates => dispatcher.look(listedOf(gates)),
    msgid: () => ids.msgid(),
    graceMs,
  })
  const revocations = composeRevocations(options, limits, () => trunk)
  const operations = composeOperations(options, { watch, dispatcher, ids, trunk: () => trunk })
  const sessionLimits = new SessionLimits(limiter, options.sessions ?? UNLIMITED, apps)
  const busSide = composeBus(options, businesses)
  const networks = new Networks(clock)
  const near = { bus: busSide.bus, ids, limiter, arrivals, apps, log, routes }
  const behind = { notifier: () => notifier, trunk: () => trunk }
  const up = composeUplink(options, { ...near, ...behind })
  const later = { intake: () => intake, trunk: () => trunk }
  const topics = composeTopics(options, { limits, apps, ids, routes, later })
  const guards = { revocations, watch, sessionLimits, networks }
  const known = { apps, counts, routes, ...guards, operations, topics }
  const trunk: Trunk = composeTrunk(options, { limits, log, ...known, uplink: up.uplink })
  const ways = { routes, sink: trunk }
  const bounds = { inlineBytes: limits.inlineBytes, pendingMax: limits.pendingUsers }
  const notifier = new Notifier({ clock, random, logger, log, arrivals, ...ways, ...bounds })
  const intake: Intake = composeIntake(options, { limits, trunk, notifier })
  const rates = new BusinessRates(limiter, clock)
  const tellsExpired = watch.presence !== undefined
  const { hook } = up.conversations
  const paths = { apps, log, ids, notifier, intake, rates, counts, clock, tellsExpired, hook }
  const s2c = new S2c({ ...paths, ...ways })
  const context = { self: node, clock, log: logger }
  const senders = { context, businesses, s2c, ...busSide }
  const backends = new Backends({ ...senders, refused: countProblems(metrics) })
  const { admission } = intake
  const load = new LoadWatch({ clock, admission, tell: value => trunk.load(value) })
  const serving = { apps, businesses, sessionLimits, networks, revocations, dispatcher }
  const moving = { routes, routeWatch, notifier, s2c, trunk, watch, backends, topics }
  const own = { limits, log, ...busSide, load, arrivals, operations }
  const core: Core = { ...own, ...serving, ...moving, ...up }
  addGauges(metrics, core)
  return core
}

const composeOperations = (
  options: LogicOptions,
  parts: { watch: Watch; dispatcher: Dispatcher; ids: IdSource; trunk: () => Trunk },
): Operations => {
  const { watch, dispatcher, ids, trunk } = parts
  return new Operations({
    ...options,
    logger: options.log,
    detector: watch.detector,
    move: async order => movingOf(await trunk().move(order.gate, moveOf(order))),
    newId: () => ids.msgid(),
    changed: rule => dispatcher.direct(rule),
  })
}

/** What clients send: to the bus, to webhooks and to each other. */
const composeUplink = (
  options: LogicOptions,
  parts: {
    bus: Bus
    ids: IdSource
    limiter: Limiter
    arrivals: Arrivals
    apps: Apps
    log: Log
    routes: Routes
    notifier: () => Notifier
    trunk: () => Trunk
  },
): { upstream: Upstream; conversations: Conversations; uplink: UplinkPaths } => {
  const { table, clock, log: logger, metrics } = options
  const { trunk, ...shared } = parts
  const upstream = new Upstream(options, parts)
  const { c2s, calls, rates, admission } = upstream
  const told = (route: Route, read: Uint8Array): void => trunk().read(route, read)
  const tools = { table, clock, logger, metrics, rates, admission, told }
  const conversations = new Conversations(options.conversations ?? {}, { ...shared, ...tools })
  return { upstream, conversations, uplink: { c2s, calls, conversations } }
}

const composeRevocations = (
  { table, clock, log: logger }: LogicOptions,
  { tokenMs: lifetimeMs }: LogicLimits,
  trunk: () => Trunk,
): Revocations =>
  new Revocations({
    feed: new RevocationFeed(table),
    clock,
    logger,
    lifetimeMs,
    tell: (each, lifted) => trunk().revoke(each, lifted),
  })

const composeDispatcher = (options: LogicOptions): Dispatcher => {
  const { apps, clock, log: logger, metrics, dispatcher } = options
  const appcodes = apps.map(({ appcode }) => appcode)
  return new Dispatcher({ ...DISPATCHER, appcodes, ...dispatcher }, { clock, logger, metrics })
}

/** One that has left the registry, and is still heard, is being emptied. */
const listedOf = (gates: readonly LiveGate[]): NodeInfo[] =>
  gates.filter(({ listed }) => listed).map(({ node }) => node)

const composeLog = (
  { table, clock, random, metrics, node, log: logger }: LogicOptions,
  { mailbox, graceMs }: LogicLimits,
  onLost: (losses: readonly Loss[]) => Promise<void>,
): { arrivals: Arrivals; log: Log } => {
  const arrivals = new Arrivals({ table, clock, logger, metrics, node })
  const onRemoved = removalCounter(arrivals)
  const replaced = metrics.counter(
    'longwire_logic_replaced_total',
    'Messages left out of a page because a newer one of their collapse key took their place',
  )
  const onReplaced = (count: number): void => {
    if (count > 0) replaced.add(count)
  }
  const log = createLog({
    table,
    clock,
    random,
    limits: mailbox,
    graceMs,
    onRemoved,
    onLost,
    onReplaced,
  })
  return { arrivals, log }
}

/** Counts messages as they leave the store. */
const removalCounter =
  (arrivals: Arrivals) =>
  ({ doc }: Row, acked: boolean): void => {
    const business = textIn(doc, 'business')
    if (business === '') return
    const [appcode, msgtype] = [numberIn(doc, 'to_appcode'), numberIn(doc, 'msgtype')]
    const stage = acked ? STAGE.acked : STAGE.expired
    arrivals.count(stage, { business, appcode, msgtype }, numberIn(doc, 'senddate'))
  }

const composeIntake = (
  { clock, metrics, loop }: LogicOptions,
  parts: { limits: LogicLimits; trunk: Trunk; notifier: Notifier },
): Intake => {
  const { limits, trunk, notifier } = parts
  const { publishesAtLeast, publishesInFlight, publishAgeMs, loopDelayMs, retryAfterMs } = limits
  const admission = new Admission({
    clock,
    loop: loop ?? NO_LOOP_DELAY,
    limits: {
      least: publishesAtLeast,
      most: publishesInFlight,
      ageMs: publishAgeMs,
      loopMs: loopDelayMs,
      retryMs: retryAfterMs,
    },
    strain: () => trunk.bufferedBytes / limits.trunkBytes,
  })
  const help = 'Messages that were refused because the node could not take them, by reason'
  return new Intake({
    admission,
    bytesMax: limits.publishBytesInFlight,
    routesDown: () => notifier.down,
    shed: metrics.counters('longwire_logic_shed_total', help, {
      name: 'reason',
      values: SHED_REASONS,
    }),
  })
}

const composeTrunk = (
  options: LogicOptions,
  parts: {
    limits: LogicLimits
    log: Log
    apps: Apps
    counts: Counts
    routes: Routes
    revocations: Revocations
    watch: Watch
    sessionLimits: SessionLimits
    networks: Networks
    operations: Operations
    uplink: UplinkPaths
    topics: TopicSide
  },
): Trunk => {
  const { node, clock, random, log: logger, secret } = options
  const { limits, log, apps, counts, routes, watch, revocations, sessionLimits, networks } = parts
  const { operations } = parts
  const { topics, members } = parts.topics
  const { pageMessages } = limits
  const verifier = verifierOf(options, limits.tokenMs)
  const endings = new Endings(clock)
  const turns = new Turns(clock)
  const live = (user: UserKey): Promise<readonly Route[]> => routes.live(user)
  const logins = new Logins({
    verifier,
    moves: new Moves({ clock, tickets: new Tickets(secret), live }),
    ticketed: countTickets(options.metrics),
    revocations,
    endings,
    apps,
    limits: sessionLimits,
    routes,
    log,
    random,
    logger,
    pageMessages,
    turns,
    refused: countLogins(options.metrics),
    kick: (route, code) => trunk.kick(route, code),
    elsewhere: (end, gate) => operations.elsewhere(end, gate),
  })
  const context = { self: node, clock, log: logger }
  const epochs = new Epochs(log, clock)
  const trunk = new Trunk({
    context,
    secret,
    apps,
    log,
    epochs,
    turns,
    routes,
    logins,
    sessionLimits,
    networks,
    topics,
    members,
    counts,
    logger,
    limits,
    endings,
    revocations: () => revocations.known(),
    named: watch.named,
    uplink: parts.uplink,
  })
  return trunk
}

const verifierOf = ({ auth, clock }: LogicOptions, maxLifetimeMs: number): Verifier => {
  if (auth.kind === 'verifier') return auth.verifier
  return auth.kind === 'jwt'
    ? jwtVerifier({ ...auth, maxLifetimeMs }, clock)
    : webhookVerifier(auth, clock)
}

const countLogins = (metrics: Metrics): ((code: CodeName) => void) => {
  const help = 'Logins refused because of a limit that holds for all gates'
  const counter = metrics.counter('longwire_logic_logins_refused_total', help, ['reason'])
  return code => counter.add(1, { reason: code })
}

const countTickets = (metrics: Metrics): ((result: 'taken' | 'refused') => void) => {
  const help = 'Logins of sessions that their gate had sent elsewhere, by what became of the ticket'
  const results = ['taken', 'refused'] as const
  const counters = metrics.counters('longwire_logic_ticket_logins_total', help, {
    name: 'result',
    values: results,
  })
  return result => counters(result).add()
}

const countProblems = (metrics: Metrics): ((problem: Problem) => void) => {
  const help = 'Messages of backends that were refused'
  const counter = metrics.counter('longwire_backend_problems_total', help, ['code'])
  return problem => counter.add(1, { code: problem.code })
}

const addGauges = (
  metrics: Metrics,
  { s2c, trunk, notifier, revocations, backends }: Core,
): void => {
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.gauge(`longwire_logic_${name}`, help, read)
  const { admission } = s2c.intake
  gauge('in_flight', 'Messages being stored or hinted at', () => s2c.intake.size)
  gauge('in_flight_limit', 'How many may be at once, now', () => admission.limit)
  gauge('in_flight_oldest_seconds', 'Since when the oldest of them is', () => {
    return admission.oldestMs / 1_000
  })
  gauge('requests', 'Requests of gates that are not answered yet', () => trunk.busy)
  gauge('load', '0: idle, 128: at its bounds, more: publishes are shed', () => admission.load)
  gauge('trunk_bytes', 'Bytes that gates have not taken yet', () => trunk.bufferedBytes)
  gauge('gates', 'Linked gates', () => trunk.gates)
  gauge('revocations', 'Revocations that this node knows', () => revocations.size)
  gauge('backends', 'Linked backends', () => backends.links)
  gauge(
    'pending_users',
    'Users to be hinted at once the route table answers',
    () => notifier.pending,
  )
}
