import { processStats } from '../process-stats.ts'
import type { ConnectReport, Counts, FleetOptions } from './fleet.ts'
import type { Verdict } from './payload.ts'
import { Remote } from './remote.ts'

/** What a fleet process can be asked; it answers with what the method of Fleet returns. */
export type FleetRequest =
  | { readonly kind: 'open'; readonly options: FleetOptions }
  | { readonly kind: 'keepalive'; readonly overMs: number }
  | { readonly kind: 'connect' | 'counts' | 'verdict' | 'latencies' | 'recover' | 'close' }

const ENTRY = new URL('fleet-process.js', import.meta.url)

/** Users spread over forked processes. */
export class Fleets {
  readonly #processes: readonly Remote<FleetRequest>[]
  readonly #options: FleetOptions

  private constructor(options: FleetOptions, processes: readonly Remote<FleetRequest>[]) {
    this.#options = options
    this.#processes = processes
  }

  static async open(options: FleetOptions, processes: number): Promise<Fleets> {
    const fleets = new Fleets(
      options,
      Array.from({ length: processes }, () => new Remote<FleetRequest>(ENTRY)),
    )
    const share = Math.ceil(options.users / processes)
    await Promise.all(
      fleets.#processes.map((fleet, index) => {
        const users = Math.min(share, options.users - index * share)
        const own = { ...options, first: options.first + index * share, users }
        return fleet.call({ kind: 'open', options: own })
      }),
    )
    return fleets
  }

  /** Rejects, with the first reasons, unless every user is logged in. */
  async connect(): Promise<void> {
    const reports = (await this.#all({ kind: 'connect' })) as ConnectReport[]
    const connected = reports.reduce((sum, report) => sum + report.connected, 0)
    if (connected === this.#options.users) return
    const reasons = [...new Set(reports.flatMap(report => report.failures))]
    throw new Error(
      `${this.#options.users - connected} of ${this.#options.users} logins failed: ${reasons.join('; ')}`,
    )
  }

  async keepalive(overMs: number): Promise<number> {
    const pongs = (await this.#all({ kind: 'keepalive', overMs })) as number[]
    return pongs.reduce((sum, count) => sum + count, 0)
  }

  async counts(): Promise<Counts> {
    const all = (await this.#all({ kind: 'counts' })) as Counts[]
    return all.reduce((sum, counts) => ({
      received: sum.received + counts.received,
      gaps: sum.gaps + counts.gaps,
      lost: sum.lost + counts.lost,
    }))
  }

  /** All users' verdicts as one; `last` in order of user. */
  async verdict(): Promise<Verdict> {
    const all = (await this.#all({ kind: 'verdict' })) as Verdict[]
    const last = new Uint32Array(this.#options.users * this.#options.publishers)
    let at = 0
    const sum = { received: 0, duplicates: 0, disordered: 0, foreign: 0, last }
    for (const verdict of all) {
      sum.received += verdict.received
      sum.duplicates += verdict.duplicates
      sum.disordered += verdict.disordered
      sum.foreign += verdict.foreign
      last.set(verdict.last, at)
      at += verdict.last.length
    }
    return sum
  }

  /** Sorted. */
  async latencies(): Promise<Float64Array> {
    const all = (await this.#all({ kind: 'latencies' })) as Float64Array[]
    const sorted = new Float64Array(all.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of all) {
      sorted.set(part, at)
      at += part.length
    }
    return sorted.sort()
  }

  cpuMs(): number {
    return this.#processes.reduce((sum, fleet) => sum + processStats(fleet.pid).cpuMs, 0)
  }

  async recover(): Promise<void> {
    await this.#all({ kind: 'recover' })
  }

  async close(): Promise<void> {
    await this.#all({ kind: 'close' })
    await this.stop()
  }

  /** Ends the processes, whatever they are at. */
  async stop(): Promise<void> {
    await Promise.all(this.#processes.map(fleet => fleet.stop()))
  }

  #all(request: FleetRequest): Promise<unknown[]> {
    return Promise.all(this.#processes.map(fleet => fleet.call(request)))
  }
}
