import type { Clock, Timer } from '@longwire/kit'
import {
  encodeProbeAck,
  isProbe,
  PROBE_BYTES,
  PROBE_NONCE_BYTES,
  probeNonce,
} from '@longwire/proto'
import type { Fleet } from '../fleet.ts'
import { isFull, probeDelay } from './delay.ts'
import { DueQueue } from './due-queue.ts'
import type { ProbeLimits } from './limits.ts'
import type { ProbeCounters, ProbePath } from './probe-counters.ts'
import { ProbeRate } from './probe-rate.ts'

/** Who asked: gets the answer to a ticket when its time has come. */
export interface Prober {
  readonly path: ProbePath
  /** `ack` is the asker's own from now on. */
  answer(ticket: number, ack: Uint8Array<ArrayBuffer>): void
}

export interface ProbesParts {
  readonly clock: Clock
  /** What outsiders cannot foresee. */
  readonly seed: number
  readonly fleet: Fleet
  readonly counters: ProbeCounters
  readonly limits: ProbeLimits
  /** CIDR blocks without limits per address. */
  readonly exempt: readonly string[]
  /** False: this gate drains, or does not serve yet. */
  readonly isServing: () => boolean
  /** Whether the kernel has had to drop connections that nobody took. */
  readonly isBacklogFull: () => boolean
  /** Called around the answers of one moment. */
  readonly begin: () => void
  readonly end: () => void
}

/** Where there is no answer. */
const NONE = -1

/**
 * Answers probes after a time that says how full this gate is, or not at all. What is held lies in
 * columns, behind one timer.
 */
export class Probes {
  readonly #parts: ProbesParts
  readonly #rate: ProbeRate
  readonly #queue: DueQueue
  readonly #probers: (Prober | undefined)[]
  readonly #nonces: Uint8Array
  readonly #delays: Uint16Array
  readonly #free: Int32Array
  #freeCount: number
  #timer: Timer | undefined
  #timerAt = Infinity
  #stopped = false

  constructor(parts: ProbesParts) {
    const { limits, exempt, seed } = parts
    const { held } = limits
    this.#parts = parts
    this.#rate = new ProbeRate(limits, exempt, seed)
    this.#queue = new DueQueue(held)
    this.#probers = Array.from({ length: held }, () => undefined)
    this.#nonces = new Uint8Array(held * PROBE_NONCE_BYTES)
    this.#delays = new Uint16Array(held)
    this.#free = Int32Array.from({ length: held }, (_, index) => held - 1 - index)
    this.#freeCount = held
  }

  /** Answers that wait for their time. */
  get held(): number {
    return this.#queue.size
  }

  /** Milliseconds for which an answer would be held now. */
  get delayMs(): number {
    const { load, mean } = this.#parts.fleet
    return probeDelay({ ...load, mean })
  }

  /**
   * Takes a probe: its ticket, or −1 where it gets no answer. Once the asker knows where the answer
   * goes it calls {@link hold}.
   */
  take(prober: Prober, ip: string, probe: Uint8Array): number {
    const { counters } = this.#parts
    counters.probes(prober.path).add()
    const reason = this.#refusal(ip, probe)
    if (reason !== undefined) {
      counters.dropped(reason).add()
      return NONE
    }
    const ticket = this.#free[--this.#freeCount]!
    this.#probers[ticket] = prober
    this.#nonces.set(probeNonce(probe), ticket * PROBE_NONCE_BYTES)
    return ticket
  }

  /** The answer leaves when its time has come; at once where there is nothing to wait for. */
  hold(ticket: number): void {
    const delayMs = Math.round(this.delayMs)
    this.#delays[ticket] = delayMs
    if (delayMs === 0) {
      this.#answer(ticket)
      return
    }
    this.#queue.push(ticket, this.#parts.clock.monotonic() + delayMs)
    this.#arm()
  }

  /** Nobody waits for the answer to this ticket any more. */
  drop(ticket: number): void {
    this.#parts.counters.dropped('left').add()
    this.#probers[ticket] = undefined
  }

  /** Answers nobody any more. */
  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #refusal(ip: string, probe: Uint8Array): Parameters<ProbeCounters['dropped']>[0] | undefined {
    const { clock, fleet, isServing, isBacklogFull } = this.#parts
    if (probe.length !== PROBE_BYTES) return 'size'
    if (!isProbe(probe)) return 'magic'
    if (this.#stopped || !isServing()) return 'draining'
    const refused = this.#rate.refusal(ip, clock.monotonic())
    if (refused !== undefined) return refused
    if (isFull({ ...fleet.load, mean: 0 })) return 'full'
    if (isBacklogFull()) return 'backlog'
    return this.#freeCount === 0 ? 'held' : undefined
  }

  #arm(): void {
    const { clock } = this.#parts
    const { nextAt } = this.#queue
    if (this.#stopped || nextAt >= this.#timerAt) return
    this.#timer?.cancel()
    this.#timerAt = nextAt
    // Rounded up: an answer is never early.
    this.#timer = clock.after(Math.max(1, Math.ceil(nextAt - clock.monotonic())), this.#due)
  }

  readonly #due = (): void => {
    const { begin, end, clock } = this.#parts
    this.#timer = undefined
    this.#timerAt = Infinity
    begin()
    const now = clock.monotonic()
    while (this.#queue.nextAt <= now) this.#answer(this.#queue.pop())
    end()
    this.#arm()
  }

  #answer(ticket: number): void {
    const { fleet, counters } = this.#parts
    const prober = this.#probers[ticket]
    this.#probers[ticket] = undefined
    this.#free[this.#freeCount++] = ticket
    if (prober === undefined) return
    const { conns, capacity, epoch } = fleet.load
    const from = ticket * PROBE_NONCE_BYTES
    const ack = encodeProbeAck(this.#nonces.subarray(from, from + PROBE_NONCE_BYTES), {
      load: Math.min(255, Math.floor((255 * conns) / capacity)),
      delayMs: this.#delays[ticket]!,
      epoch,
    })
    counters.answers(prober.path).add()
    prober.answer(ticket, ack)
  }
}
