import { CODES, Deframer, PREV_STATE } from '@longwire/proto'
import { trunkBody, type TrunkView } from '@longwire/proto/trunk'
import { type Clock, type Logger, type LoopDelay, nodeId, type Random } from '@longwire/kit'
import { loginAdmission } from './admission/login-admission.ts'
import { Reception } from './admission/reception.ts'
import { SessionRate } from './admission/session-rate.ts'
import type { Defence } from './admission/defence.ts'
import type { Counters } from './counters.ts'
import { Deadlines } from './deadlines.ts'
import { Delivery } from './delivery.ts'
import { deliveryOutput, type DeliveryOutput } from './delivery-output.ts'
import { Endings } from './endings.ts'
import { createHeartbeats, type Heartbeats } from './heartbeats.ts'
import { Hangup } from './hangup.ts'
import type { GateLimits } from './limits.ts'
import type { Connection, GateSide } from './listeners/listener.ts'
import { Login, pageOf } from './login.ts'
import { createMoves, type Moves } from './moves/moves.ts'
import type { Mover } from './moves/mover.ts'
import type { Targets } from './moves/targets.ts'
import { NetworkIds } from './network-ids.ts'
import { corkOf, Outbox } from './outbox.ts'
import { Preambles } from './preambles.ts'
import { Pushes } from './pushes.ts'
import { Probing, type ProbingParts } from './probes/probing.ts'
import { FLAG, SessionTable, STATE } from './session-table.ts'
import { Revocations } from './revocations.ts'
import { Switchboard } from './switchboard.ts'
import { TimingWheel } from './timing-wheel.ts'
import { Topics } from './topics/topics.ts'
import { Tokens } from './tokens.ts'
import type { LinksOptions } from './trunk/links.ts'
import type { LogicLink } from './trunk/logic-link.ts'
import { Trunk, type TrunkSink } from './trunk/trunk.ts'
import { Uplink } from './uplink/uplink.ts'
import { Wakes } from './wakes.ts'

export interface CoreOptions {
  readonly clock: Clock
  readonly random: Random
  readonly loop: LoopDelay
  readonly log: Logger
  readonly counters: Counters
  readonly limits: GateLimits
  readonly defence: Defence
  readonly links: LinksOptions
  readonly probing: Omit<ProbingParts, 'clock' | 'exempt' | 'table' | 'outbox' | 'begin' | 'end'>
}

/**
 * The gate without its sockets: connects the tables, the rules and the trunk.
 *
 * Every event from outside begins with `#begin` (the time) and ends with `#end` (one write per session).
 */
export class Core implements TrunkSink {
  readonly table: SessionTable
  readonly trunk: Trunk
  readonly hangup: Hangup
  readonly reception: Reception
  readonly counters: Counters
  readonly probing: Probing
  readonly #options: CoreOptions
  readonly wheel: TimingWheel
  readonly endings: Endings
  readonly heartbeats: Heartbeats
  readonly mover: Mover
  readonly targets: Targets
  readonly asked: Uplink
  readonly #outbox: Outbox
  readonly topics: Topics
  readonly #delivery: Delivery
  readonly #login: Login
  readonly #rate: SessionRate
  #ticks = 0
  readonly #tokens: Tokens
  readonly #revocations: Revocations
  readonly #deframer: Deframer<number>
  readonly #deadlines: Deadlines
  readonly #due: (slot: number) => number
  /** Slots whose cursor is to be told to logic. */
  #acksDue: number[] = []
  readonly #tooSlow: number[] = []
  readonly #preambles = new Preambles()
  readonly #pushes: Pushes

  constructor(options: CoreOptions) {
    const { random, limits, counters } = options
    this.#options = options
    this.counters = counters
    const now = options.clock.monotonic()
    this.table = new SessionTable(limits.sessions, Math.floor(random() * 2 ** 32))
    const { table } = this
    table.origin = now
    this.reception = new Reception({
      ...options,
      isLate: () => options.loop.ms > limits.loopDelayMs || this.trunk.logins.shedding,
      elsewhere: () => this.targets.all(),
    })
    this.wheel = new TimingWheel({ tickMs: 1_000, size: 1_024, now, ids: table.capacity })
    const tooSlow = (slot: number): void => void this.#tooSlow.push(slot)
    const cork = corkOf({ ...options, begin: () => this.begin(), end: () => this.end() })
    this.#outbox = new Outbox(table, limits.bufferedBytes, tooSlow, cork)
    const outbox = this.#outbox
    this.heartbeats = createHeartbeats({ ...options, table, outbox, reception: this.reception })
    const { hinting, intervals } = this.heartbeats
    const networks = new NetworkIds(options.links.secret)
    this.endings = new Endings({ keepMs: 10 * 60_000, entriesMax: 200_000, now })
    const { endings } = this
    this.hangup = this.#makeHangup()
    const { hangup } = this
    const wakes = new Wakes(table, limits, counters)
    this.#delivery = new Delivery(table, this.#makeOutput(), { ...options, wakes })
    const delivery = this.#delivery
    const logins = loginAdmission(options, () => this.trunk.links.bufferedBytes / limits.trunkBytes)
    const { mover, targets } = this.#makeMoves()
    this.mover = mover
    this.targets = targets
    this.asked = this.#makeUplink()
    this.trunk = new Trunk({ ...options.links, logins }, limits, table, this)
    this.topics = new Topics({ ...limits, table, outbox, links: this.trunk.links, counters })
    const wake = (slot: number): void => this.wheel.schedule(slot, this.#deadlines.readyAt(slot))
    this.#revocations = new Revocations({ table, hangup, keepMs: REVOCATIONS_MS, now })
    const revocations = this.#revocations
    this.#tokens = this.#makeTokens(wake)
    const tokens = this.#tokens
    const side = { table, outbox, hangup, delivery, tokens, hinting, wakes }
    const more = { topics: this.topics, revocations, uplink: this.asked }
    const shared = { ...side, ...more, counters, random, wake }
    this.#pushes = new Pushes({ ...shared, mover })
    this.#login = new Login({
      ...shared,
      endings,
      limits,
      admission: logins,
      busyAddress: source => this.reception.busyAddress(source),
      networkId: source => networks.of(this.reception.networkOf(source)),
      ask: (slot, body, note) => this.trunk.login(slot, body, note),
      askHead: slot => this.trunk.askHead(slot),
      undo: slot => this.trunk.gone(slot, PREV_STATE.CLOSED_BY_PEER, false),
      welcomed: (slot, askedAt) => this.trunk.announcer.welcomed(slot, askedAt),
    })
    this.#rate = new SessionRate(table, options.defence.session)
    this.probing = this.#makeProbing()
    const probes = this.probing.frames
    const own = { rate: this.#rate, login: this.#login, probes, pingMinMs: limits.pingMinMs }
    this.#deframer = new Deframer(new Switchboard({ ...shared, ...own, intervals }))
    this.#deadlines = new Deadlines({ table, hangup, delivery, tokens, limits })
    this.#due = slot => this.#deadlines.due(slot)
  }

  #makeOutput(): DeliveryOutput {
    const { counters, random } = this.#options
    return deliveryOutput({
      table: this.table,
      outbox: this.#outbox,
      counters,
      random,
      hangup: this.hangup,
      wheel: this.wheel,
      trunk: () => this.trunk,
      ackDue: slot => this.#acksDue.push(slot),
    })
  }

  #makeHangup(): Hangup {
    const { counters, log, limits } = this.#options
    return new Hangup({
      table: this.table,
      outbox: this.#outbox,
      endings: this.endings,
      counters,
      log,
      wheel: this.wheel,
      lingerMs: limits.lingerMs,
      left: (slot, ending, loggedOut) => this.#left(slot, ending, loggedOut),
      ended: (slot, reason) => this.mover.left(slot, reason),
      broke: slot => this.reception.strike(this.table.source[slot]!),
    })
  }

  #makeMoves(): Moves {
    return createMoves({
      ...this.#options,
      table: this.table,
      outbox: this.#outbox,
      hangup: this.hangup,
      fleet: this.#options.probing.fleet,
      addressOf: source => this.reception.addressOf(source),
    })
  }

  #makeUplink(): Uplink {
    const { counters, random, limits, clock, links } = this.#options
    return new Uplink({
      table: this.table,
      outbox: this.#outbox,
      counters,
      random,
      asks: () => this.trunk.asks,
      gate: nodeId(links.node),
      now: () => clock.now(),
      trunkBytes: () => this.trunk.links.bufferedBytes,
      trunkBytesMax: limits.trunkBytes,
      askBytesMax: limits.askBytes,
      retryAfterMs: limits.retryAfterMs,
    })
  }

  #makeProbing(): Probing {
    const { clock, probing, defence } = this.#options
    return new Probing({
      ...probing,
      clock,
      exempt: defence.exempt,
      table: this.table,
      outbox: this.#outbox,
      begin: () => this.begin(),
      end: () => this.end(),
    })
  }

  #makeTokens(wake: (slot: number) => void): Tokens {
    const { counters, random, limits } = this.#options
    return new Tokens({
      table: this.table,
      outbox: this.#outbox,
      hangup: this.hangup,
      revocations: this.#revocations,
      counters,
      random,
      expiringMs: limits.expiringMs,
      ask: (slot, body) => this.trunk.askToken(slot, body),
      wake,
    })
  }

  /** What a listener of this transport calls. */
  side(transport: 'tcp' | 'ws'): GateSide {
    return {
      probes: this.probing.http,
      arrived: ip => this.reception.arrived(ip),
      renamed: (source, ip) => this.reception.renamed(source, ip),
      departed: (source, reason) => this.reception.departed(source, reason),
      opened: (connection, ip, source) => this.#opened({ connection, ip, source, transport }),
      received: (slot, bytes) => this.#received(slot, bytes),
      misused: slot => {
        this.begin()
        this.hangup.kickFor(slot, 'BAD_FRAME', 'a text message; send binary ones')
        this.end()
      },
      drained: slot => {
        this.begin()
        this.#delivery.drained(slot)
        this.topics.drained(slot)
        this.end()
      },
      closed: (slot, reset) => {
        this.begin()
        this.#preambles.forget(slot)
        this.reception.departed(this.table.source[slot]!, undefined)
        this.hangup.closed(slot, reset)
        this.end()
      },
    }
  }

  begin(): void {
    this.table.now = this.#options.clock.monotonic()
  }

  end(): void {
    this.topics.fanOut.flush()
    this.#outbox.flush()
    for (let slot = this.#tooSlow.pop(); slot !== undefined; slot = this.#tooSlow.pop())
      this.hangup.cut(slot, 'SLOW_CONSUMER')
  }

  /** Four times a second. */
  tick(): void {
    this.begin()
    this.trunk.logins.look()
    this.#sendAcks()
    if (++this.#ticks % USAGE_TICKS === 0) this.#reportUsage()
    this.#revocations.tick()
    this.heartbeats.tick()
    this.mover.tick()
    this.trunk.tick()
    this.topics.tick()
    this.end()
  }

  /** Once a second. */
  turnWheel(): void {
    this.begin()
    this.wheel.advance(this.table.now, this.#due)
    this.end()
  }

  loginResult(slot: number, note: number, view: TrunkView): void {
    this.#login.result(slot, note, view)
  }

  loginFailed(slot: number): void {
    this.#login.failed(slot)
  }

  page(slot: number, view: TrunkView): void {
    const answer = trunkBody.Page.decode(view.body)
    const page = pageOf(answer)
    if (page !== undefined) this.#delivery.paged(slot, page)
    else if (answer.code === RESYNC) this.hangup.kickFor(slot, 'RESYNC')
    else this.#delivery.pullFailed(slot, PULL_AGAIN_MS)
  }

  pullFailed(slot: number): void {
    this.#delivery.resume(slot)
    // Nobody to ask: the resync that follows a new link asks again, and so does the wheel.
    if (this.table.request[slot] === 0) this.#delivery.pullFailed(slot, PULL_AGAIN_MS)
  }

  tokenResult(slot: number, generation: number, view: TrunkView): void {
    this.#tokens.result(slot, generation, view)
  }

  tokenFailed(slot: number, generation: number): void {
    this.#tokens.failed(slot, generation)
  }

  hinted(body: Uint8Array): Uint8Array {
    return this.heartbeats.hinting.asked(body, this.table.ready)
  }

  moveAsked(body: Uint8Array): Uint8Array {
    return this.mover.asked(body)
  }

  resynced(slot: number): void {
    this.#delivery.resume(slot)
  }

  pushed(view: TrunkView): boolean {
    return this.#pushes.take(view)
  }

  /** The lease of this gate may have run out in between. */
  lapsed(): void {
    this.begin()
    this.trunk.announcer.lapsed()
    this.end()
  }

  topicFrame(link: LogicLink, view: TrunkView): boolean {
    return this.topics.frame(link, view)
  }

  linkUp(link: LogicLink): void {
    this.topics.up(link)
  }

  linkDown(link: LogicLink): void {
    this.topics.down(link.number)
  }

  resyncAsked(): void {
    this.topics.resync()
  }

  departureDropped(): void {
    this.#options.counters.departuresDropped.add()
  }

  #opened({ connection, ip, source, transport }: Opening): number {
    this.begin()
    const { table, reception } = this
    const { counters, limits } = this.#options
    const slot = source >= 0 && reception.accepting ? table.acquire(connection, ip) : -1
    if (slot < 0) {
      reception.turnAway(connection, source)
      return slot
    }
    table.source[slot] = source
    if (transport === 'ws') table.raise(slot, FLAG.WS)
    else table.state[slot] = STATE.PREAMBLE
    counters.opened.add()
    this.wheel.grow(table.capacity)
    this.wheel.schedule(slot, table.now + limits.loginMs)
    return slot
  }

  #received(slot: number, bytes: Uint8Array): void {
    const { table } = this
    if (table.state[slot] === STATE.CLOSING) return
    this.begin()
    table.lastRx[slot] = table.now
    try {
      this.#rate.bytes(slot, bytes.length)
      const rest = table.state[slot] === STATE.PREAMBLE ? this.#preamble(slot, bytes) : bytes
      if (rest.length > 0) this.#frames(slot, rest)
    } catch (error) {
      this.hangup.fault(slot, error)
    }
    this.end()
  }

  #frames(slot: number, bytes: Uint8Array): void {
    const { table } = this
    const before = table.partial[slot]
    const partial = this.#deframer.push(slot, before, bytes)
    if (table.state[slot] === STATE.CLOSING) return
    if (partial === undefined) {
      if (before !== undefined) table.partial[slot] = undefined
      table.frameSince[slot] = 0
    } else if (partial !== before) {
      table.partial[slot] = partial
      table.frameSince[slot] = table.now
      this.wheel.schedule(slot, table.now + this.#options.limits.frameMs)
    }
  }

  /** What is left when the preamble is taken off; nothing while that is not whole. */
  #preamble(slot: number, bytes: Uint8Array): Uint8Array {
    const taken = this.#preambles.take(slot, bytes)
    if (taken < 0) return bytes.subarray(bytes.length)
    this.table.state[slot] = STATE.OPEN
    return bytes.subarray(taken)
  }

  #left(slot: number, ending: number, loggedOut: boolean): void {
    if (this.table.has(slot, FLAG.ACK_DUE)) this.trunk.acknowledge(slot)
    this.table.lower(slot, FLAG.ACK_DUE)
    this.trunk.forget(slot)
    this.topics.left(slot)
    this.trunk.gone(slot, ending, loggedOut)
  }

  #reportUsage(): void {
    const apps = [...this.table.apps].map(([appcode, sessions]) => ({ appcode, sessions }))
    const addresses = this.reception.busyAddresses()
    const networks = this.heartbeats.networks.usage
    this.trunk.usage(trunkBody.Usage.encode({ apps, addresses, networks }).finish())
  }

  #sendAcks(): void {
    const due = this.#acksDue
    this.#acksDue = []
    for (const slot of due) {
      if (!this.table.has(slot, FLAG.ACK_DUE)) continue
      if (this.trunk.acknowledge(slot)) this.table.lower(slot, FLAG.ACK_DUE)
      else this.#acksDue.push(slot)
    }
  }
}

/** How often logic is told what this gate has: 5 s. */
const USAGE_TICKS = 20
/** Beyond the time between the check of a token and its session, whatever logic waits for. */
const REVOCATIONS_MS = 60_000
interface Opening {
  readonly connection: Connection
  readonly ip: string
  readonly source: number
  readonly transport: 'tcp' | 'ws'
}
const RESYNC: number = CODES.RESYNC.code
/** A mailbox that cannot be read is tried again after this. */
const PULL_AGAIN_MS = 1_000
