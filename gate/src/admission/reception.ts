import type { Clock, Logger, Random } from '@longwire/kit'
import { CMD, codeName, CODES, edgeBody, FrameWriter } from '@longwire/proto'
import type { Counters } from '../counters.ts'
import type { Connection, DropReason } from '../listeners/listener.ts'
import type { Defence } from './defence.ts'
import { AcceptQueue } from './accept-queue.ts'
import { Door } from './door.ts'

export interface ReceptionParts {
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly log: Logger
  readonly limits: { readonly sessions: number }
  readonly defence: Defence
  /** The process has more to do than it can do in time. */
  readonly isLate: () => boolean
  /** Gates that take those whom this one does not. */
  readonly elsewhere: () => string[]
}

/** When a refused client may dial again: between these. */
const RETRY_MIN_MS = 1_000
const RETRY_SPREAD_MS = 4_000
/** Connections of an address on one gate from which on logic is told of it, and addresses told at once. */
const BUSY_FROM = 16
const BUSY_MAX = 5_000
/** Reasons of listeners that count against an address. */
const BREACHES: ReadonlySet<DropReason> = new Set(['BAD_PROXY', 'TLS_FAILED', 'BAD_UPGRADE'])

/** What listeners ask before there is a session, with what is counted, logged and told about it. */
export class Reception {
  /** False: everybody is sent to another gate. */
  accepting = true
  readonly #parts: ReceptionParts
  readonly #door: Door
  readonly queue: AcceptQueue = new AcceptQueue()

  constructor(parts: ReceptionParts) {
    const { defence, limits, random } = parts
    this.#parts = parts
    this.#door = new Door({
      defence,
      connectionsMax: limits.sessions,
      seed: Math.floor(random() * 2 ** 32),
    })
  }

  /** Addresses remembered. */
  get addresses(): number {
    return this.#door.addresses
  }

  /** As {@link Sources.networkOf}. */
  networkOf(source: number): string {
    return this.#door.networkOf(source)
  }

  /** As people write it; `unknown` where it is no address. */
  addressOf(source: number): string {
    return this.#door.nameOf(source)
  }

  /** As {@link AddressKey.wide}. */
  wideNetworkOf(source: number): number {
    return this.#door.wideNetworkOf(source)
  }

  /** What a connection counts for, and how many do; nothing of an address that has few. */
  busyAddress(source: number): { address: string; addressConnections: number } | undefined {
    const addressConnections = this.#door.openOf(source)
    if (addressConnections < BUSY_FROM) return undefined
    return { address: this.#door.nameOf(source), addressConnections }
  }

  /** The addresses with many connections; the more of them, the fewer are told. */
  busyAddresses(): { address: string; connections: number }[] {
    const busy: { address: string; connections: number }[] = []
    this.#door.eachBusy(BUSY_FROM, source => {
      if (busy.length < BUSY_MAX)
        busy.push({ address: this.#door.nameOf(source), connections: this.#door.openOf(source) })
    })
    return busy
  }

  /** As {@link GateSide.arrived}. */
  arrived(ip: string): number {
    if (!this.accepting) return this.#refused(-CODES.DRAINING.code)
    const { clock, isLate } = this.#parts
    const now = clock.monotonic()
    // A measure of what is waiting is only believed where the process is seen to be late.
    if (this.queue.isCrowded(now) && isLate()) return this.#refused(-CODES.CROWDED.code)
    const source = this.#refused(this.#door.enter(ip, now))
    if (source >= 0) this.queue.join(now)
    return source
  }

  /** As {@link GateSide.renamed}. */
  renamed(source: number, ip: string): number {
    return this.#refused(this.#door.renamed(source, ip, this.#parts.clock.monotonic()))
  }

  /** As {@link GateSide.departed}; also of a session, without a reason. */
  departed(source: number, reason: DropReason | undefined): void {
    if (reason !== undefined) this.#parts.counters.refused.add(1, { reason })
    if (source < 0) return
    if (reason !== undefined && BREACHES.has(reason)) this.strike(source)
    this.#door.leave(source)
  }

  /** A peer broke the protocol. */
  strike(source: number): void {
    const { clock, counters, log } = this.#parts
    if (!this.#door.strike(source, clock.monotonic())) return
    counters.bans.add()
    const address = this.#door.nameOf(source)
    log.warn({ address }, 'an address broke the protocol too often: it is shut out for a while')
  }

  /** Tells a connection why it gets no session: it was refused before, or there is no room now. */
  turnAway(connection: Connection, source: number): void {
    if (source >= 0) this.#door.leave(source)
    const name = this.accepting ? 'BUSY' : 'DRAINING'
    const code = source < 0 ? -source : -this.#refused(-CODES[name].code)
    const { text, remedy } = CODES[codeName(code) ?? name]
    const retryAfter = Math.round(RETRY_MIN_MS + this.#parts.random() * RETRY_SPREAD_MS)
    const writer = new FrameWriter()
    const addresses = this.accepting ? [] : this.#parts.elsewhere()
    const kick = { message: `${text}: ${remedy}`, retryAfter, addresses }
    const body = edgeBody.Kick.encode(kick).finish()
    writer.coded(CMD.KICK, code, body)
    connection.write(writer.take())
    connection.end(code)
  }

  /** Counts a verdict that is one. */
  #refused(source: number): number {
    if (source < 0)
      this.#parts.counters.refused.add(1, { reason: codeName(-source) ?? String(-source) })
    return source
  }
}
