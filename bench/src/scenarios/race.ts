import { Crowds } from '../load/crowds.ts'
import { DelayedPath } from '../load/delayed-path.ts'
import { ProbingCrowd, type ProbingReport } from '../load/probing-crowd.ts'
import type { ProbingRequest } from '../load/probing-process.ts'
import { Remote } from '../load/remote.ts'
import { machineNote } from '../machine.ts'
import { ManyGates } from '../many-gates.ts'
import { Progress } from '../progress.ts'
import type { Outcome, ScenarioOptions } from '../scenario.ts'
import { percentile, round, sleep } from '../statistics.ts'

/** How full the gates are at first. */
const SHARES = [0.9, 0.6, 0.3] as const
const PROCESSES = 4
const ENTRY = new URL('../load/probing-process.js', import.meta.url)
/** Gates publish their load every second and read that of others every five. */
const KNOWN_MS = 6_500
const SPREAD_MAX = 0.05
/** Round trips to the gates of two providers. */
const NEAR_MS = 20
const FAR_MS = 200
const NEAR_MIN = 0.99
const SETTLE_MS = 1_000

interface Plan {
  /** Of each gate, and clients that come. */
  readonly capacity: number
  readonly perSecond: number
  readonly travellers: number
}

interface Seen {
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly tookMs: Float64Array
  readonly loggedIn: number
  readonly nearShare: number
  readonly failures: readonly string[]
}

/** Logged-in connections of each gate: its descriptors beyond those it has without any. */
const countsOf = (servers: ManyGates, idle: readonly number[]): number[] =>
  servers.gates.map(({ child }, index) => child.stats().descriptors - (idle[index] ?? 0))

/** Logs in as many light clients as make each gate so full. */
const fill = async (servers: ManyGates, crowds: Crowds, capacity: number): Promise<void> => {
  const { host, login, gates } = servers
  const progress = new Progress('gates filled', gates.length)
  let first = 0
  for (const [index, { tcp, ws }] of gates.entries()) {
    const users = Math.round((SHARES[index] ?? 0) * capacity)
    const rest = { tcpEvery: 1, concurrency: 24, process: index }
    const { loggedIn } = await crowds.connect({ ...login, host, tcp, ws, first, users, ...rest })
    if (loggedIn < users) throw new Error(`only ${loggedIn} of ${users} clients got in`)
    first += users
    progress.at(index + 1)
  }
}

const race = async (
  servers: ManyGates,
  plan: Plan,
  remotes: Remote<ProbingRequest>[],
): Promise<ProbingReport[]> => {
  const { host, login, gates } = servers
  // Least loaded first, as a dispatcher lists them.
  const urls = gates.map(({ tcp }) => `tcp://${host}:${tcp}`).reverse()
  const users = Math.ceil(plan.capacity / PROCESSES)
  const progress = new Progress('processes of racers', PROCESSES)
  let done = 0
  return Promise.all(
    Array.from({ length: PROCESSES }, async (_, index) => {
      const remote = new Remote<ProbingRequest>(ENTRY)
      remotes.push(remote)
      const options = {
        ...login,
        urls,
        first: index * users,
        users: Math.min(users, plan.capacity - index * users),
        perSecond: plan.perSecond / PROCESSES,
        stays: true,
      }
      const report = (await remote.call({ kind: 'connect', options })) as ProbingReport
      progress.at(++done)
      return report
    }),
  )
}

/** The share of clients that take the nearer of two ways to gates that are equally full: they do not stay. */
const travel = async (servers: ManyGates, plan: Plan): Promise<number> => {
  const { host, login, gates } = servers
  const paths = await Promise.all(
    [NEAR_MS, FAR_MS].map((roundTripMs, index) =>
      DelayedPath.open({
        host,
        port: gates[index]?.tcp ?? 0,
        roundTripMs,
        after: (ms, task) => void setTimeout(task, ms),
      }),
    ),
  )
  const urls = paths.map(({ port }) => `tcp://${host}:${port}`).reverse()
  const some = { first: plan.capacity, users: plan.travellers, perSecond: 50, stays: false }
  const crowd = new ProbingCrowd({ ...login, urls, ...some })
  try {
    await crowd.connect()
    const [near, far] = paths.map(({ taken }) => taken.tcp)
    return (near ?? 0) / ((near ?? 0) + (far ?? 0))
  } finally {
    await crowd.close()
    for (const path of paths) path.close()
  }
}

const measure = async (plan: Plan): Promise<Seen> => {
  const progress = new Progress('gates', SHARES.length)
  const { capacity } = plan
  const servers = await ManyGates.start({
    gates: SHARES.length,
    capacity,
    pingStartMs: undefined,
    onGate: up => progress.at(up),
  })
  const crowds = new Crowds()
  const remotes: Remote<ProbingRequest>[] = []
  try {
    const idle = countsOf(servers, [])
    await fill(servers, crowds, capacity)
    await sleep(KNOWN_MS)
    const before = countsOf(servers, idle)
    const reports = await race(servers, plan, remotes)
    await sleep(SETTLE_MS)
    const after = countsOf(servers, idle)
    return {
      before,
      after,
      tookMs: Float64Array.from(reports.flatMap(({ tookMs }) => [...tookMs])).sort(),
      loggedIn: reports.reduce((sum, { loggedIn }) => sum + loggedIn, 0),
      nearShare: await travel(servers, plan),
      failures: [...new Set(reports.flatMap(({ failures }) => failures))],
    }
  } finally {
    await Promise.all([...remotes.map(remote => remote.stop()), crowds.stop()])
    await servers.stop()
  }
}

/** Clients of the SDK that choose by probes among three gates that are 90, 60 and 30 % full. */
export const raceOfProbes = async ({ quick, sessions }: ScenarioOptions): Promise<Outcome> => {
  const plan: Plan = quick
    ? { capacity: sessions ?? 1_000, perSecond: 40, travellers: 100 }
    : { capacity: sessions ?? 10_000, perSecond: 150, travellers: 500 }
  const seen = await measure(plan)
  const { capacity } = plan
  const spread = (Math.max(...seen.after) - Math.min(...seen.after)) / capacity
  const percent = (conns: number): number => round((100 * conns) / capacity, 1)
  return {
    rows: seen.after.map((conns, index) => ({
      gate: index + 1,
      'before %': percent(seen.before[index] ?? 0),
      connections: conns,
      'after %': percent(conns),
    })),
    notes: [
      machineNote(),
      `${seen.loggedIn} clients of the SDK in ${PROCESSES} processes, ${plan.perSecond} a second, over gates with a capacity of ${capacity} each; they were in after ${round(percentile(seen.tookMs, 0.5), 0)} ms (p50) and ${round(percentile(seen.tookMs, 0.99), 0)} ms (p99).`,
      `Of ${plan.travellers} clients with one gate ${NEAR_MS} ms away and one ${FAR_MS} ms, ${round(100 * seen.nearShare, 1)} % took the near one.`,
    ],
    failures: [
      ...(seen.loggedIn < capacity ? [`${capacity - seen.loggedIn} clients did not get in`] : []),
      ...seen.failures,
      ...(spread > SPREAD_MAX ? [`a spread of ${percent(spread * capacity)} %, not 5 %`] : []),
      ...(seen.nearShare < NEAR_MIN ? [`${seen.nearShare} took the near gate, not 0.99`] : []),
    ],
    json: {
      spread: round(spread, 4),
      clients: seen.loggedIn,
      nearShare: round(seen.nearShare, 4),
      p50Ms: round(percentile(seen.tookMs, 0.5), 1),
      p99Ms: round(percentile(seen.tookMs, 0.99), 1),
    },
  }
}
