import { encodeEntry, type SessionEntry, TRUNK, type TrunkView } from '@longwire/proto/trunk'
import { type SessionTable, STATE } from '../session-table.ts'
import { ASK, Contexts } from './contexts.ts'
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
  /** A frame that answers nothing: DELIVER, HEAD, KICK. */
  pushed(view: TrunkView): void
  /** Hints may have been lost: a PULL that waits should be sent again, if this session has one. */
  resynced(slot: number): void
  end(): void
}

/**
 * Requests to logic and their deadlines, acknowledgements, and the questions that heal lost hints.
 * Everything about a uid goes to the same logic node while the set of nodes stays the same.
 */
export class Trunk {
  readonly links: Links
  readonly contexts: Contexts = new Contexts()
  readonly #table: SessionTable
  readonly #sink: TrunkSink
  readonly #limits: { readonly requestMs: number; readonly resyncPerTick: number }
  /** Slots that are still to be asked about, and the next of them. */
  #resyncLeft = 0
  #resyncAt = 0
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
    options: LinksOptions,
    limits: { requestMs: number; resyncPerTick: number },
    table: SessionTable,
    sink: TrunkSink,
  ) {
    this.#table = table
    this.#sink = sink
    this.#limits = limits
    this.links = new Links(options, {
      up: () => this.resync(),
      frame: (_link, view) => this.#frame(view),
      batchEnd: () => sink.end(),
      down: link => this.#down(link),
    })
  }

  /** Sends a LOGIN or PULL; false where no logic node can be reached. */
  ask(kind: number, slot: number, body: Uint8Array, note: number): boolean {
    const table = this.#table
    const link = this.links.pick(table.uid[slot]!)
    if (link === undefined) return false
    const id = this.contexts.open(kind, slot, link.number, table.now)
    this.contexts.note[id] = note
    table.request[slot] = id + 1
    const writer = link.writer()
    this.#address(writer.head, slot)
    writer.head.sequenceid = this.contexts.sequenceid(id)
    writer.head.reserve = kind === ASK.PULL ? table.epoch[slot]! : 0
    writer.frame(kind === ASK.PULL ? TRUNK.PULL : TRUNK.LOGIN, table.uid[slot]!, body)
    return true
  }

  /** Forgets the request of a session that is closing. */
  forget(slot: number): void {
    const request = this.#table.request[slot]!
    if (request === 0) return
    this.contexts.close(request - 1)
    this.#table.request[slot] = 0
  }

  gone(slot: number, loggedOut: boolean): void {
    const table = this.#table
    const link = this.links.pick(table.uid[slot]!)
    if (link === undefined) return
    const writer = link.writer()
    this.#address(writer.head, slot)
    writer.head.reserve = loggedOut ? 1 : 0
    writer.frame(TRUNK.GONE, table.uid[slot]!, Buffer.from(table.device[slot]!))
  }

  /** Puts the cursor of a session on the next ACKS; false where no logic node can be reached. */
  acknowledge(slot: number): boolean {
    const link = this.links.pick(this.#table.uid[slot]!)
    if (link === undefined) return false
    link.acks.push(encodeEntry(this.#entryOf(slot)))
    if (link.acks.length >= ENTRIES_MAX) this.#sendAcks(link)
    return true
  }

  /** Asks how far the mailbox of one session reaches. */
  askHead(slot: number): void {
    const link = this.links.pick(this.#table.uid[slot]!)
    if (link !== undefined) sendEntries(link, TRUNK.HEADS, [encodeEntry(this.#entryOf(slot))])
  }

  /** Asks about every session, beginning with the next tick. */
  resync(): void {
    this.#resyncLeft = this.#table.capacity
  }

  tick(): void {
    for (let id = this.#expired(); id >= 0; id = this.#expired()) this.#fail(id)
    if (this.#resyncLeft > 0 && this.links.up > 0) this.#resyncSome()
    this.links.each(link => this.#sendAcks(link))
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

  #sendAcks(link: LogicLink): void {
    if (link.acks.length === 0) return
    const entries = link.acks
    link.acks = []
    if (link.up) sendEntries(link, TRUNK.ACKS, entries)
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

  #frame(view: TrunkView): void {
    this.#sink.begin()
    switch (view.cmd) {
      case TRUNK.LOGIN_RESULT:
      case TRUNK.PULL_RESULT:
        this.#answer(view)
        break
      case TRUNK.RESYNC:
        this.resync()
        break
      default:
        this.#sink.pushed(view)
    }
  }

  #answer(view: TrunkView): void {
    const { contexts } = this
    const id = contexts.find(view.sequenceid)
    const kind = view.cmd === TRUNK.LOGIN_RESULT ? ASK.LOGIN : ASK.PULL
    if (id < 0 || contexts.kind[id] !== kind) return
    const slot = contexts.slot[id]!
    const note = contexts.note[id]!
    this.forget(slot)
    if (kind === ASK.LOGIN) this.#sink.loginResult(slot, note, view)
    else this.#sink.page(slot, view)
  }

  #fail(id: number): void {
    const kind = this.contexts.kind[id]
    const slot = this.contexts.slot[id]!
    this.forget(slot)
    if (kind === ASK.LOGIN) this.#sink.loginFailed(slot)
    else this.#sink.pullFailed(slot)
  }

  #down(link: LogicLink): void {
    this.#sink.begin()
    for (
      let id = this.contexts.ofLink(link.number);
      id >= 0;
      id = this.contexts.ofLink(link.number)
    )
      this.#fail(id)
    this.#sink.end()
  }
}

/** Entries of one ACKS or HEADS frame; with the longest uid and device this stays far below a trunk body. */
const ENTRIES_MAX = 4_096

const sendEntries = (link: LogicLink, cmd: number, entries: readonly Buffer[]): void => {
  for (let at = 0; at < entries.length; at += ENTRIES_MAX) {
    link.writer().frame(cmd, '', Buffer.concat(entries.slice(at, at + ENTRIES_MAX)))
  }
}
