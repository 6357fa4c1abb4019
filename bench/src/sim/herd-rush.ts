import { AcceptQueue } from '@longwire/gate/internal'
import type { Dialler } from './herd-policies.ts'

export interface Rush {
  readonly diallers: readonly Dialler[]
  /** Connections that the gates that are left take in a second, one after the other. */
  readonly acceptPerSecond: number
  /** A client gives up when it was not served for so long. */
  readonly patienceMs: number
  /** The product's rule: who would wait for too long is turned away at once. */
  readonly sheds: boolean
  readonly horizonMs: number
}

export interface Aftermath {
  /** When half, and 99 of 100 were back; undefined: not within the horizon. */
  readonly t50Ms: number | undefined
  readonly t99Ms: number | undefined
  readonly tries: number
  /** Most dials within one second. */
  readonly peak: number
  /** Connections that were served for nothing: their client had given up. */
  readonly wasted: number
  readonly refused: number
}

const STEP_MS = 50
const STEPS_PER_SECOND: number = 1_000 / STEP_MS
/** From here on a process is late, and its measure of what waits is believed. */
const LATE_MS = 250

/** What comes at which step. */
class Agenda {
  readonly #steps: (number[] | undefined)[] = []

  add(atMs: number, earliestStep: number, client: number): void {
    const step = Math.max(earliestStep, Math.floor(atMs / STEP_MS))
    const list = this.#steps[step]
    if (list === undefined) this.#steps[step] = [client]
    else list.push(client)
  }

  take(step: number): readonly number[] {
    const list = this.#steps[step] ?? []
    this.#steps[step] = undefined
    return list
  }
}

const WAITING = 1
const BACK = 2

/** All clients of a gate that died at 0 come to those that are left: one queue, first come, first served. */
export const rush = ({ diallers, acceptPerSecond, ...rules }: Rush): Aftermath => {
  const clients = diallers.length
  const dials = new Agenda()
  const patience = new Agenda()
  const state = new Uint8Array(clients)
  /** Number of the attempt under way: who gave up and came again is another one in the queue. */
  const attempt = new Uint16Array(clients)
  const measure = new AcceptQueue()
  measure.measured(acceptPerSecond, 1, false)
  let queue: number[] = []
  let served = 0
  const peaks = new Peaks()
  const result = { tries: 0, wasted: 0, refused: 0, back: 0 }
  let t50Ms: number | undefined
  let t99Ms: number | undefined
  const again = (client: number, nowMs: number, step: number): void =>
    dials.add(nowMs + diallers[client]!.next(), step + 1, client)

  for (const [client, dialler] of diallers.entries()) dials.add(dialler.first(), 0, client)
  for (let step = 0; step * STEP_MS < rules.horizonMs && result.back < clients; step++) {
    const nowMs = step * STEP_MS
    const come = dials.take(step)
    result.tries += come.length
    peaks.count(come.length)
    for (const client of come) {
      const waitMs = ((queue.length - served) / 2 / acceptPerSecond) * 1_000
      if (rules.sheds && waitMs > LATE_MS && measure.isCrowded(nowMs)) {
        result.refused++
        again(client, nowMs, step)
        continue
      }
      measure.join(nowMs)
      attempt[client] = attempt[client]! + 1
      state[client] = WAITING
      queue.push(client, attempt[client])
      patience.add(nowMs + rules.patienceMs, step + 1, client)
    }
    for (
      let room = acceptPerSecond / STEPS_PER_SECOND;
      room >= 1 && served < queue.length;
      room--
    ) {
      const client = queue[served]!
      const isHere = state[client] === WAITING && attempt[client] === queue[served + 1]
      served += 2
      if (!isHere) {
        result.wasted++
        continue
      }
      state[client] = BACK
      result.back++
      if (result.back === Math.ceil(clients / 2)) t50Ms = nowMs
      if (result.back === Math.ceil(clients * 0.99)) t99Ms = nowMs
    }
    if (served > 1_000_000) {
      queue = queue.slice(served)
      served = 0
    }
    for (const client of patience.take(step)) {
      if (state[client] !== WAITING) continue
      state[client] = 0
      again(client, nowMs, step)
    }
  }
  return { t50Ms, t99Ms, peak: peaks.most, ...result }
}

/** The most within a second that slides. */
class Peaks {
  most = 0
  readonly #window = new Float64Array(STEPS_PER_SECOND)
  #sum = 0
  #at = 0

  count(dials: number): void {
    this.#sum += dials - this.#window[this.#at]!
    this.#window[this.#at] = dials
    this.#at = (this.#at + 1) % STEPS_PER_SECOND
    this.most = Math.max(this.most, this.#sum)
  }
}
