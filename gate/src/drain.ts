import { CODES } from '@longwire/proto'
import type { Hangup } from './hangup.ts'
import { type GateLimits, TICK_MS } from './limits.ts'
import { type SessionTable, STATE } from './session-table.ts'

export interface DrainParts {
  readonly table: SessionTable
  readonly hangup: Hangup
  readonly limits: GateLimits
}

/** Between the last word to a client and the end of the drain. */
const MARGIN_MS = 1_000

/**
 * Sends all clients of a gate elsewhere: first each is told, and served until it has a session on another
 * gate; those that are still there after a while are hung up on.
 */
export class Drain {
  readonly #parts: DrainParts
  readonly #endsAt: number
  readonly #spreadMs: number
  readonly #perTick: number
  /** Ticks from the word to the end of a session. */
  readonly #lag: number
  /** Slots below this were told; and how many that were, tick by tick. */
  #told = 0
  readonly #toldBefore: number[] = []
  /** Slots below this were hung up on. */
  #cut = 0

  /** Begins now; it is over after `withinMs` at the latest. */
  constructor(parts: DrainParts, now: number, withinMs: number) {
    this.#parts = parts
    const { limits, table } = parts
    this.#endsAt = now + withinMs
    const { drainSpreadMs, lingerMs } = limits
    this.#spreadMs = Math.min(drainSpreadMs, Math.floor(withinMs / 2))
    const servedMs = Math.min(
      this.#spreadMs + lingerMs,
      Math.max(this.#spreadMs, withinMs - lingerMs - MARGIN_MS),
    )
    this.#lag = this.#spreadMs === 0 ? 0 : Math.ceil(servedMs / TICK_MS)
    const tellMs = withinMs - Math.max(lingerMs, this.#spreadMs) - MARGIN_MS
    const ticks = Math.max(1, Math.floor(tellMs / TICK_MS))
    this.#perTick = Math.max(limits.drainPerTick, Math.ceil(table.size / ticks))
  }

  /** To be called every tick; true: all have left, or the time is over. */
  step(): boolean {
    const { table } = this.#parts
    this.#tellSome()
    this.#toldBefore.push(this.#told)
    if (this.#toldBefore.length > this.#lag) this.#cutUpTo(this.#toldBefore.shift()!)
    return (this.#told >= table.capacity && table.size === 0) || table.now >= this.#endsAt
  }

  #tellSome(): void {
    const { table, hangup } = this.#parts
    const { code, text, remedy } = CODES.DRAINING
    const farewell = { message: `${text}: ${remedy}`, spread: this.#spreadMs }
    for (let told = 0; told < this.#perTick && this.#told < table.capacity; this.#told++) {
      const slot = this.#told
      if (!this.#isHere(slot)) continue
      told++
      if (table.state[slot] === STATE.READY && this.#spreadMs > 0) hangup.warn(slot, code, farewell)
      else hangup.kick(slot, code, farewell)
    }
  }

  #cutUpTo(end: number): void {
    const { code, text, remedy } = CODES.DRAINING
    const farewell = { message: `${text}: ${remedy}` }
    for (; this.#cut < end; this.#cut++)
      if (this.#isHere(this.#cut)) this.#parts.hangup.kick(this.#cut, code, farewell)
  }

  #isHere(slot: number): boolean {
    const state = this.#parts.table.state[slot]
    return state !== STATE.FREE && state !== STATE.CLOSING && state !== STATE.LOST
  }
}
