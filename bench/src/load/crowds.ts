import { cpuMsOf, processStats } from '../process-stats.ts'
import type { CrowdOptions, CrowdReport } from './crowd.ts'
import type { Verdict } from './payload.ts'
import { Remote } from './remote.ts'

/** What a crowd process can be asked; it answers with what the method of Crowd returns. */
export type CrowdRequest =
  | { readonly kind: 'connect'; readonly options: CrowdOptions }
  | { readonly kind: 'report' | 'verdict' | 'latencies' | 'close' }

const ENTRY = new URL('crowd-process.js', import.meta.url)
/** Most of its memory lives long: a small young generation keeps garbage small. */
const FLAGS = ['--max-semi-space-size=1'] as const

const NOTHING: CrowdReport = {
  loggedIn: 0,
  lost: 0,
  pings: 0,
  pongs: 0,
  missed: 0,
  retries: 0,
  received: 0,
  gaps: 0,
  lastMs: 0,
  failures: [],
}

const add = (sum: CrowdReport, one: CrowdReport): CrowdReport => ({
  loggedIn: sum.loggedIn + one.loggedIn,
  lost: sum.lost + one.lost,
  pings: sum.pings + one.pings,
  pongs: sum.pongs + one.pongs,
  missed: sum.missed + one.missed,
  retries: sum.retries + one.retries,
  received: sum.received + one.received,
  gaps: sum.gaps + one.gaps,
  lastMs: Math.max(sum.lastMs, one.lastMs),
  failures: [...new Set([...sum.failures, ...one.failures])],
})

/** Crowds, each in a process of its own. */
export class Crowds {
  readonly #processes: Remote<CrowdRequest>[] = []

  /** Starts one more and logs its users in. */
  async connect(options: CrowdOptions): Promise<CrowdReport> {
    const remote = new Remote<CrowdRequest>(ENTRY, FLAGS)
    this.#processes.push(remote)
    return (await remote.call({ kind: 'connect', options })) as CrowdReport
  }

  async report(): Promise<CrowdReport> {
    return ((await this.#all('report')) as CrowdReport[]).reduce(add, NOTHING)
  }

  async verdict(): Promise<Omit<Verdict, 'last'>> {
    const all = (await this.#all('verdict')) as Verdict[]
    return all.reduce((sum, one) => ({
      received: sum.received + one.received,
      duplicates: sum.duplicates + one.duplicates,
      disordered: sum.disordered + one.disordered,
      foreign: sum.foreign + one.foreign,
      last: sum.last,
    }))
  }

  /** Sorted. */
  async latencies(): Promise<Float64Array> {
    const all = (await this.#all('latencies')) as Float64Array[]
    return Float64Array.from(all.flatMap(part => [...part])).sort()
  }

  cpuMs(): number {
    return this.#processes.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0)
  }

  rss(): number {
    return this.#processes.reduce((sum, { pid }) => sum + processStats(pid).rss, 0)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.splice(0).map(remote => remote.stop()))
  }

  #all(kind: 'report' | 'verdict' | 'latencies'): Promise<unknown[]> {
    return Promise.all(this.#processes.map(remote => remote.call({ kind })))
  }
}
