import { CODES } from '@longwire/proto'
import type { Hangup } from './hangup.ts'
import { type GateLimits, TICK_MS } from './limits.ts'
import { MOVE, moveOf, type Mover } from './moves/mover.ts'
import type { Targets } from './moves/targets.ts'
import { type SessionTable, STATE } from './session-table.ts'

export interface DrainParts {
  readonly table: SessionTable
  readonly hangup: Hangup
  readonly mover: Mover
  readonly targets: Targets
  readonly limits: GateLimits
}

/** Between the last word to a client and the end of the drain. */
const MARGIN_MS = 1_000
const ID = 'drain'
const SPREAD_SHARE = 0.25
/** What those have at the most that are hung up on. */
const LAST_SHARE = 0.35

/**
 * Empties a gate that is about to end: whoever is not logged in goes at once, sessions are moved to other
 * gates, no faster than those can take them unless the time is short, and who could not move is hung up on
 * at the end.
 */
export class Drain {
  readonly #parts: DrainParts
  readonly #endsAt: number
  readonly #cutsAt: number
  /** Slots below this were looked at for connections without a login, and to be hung up on. */
  #strangers = 0
  #cut = 0

  /** Begins now; it is over after `withinMs` at the latest. */
  constructor(parts: DrainParts, now: number, withinMs: number) {
    this.#parts = parts
    const { limits, mover } = parts
    // Of a short time most is for telling, so that others need not take everybody at once.
    const spread = Math.min(limits.drainSpreadMs, Math.floor(withinMs * SPREAD_SHARE))
    const lastMs = Math.min(limits.lingerMs + MARGIN_MS, withinMs * LAST_SHARE)
    const servedMs = withinMs - lastMs
    this.#endsAt = now + withinMs
    this.#cutsAt = spread === 0 ? now : now + servedMs
    if (spread === 0) return
    const deadline = Math.min(limits.moveDeadlineMs, servedMs)
    const perSecond = this.#perSecond(servedMs - spread - MARGIN_MS)
    const order = { id: ID, state: MOVE.RUN, drain: true, spread, deadline, perSecond }
    mover.order(moveOf({ ...order, reason: 'the gate is being emptied' }), true)
    mover.tick()
  }

  /** To be called every tick; true: all have left, or the time is over. */
  step(): boolean {
    const { table } = this.#parts
    this.#strangers = this.#hangUpFrom(this.#strangers, false)
    if (table.now >= this.#cutsAt) this.#cut = this.#hangUpFrom(this.#cut, true)
    return table.size === 0 || table.now >= this.#endsAt
  }

  /** Sessions to be told in a second so that all have been after `tellMs`, and more where others can take more. */
  #perSecond(tellMs: number): number {
    const { table, targets } = this.#parts
    const least = (table.ready * 1_000) / Math.max(tellMs, TICK_MS)
    return Math.ceil(Math.max(least, targets.perSecond([])))
  }

  /** Hangs up on some, whether or not they are logged in; returns which slot to go on with. */
  #hangUpFrom(from: number, sessions: boolean): number {
    const { table, hangup, limits } = this.#parts
    const { code, text, remedy } = CODES.DRAINING
    const ticks = Math.max(1, Math.floor((this.#endsAt - MARGIN_MS - table.now) / TICK_MS))
    let most = Math.max(limits.drainPerTick, Math.ceil(table.size / ticks))
    let slot = from
    for (; slot < table.capacity && most > 0; slot++) {
      if (!this.#isHere(slot) || (table.state[slot] === STATE.READY && !sessions)) continue
      hangup.kick(slot, code, { message: `${text}: ${remedy}` })
      most--
    }
    return slot
  }

  #isHere(slot: number): boolean {
    const state = this.#parts.table.state[slot]
    return state !== STATE.FREE && state !== STATE.CLOSING && state !== STATE.LOST
  }
}
