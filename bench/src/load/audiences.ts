import { cpuMsOf } from '../process-stats.ts'
import type { AudienceOptions, AudienceReport } from './audience.ts'
import { Remote } from './remote.ts'

/** What an audience process can be asked; it answers with a report. */
export type AudienceRequest =
  | { readonly kind: 'open'; readonly options: AudienceOptions }
  | { readonly kind: 'connect' | 'subscribe' | 'hangUp' | 'report' }

const ENTRY = new URL('audience-process.js', import.meta.url)

const add = (sum: AudienceReport, one: AudienceReport): AudienceReport => ({
  loggedIn: sum.loggedIn + one.loggedIn,
  subscribed: sum.subscribed + one.subscribed,
  received: sum.received + one.received,
  recovered: sum.recovered + one.recovered,
  holes: sum.holes + one.holes,
  events: sum.events + one.events,
  count: Math.max(sum.count, one.count),
  told: sum.told + one.told,
  bytes: sum.bytes + one.bytes,
  lastMs: Math.max(sum.lastMs, one.lastMs),
  lastEventMs: Math.max(sum.lastEventMs, one.lastEventMs),
  failures: [...new Set([...sum.failures, ...one.failures])],
})

/** An audience in a process of its own. */
export class Audiences {
  readonly #processes: Remote<AudienceRequest>[] = []

  static async open(options: AudienceOptions, processes: number): Promise<Audiences> {
    const audiences = new Audiences()
    const users = Math.ceil(options.users / processes)
    for (let process = 0; process < processes; process++) {
      const remote = new Remote<AudienceRequest>(ENTRY)
      audiences.#processes.push(remote)
      const first = options.first + process * users
      await remote.call({ kind: 'open', options: { ...options, first, users, process } })
    }
    return audiences
  }

  async all(kind: 'connect' | 'subscribe' | 'hangUp' | 'report'): Promise<AudienceReport> {
    const reports = await Promise.all(this.#processes.map(remote => remote.call({ kind })))
    return (reports as AudienceReport[]).reduce(add)
  }

  cpuMs(): number {
    return this.#processes.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.splice(0).map(remote => remote.stop()))
  }
}
