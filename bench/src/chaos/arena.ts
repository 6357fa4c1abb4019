import { cpSync, existsSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { sharedNow, sleep } from '../statistics.ts'
import type { Cluster } from './cluster.ts'
import type { NumberedEnd } from './clients.ts'
import { CrewProcess } from './crew.ts'
import { readHistory, type Event } from './history.ts'
import { API_KEY, HOST, planEnds, type Crew } from './plan.ts'
import { postMortem } from './post-mortem.ts'

export interface ArenaOptions {
  readonly clients: number
  readonly perSecond: number
  readonly processes: number
  readonly seed: number
}

interface Company {
  readonly crew: Crew
  readonly ends: readonly NumberedEnd[]
  readonly history: string
  readonly cursors: string | undefined
  process: CrewProcess
}

/** Twice the longest wait between two dials of the SDK. */
const SETTLE_MS = 120_000
const POLL_MS = 100
/** What scans takes seconds to settle a message that is repeated: who repeats it every second never hears of it. */
const SLOW_STORE = { tryMs: 5_000, atOnce: 4 } as const
const QUICK_STORE = { tryMs: 1_000, atOnce: 64 } as const

/** A cluster with its clients and a publisher, and what all of them saw. */
export class Arena {
  readonly cluster: Cluster
  readonly ends: readonly NumberedEnd[]
  readonly #options: ArenaOptions
  readonly #companies: Company[] = []
  readonly #publisher: CrewProcess
  /** Bytes of each history that earlier rounds have read. */
  readonly #read = new Map<string, number>()

  private constructor(cluster: Cluster, options: ArenaOptions) {
    this.cluster = cluster
    this.#options = options
    this.ends = numberEnds(cluster, options)
    this.#publisher = new CrewProcess()
  }

  static async open(cluster: Cluster, options: ArenaOptions): Promise<Arena> {
    const arena = new Arena(cluster, options)
    try {
      await arena.#open()
      return arena
    } catch (error) {
      await arena.close()
      throw error
    }
  }

  async publish(round: number): Promise<void> {
    await this.#publisher.call({ kind: 'start', round })
  }

  /** Why messages were refused. */
  async stopPublishing(): Promise<readonly string[]> {
    return (await this.#publisher.call({ kind: 'stop' })) as readonly string[]
  }

  /** Clients that come and go hang up, or come back. */
  async roam(direction: 'leave' | 'connect'): Promise<void> {
    await Promise.all(
      this.#companies.map(({ process, ends, crew }) => {
        const roaming = ends.filter(({ roams }) => roams && crew === 'apps').map(({ end }) => end)
        return process.call({ kind: direction, which: roaming })
      }),
    )
  }

  /** A last message to everybody; resolves to who has not read it when patience is over. */
  async settle(round: number): Promise<readonly string[]> {
    await this.#publisher.call({ kind: 'fence', round })
    const deadline = sharedNow() + SETTLE_MS
    for (;;) {
      const all = await Promise.all(this.#companies.map(({ process }) => process.status(round)))
      const fenced = all.reduce((sum, status) => sum + status.fenced, 0)
      if (fenced === this.ends.length) return []
      if (sharedNow() > deadline) {
        const missing = all.flatMap(status => status.missing).join(', ')
        return [`${this.ends.length - fenced} clients did not get their last message: ${missing} …`]
      }
      await sleep(POLL_MS)
    }
  }

  /** What was seen since it was asked last, by every process. */
  events(): Event[] {
    return this.#histories().flatMap(path => {
      const { events, size } = readHistory(path, this.#read.get(path) ?? 0)
      this.#read.set(path, size)
      return events
    })
  }

  crew(name: Crew): { pause(): void; resume(): void; killAndRestart(): Promise<void> } {
    const company = this.#companies.find(({ crew }) => crew === name)
    if (company === undefined) throw new Error(`there are no clients of the kind ${name}`)
    return {
      pause: () => company.process.signal('SIGSTOP'),
      resume: () => company.process.signal('SIGCONT'),
      killAndRestart: async () => {
        await company.process.kill()
        company.process = new CrewProcess()
        await this.#man(company)
      },
    }
  }

  endsOf(name: Crew): ReadonlySet<number> {
    return new Set(this.ends.filter(({ crew }) => crew === name).map(({ end }) => end))
  }

  /** Whether the routes of these users are there, as any logic that answers tells. */
  async routed(sample: readonly NumberedEnd[]): Promise<boolean> {
    const { http } = this.cluster.logics[0]!
    const found = await Promise.all(
      sample.map(async ({ uid, appcode, device }) => {
        const url = `${http}/v1/routes/${appcode}/${encodeURIComponent(uid)}`
        try {
          const response = await fetch(url, {
            headers: { authorization: `Bearer ${API_KEY}` },
            signal: AbortSignal.timeout(2_000),
          })
          return response.ok && (await response.text()).includes(`"${device}"`)
        } catch {
          return false
        }
      }),
    )
    return found.every(Boolean)
  }

  /** What is known of these users; the servers still run. */
  explain(users: readonly number[], events: readonly Event[]): Promise<string> {
    return postMortem(users, { events, ends: this.ends }, this.cluster.storePlace)
  }

  /** Copies all histories, the logs of the servers, the embedded store and who the clients are. */
  keep(directory: string): void {
    mkdirSync(directory, { recursive: true })
    for (const path of this.#histories()) cpSync(path, join(directory, basename(path)))
    const store = this.#path('store')
    // Sockets of processes that have it open are not part of it.
    const filter = (path: string): boolean => !lstatSync(path).isSocket()
    if (existsSync(store)) cpSync(store, join(directory, 'store'), { recursive: true, filter })
    for (const { name, output } of this.cluster.servers)
      writeFileSync(join(directory, `${name}.log`), output)
    const ends = this.ends.map(end => JSON.stringify(end)).join('\n')
    writeFileSync(join(directory, 'ends'), ends)
  }

  async close(): Promise<void> {
    await Promise.all(
      [this.#publisher, ...this.#companies.map(({ process }) => process)].map(one => one.kill()),
    )
  }

  async #open(): Promise<void> {
    const { processes, perSecond, seed } = this.#options
    const crews: { crew: Crew; ends: readonly NumberedEnd[] }[] = [
      ...Array.from({ length: processes }, (_, index) => ({
        crew: 'apps' as const,
        ends: this.ends.filter(({ crew, end }) => crew === 'apps' && end % processes === index),
      })),
      { crew: 'crashers', ends: this.ends.filter(({ crew }) => crew === 'crashers') },
      { crew: 'stalled', ends: this.ends.filter(({ crew }) => crew === 'stalled') },
    ]
    crews.forEach(({ crew, ends }, index) =>
      this.#companies.push({
        crew,
        ends,
        history: this.#path(`clients-${index}`),
        cursors: crew === 'crashers' ? this.#path('cursors.json') : undefined,
        process: new CrewProcess(),
      }),
    )
    await Promise.all(this.#companies.map(company => this.#man(company)))
    const users: { uid: string; appcodes: number[] }[] = []
    for (const { user, uid, appcode } of this.ends) {
      const known = (users[user] ??= { uid, appcodes: [] })
      if (!known.appcodes.includes(appcode)) known.appcodes.push(appcode)
    }
    const { logics } = this.cluster
    await this.#publisher.call({
      kind: 'publishing',
      options: {
        links: logics.map(({ link }) => link),
        https: logics.map(({ http }) => http),
        users,
        perSecond,
        seed,
        history: this.#path('publisher'),
        run: `chaos-${seed}`,
        ...(this.cluster.store === 'lmdb' ? QUICK_STORE : SLOW_STORE),
      },
    })
  }

  /** Resolves when all its clients have been logged in. */
  async #man({ process, ends, history, cursors }: Company): Promise<void> {
    await process.call({ kind: 'clients', options: { ends, history, cursors } })
    await process.call({ kind: 'connect', which: undefined })
  }

  #histories(): string[] {
    return [this.#path('publisher'), ...this.#companies.map(({ history }) => history)]
  }

  #path(name: string): string {
    return join(this.cluster.directory, name)
  }
}

const numberEnds = (cluster: Cluster, { clients, seed }: ArenaOptions): readonly NumberedEnd[] =>
  planEnds(clients, seed).map((planned, end) => {
    const { transport, bridged } = planned
    const ports = cluster.gates.map(gate => {
      if (bridged) return (transport === 'tcp' ? gate.tcpBridge : gate.wsBridge).port
      return transport === 'tcp' ? gate.tcp : gate.ws
    })
    const first = end % ports.length
    const urls = [...ports.slice(first), ...ports.slice(0, first)].map(
      port => `${transport}://${HOST}:${port}`,
    )
    return { ...planned, end, urls }
  })
