import { NEXT_UNIT_MS } from '@longwire/proto'
import type { Delivery } from './delivery.ts'
import type { Hangup } from './hangup.ts'
import type { GateLimits } from './limits.ts'
import { POWER, type SessionTable, STATE } from './session-table.ts'
import type { Tokens } from './tokens.ts'

/** What time does to a session. `due` is what the wheel calls; it returns when to look again. */
export class Deadlines {
  readonly #table: SessionTable
  readonly #hangup: Hangup
  readonly #delivery: Delivery
  readonly #tokens: Tokens
  readonly #limits: GateLimits

  constructor(parts: {
    table: SessionTable
    hangup: Hangup
    delivery: Delivery
    tokens: Tokens
    limits: GateLimits
  }) {
    this.#table = parts.table
    this.#hangup = parts.hangup
    this.#delivery = parts.delivery
    this.#tokens = parts.tokens
    this.#limits = parts.limits
  }

  due(slot: number): number {
    const table = this.#table
    switch (table.state[slot]) {
      case STATE.PREAMBLE:
      case STATE.OPEN:
        return this.#until(slot, table.since[slot]! + this.#limits.loginMs, 'LOGIN_TIMEOUT')
      case STATE.READY:
        return this.#ready(slot)
      case STATE.CLOSING:
        return this.#closing(slot)
      default:
        return Infinity
    }
  }

  /** When a session falls silent for too long: a little after the ping that its client promised. */
  #idleAt(slot: number): number {
    const { idleSlackMs, idleMinMs, idleMaxMs } = this.#limits
    // Its system decides when it may ping.
    if ((this.#table.power[slot]! & POWER.DOZE) !== 0) return this.#table.lastRx[slot]! + idleMaxMs
    const next = this.#table.nextUnits[slot]! * NEXT_UNIT_MS
    return (
      this.#table.lastRx[slot]! +
      Math.min(Math.max(1.25 * next + idleSlackMs, idleMinMs), idleMaxMs)
    )
  }

  /** When to look at a session that has just become READY, has a new token, or declared its next ping. */
  readyAt(slot: number): number {
    const frameSince = this.#table.frameSince[slot]!
    const at = Math.min(this.#idleAt(slot), this.#tokens.nextAt(slot))
    return frameSince === 0 ? at : Math.min(at, frameSince + this.#limits.frameMs)
  }

  #closing(slot: number): number {
    const at = this.#table.since[slot]! + this.#limits.lingerMs
    if (this.#table.now < at) return at
    this.#table.connection[slot]?.destroy()
    return Infinity
  }

  #ready(slot: number): number {
    const table = this.#table
    let at = this.#until(slot, this.#idleAt(slot), 'IDLE_TIMEOUT')
    if (at !== Infinity && table.frameSince[slot] !== 0) {
      at = Math.min(
        at,
        this.#until(slot, table.frameSince[slot]! + this.#limits.frameMs, 'FRAME_TIMEOUT'),
      )
    }
    if (table.state[slot] === STATE.READY) at = Math.min(at, this.#tokens.due(slot))
    return table.state[slot] === STATE.READY ? Math.min(at, this.#delivery.due(slot)) : Infinity
  }

  #until(
    slot: number,
    at: number,
    code: 'LOGIN_TIMEOUT' | 'IDLE_TIMEOUT' | 'FRAME_TIMEOUT',
  ): number {
    if (this.#table.now < at) return at
    this.#hangup.kickFor(slot, code)
    return Infinity
  }
}
