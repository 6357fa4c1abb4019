import type { Random } from '@longwire/kit'
import { URGENCY } from '@longwire/proto'
import { POWER, type SessionTable } from './session-table.ts'
import type { Wakes } from './wakes.ts'

/**
 * What is idle goes to very many and matters least: it waits for a random time, so that not all devices that
 * are awake get it at once, and then for one that is awake on a network that does not count bytes.
 */
export class IdleHold {
  readonly #table: SessionTable
  readonly #wakes: Wakes
  readonly #random: Random
  readonly #spreadMs: number

  // oxlint-disable-next-line max-params -- what it keeps it in, asks and draws from, and its one setting
  constructor(table: SessionTable, wakes: Wakes, random: Random, spreadMs: number) {
    this.#table = table
    this.#wakes = wakes
    this.#random = random
    this.#spreadMs = spreadMs
  }

  /** Whether something this urgent may go out now. */
  mayGo(slot: number, urgency: number): boolean {
    if (urgency === URGENCY.IDLE && this.#spreadMs > 0) return false
    return this.#wakes.may(slot, urgency)
  }

  /** Something idle is the first that waits: when to look again, or 0. */
  begin(slot: number): number {
    const table = this.#table
    table.power[slot] = table.power[slot]! | POWER.IDLE
    if (this.#spreadMs === 0) return 0
    const until = table.tenths(table.now + this.#random() * this.#spreadMs)
    table.idleUntil[slot] = until
    return table.msOf(until)
  }

  /** What waits is not only idle any more. */
  end(slot: number): void {
    const table = this.#table
    table.power[slot] = table.power[slot]! & ~POWER.IDLE
    table.idleUntil[slot] = 0
  }

  /** The random time is over, and the device as it should be. True once at most. */
  isDue(slot: number): boolean {
    if (this.#table.idleUntil[slot] === 0 || this.#isSpread(slot)) return false
    this.#table.idleUntil[slot] = 0
    return this.#wakes.isIdle(slot)
  }

  /** Only what is idle waits, and a sign of the device is not enough for it now. */
  stays(slot: number): boolean {
    const power = this.#table.power[slot]!
    if ((power & POWER.HELD) === 0 || (power & POWER.IDLE) === 0) return false
    return (power & POWER.METERED) !== 0 || this.#isSpread(slot)
  }

  #isSpread(slot: number): boolean {
    const table = this.#table
    const until = table.idleUntil[slot]!
    return until !== 0 && table.now < table.msOf(until)
  }
}
