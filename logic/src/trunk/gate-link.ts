import type { Link } from '@longwire/kit'
import { type CodeName, edgeBody, PREV_STATE } from '@longwire/proto'
import { TRUNK, TrunkError, eachEntry, trunkBody, type TrunkView } from '@longwire/proto/trunk'
import { STAGE } from '../arrivals/stages.ts'
import type { EndId, MailboxId } from '../log/log.ts'
import type { SessionId } from '../login/endings.ts'
import type { LoginCall } from '../login/login.ts'
import type { Route } from '../routes/route-table.ts'
import { Departures } from './departures.ts'
import { GateWriter } from './gate-writer.ts'
import { isDevice, isUid } from './names.ts'
import { TrunkPeer, type Hello } from './peer.ts'
import { Reads, type ReadSide } from './reads.ts'
import { Requests } from './requests.ts'
import { RecentRoutes } from './recent-routes.ts'
import { Restorations } from './restorations.ts'
import { GateTopics } from './gate-topics.ts'
import { newsOf, type HeadNews } from './head-news.ts'
import type { Hint, LiveMessage, TrunkParts } from './trunk.ts'
import { Uplinks } from './uplinks.ts'

export interface GateLinkOwner {
  hello(hello: Hello): string | undefined
  opened(): void
  /** Ends a session on whatever gate it is. */
  kick(route: Route, code: CodeName): void
  closed(): void
}

interface LoginInFlight {
  readonly generation: number
  gone: boolean
}

/** Tells a flooded gate to ask for heads once its link has drained to this share of the bound. */
const DRAINED = 0.25
const DRAIN_POLL_MS = 50

/** One gate: answers its requests, carries hints to it. */
export class GateLink {
  /** `name@incarnation`, once HELLO was accepted. */
  id = ''
  readonly #parts: TrunkParts
  readonly #peer: TrunkPeer
  readonly #writer: GateWriter
  readonly #reads: Reads
  readonly #departures: Departures
  readonly #restorations: Restorations
  readonly #uplinks: Uplinks
  readonly topics: GateTopics
  /** What its clients are to be told. */
  readonly hints: Requests<trunkBody.Hints>
  /** Which of its sessions are to go elsewhere. */
  readonly moves: Requests<trunkBody.Moving>
  /** What the gate was told of lately: it may answer that a session is not there. */
  readonly #recent = new RecentRoutes()
  /** By slot: LOGINs that are not answered yet. */
  readonly #logins = new Map<number, LoginInFlight>()
  #flooded = false
  #closing = false
  /** TOKENs that are not answered yet. */
  #renewals = 0
  /** Rows that are looked at for statistics. */
  #demotions = 0

  constructor(link: Link, parts: TrunkParts, owner: GateLinkOwner) {
    this.#parts = parts
    this.#departures = new Departures(parts, sequenceid => this.#writer.done(sequenceid))
    const readSide: ReadSide = {
      full: () => this.#peer.bufferedBytes > parts.limits.linkBytes,
      page: (read, epoch, page) => this.#writer.page(read, epoch, page),
      head: (session, heads) => this.#writer.head(session, newsOf(heads)),
      failed: (read, code) => this.#writer.noPage(read, code),
    }
    this.#reads = new Reads(parts, readSide, parts.turns)
    this.#restorations = new Restorations(parts, {
      kick: (route, code) => owner.kick(route, code),
      restored: route => this.#readHead(route, route),
      done: sequenceid => this.#writer.done(sequenceid),
    })
    this.#uplinks = new Uplinks(parts.apps, parts.uplink, () => this.#peer)
    const closed = (): void => {
      this.#reads.stop()
      this.topics.closed()
      owner.closed()
    }
    this.#peer = new TrunkPeer(
      link,
      {
        hello: hello => owner.hello(hello),
        opened: () => owner.opened(),
        frame: view => this.#frame(view),
        closed,
      },
      parts.context,
    )
    this.#writer = new GateWriter(this.#peer, parts.counts)
    const { clock } = parts.context
    this.topics = new GateTopics({ ...parts, clock }, this.#peer, () => this.#isFlooded())
    this.hints = new Requests(
      clock,
      (sequenceid, body) => this.#writer.ask(TRUNK.HINT, sequenceid, body),
      body => trunkBody.Hints.decode(body),
    )
    this.moves = new Requests(
      clock,
      (sequenceid, body) => this.#writer.ask(TRUNK.MOVE, sequenceid, body),
      body => trunkBody.Moving.decode(body),
    )
  }

  /** Requests that are not answered yet. */
  get busy(): number {
    const { size } = this.#uplinks
    return this.#logins.size + this.#renewals + this.#reads.size + this.#departures.size + size
  }

  /** From now on requests are refused: the gate asks another node, or tells the client. */
  finish(): void {
    this.#closing = true
    this.#uplinks.finish()
  }

  get bufferedBytes(): number {
    return this.#peer.bufferedBytes
  }

  close(): void {
    this.#peer.close()
  }

  /** Milliseconds since the gate was heard. */
  get silentMs(): number {
    return this.#peer.silentMs
  }

  /** False where it was dropped. */
  deliver(route: Route, hint: Hint): boolean {
    if (this.#isFlooded()) return false
    this.#recent.add(route)
    this.#writer.deliver(route, hint)
    this.#parts.counts.delivered.add()
    return true
  }

  /** False where it was dropped. */
  live(route: Route, message: LiveMessage): boolean {
    if (this.#isFlooded()) return false
    this.#recent.add(route)
    this.#writer.live(route, message)
    return true
  }

  head(route: Route, news: HeadNews): boolean {
    if (this.#isFlooded()) return false
    this.#recent.add(route)
    this.#writer.head(route, news)
    this.#parts.counts.headed.add()
    return true
  }

  /** `body` is an edge Read. */
  read(route: Route, body: Uint8Array): void {
    if (this.#peer.open) this.#writer.read(route, body)
  }

  kick(route: Route, code: number): void {
    this.#recent.add(route)
    this.#writer.kick(route, code)
  }

  who(life: string): void {
    this.#writer.who(life)
  }

  /** `body` is one of REVOKE. */
  revoke(body: Uint8Array): void {
    this.#writer.revoke(body)
  }

  resync(): void {
    this.#writer.resync()
  }

  load(load: number): void {
    this.#writer.load(load)
  }

  #frame(view: TrunkView): void {
    switch (view.cmd) {
      case TRUNK.LOGIN:
        return this.#login(view)
      case TRUNK.TOKEN:
        return this.#token(view)
      case TRUNK.GONE:
        return this.#gone(view)
      case TRUNK.C2S:
      case TRUNK.C2C:
      case TRUNK.QUERY:
        return this.#uplinks.take(view)
      case TRUNK.PULL:
        return this.#pull(view)
      case TRUNK.ACKS:
        return this.#acks(view)
      case TRUNK.HEADS:
        return this.#heads(view)
      case TRUNK.ANNOUNCE:
        return this.#restorations.add(this.id, view)
      case TRUNK.STALE:
        return this.#stale(view)
      case TRUNK.DEMOTED:
        return this.#demoted(view)
      case TRUNK.USAGE:
        return this.#usage(view)
      case TRUNK.HINTED:
        return this.hints.answered(view)
      case TRUNK.MOVING:
        return this.moves.answered(view)
      default:
        if (this.topics.frame(view)) return
        throw new TrunkError(`command ${view.cmd} is not one that a gate sends`)
    }
  }

  #login(view: TrunkView): void {
    const { sequenceid } = view
    const { logins } = this.#parts
    const call = this.#decodeLogin(view)
    if (call === undefined)
      return this.#writer.refused(
        sequenceid,
        logins.refuse('BAD_FIELD', 'uid, appcode, seq or dial of LOGIN is not usable'),
      )
    if (this.#closing) return this.#writer.refused(sequenceid, logins.refuse('UNAVAILABLE'))
    if (this.#logins.size >= this.#parts.limits.loginsInFlight)
      return this.#writer.refused(sequenceid, logins.refuse('BUSY'))
    const flight: LoginInFlight = { generation: call.generation, gone: false }
    const { slot } = call
    // The slot was given to another session meanwhile: nobody waits for the former one.
    const former = this.#logins.get(slot)
    if (former !== undefined) former.gone = true
    this.#logins.set(slot, flight)
    void logins.login(call).then(answer => {
      if (this.#logins.get(slot) === flight) this.#logins.delete(slot)
      if (!answer.welcome) this.#writer.refused(sequenceid, answer)
      else if (flight.gone || (!this.#peer.open && !answer.again))
        void logins.revoke(answer.route).catch(() => undefined)
      else {
        this.#recent.add(answer.route)
        this.#writer.welcome(sequenceid, call, answer)
      }
      if (answer.welcome) this.#parts.epochs.learn(answer.route, answer.heads.epoch)
    })
  }

  #decodeLogin(view: TrunkView): LoginCall | undefined {
    try {
      const request = trunkBody.LoginRequest.decode(view.body)
      const login = edgeBody.Login.decode(request.login)
      const { uid, appcode, device, token, epoch, seq, dial, agent } = login
      if (uid !== view.uid || appcode !== view.appcode) return undefined
      if (!isUid(uid) || !isDevice(device)) return undefined
      if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(dial)) return undefined
      const { slot, generation } = view
      const maxBytes = this.#pageBytes(request.maxBytes)
      return {
        claim: { uid, appcode, device, token, ip: request.ip },
        agent,
        ticket: login.ticket,
        previous: sessionIn(login.prevSession),
        epoch,
        seq,
        dial,
        gate: this.id,
        slot,
        generation,
        maxBytes,
        features: login.features,
        counts: {
          app: request.appSessions,
          address: request.address,
          connections: request.addressConnections,
        },
      }
    } catch {
      return undefined
    }
  }

  #token(view: TrunkView): void {
    const { sequenceid, uid, appcode } = view
    const { logins, limits } = this.#parts
    const request = decodeToken(view.body)
    if (request === undefined)
      return this.#writer.notRenewed(sequenceid, logins.refuse('BAD_FIELD', 'TOKEN is not usable'))
    if (this.#renewals >= limits.loginsInFlight)
      return this.#writer.notRenewed(sequenceid, logins.refuse('BUSY'))
    this.#renewals++
    // Where the client is was looked at when it logged in.
    void logins.renew({ uid, appcode, ...request, ip: '' }).then(answer => {
      this.#renewals--
      if ('proven' in answer) this.#writer.renewed(sequenceid, answer)
      else this.#writer.notRenewed(sequenceid, answer)
    })
  }

  #gone(view: TrunkView): void {
    const { slot, generation, uid, appcode, msgtype } = view
    if (msgtype !== PREV_STATE.UNKNOWN) this.#parts.endings.add(uid, { slot, generation }, msgtype)
    const flight = this.#logins.get(slot)
    if (flight !== undefined && flight.generation === generation) flight.gone = true
    const app = this.#parts.apps.get(appcode)
    if (app === undefined) return this.#writer.done(view.sequenceid)
    this.#departures.add({
      system: app.system,
      uid,
      appcode,
      device: view.body.toString('utf8'),
      gate: this.id,
      slot,
      generation,
      sequenceid: view.sequenceid,
    })
  }

  /** The route leads nowhere: it goes, unless it is another one by now. */
  #stale({ slot, generation }: TrunkView): void {
    const route = this.#recent.find(slot, generation)
    if (route === undefined) return
    this.#parts.counts.stale.add()
    void this.#parts.logins.revoke(route).catch(() => undefined)
  }

  #pull(view: TrunkView): void {
    if (view.body.length < 12) throw new TrunkError('the body of PULL is shorter than 12 bytes')
    const mailbox = this.#mailbox(view.uid, view.appcode)
    const { slot, generation, sequenceid, appcode, reserve, msgtype } = view
    const expiresAt = msgtype === 0 ? Infinity : this.#parts.context.clock.monotonic() + msgtype
    const after = view.body.readUInt32BE(0) * 0x1_0000_0000 + view.body.readUInt32BE(4)
    const maxBytes = this.#pageBytes(view.body.readUInt32BE(8))
    const read = {
      pull: true,
      appcode,
      slot,
      generation,
      sequenceid,
      epoch: reserve,
      after,
      maxBytes,
      features: view.logidLow,
      expiresAt,
    }
    if (mailbox === undefined) this.#writer.noPage(read, 'UNKNOWN_APPCODE')
    else if (this.#closing) this.#writer.noPage(read, 'UNAVAILABLE')
    else this.#reads.add({ ...read, mailbox })
  }

  #acks(view: TrunkView): void {
    const { epochs, log, counts } = this.#parts
    eachEntry(view.body, ({ appcode, uid, device, epoch, seq }) => {
      const mailbox = this.#mailbox(uid, appcode)
      if (mailbox === undefined || !isDevice(device)) return
      counts.acked.add()
      const known = epochs.known(mailbox)
      // The seq of another epoch means nothing here.
      if (known === epoch) log.acknowledge(mailbox, { appcode, device }, seq)
      else if (known === 0) this.#acknowledgeLater(mailbox, { appcode, device }, { epoch, seq })
    })
  }

  /** An acknowledgement that is lost is made good by the next one. */
  #acknowledgeLater(mailbox: MailboxId, end: EndId, cursor: { epoch: number; seq: number }): void {
    const { epochs, log } = this.#parts
    void epochs.of(mailbox).then(
      epoch => {
        if (epoch === cursor.epoch) log.acknowledge(mailbox, end, cursor.seq)
      },
      () => undefined,
    )
  }

  /** Only its row knows whose message it is. */
  #demoted({ uid, appcode, sequenceid: seq }: TrunkView): void {
    const mailbox = this.#mailbox(uid, appcode)
    const { log, counts, limits } = this.#parts
    if (mailbox === undefined || seq === 0 || this.#demotions >= limits.readsInFlight) return
    this.#demotions++
    void log
      .read(mailbox, appcode, seq - 1, 1, 1)
      .then(
        ({ messages: [message] }) => {
          if (message?.seq === seq) counts.arrivals.count(STAGE.demoted, message, message.sentAt)
        },
        () => undefined,
      )
      .finally(() => this.#demotions--)
  }

  #usage(view: TrunkView): void {
    const { apps, addresses, networks } = decodeUsage(view.body)
    this.#parts.networks?.report(this.id, networks)
    const report = {
      apps: apps.map(each => ({ appcode: each.appcode ?? 0, sessions: each.sessions ?? 0 })),
      addresses: addresses.map(each => ({
        address: each.address ?? '',
        connections: each.connections ?? 0,
      })),
    }
    void this.#parts.sessionLimits?.report(this.id, report)
  }

  #heads(view: TrunkView): void {
    eachEntry(view.body, ({ appcode, uid, slot, generation }) => {
      const mailbox = this.#mailbox(uid, appcode)
      if (mailbox === undefined) return
      this.#parts.named(mailbox)
      this.#readHead(mailbox, { appcode, slot, generation })
    })
  }

  #readHead(mailbox: MailboxId, session: Pick<Route, 'appcode' | 'slot' | 'generation'>): void {
    const { appcode, slot, generation } = session
    this.#reads.add({
      pull: false,
      mailbox,
      appcode,
      slot,
      generation,
      sequenceid: 0,
      epoch: 0,
      after: 0,
      maxBytes: 0,
      features: 0,
      expiresAt: Infinity,
    })
  }

  /** Undefined also for a uid that no gate lets in: no key could be made of it. */
  #mailbox(uid: string, appcode: number): MailboxId | undefined {
    const app = this.#parts.apps.get(appcode)
    if (app === undefined || !isUid(uid)) return undefined
    return { system: app.system, uid }
  }

  #pageBytes(asked: number): number {
    const { pageBytes } = this.#parts.limits
    return asked === 0 ? pageBytes : Math.min(asked, pageBytes)
  }

  /** Hints may be dropped where a gate does not keep up: RESYNC makes up for all of them later. */
  #isFlooded(): boolean {
    if (!this.#peer.open) return true
    if (!this.#flooded && this.#peer.bufferedBytes <= this.#parts.limits.linkBytes) return false
    this.#parts.counts.dropped.add()
    if (this.#flooded) return true
    this.#flooded = true
    this.#parts.logger.warn(
      { gate: this.id },
      'the gate does not take its hints: dropping them until it does',
    )
    this.#awaitDrained()
    return true
  }

  #awaitDrained(): void {
    this.#parts.context.clock.after(DRAIN_POLL_MS, () => {
      if (!this.#peer.open) return
      if (this.#peer.bufferedBytes > this.#parts.limits.linkBytes * DRAINED)
        return this.#awaitDrained()
      this.#flooded = false
      this.resync()
    })
  }
}

const sessionIn = (bytes: Uint8Array): SessionId | undefined => {
  if (bytes.length !== SESSION_BYTES) return undefined
  const id = Buffer.from(bytes)
  return { slot: id.readUInt32BE(0), generation: id.readUInt32BE(4) }
}

const SESSION_BYTES = 8

const decodeUsage = (body: Buffer): trunkBody.Usage => {
  try {
    return trunkBody.Usage.decode(body)
  } catch (error) {
    throw new TrunkError('the body of USAGE cannot be read', { cause: error })
  }
}

const decodeToken = (body: Buffer): { token: string; device: string } | undefined => {
  try {
    const { token, device } = trunkBody.TokenRequest.decode(body)
    return token === '' || device === '' ? undefined : { token, device }
  } catch {
    return undefined
  }
}
