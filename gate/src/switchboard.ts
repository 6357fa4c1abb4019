import {
  CMD,
  CODES,
  edgeBody,
  FrameFields,
  type FrameSink,
  type FrameView,
  LIMITS,
  PONG_BYTE,
  ProtocolError,
} from '@longwire/proto'
import type { Random } from '@longwire/kit'
import type { SessionRate } from './admission/session-rate.ts'
import type { Counters } from './counters.ts'
import type { Delivery } from './delivery.ts'
import type { Hinting } from './hints.ts'
import type { Hangup } from './hangup.ts'
import type { Intervals } from './intervals.ts'
import type { Login } from './login.ts'
import type { Outbox } from './outbox.ts'
import type { FrameProber } from './probes/frame-prober.ts'
import { FLAG, type SessionTable, STATE } from './session-table.ts'
import type { Tokens } from './tokens.ts'
import type { Topics } from './topics/topics.ts'
import type { Uplink } from './uplink/uplink.ts'
import type { Wakes } from './wakes.ts'

export interface SwitchboardParts {
  readonly table: SessionTable
  readonly outbox: Outbox
  readonly login: Login
  readonly delivery: Delivery
  readonly hangup: Hangup
  readonly tokens: Tokens
  readonly topics: Topics
  readonly hinting: Hinting
  readonly intervals: Intervals
  readonly wakes: Wakes
  readonly uplink: Uplink
  readonly counters: Counters
  readonly pingMinMs: number
  readonly rate: SessionRate
  readonly probes: FrameProber
  readonly random: Random
  /** The client declared when it pings next. */
  readonly wake: (slot: number) => void
}

/** What happens to each frame of a client. What it throws ends the session. */
export class Switchboard implements FrameSink<number> {
  readonly #parts: SwitchboardParts
  readonly #fields: FrameFields = new FrameFields()

  constructor(parts: SwitchboardParts) {
    this.#parts = parts
  }

  maxPayload(slot: number): number {
    return this.#parts.table.state[slot] === STATE.READY ? LIMITS.uplinkBytes : LIMITS.preLoginBytes
  }

  frame(slot: number, view: FrameView): boolean {
    const { table, counters } = this.#parts
    counters.frames.add()
    this.#fields.extensions(view)
    if (table.state[slot] === STATE.READY) this.#ready(slot, view)
    else this.#beforeLogin(slot, view)
    const state = table.state[slot]
    return state === STATE.READY || state === STATE.LOGIN || state === STATE.OPEN
  }

  #beforeLogin(slot: number, view: FrameView): void {
    const { table, probes } = this.#parts
    if (view.cmd === CMD.PROBE && table.state[slot] === STATE.OPEN) {
      probes.ask(slot, view.payload())
      return
    }
    if (view.cmd !== CMD.LOGIN) throw new ProtocolError('NOT_LOGGED_IN', `command ${view.cmd}`)
    if (table.state[slot] === STATE.LOGIN) throw new ProtocolError('ALREADY_LOGGED_IN')
    this.#parts.login.request(slot, view)
  }

  #ready(slot: number, view: FrameView): void {
    const { delivery, hangup, tokens, topics, rate, wakes, uplink } = this.#parts
    const fields = this.#fields
    if (view.cmd === CMD.PING) wakes.pinged(slot)
    else wakes.acted(slot)
    const isRequest = REQUESTS.has(view.cmd)
    if (view.cmd !== CMD.ACK) rate.frame(slot, isRequest)
    const waitMs = isRequest ? rate.waitMs(slot) : 0
    if (waitMs > 0) {
      this.#putOff(slot, view, waitMs)
      return
    }
    switch (view.cmd) {
      case CMD.PING:
        this.#ping(slot)
        break
      case CMD.ACK:
        this.#ack(slot, view)
        break
      case CMD.PULL:
        fields.two(view)
        delivery.pulled(slot, fields.a, fields.b)
        break
      case CMD.C2S:
      case CMD.C2C:
        uplink.message(slot, view, fields)
        break
      case CMD.RETRACT:
      case CMD.READ:
      case CMD.QUERY:
        uplink.query(slot, view, fields)
        break
      case CMD.LOGOUT:
        hangup.logout(slot)
        break
      case CMD.TOKEN:
        tokens.request(slot, view)
        break
      case CMD.TOPIC:
        topics.request(slot, view)
        break
      case CMD.LOGIN:
        throw new ProtocolError('ALREADY_LOGGED_IN')
      default:
        throw new ProtocolError('BAD_FRAME', `command ${view.cmd} is not for clients to send`)
    }
    delivery.awoke(slot)
  }

  /** One that makes progress answers what was sent: it is free however many there are. */
  #ack(slot: number, view: FrameView): void {
    const { table, delivery, rate } = this.#parts
    const before = table.acked[slot]
    this.#fields.one(view)
    delivery.acked(slot, this.#fields.a)
    if (table.acked[slot] === before) rate.frame(slot, false)
  }

  /** The session asks more than it may: a PULL is answered later, anything else is to be asked again. */
  #putOff(slot: number, view: FrameView, waitMs: number): void {
    const { outbox, delivery, tokens, topics, counters, random } = this.#parts
    const fields = this.#fields
    counters.shed('rate').add()
    const retryAfter = Math.ceil(waitMs * (1 + random() / 4))
    if (view.cmd === CMD.TOKEN) return tokens.later(slot, retryAfter)
    if (view.cmd === CMD.TOPIC) return topics.putOff(slot, view, retryAfter)
    const { code, text } = CODES.BUSY
    let message = `${text}: this session asks more than it may`
    if (view.cmd === CMD.PULL) {
      fields.two(view)
      delivery.pulled(slot, fields.a, fields.b, retryAfter)
      message = `${text}: the page comes later`
    }
    const ref = WITH_REF.has(view.cmd) ? this.#refOf(view) : 0
    // A stream has gaps by its nature: nobody needs to hear of each.
    if (view.cmd === CMD.C2S && ref === 0) return counters.uplink('dropped').add()
    const body = edgeBody.ErrorBody.encode({ message, retryAfter, ref }).finish()
    outbox.to(slot).coded(CMD.ERROR, code, body)
  }

  #refOf(view: FrameView): number {
    this.#fields.one(view)
    return this.#fields.a
  }

  #ping(slot: number): void {
    const { table, outbox, delivery, hinting, intervals, wakes, wake, pingMinMs } = this.#parts
    const last = table.lastPing[slot]!
    const tooSoon = last !== 0 && table.now - last < pingMinMs
    const strikes = tooSoon ? table.pingStrikes[slot]! + 1 : 0
    table.pingStrikes[slot] = strikes
    if (strikes >= LIMITS.pingStrikes) throw new ProtocolError('PING_FLOOD')
    table.lastPing[slot] = table.now
    const { next, awake, learned, metered } = this.#fields
    if (awake >= 0) wakes.says(slot, awake)
    if (metered >= 0) wakes.saysMetered(slot, metered > 0)
    if (next > 0) {
      const units = Math.min(next, 0xffff)
      table.nextUnits[slot] = units
      if (learned > 0) table.raise(slot, FLAG.LEARNED)
      else table.lower(slot, FLAG.LEARNED)
      intervals.declared(units, learned > 0)
    }
    if (awake >= 0 || next > 0) wake(slot)
    outbox.to(slot).byte(PONG_BYTE)
    hinting.pinged(slot)
    delivery.heal(slot)
  }
}

/** What makes somebody work; everything else is light. */
const WITH_REF: ReadonlySet<number> = new Set([CMD.C2S, CMD.C2C, CMD.RETRACT, CMD.READ, CMD.QUERY])
const REQUESTS: ReadonlySet<number> = new Set([CMD.PULL, CMD.TOKEN, CMD.TOPIC, ...WITH_REF])
