import { CODES } from '@longwire/proto'
import type { BlockList } from 'node:net'
import { blockList, within } from '@longwire/kit'
import type { Defence } from './defence.ts'
import { fullAfter, waitOf } from './rate.ts'
import { Sources, STANDING } from './sources.ts'

export interface DoorOptions {
  readonly defence: Defence
  /** Connections of the process at most. */
  readonly connectionsMax: number
  readonly seed: number
}

/**
 * Who may connect: the one decision that every listener asks for, in a table of bounded size.
 *
 * A connection that was let in counts from then on until `leave`, whether it becomes a session or not.
 */
export class Door {
  /** Connections let in and not left, on their way to a session or beyond. */
  open = 0
  readonly #defence: Defence
  readonly #connectionsMax: number
  readonly #exempt: BlockList
  readonly #sources: Sources
  #acceptsFullAt = 0

  constructor({ defence, connectionsMax, seed }: DoorOptions) {
    this.#defence = defence
    this.#connectionsMax = connectionsMax
    this.#exempt = blockList(defence.exempt)
    this.#sources = new Sources(defence.address.remembered, seed)
  }

  /** Addresses remembered. */
  get addresses(): number {
    return this.#sources.size
  }

  /** Lets a connection in: its source, at least 0. Otherwise the code of CODES to refuse it with, below 0. */
  enter(ip: string, now: number): number {
    const { accept } = this.#defence
    const source = this.#sources.of(ip)
    const exempt = this.#isExempt(source, ip)
    // First, so that those who are shut out cost the others nothing.
    if (!exempt && now < this.#sources.bannedUntil[source]!) return -CODES.BANNED.code
    if (this.open >= this.#connectionsMax) return -CODES.BUSY.code
    if (!exempt) {
      const refusal = this.#refusal(source, now)
      if (refusal !== 0) return -refusal
    }
    const fullAt = fullAfter(this.#acceptsFullAt, now, 1, accept)
    if (waitOf(fullAt, now, accept) > 0) return -CODES.BUSY.code
    this.#acceptsFullAt = fullAt
    this.#sources.pin(source)
    this.open++
    return source
  }

  leave(source: number): void {
    this.#sources.unpin(source)
    this.open--
  }

  /** The connection came through a proxy: it counts for its client's address from now on. */
  renamed(source: number, ip: string, now: number): number {
    this.leave(source)
    this.#acceptsFullAt -= 1_000 / this.#defence.accept.perSecond
    return this.enter(ip, now)
  }

  /** Its peer broke the protocol. True where the address is shut out for that from now on. */
  strike(source: number, now: number): boolean {
    const { strikes: max, windowMs, firstMs, maxMs } = this.#defence.ban
    const sources = this.#sources
    if (sources.standing[source] === STANDING.EXEMPT) return false
    const forgiven = ((now - sources.struckAt[source]!) * max) / windowMs
    const strikes = Math.max(0, sources.strikes[source]! - forgiven) + 1
    sources.struckAt[source] = now
    sources.strikes[source] = strikes
    if (strikes < max || now < sources.bannedUntil[source]!) return false
    // A ban that is long over is not held against the address.
    if (now - sources.bannedUntil[source]! > FORGIVEN_AFTER * maxMs) sources.bans[source] = 0
    const lasts = Math.min(firstMs * 2 ** sources.bans[source]!, maxMs)
    sources.bans[source] = Math.min(sources.bans[source]! + 1, BANS_MAX)
    sources.bannedUntil[source] = now + lasts
    sources.strikes[source] = 0
    return true
  }

  /** Calls `each` with the sources that have at least `least` connections. */
  eachBusy(least: number, each: (source: number) => void): void {
    this.#sources.eachBusy(least, each)
  }

  /** As {@link Sources.networkOf}. */
  networkOf(source: number): string {
    return this.#sources.networkOf(source)
  }

  /** As {@link AddressKey.wide}. */
  wideNetworkOf(source: number): number {
    return this.#sources.wideNetworkOf(source)
  }

  /** The address of a source, for people to read. */
  nameOf(source: number): string {
    return this.#sources.nameOf(source)
  }

  /** Connections of an address that are open here. */
  openOf(source: number): number {
    return this.#sources.open[source]!
  }

  #isExempt(source: number, ip: string): boolean {
    const { standing } = this.#sources
    if (standing[source] === STANDING.UNKNOWN)
      standing[source] = within(this.#exempt, ip) ? STANDING.EXEMPT : STANDING.LIMITED
    return standing[source] === STANDING.EXEMPT
  }

  /** A code of CODES, or 0. */
  #refusal(source: number, now: number): number {
    const { accept, connections } = this.#defence.address
    const sources = this.#sources
    if (sources.open[source]! >= connections) return CODES.ADDRESS_LIMIT.code
    const fullAt = fullAfter(sources.acceptsFullAt[source]!, now, 1, accept)
    if (waitOf(fullAt, now, accept) > 0) return CODES.RATE_LIMITED.code
    sources.acceptsFullAt[source] = fullAt
    return 0
  }
}

const FORGIVEN_AFTER = 24
/** Beyond any longest ban. */
const BANS_MAX = 40
