import { CMD, isProbe, ProtocolError } from '@longwire/proto'
import type { Outbox } from '../outbox.ts'
import { type SessionTable, STATE } from '../session-table.ts'
import type { Prober, Probes } from './probes.ts'

/** Probes that come as PROBE frames before LOGIN. */
export class FrameProber implements Prober {
  readonly path = 'frame'
  readonly #table: SessionTable
  readonly #outbox: Outbox
  readonly #probes: Probes
  readonly #slots: Int32Array
  readonly #generations: Uint32Array

  constructor(parts: { table: SessionTable; outbox: Outbox; probes: Probes; held: number }) {
    this.#table = parts.table
    this.#outbox = parts.outbox
    this.#probes = parts.probes
    this.#slots = new Int32Array(parts.held)
    this.#generations = new Uint32Array(parts.held)
  }

  ask(slot: number, payload: Uint8Array): void {
    if (!isProbe(payload)) throw new ProtocolError('BAD_FRAME', 'a PROBE that is none')
    const ticket = this.#probes.take(this, this.#table.ip[slot]!, payload)
    if (ticket < 0) return
    this.#slots[ticket] = slot
    this.#generations[ticket] = this.#table.generation[slot]!
    this.#probes.hold(ticket)
  }

  answer(ticket: number, ack: Uint8Array): void {
    const table = this.#table
    const slot = this.#slots[ticket]!
    // It may have hung up, or logged in meanwhile.
    if (table.generation[slot] !== this.#generations[ticket] || table.state[slot] !== STATE.OPEN)
      return
    this.#outbox.to(slot).raw(CMD.PROBE_ACK, 0, ack)
  }
}
