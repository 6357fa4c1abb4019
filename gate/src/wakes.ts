import { AWAKE, URGENCY } from '@longwire/proto'
import { fullAfter, type Rate, waitOf } from './admission/rate.ts'
import type { Counters } from './counters.ts'
import type { GateLimits } from './limits.ts'
import { POWER, type SessionTable } from './session-table.ts'

export type WakeLimits = Pick<
  GateLimits,
  'awakePingMs' | 'awakeMs' | 'wakesAtOnce' | 'wakesPerHour' | 'nowWakesPerHour'
>

/**
 * What the gate knows of a device being awake, and how often it may be woken.
 *
 * A radio that was used a moment ago is still up, so a frame of the client is a sign that a push costs
 * nothing now. Everything here is local to the connection: a new one begins with a full budget.
 */
export class Wakes {
  readonly #table: SessionTable
  readonly #limits: WakeLimits
  readonly #counters: Counters
  readonly #normal: Rate
  readonly #now: Rate

  constructor(table: SessionTable, limits: WakeLimits, counters: Counters) {
    this.#table = table
    this.#limits = limits
    this.#counters = counters
    this.#normal = { perSecond: limits.wakesPerHour / 3_600, burst: limits.wakesAtOnce }
    this.#now = { perSecond: limits.nowWakesPerHour / 3_600, burst: limits.nowWakesPerHour }
  }

  /** The client says what its device is doing: of AWAKE; what is not known yet means nothing. */
  says(slot: number, awake: number): void {
    if (awake > AWAKE.DOZE) return
    const { power } = this.#table
    power[slot] =
      (power[slot]! & ~(POWER.FOREGROUND | POWER.DOZE)) |
      (awake === AWAKE.FOREGROUND ? POWER.FOREGROUND : 0) |
      (awake === AWAKE.DOZE ? POWER.DOZE : 0)
  }

  /** The client says whether its network counts bytes. */
  saysMetered(slot: number, metered: boolean): void {
    const { power } = this.#table
    power[slot] = metered ? power[slot]! | POWER.METERED : power[slot]! & ~POWER.METERED
  }

  /** A PING came, or a push woke it: the radio is up for a moment. */
  pinged(slot: number): void {
    this.#awakeFor(slot, this.#limits.awakePingMs)
  }

  /** The client logged in, asked, sent or acknowledged something. */
  acted(slot: number): void {
    this.#awakeFor(slot, this.#limits.awakeMs)
  }

  /** Awake, on a network that does not count bytes. */
  isIdle(slot: number): boolean {
    return (this.#table.power[slot]! & POWER.METERED) === 0 && this.isAwake(slot)
  }

  isAwake(slot: number): boolean {
    const table = this.#table
    if ((table.power[slot]! & POWER.FOREGROUND) !== 0) return true
    return table.now < table.msOf(table.awakeUntil[slot]!)
  }

  /** Whether something this urgent may go out now. A device that sleeps pays for it from its budget. */
  may(slot: number, urgency: number): boolean {
    if (urgency === URGENCY.IDLE) return this.isIdle(slot)
    if (this.isAwake(slot)) return true
    if (urgency > URGENCY.NORMAL) return false
    const { power, nowWakesFullAt, wakesFullAt } = this.#table
    const { wakePushes, dozeNow, demoted } = this.#counters
    const isDozing = (power[slot]! & POWER.DOZE) !== 0
    if (urgency === URGENCY.NOW && this.#spend(nowWakesFullAt, slot, this.#now)) {
      wakePushes('now').add()
      if (isDozing) dozeNow.add()
      return true
    }
    if (isDozing) return false
    if (this.#spend(wakesFullAt, slot, this.#normal)) {
      wakePushes('normal').add()
      return true
    }
    demoted.add()
    return false
  }

  /** The time of what must wake the device has come: it goes out whatever the budget says. */
  overdue(slot: number): void {
    if (this.isAwake(slot)) return
    this.#spend(this.#table.wakesFullAt, slot, this.#normal)
    this.#counters.wakePushes('must_wake').add()
  }

  #awakeFor(slot: number, forMs: number): void {
    if (forMs === 0) return
    const table = this.#table
    const until = table.tenths(table.now + forMs)
    if (until > table.awakeUntil[slot]!) table.awakeUntil[slot] = until
  }

  #spend(fullAts: Uint32Array, slot: number, rate: Rate): boolean {
    const table = this.#table
    const fullAt = fullAfter(table.msOf(fullAts[slot]!), table.now, 1, rate)
    if (waitOf(fullAt, table.now, rate) > 0) return false
    fullAts[slot] = table.tenths(fullAt)
    // Whatever follows at once finds it awake, and costs nothing more.
    this.pinged(slot)
    return true
  }
}
