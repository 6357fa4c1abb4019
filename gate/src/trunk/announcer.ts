import { encodeRouteEntry, type RouteEntry, TRUNK } from '@longwire/proto/trunk'
import { TICK_MS } from '../limits.ts'
import { type SessionTable, STATE } from '../session-table.ts'
import type { Links } from './links.ts'
import type { LogicLink } from './logic-link.ts'

interface AnnouncerOptions {
  readonly links: Links
  readonly requestMs: number
  /** All sessions are announced within this time … */
  readonly announceMs: number
  /** … but never more of them in a second. */
  readonly announcePerSecond: number
  /** A number that no other unanswered request has. */
  readonly number: () => number
  /** Hints for the session may be lost: asks how far its mailbox reaches. */
  readonly askHead: (slot: number) => void
}

interface Batch {
  readonly slots: readonly number[]
  readonly link: number
  readonly sentAt: number
}

/** Sessions of one frame, and frames that logic has not answered: what waits there stays small. */
const BATCH_MAX = 512
const UNANSWERED_MAX = 32
const PER_TICK_MIN = 256
/** A round that hardly ever finds something takes its time. */
const LEISURE_MS = 60_000
/** Everybody has looked at the registry again by then. */
const SETTLE_MS = 1_000
/** Lives of the route table that were answered: a node that lags behind may still name an older one. */
const LIVES_MAX = 8

/**
 * Tells logic of all sessions when their routes may be gone: once per life of the route table, however
 * many nodes ask, after this gate was held to be dead, and (slowly) when a link came up.
 */
export class Announcer {
  readonly #table: SessionTable
  readonly #options: AnnouncerOptions
  #lives: string[] = []
  /** When the latest round began; what was asked before then may have been lost. */
  #askedAt = -1
  /** When a lease that had run out was renewed; −1: nothing is to be done about it. */
  #lapsedAt = -1
  /** Of the round under way. */
  #withinMs = 0
  /** Slots still to be looked at, and the next of them. */
  #left = 0
  #at = 0
  /** Slots to be announced out of turn. */
  #again: number[] = []
  readonly #unanswered = new Map<number, Batch>()
  /** Slots whose announcement nobody answered: it may have put the route back, and nobody knew that it had been missing. */
  readonly #doubtful = new Set<number>()
  readonly #entry: RouteEntry = {
    appcode: 0,
    slot: 0,
    generation: 0,
    dial: 0,
    fence: 0,
    uid: '',
    device: '',
  }

  constructor(table: SessionTable, options: AnnouncerOptions) {
    this.#table = table
    this.#options = options
  }

  /** Sessions of a round that are not announced yet; 0 when nothing is under way. */
  get pending(): number {
    return this.#left + this.#again.length + this.#unanswered.size
  }

  /** The route table has this life. */
  who(life: string): void {
    if (this.#lives.includes(life)) return
    this.#lives = [life, ...this.#lives].slice(0, LIVES_MAX)
    this.#begin(this.#options.announceMs)
  }

  /**
   * The lease of this gate had run out and stands again: its routes may have been removed as those of a
   * dead gate. What was decided on that is given time to be done first.
   */
  lapsed(): void {
    this.#lapsedAt = this.#table.now
  }

  /** A link came up: a KICK that was on its way before may be lost, and with it a session forgotten. */
  linked(): void {
    this.#begin(this.#left > 0 ? Math.min(this.#withinMs, LEISURE_MS) : LEISURE_MS)
  }

  #begin(withinMs: number): void {
    this.#withinMs = withinMs
    this.#askedAt = this.#table.now
    this.#left = this.#table.capacity
    this.#again = []
    for (const { slots } of this.#unanswered.values()) this.#doubt(slots)
    this.#unanswered.clear()
  }

  /** A session was welcomed: its route may have been lost between the LOGIN and now. */
  welcomed(slot: number, askedAt: number): void {
    if (askedAt <= this.#askedAt) this.#again.push(slot)
  }

  /** Whether `number` is a batch. */
  done(number: number): boolean {
    const batch = this.#unanswered.get(number)
    if (batch === undefined) return false
    this.#unanswered.delete(number)
    for (const slot of batch.slots) if (this.#doubtful.delete(slot)) this.#options.askHead(slot)
    return true
  }

  lost(link: number): void {
    for (const [number, batch] of this.#unanswered)
      if (batch.link === link) this.#repeat(number, batch)
  }

  tick(): void {
    const { requestMs } = this.#options
    if (this.#lapsedAt >= 0 && this.#table.now - this.#lapsedAt >= SETTLE_MS) {
      this.#lapsedAt = -1
      this.#begin(this.#options.announceMs)
    }
    for (const [number, batch] of this.#unanswered)
      if (batch.sentAt <= this.#table.now - requestMs) this.#repeat(number, batch)
    if (this.#left === 0 && this.#again.length === 0) return
    this.#announce()
  }

  #repeat(number: number, { slots }: Batch): void {
    this.#unanswered.delete(number)
    this.#doubt(slots)
    for (const slot of slots) this.#again.push(slot)
  }

  #doubt(slots: readonly number[]): void {
    for (const slot of slots) this.#doubtful.add(slot)
  }

  #announce(): void {
    const batches = new Map<LogicLink, { entries: Buffer[]; slots: number[] }>()
    const room = (UNANSWERED_MAX - this.#unanswered.size) * BATCH_MAX
    for (let count = Math.min(this.#perTick(), room); count > 0; count--) {
      const slot = this.#next()
      if (slot < 0) break
      const link = this.#options.links.pick(this.#table.uid[slot]!)
      if (link === undefined) {
        this.#again.push(slot)
        break
      }
      const batch = batches.get(link) ?? { entries: [], slots: [] }
      batches.set(link, batch)
      batch.entries.push(encodeRouteEntry(this.#entryOf(slot)))
      batch.slots.push(slot)
      if (batch.slots.length < BATCH_MAX) continue
      batches.delete(link)
      this.#send(link, batch)
    }
    for (const [link, batch] of batches) this.#send(link, batch)
  }

  #perTick(): number {
    const { announcePerSecond } = this.#options
    const wanted = Math.ceil((this.#table.ready * TICK_MS) / this.#withinMs)
    const allowed = Math.max(1, Math.floor((announcePerSecond * TICK_MS) / 1_000))
    return Math.min(allowed, Math.max(PER_TICK_MIN, wanted))
  }

  /** The next session to be announced, or −1. */
  #next(): number {
    const table = this.#table
    for (let slot = this.#again.pop(); slot !== undefined; slot = this.#again.pop())
      if (table.state[slot] === STATE.READY) return slot
    this.#left = Math.min(this.#left, table.capacity)
    while (this.#left > 0) {
      this.#left--
      this.#at = this.#at + 1 < table.capacity ? this.#at + 1 : 0
      if (table.state[this.#at] === STATE.READY) return this.#at
    }
    return -1
  }

  #send(link: LogicLink, { entries, slots }: { entries: Buffer[]; slots: number[] }): void {
    const number = this.#options.number()
    this.#unanswered.set(number, { slots, link: link.number, sentAt: this.#table.now })
    const writer = link.writer()
    writer.head.sequenceid = number
    writer.frame(TRUNK.ANNOUNCE, '', Buffer.concat(entries))
  }

  #entryOf(slot: number): RouteEntry {
    const table = this.#table
    const entry = this.#entry
    entry.appcode = table.appcode[slot]!
    entry.slot = slot
    entry.generation = table.generation[slot]!
    entry.dial = table.dial[slot]!
    entry.fence = table.fence[slot]!
    entry.uid = table.uid[slot]!
    entry.device = table.device[slot]!
    return entry
  }
}
