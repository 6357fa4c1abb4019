import { loadavg } from 'node:os'
import type { CrowdReport } from '../load/crowd.ts'
import { Crowds } from '../load/crowds.ts'
import { openLoop, tellAll } from '../load/pacing.ts'
import type { Publisher } from '../load/publisher.ts'
import { machineNote } from '../machine.ts'
import { ManyGates } from '../many-gates.ts'
import { machineMemory, type MachineMemory } from '../memory.ts'
import type { ProcessStats } from '../process-stats.ts'
import { Progress } from '../progress.ts'
import type { Outcome, Row, ScenarioOptions } from '../scenario.ts'
import { openFiles } from '../open-files.ts'
import { percentile, round, sharedNow, sleep } from '../statistics.ts'

const SESSIONS = 1_000_000
const SESSIONS_QUICK = 4_000
/** Descriptors of a gate, or of a load process, that are not sessions. */
const FILES_APART = 700
const SESSIONS_PER_GATE_MAX = 19_200
/** A tenth uses TCP. */
const TCP_EVERY = 10
/** Load processes that log in at the same time, and logins of each under way. */
const WAVES = 4
const CONCURRENCY = 24
/** Come and go at each gate before anything is measured: code that is compiled on first use is no session. */
const WARM_UP = 300
/** What must stay free, or no more sessions are opened. */
const MEMORY_FLOOR = 1.2 * 2 ** 30
const PUBLISHERS_WINDOW = 4_096
const UNICAST_PER_SECOND = 1_000
const RAMP_MAX_MS = 2_400_000
const BROADCAST_MAX_MS = 600_000
const ARRIVAL_MAX_MS = 20_000
const POLL_MS = 500

interface Plan {
  readonly sessions: number
  readonly perGate: number
  readonly gates: number
  readonly quick: boolean
  /** Idle time until a client pings; undefined: as the gate says by itself, 270 s. */
  readonly pingStartMs: number | undefined
  /** How long sessions are watched that do nothing but ping. */
  readonly beatMs: number
  readonly restMs: number
  readonly unicastSeconds: number
}

const planFor = (options: ScenarioOptions): Plan => {
  const { quick } = options
  const sessions = options.sessions ?? (quick ? SESSIONS_QUICK : SESSIONS)
  const perGateMax =
    quick && options.sessions === undefined
      ? SESSIONS_QUICK / 2
      : Math.min(SESSIONS_PER_GATE_MAX, Math.max(1, openFiles() - FILES_APART))
  const gates = Math.ceil(sessions / perGateMax)
  return {
    sessions,
    gates,
    perGate: Math.ceil(sessions / gates),
    quick,
    pingStartMs: quick ? 6_000 : undefined,
    // Everybody has to ping once, the last to log in too.
    beatMs: quick ? 7_000 : 280_000,
    restMs: quick ? 4_000 : 10_000,
    unicastSeconds: quick ? 3 : 30,
  }
}

interface Cpu {
  readonly gates: number
  readonly logic: number
  readonly redis: number
  readonly clients: number
}

/** One run: servers, load, and what was seen. */
class Million {
  readonly #plan: Plan
  readonly #servers: ManyGates
  readonly #crowds = new Crowds()
  readonly failures: string[] = []
  stoppedBy = ''
  /** Publishes of the broadcast that were refused for now. */
  sentAgain = 0

  constructor(plan: Plan, servers: ManyGates) {
    this.#plan = plan
    this.#servers = servers
  }

  async warmUp(): Promise<void> {
    const first = this.#plan.sessions
    const crowds = new Crowds()
    const { gates } = this.#servers
    try {
      for (let at = 0; at < gates.length; at += WAVES) {
        await Promise.all(
          gates.slice(at, at + WAVES).map((_, index) => {
            const users = this.#plan.quick ? 50 : WARM_UP
            return crowds.connect(this.#options(at + index, first + (at + index) * users, users))
          }),
        )
        await crowds.stop()
      }
    } finally {
      await crowds.stop()
    }
  }

  /** Logs everybody in, as far as the machine goes. */
  async ramp(): Promise<number> {
    const { sessions, gates, perGate } = this.#plan
    const progress = new Progress('logins', sessions)
    let next = 0
    let loggedIn = 0
    const lane = async (): Promise<void> => {
      while (next < gates && this.stoppedBy === '') {
        const index = next++
        const users = Math.min(perGate, sessions - index * perGate)
        const done = await this.#crowds.connect(this.#options(index, index * perGate, users))
        loggedIn += done.loggedIn
        progress.at(loggedIn)
        if (done.loggedIn < users) this.#stop(`${users - done.loggedIn} logins failed`, done)
        const { available, files, filesMax } = machineMemory()
        if (available < MEMORY_FLOOR)
          this.#stop(`only ${megabytes(available)} MB of memory are left`)
        if (files > filesMax - 4 * perGate) this.#stop(`${files} of ${filesMax} files are open`)
        const dead = this.#servers.dead()
        if (dead !== undefined) this.#stop(`a server ended: ${dead.slice(-500)}`)
      }
    }
    const lanes = Promise.all(Array.from({ length: WAVES }, lane))
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        this.#stop('logging in took too long')
        resolve()
      }, RAMP_MAX_MS)
      lanes.then(() => resolve(), reject).finally(() => clearTimeout(late))
    })
    const report = await this.report()
    progress.end(report.loggedIn)
    return report.loggedIn
  }

  cpu(): Cpu {
    return { ...this.#servers.cpuMs(), clients: this.#crowds.cpuMs() }
  }

  clientRss(): number {
    return this.#crowds.rss()
  }

  report(): Promise<CrowdReport> {
    return this.#crowds.report()
  }

  /** One message to each session; milliseconds from the first publish until the last was received. */
  async broadcast(publisher: Publisher, sessions: number): Promise<number> {
    const progress = new Progress('broadcast', sessions)
    const began = sharedNow()
    let over = false
    void tellAll(publisher, sessions, PUBLISHERS_WINDOW)
      .then(({ again }) => {
        this.sentAgain = again
      })
      .catch((error: unknown) => this.failures.push(String(error)))
      .finally(() => {
        over = true
      })
    let seen = 0
    for (let quiet = 0; seen < sessions && quiet < ARRIVAL_MAX_MS; quiet += POLL_MS) {
      await sleep(POLL_MS)
      const { received } = await this.report()
      if (received > seen || !over) quiet = 0
      seen = received
      progress.at(seen)
      if (sharedNow() - began > BROADCAST_MAX_MS) break
    }
    const { lastMs } = await this.report()
    progress.end(seen)
    this.#tell(sessions - seen, 'sessions did not get the broadcast')
    return Math.max(0, lastMs - began)
  }

  /** Single messages to users at random, timed from when each was due. */
  async unicast(publisher: Publisher, sessions: number): Promise<Float64Array> {
    const total = UNICAST_PER_SECOND * this.#plan.unicastSeconds
    const last = new Uint32Array(sessions).fill(1)
    await this.#crowds.latencies()
    const { refused } = publisher
    await openLoop(publisher, { first: 0, perSecond: UNICAST_PER_SECOND, total }, last)
    for (let waited = 0; waited < ARRIVAL_MAX_MS; waited += 250) {
      if ((await this.report()).received >= sessions + total) break
      await sleep(250)
    }
    const verdict = await this.#crowds.verdict()
    this.#tell(publisher.refused - refused, `publishes were refused: ${publisher.problem}`)
    this.#tell(sessions + total - verdict.received, 'messages are missing')
    this.#tell(verdict.duplicates, 'messages came twice')
    this.#tell(verdict.disordered, 'messages came out of order')
    this.#tell(verdict.foreign, 'messages came to somebody else')
    return this.#crowds.latencies()
  }

  judge({ lost, missed, gaps, pings }: CrowdReport, sessions: number): void {
    this.#tell(lost, 'sessions were lost')
    this.#tell(missed, 'PINGs had no PONG in time')
    this.#tell(gaps, 'gaps were told')
    this.#tell(sessions - pings, 'sessions did not ping')
    this.#tell(this.#plan.sessions - sessions, `sessions less than asked for: ${this.stoppedBy}`)
  }

  async stop(): Promise<void> {
    await Promise.all([this.#servers.stop(), this.#crowds.stop()])
  }

  #tell(count: number, what: string): void {
    if (count > 0) this.failures.push(`${count} ${what}`)
  }

  #stop(reason: string, { failures }: Pick<CrowdReport, 'failures'> = { failures: [] }): void {
    if (this.stoppedBy === '') this.stoppedBy = [reason, ...failures].join('; ')
  }

  #options(index: number, first: number, users: number) {
    const { host, login, gates } = this.#servers
    const { tcp, ws } = gates[index]!
    const own = { tcpEvery: TCP_EVERY, concurrency: CONCURRENCY, process: index }
    return { ...login, host, tcp, ws, first, users, ...own }
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20)

const seconds = (ms: number): number => round(ms / 1000, 1)

interface Seen {
  readonly plan: Plan
  readonly sessions: number
  readonly loginMs: number
  readonly gatesEmpty: ProcessStats
  readonly gatesFull: ProcessStats
  readonly before: MachineMemory
  readonly after: MachineMemory
  readonly clientRss: number
  readonly logic: ProcessStats
  readonly redis: ProcessStats
  readonly loginCpu: Cpu
  readonly beatCpu: Cpu
  readonly beatMs: number
  readonly broadcastMs: number
  readonly broadcastCpu: Cpu
  readonly latencies: Float64Array
  readonly report: CrowdReport
  readonly sentAgain: number
}

const minus = (after: Cpu, before: Cpu): Cpu => ({
  gates: after.gates - before.gates,
  logic: after.logic - before.logic,
  redis: after.redis - before.redis,
  clients: after.clients - before.clients,
})

const measure = async (million: Million, servers: ManyGates, plan: Plan): Promise<Seen> => {
  const { restMs, beatMs } = plan
  await million.warmUp()
  await sleep(restMs)
  const gatesEmpty = servers.gateStats()
  const before = machineMemory()
  const cpu0 = million.cpu()
  const began = sharedNow()
  const sessions = await million.ramp()
  const loginMs = sharedNow() - began
  const cpu1 = million.cpu()
  await sleep(restMs)
  const gatesFull = servers.gateStats()
  const after = machineMemory()
  const more = {
    clientRss: million.clientRss(),
    logic: servers.logicStats(),
    redis: servers.redisStats(),
  }
  const beating = new Progress('heartbeat: seconds', beatMs / 1000)
  const beatBegan = sharedNow()
  const cpu2 = million.cpu()
  for (let left = beatMs; left > 0; left -= 1_000) {
    await sleep(Math.min(1_000, left))
    beating.at(Math.round((beatMs - left) / 1000))
  }
  const cpu3 = million.cpu()
  const beaten = sharedNow() - beatBegan
  beating.end()
  const publisher = await servers.openPublisher('million')
  const broadcastMs = await million.broadcast(publisher, sessions)
  const cpu4 = million.cpu()
  const latencies = await million.unicast(publisher, sessions)
  publisher.close()
  const report = await million.report()
  million.judge(report, sessions)
  return {
    plan,
    sessions,
    loginMs,
    gatesEmpty,
    gatesFull,
    before,
    after,
    ...more,
    loginCpu: minus(cpu1, cpu0),
    beatCpu: minus(cpu3, cpu2),
    beatMs: beaten,
    broadcastMs,
    broadcastCpu: minus(cpu4, cpu3),
    latencies,
    report,
    sentAgain: million.sentAgain,
  }
}

const cpuText = ({ gates, logic, redis, clients }: Cpu): string =>
  `gates ${seconds(gates)}, logic ${seconds(logic)}, Redis ${seconds(redis)}, clients ${seconds(clients)}`

const outcomeOf = (seen: Seen, failures: readonly string[], stoppedBy: string): Outcome => {
  const { sessions, plan, gatesEmpty, gatesFull, before, after, report, latencies } = seen
  const of = (bytes: number): number => Math.round(bytes / sessions)
  const appBytes = of(gatesFull.rss - gatesEmpty.rss)
  // Both ends of each connection are on this machine: half of what the kernel keeps is the gate's.
  const kernelBytes = of(
    (after.slab - before.slab + after.socketBuffers - before.socketBuffers) / 2,
  )
  const perSecond = (sessions * 1000) / seen.loginMs
  const cpuPerSession = (seen.beatCpu.gates * 1e6) / sessions / seen.beatMs
  const rows: Row[] = [
    { what: 'sessions', value: sessions },
    { what: 'of them TCP', value: Math.ceil(sessions / TCP_EVERY) },
    { what: 'gate processes', value: plan.gates },
    { what: 'bytes/session in gates (RSS over empty)', value: appBytes },
    { what: 'bytes/session in gates (PSS, empty gates included)', value: of(gatesFull.pss) },
    { what: 'bytes/session in the kernel (gate side)', value: kernelBytes },
    { what: 'logins/s', value: Math.round(perSecond) },
    { what: 'logins tried again', value: report.retries },
    { what: 'PINGs', value: report.pings },
    { what: 'missed beats', value: report.missed },
    { what: 'gate CPU µs per session and second, beating', value: round(cpuPerSession, 2) },
    { what: 'broadcast to all, s', value: seconds(seen.broadcastMs) },
    {
      what: `${UNICAST_PER_SECOND} unicast/s meanwhile, p50 ms`,
      value: round(percentile(latencies, 0.5), 2),
    },
    {
      what: `${UNICAST_PER_SECOND} unicast/s meanwhile, p99 ms`,
      value: round(percentile(latencies, 0.99), 2),
    },
  ]
  const pingSeconds = (plan.pingStartMs ?? 270_000) / 1000
  return {
    rows,
    notes: [
      ...(stoppedBy === '' ? [] : [`Stopped before ${plan.sessions} sessions: ${stoppedBy}.`]),
      `Clients ping after ${pingSeconds} s without a byte, as gates ask them to; watched for ${seconds(seen.beatMs)} s with nothing else going on.`,
      `CPU seconds: logins ${cpuText(seen.loginCpu)}; beating ${cpuText(seen.beatCpu)}; broadcast ${cpuText(seen.broadcastCpu)}. Of the broadcast ${seen.sentAgain} publishes were refused for now (429) and sent again.`,
      `Memory in MB: gates RSS ${megabytes(gatesFull.rss)} (PSS ${megabytes(gatesFull.pss)}, empty RSS ${megabytes(gatesEmpty.rss)}), clients RSS ${megabytes(seen.clientRss)}, logic RSS ${megabytes(seen.logic.rss)} (without its mapped store ${megabytes(seen.logic.anonymous)}), Redis RSS ${megabytes(seen.redis.rss)}, kernel objects ${megabytes(after.slab)} (+${megabytes(after.slab - before.slab)}), socket buffers ${megabytes(after.socketBuffers)}; ${megabytes(after.available)} of ${megabytes(after.total)} left. ${after.tcpSockets} TCP sockets, ${after.files} of ${after.filesMax} open files.`,
      `Load average ${loadavg()
        .map(load => load.toFixed(1))
        .join(', ')}.`,
      machineNote(),
    ],
    failures,
    json: {
      sessions,
      appBytesPerSession: appBytes,
      appPssPerSessionAllIn: of(gatesFull.pss),
      kernelBytesPerSession: kernelBytes,
      loginsPerSecond: Math.round(perSecond),
      missedBeats: report.missed,
      broadcastSeconds: seconds(seen.broadcastMs),
      gates: plan.gates,
      tcpSessions: Math.ceil(sessions / TCP_EVERY),
      pings: report.pings,
      cpuMicrosPerSessionSecond: round(cpuPerSession, 3),
      unicastP50Ms: round(percentile(latencies, 0.5), 2),
      unicastP99Ms: round(percentile(latencies, 0.99), 2),
      loginCpuSeconds: seconds(seen.loginCpu.gates + seen.loginCpu.logic + seen.loginCpu.redis),
      stoppedBy,
    },
  }
}

/** As many live sessions on one machine as it can hold. */
export const million = async (options: ScenarioOptions): Promise<Outcome> => {
  const plan = planFor(options)
  const progress = new Progress('gates', plan.gates)
  const servers = await ManyGates.start({
    gates: plan.gates,
    pingStartMs: plan.pingStartMs,
    onGate: up => progress.at(up),
  })
  progress.end()
  const run = new Million(plan, servers)
  try {
    const seen = await measure(run, servers, plan)
    return outcomeOf(seen, run.failures, run.stoppedBy)
  } finally {
    await run.stop()
  }
}
