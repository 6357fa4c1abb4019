import { fork, type ChildProcess } from 'node:child_process'
import { processStats } from '../process-stats.ts'
import type { ConnectReport, Counts, FleetOptions } from './fleet.ts'
import type { Verdict } from './payload.ts'

/** What a fleet process can be asked; `value` of the reply is what the method of Fleet returns. */
export type FleetCall = { readonly id: number } & FleetRequest
type FleetRequest =
  | { readonly kind: 'open'; readonly options: FleetOptions }
  | { readonly kind: 'keepalive'; readonly overMs: number }
  | { readonly kind: 'connect' | 'counts' | 'verdict' | 'latencies' | 'recover' | 'close' }

export interface FleetReply {
  readonly id: number
  readonly value: ConnectReport | Counts | Verdict | Float64Array | number | undefined
  readonly error?: string
}

interface Pending {
  readonly resolve: (value: FleetReply['value']) => void
  readonly reject: (error: Error) => void
}

class FleetProcess {
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  #lastId = 0

  constructor() {
    this.#child = fork(new URL('fleet-process.js', import.meta.url), { serialization: 'advanced' })
    this.#child.on('message', (reply: FleetReply) => {
      const pending = this.#pending.get(reply.id)
      this.#pending.delete(reply.id)
      if (reply.error === undefined) pending?.resolve(reply.value)
      else pending?.reject(new Error(reply.error))
    })
    this.#child.on('exit', code => {
      for (const { reject } of this.#pending.values()) {
        reject(new Error(`a load process ended early, exit code ${code}`))
      }
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  call(request: FleetRequest): Promise<FleetReply['value']> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#child.send({ id, ...request })
    })
  }

  stop(): Promise<void> {
    return new Promise(resolve => {
      this.#child.once('exit', () => resolve())
      if (this.#child.connected) this.#child.disconnect()
      else resolve()
    })
  }
}

/** Users spread over forked processes. */
export class Fleets {
  readonly #processes: readonly FleetProcess[]
  readonly #options: FleetOptions

  private constructor(options: FleetOptions, processes: readonly FleetProcess[]) {
    this.#options = options
    this.#processes = processes
  }

  static async open(options: FleetOptions, processes: number): Promise<Fleets> {
    const fleets = new Fleets(
      options,
      Array.from({ length: processes }, () => new FleetProcess()),
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

  #all(request: FleetRequest): Promise<FleetReply['value'][]> {
    return Promise.all(this.#processes.map(fleet => fleet.call(request)))
  }
}
