import type { ReturnersRequest } from '../load/returners-process.ts'
import type { GatePorts, ReturnersOptions, ReturnReport } from '../load/returners.ts'
import { Remote } from '../load/remote.ts'
import { machineNote } from '../machine.ts'
import { ManyGates } from '../many-gates.ts'
import type { Outcome, ScenarioOptions } from '../scenario.ts'
import { percentile, round, sharedNow, sleep } from '../statistics.ts'

const ENTRY = new URL('../load/returners-process.js', import.meta.url)
const SESSIONS = 15_000
const SESSIONS_QUICK = 1_000
const PROCESSES = 2
const CONCURRENCY = 48
/** Enough to keep the gate that is to take everybody waiting for nothing but itself and what it needs. */
const FULL_CONCURRENCY = 256
/** Logins at the gate that is left, round by round: compiled code first; the last one is the figure. */
const ROUNDS = [0.2, 0.4, 0.4, 0.4, 0.4] as const
/** Until gates know what the others can take, and have reckoned the window anew. */
const WINDOW_MS = 12_000
const TRIES_MAX = 1.2
const OVER_IDEAL_MAX = 1.5

type Crowd = Remote<ReturnersRequest>

/** Users in processes of their own; `first` keeps the uids of crowds apart. */
const open = (): Crowd[] => Array.from({ length: PROCESSES }, () => new Remote(ENTRY))

const connect = async (
  crowd: readonly Crowd[],
  options: Omit<ReturnersOptions, 'first' | 'users'>,
  { first, users }: { readonly first: number; readonly users: number },
): Promise<number> => {
  const share = Math.ceil(users / crowd.length)
  const took = await Promise.all(
    crowd.map((remote, index) => {
      const own = { first: first + index * share, users: Math.min(share, users - index * share) }
      return remote.call({ kind: 'connect', options: { ...options, ...own } })
    }),
  )
  return Math.max(...(took as number[]))
}

const reportOf = async (crowd: readonly Crowd[]): Promise<ReturnReport> => {
  const all = (await Promise.all(
    crowd.map(remote => remote.call({ kind: 'report' })),
  )) as ReturnReport[]
  return {
    loggedIn: all.reduce((sum, { loggedIn }) => sum + loggedIn, 0),
    backAt: Float64Array.from(all.flatMap(({ backAt }) => [...backAt])).sort(),
    tries: all.reduce((sum, { tries }) => sum + tries, 0),
    asks: all.reduce((sum, { asks }) => sum + asks, 0),
    windowMs: all.reduce((sum, { windowMs }) => sum + windowMs, 0) / all.length,
    failures: [...new Set(all.flatMap(({ failures }) => failures))],
  }
}

const stop = async (crowd: readonly Crowd[]): Promise<void> => {
  await Promise.all(crowd.map(remote => remote.stop()))
}

/** Logins a second that the gate takes when more come than it can take. */
const capacityOf = async (
  options: Omit<ReturnersOptions, 'first' | 'users'>,
  sessions: number,
): Promise<number> => {
  let perSecond = 0
  for (const [round, share] of ROUNDS.entries()) {
    const crowd = open()
    const users = Math.ceil(sessions * share)
    try {
      const ms = await connect(crowd, options, { first: sessions * (2 + round), users })
      perSecond = ((await reportOf(crowd)).loggedIn * 1_000) / ms
    } finally {
      await stop(crowd)
    }
  }
  return perSecond
}

/** A gate is killed, and all its clients go to the one that is left. */
export const gatekill = async (options: ScenarioOptions): Promise<Outcome> => {
  const sessions = options.sessions ?? (options.quick ? SESSIONS_QUICK : SESSIONS)
  const servers = await ManyGates.start({ gates: 2, pingStartMs: undefined, onGate: () => {} })
  const crowd = open()
  try {
    const [home, refuge] = servers.gates
    if (home === undefined || refuge === undefined) throw new Error('two gates were to start')
    const { host, login } = servers
    const at = (gate: GatePorts): GatePorts => ({ tcp: gate.tcp, ws: gate.ws })
    const common = { host, ...login, refuge: at(refuge) }
    const perSecond = await capacityOf(
      { ...common, home: at(refuge), concurrency: FULL_CONCURRENCY / PROCESSES },
      sessions,
    )
    const all = { first: 0, users: sessions }
    await connect(crowd, { ...common, home: at(home), concurrency: CONCURRENCY }, all)
    await sleep(WINDOW_MS)
    await Promise.all(crowd.map(remote => remote.call({ kind: 'ping', overMs: 1_000 })))
    const before = await reportOf(crowd)
    const idealMs = (before.loggedIn / perSecond) * 1_000
    const killedAt = sharedNow()
    await home.child.kill()
    const after = await untilBack(crowd, before.loggedIn, killedAt + 60_000 + 5 * idealMs)
    return judged({ before, after, perSecond, idealMs, killedAt, quick: options.quick })
  } finally {
    await stop(crowd)
    await servers.stop()
  }
}

const untilBack = async (
  crowd: readonly Crowd[],
  sessions: number,
  untilMs: number,
): Promise<ReturnReport> => {
  for (;;) {
    const report = await reportOf(crowd)
    if (report.backAt.length >= sessions || sharedNow() > untilMs) return report
    await sleep(250)
  }
}

interface Seen {
  readonly before: ReturnReport
  readonly after: ReturnReport
  readonly perSecond: number
  readonly idealMs: number
  readonly killedAt: number
  readonly quick: boolean
}

const judged = ({ before, after, perSecond, idealMs, killedAt, quick }: Seen): Outcome => {
  const sessions = before.loggedIn
  const ms = (share: number): number => percentile(after.backAt, share) - killedAt
  const t99OverIdeal = ms(0.99) / idealMs
  const triesPerClient = after.tries / sessions
  const missing = sessions - after.backAt.length
  const failures = missing > 0 ? [`${missing} of ${sessions} clients are not back`] : []
  if (!quick && t99OverIdeal > OVER_IDEAL_MAX)
    failures.push(`99 % are back after ${round(t99OverIdeal, 2)} of the ideal, not 1.5`)
  if (!quick && triesPerClient > TRIES_MAX)
    failures.push(`${round(triesPerClient, 2)} tries each, not 1.2`)
  return {
    rows: [
      {
        sessions,
        'logins/s of the other gate': Math.round(perSecond),
        'ideal s': round(idealMs / 1_000, 2),
        'window s': round(before.windowMs / 1_000, 2),
        'half back s': round(ms(0.5) / 1_000, 2),
        '99 % back s': round(ms(0.99) / 1_000, 2),
        'of ideal': round(t99OverIdeal, 2),
        'tries each': round(triesPerClient, 3),
      },
    ],
    notes: [
      `kill -9 of a gate with ${sessions} sessions, half over TCP and half over WebSocket, no TLS; one other gate, one logic, one Redis. Clients use the reconnect plan of the SDK. Each asked its gate once (${after.asks}), which is not a try.`,
      'Ideal: all sessions at the rate of logins that the other gate took just before, with more at its door than it could take.',
      ...(after.failures.length === 0 ? [] : [`Tries failed for: ${after.failures.join('; ')}`]),
      ...(quick ? ['Quick: times are told and not judged.'] : []),
      machineNote(),
    ],
    failures,
    json: {
      sessions,
      acceptPerSecond: Math.round(perSecond),
      idealSeconds: round(idealMs / 1_000, 2),
      windowSeconds: round(before.windowMs / 1_000, 2),
      t99Seconds: round(ms(0.99) / 1_000, 2),
      t99OverIdeal: round(t99OverIdeal, 3),
      triesPerClient: round(triesPerClient, 3),
    },
  }
}
