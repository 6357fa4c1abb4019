import type { Admission } from '@longwire/kit'
import { CODES, PREV_STATE } from '@longwire/proto'
import { encodeEntry, type SessionEntry, TRUNK, type TrunkView } from '@longwire/proto/trunk'
import { type SessionTable, STATE } from '../session-table.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { Announcer } from './announcer.ts'
import { type AskLimits, type AskSink, Asks } from '../uplink/asks.ts'
import { ASK, Contexts } from './contexts.ts'
import { Departures } from './departures.ts'
import { Links, type LinksOptions } from './links.ts'
import type { LogicLink } from './logic-link.ts'

/** What the gate does with what comes over the trunk. */
export interface TrunkSink {
  /** Sets the time of the event; called before any other. */
  begin(): void
  /** Logic answered a request; `note` is the asker's number. */
  loginResult(slot: number, note: number, view: TrunkView): void
  page(slot: number, view: TrunkView): void
  /** No answer in time, or its link broke. */
  loginFailed(slot: number): void
  pullFailed(slot: number): void
  /** The same for TOKEN; the slot may serve another generation by now. */
  tokenResult(slot: number, generation: number, view: TrunkView): void
  tokenFailed(slot: number, generation: number): void
  /** A frame that answers nothing: DELIVER, HEAD, KICK, REVOKE. False: the session it names is not there. */
  pushed(view: TrunkView): boolean
  /** Clients are to be told this (Hints); returns what holds, as Hints. */
  hinted(body: Uint8Array): Uint8Array
  /** Sessions are to go elsewhere (Move); returns how far that is, as Moving. */
  moveAsked(body: Uint8Array): Uint8Array
  /** What clients sent was answered. */
  readonly asked: AskSink
  /** Hints may have been lost: a PULL that waits should be sent again, if this session has one. */
  resynced(slot: number): void
  /** Too many sessions ended while logic could not be told. */
  departureDropped(): void
  /** A frame about topics; false: it is another one. */
  topicFrame(link: LogicLink, view: TrunkView): boolean
  linkUp(link: LogicLink): void
  linkDown(link: LogicLink): void
  /** What logic had to say may have been lost. */
  resyncAsked(): void
  end(): void
}

export interface TrunkLimits extends AskLimits {
  readonly resyncPerTick: number
  readonly announceMs: number
  readonly announcePerSecond: number
  readonly departures: number
}

/**
 * Requests to logic and their deadlines, acknowledgements, and the questions that heal lost hints.
 * Everything about a uid goes to the same logic node while the set of nodes stays the same.
 */
export class Trunk {
  readonly links: Links
  readonly contexts: Contexts = new Contexts()
  readonly logins: Admission
  readonly departures: Departures
  readonly announcer: Announcer
  /** What clients send. */
  readonly asks: Asks
  readonly #acks: Acknowledgements
  readonly #table: SessionTable
  readonly #sink: TrunkSink
  readonly #limits: TrunkLimits
  /** Of the latest GONE or ANNOUNCE. */
  #number = 0
  /** Slots that are still to be asked about, and the next of them. */
  #resyncLeft = 0
  #resyncAt = 0
  /** The link whose request was not answered in time, while that is dealt with. */
  #silent = 0
  readonly #entry: SessionEntry = {
    appcode: 0,
    slot: 0,
    generation: 0,
    epoch: 0,
    seq: 0,
    uid: '',
    device: '',
  }

  constructor(
    options: LinksOptions & { readonly logins: Admission },
    limits: TrunkLimits,
    table: SessionTable,
    sink: TrunkSink,
  ) {
    this.#table = table
    this.#sink = sink
    this.#limits = limits
    this.logins = options.logins
    this.links = new Links(options, {
      up: link => {
        sink.linkUp(link)
        this.resync()
        this.announcer.linked()
      },
      frame: (link, view) => this.#frame(link, view),
      batchEnd: () => sink.end(),
      down: link => this.#down(link),
    })
    const { links } = this
    this.asks = new Asks(table, links, limits, sink.asked)
    this.#acks = new Acknowledgements(links)
    this.departures = new Departures({
      links,
      requestMs: limits.requestMs,
      max: limits.departures,
      dropped: () => sink.departureDropped(),
    })
    this.announcer = new Announcer(table, {
      links,
      requestMs: limits.requestMs,
      announceMs: limits.announceMs,
      announcePerSecond: limits.announcePerSecond,
      number: () => ++this.#number,
      askHead: slot => {
        if (table.state[slot] === STATE.READY) this.askHead(slot)
      },
    })
  }

  /** Sends a LOGIN; false where no logic node can be reached. */
  login(slot: number, body: Uint8Array, note: number): boolean {
    const { contexts, logins } = this
    const table = this.#table
    const link = this.links.pickAny(table.uid[slot]!)
    if (link === undefined) return false
    const id = contexts.open(ASK.LOGIN, slot, link.number, table.now)
    contexts.note[id] = note
    contexts.body[id] = body
    contexts.ticket[id] = logins.enter()
    table.request[slot] = id + 1
    this.#send(id, link)
    return true
  }

  /** Sends the PULL of a session; false where no logic node can be reached. */
  pull(slot: number): boolean {
    const table = this.#table
    const uid = table.uid[slot]!
    const other = this.#silent === 0 ? undefined : this.links.pickAny(uid, this.#silent)
    const link = other ?? this.links.pick(uid)
    if (link === undefined) return false
    const id = this.contexts.open(ASK.PULL, slot, link.number, table.now)
    table.request[slot] = id + 1
    this.#send(id, link)
    return true
  }

  /** Sends a TOKEN, which may wait beside a PULL; false where no logic node can be reached. */
  askToken(slot: number, body: Uint8Array): boolean {
    const table = this.#table
    const link = this.links.pick(table.uid[slot]!)
    if (link === undefined) return false
    const id = this.contexts.open(ASK.TOKEN, slot, link.number, table.now)
    // The session may be another one by the time of the answer.
    this.contexts.note[id] = table.generation[slot]!
    this.contexts.body[id] = body
    this.#send(id, link)
    return true
  }

  /** Forgets the request of a session that is closing. */
  forget(slot: number): void {
    const request = this.#table.request[slot]!
    if (request === 0) return
    const id = request - 1
    if (this.contexts.kind[id] === ASK.LOGIN) this.logins.leave(this.contexts.ticket[id]!)
    this.contexts.close(id)
    this.#table.request[slot] = 0
  }

  /**
   * The session is over, or (not yet logged in) its login is not wanted any more; `ending` is a
   * PREV_STATE.
   */
  gone(slot: number, ending: number, loggedOut: boolean): void {
    const { uid, device, appcode, generation, now } = this.#table
    const departure = {
      appcode: appcode[slot]!,
      slot,
      generation: generation[slot]!,
      ending,
      loggedOut,
      uid: uid[slot]!,
      device: device[slot]!,
    }
    this.departures.add(++this.#number, departure, now)
  }

  /** Puts the cursor of a session on the next ACKS; false where no logic node can be reached. */
  acknowledge(slot: number): boolean {
    return this.#acks.add(this.#entryOf(slot), this.#table.now)
  }

  /** Asks how far the mailbox of one session reaches. */
  askHead(slot: number): void {
    const link = this.links.pick(this.#table.uid[slot]!)
    if (link !== undefined) sendEntries(link, TRUNK.HEADS, [encodeEntry(this.#entryOf(slot))])
  }

  /** Tells logic that a message waits because its device has been woken too often; lost where there is none. */
  demoted(slot: number, seq: number): void {
    const table = this.#table
    const writer = this.links.pick(table.uid[slot]!)?.writer()
    if (writer === undefined) return
    writer.head.appcode = table.appcode[slot]!
    writer.head.sequenceid = seq
    writer.frame(TRUNK.DEMOTED, table.uid[slot]!)
  }

  /** Tells one logic node what this gate has. */
  usage(body: Uint8Array): void {
    const link = this.links.pick('usage')
    link?.writer().frame(TRUNK.USAGE, '', body)
  }

  /** Asks about every session, beginning with the next tick. */
  resync(): void {
    this.#resyncLeft = this.#table.capacity
  }

  tick(): void {
    for (let id = this.#expired(); id >= 0; id = this.#expired()) {
      // It may hang although it answers pings: what is asked again now goes elsewhere.
      this.#silent = this.contexts.link[id]!
      this.#fail(id)
    }
    this.#silent = 0
    if (this.#resyncLeft > 0 && this.links.up > 0) this.#resyncSome()
    if (this.links.up > 0) {
      this.departures.tick(this.#table.now)
      this.announcer.tick()
    }
    this.#acks.tick(this.#table.now)
    this.asks.tick()
  }

  #expired(): number {
    return this.contexts.expired(this.#table.now - this.#limits.requestMs)
  }

  #resyncSome(): void {
    const table = this.#table
    const batches = new Map<LogicLink, Buffer[]>()
    this.#resyncLeft = Math.min(this.#resyncLeft, table.capacity)
    for (
      let asked = 0;
      asked < this.#limits.resyncPerTick && this.#resyncLeft > 0;
      this.#resyncLeft--
    ) {
      this.#resyncAt = this.#resyncAt + 1 < table.capacity ? this.#resyncAt + 1 : 0
      const slot = this.#resyncAt
      if (table.state[slot] !== STATE.READY) continue
      asked++
      this.#sink.resynced(slot)
      const link = this.links.pick(table.uid[slot]!)
      if (link === undefined) return
      const entries = batches.get(link)
      if (entries === undefined) batches.set(link, [encodeEntry(this.#entryOf(slot))])
      else entries.push(encodeEntry(this.#entryOf(slot)))
    }
    for (const [link, entries] of batches) sendEntries(link, TRUNK.HEADS, entries)
  }

  /** Writes the request that context `id` stands for. */
  #send(id: number, link: LogicLink): void {
    const { contexts } = this
    const table = this.#table
    const slot = contexts.slot[id]!
    const isPull = contexts.kind[id] === ASK.PULL
    const writer = link.writer()
    this.#address(writer.head, slot)
    const left = contexts.startedAt[id]! + this.#limits.requestMs - table.now
    writer.head.msgtype = Math.max(1, Math.min(Math.ceil(left), 0xffff))
    writer.head.sequenceid = contexts.sequenceid(id)
    if (isPull) {
      writer.head.reserve = table.epoch[slot]!
      writer.head.logidLow = table.features[slot]!
      writer.frame(TRUNK.PULL, table.uid[slot]!, pullBody(table, slot))
      return
    }
    const cmd = contexts.kind[id] === ASK.TOKEN ? TRUNK.TOKEN : TRUNK.LOGIN
    writer.frame(cmd, table.uid[slot]!, contexts.body[id])
  }

  /** Asks another node what this one cannot answer; false where there is none, or it was sent often. */
  #askElsewhere(id: number, most: number): boolean {
    const { contexts } = this
    const table = this.#table
    const slot = contexts.slot[id]!
    // The client has gone: there is nobody to ask for.
    if (table.state[slot] === STATE.LOST || contexts.asked[id]! >= most) return false
    if (contexts.kind[id] === ASK.TOKEN && table.generation[slot] !== contexts.note[id])
      return false
    const link = this.links.pickAny(table.uid[slot]!, contexts.link[id])
    if (link === undefined) return false
    contexts.move(id, link.number)
    this.#send(id, link)
    return true
  }

  #entryOf(slot: number): SessionEntry {
    const table = this.#table
    const entry = this.#entry
    entry.appcode = table.appcode[slot]!
    entry.slot = slot
    entry.generation = table.generation[slot]!
    entry.epoch = table.epoch[slot]!
    entry.seq = table.acked[slot]!
    entry.uid = table.uid[slot]!
    entry.device = table.device[slot]!
    return entry
  }

  #address(head: { appcode: number; slot: number; generation: number }, slot: number): void {
    head.appcode = this.#table.appcode[slot]!
    head.slot = slot
    head.generation = this.#table.generation[slot]!
  }

  #frame(link: LogicLink, view: TrunkView): void {
    this.#sink.begin()
    switch (view.cmd) {
      case TRUNK.LOGIN_RESULT:
      case TRUNK.PULL_RESULT:
      case TRUNK.TOKEN_RESULT:
        this.#answer(link, view)
        break
      case TRUNK.SENT:
      case TRUNK.REPLY:
        this.asks.answered(view)
        break
      case TRUNK.RESYNC:
        this.resync()
        this.#sink.resyncAsked()
        break
      case TRUNK.WHO:
        this.announcer.who(view.body.toString('utf8'))
        break
      case TRUNK.HINT:
        this.#answerTo(link, view, TRUNK.HINTED, this.#sink.hinted(view.body))
        break
      case TRUNK.MOVE:
        this.#answerTo(link, view, TRUNK.MOVING, this.#sink.moveAsked(view.body))
        break
      case TRUNK.DONE:
        if (!this.departures.done(view.sequenceid)) this.announcer.done(view.sequenceid)
        break
      default:
        if (this.#sink.topicFrame(link, view)) break
        if (!this.#sink.pushed(view)) sendStale(link, view)
    }
  }

  #answerTo(link: LogicLink, { sequenceid }: TrunkView, cmd: number, body: Uint8Array): void {
    const writer = link.writer()
    writer.head.sequenceid = sequenceid
    writer.frame(cmd, '', body)
  }

  #answer(link: LogicLink, view: TrunkView): void {
    const { contexts } = this
    const id = contexts.find(view.sequenceid)
    const kind = KIND_OF_RESULT[view.cmd]
    if (id < 0 || contexts.kind[id] !== kind) {
      this.#late(link, view)
      return
    }
    if (TRY_ELSEWHERE.has(view.msgtype) && this.#askElsewhere(id, REFUSED_MAX)) return
    const slot = contexts.slot[id]!
    const note = contexts.note[id]!
    if (kind === ASK.TOKEN) {
      contexts.close(id)
      this.#sink.tokenResult(slot, note, view)
      return
    }
    // The node asked first may have made a route all the same.
    if (kind === ASK.LOGIN && view.msgtype !== 0 && contexts.asked[id]! > 1)
      this.gone(slot, PREV_STATE.CLOSED_BY_SERVER, false)
    this.forget(slot)
    if (kind === ASK.LOGIN) this.#sink.loginResult(slot, note, view)
    else this.#sink.page(slot, view)
  }

  /** A welcome for a session that was given up has left a route behind. */
  #late(link: LogicLink, view: TrunkView): void {
    if (view.cmd !== TRUNK.LOGIN_RESULT || view.msgtype !== 0) return
    if (!this.#table.live(view.slot, view.generation)) sendStale(link, view)
  }

  #fail(id: number): void {
    const kind = this.contexts.kind[id]
    const slot = this.contexts.slot[id]!
    if (kind === ASK.TOKEN) {
      const generation = this.contexts.note[id]!
      this.contexts.close(id)
      this.#sink.tokenFailed(slot, generation)
      return
    }
    this.forget(slot)
    if (kind === ASK.LOGIN) this.#sink.loginFailed(slot)
    else this.#sink.pullFailed(slot)
  }

  #down(link: LogicLink): void {
    this.#sink.begin()
    for (const sequenceid of this.contexts.ofLink(link.number)) {
      const id = this.contexts.find(sequenceid)
      if (id >= 0 && !this.#askElsewhere(id, LOST_MAX)) this.#fail(id)
    }
    this.departures.lost(link.number, this.#table.now)
    this.#acks.lost(link, this.#table.now)
    this.announcer.lost(link.number)
    this.asks.lost(link)
    this.#sink.linkDown(link)
    // What it stored may not have been hinted at any more.
    this.resync()
    this.#sink.end()
  }
}

const KIND_OF_RESULT: Readonly<Record<number, number>> = {
  [TRUNK.LOGIN_RESULT]: ASK.LOGIN,
  [TRUNK.PULL_RESULT]: ASK.PULL,
  [TRUNK.TOKEN_RESULT]: ASK.TOKEN,
}

/** Says that the session which a frame names is not there. */
const sendStale = (link: LogicLink, { slot, generation }: TrunkView): void => {
  const writer = link.writer()
  writer.head.slot = slot
  writer.head.generation = generation
  writer.frame(TRUNK.STALE, '')
}

/** Entries of one HEADS frame; with the longest uid and device this stays far below a trunk body. */
const ENTRIES_MAX = 4_096

/** How often one request is sent at most: where a node refuses it, and where nodes die. */
const REFUSED_MAX = 2
const LOST_MAX = 4

/** Codes that another node may not answer with. */
const TRY_ELSEWHERE: ReadonlySet<number> = new Set([
  CODES.BUSY.code,
  CODES.DRAINING.code,
  CODES.UNAVAILABLE.code,
])

const pullBody = (table: SessionTable, slot: number): Buffer => {
  const cursor = table.pullCursor[slot]!
  PULL_BODY.writeUInt32BE(Math.floor(cursor / 0x1_0000_0000), 0)
  PULL_BODY.writeUInt32BE(cursor % 0x1_0000_0000, 4)
  PULL_BODY.writeUInt32BE(table.pullBytes[slot]!, 8)
  return PULL_BODY
}
/** Copied into the writer of a link at once, so all requests share it. */
const PULL_BODY: Buffer = Buffer.alloc(12)

const sendEntries = (link: LogicLink, cmd: number, entries: readonly Buffer[]): void => {
  for (let at = 0; at < entries.length; at += ENTRIES_MAX) {
    link.writer().frame(cmd, '', Buffer.concat(entries.slice(at, at + ENTRIES_MAX)))
  }
}
