import { decodeProbeAck, encodeProbe, PROBE_NONCE_BYTES } from '@longwire/proto'
import type { ProbeDesk, ProbeGuest } from '../listeners/listener.ts'
import type { Prober, Probes } from './probes.ts'

/** Probes that come as GET /probe. HTTP needs no nonce: nobody can answer for the gate. */
export class HttpProber implements Prober, ProbeDesk {
  readonly path = 'http'
  readonly #probes: Probes
  readonly #guests: (ProbeGuest | undefined)[] = []

  constructor(probes: Probes) {
    this.#probes = probes
  }

  ask(guest: ProbeGuest, ip: string): number {
    const ticket = this.#probes.take(this, ip, PROBE)
    if (ticket < 0) return ticket
    this.#guests[ticket] = guest
    this.#probes.hold(ticket)
    return ticket
  }

  left(guest: ProbeGuest, ticket: number): void {
    if (this.#guests[ticket] !== guest) return
    this.#guests[ticket] = undefined
    this.#probes.drop(ticket)
  }

  answer(ticket: number, ack: Uint8Array): void {
    const guest = this.#guests[ticket]
    this.#guests[ticket] = undefined
    const { load = 0, delayMs = 0, epoch = 0 } = decodeProbeAck(ack, NO_NONCE) ?? {}
    guest?.answer(`{"load":${load},"delayMs":${delayMs},"epoch":${epoch}}\n`)
  }
}

const NO_NONCE = new Uint8Array(PROBE_NONCE_BYTES)
const PROBE = encodeProbe(NO_NONCE, 0)
