import { Churn } from '../load/churn.ts'
import { type Transport, uidOf } from '../load/fleet.ts'
import { machineNote } from '../machine.ts'
import type { ProcessStats } from '../process-stats.ts'
import type { Outcome, Row, ScenarioOptions } from '../scenario.ts'
import { startLongwireApart } from '../server.ts'
import { round, sharedNow, sleep } from '../statistics.ts'
import type { Subject } from '../subject.ts'

/** Rests for longer than messages that were read stay in the store, so that nothing is under way. */
const FULL: Size = { logins: 1_000_000, users: 20_000, restMs: 90_000 }
const QUICK: Size = { logins: 6_000, users: 1_000, restMs: 3_500 }
const CONCURRENCY = 64
/** Before the first look, so that what is compiled, cached or kept per user is there. */
const WARM_UP_SHARE = 0.1
/** At least, and half as often before the first look; one user may not log in all the time. */
const LOGINS_PER_USER = 6
const RATIO_MAX = 1.1
/** Below, what grows is what a process needs once. */
const JUDGED_LOGINS = 200_000
/** Ended sessions that a gate can be asked after. */
const ENDINGS_MAX = 200_000
/** Connections that a process may have opened to others meanwhile. */
const DESCRIPTORS_SPARE = 8

const warmUpOf = (logins: number, users: number): number =>
  Math.max(Math.ceil(logins * WARM_UP_SHARE), Math.floor((users * LOGINS_PER_USER) / 2))

/** A server at rest. */
interface Look {
  readonly gate: ProcessStats
  readonly logic: ProcessStats
  readonly numbers: ReadonlyMap<string, number>
  readonly routes: number
}

const lookAt = async (server: Subject, users: number): Promise<Look> => ({
  gate: server.gateStats(),
  logic: server.logicStats?.() ?? server.gateStats(),
  numbers: (await server.metrics?.('gate')) ?? new Map<string, number>(),
  routes: (await server.online?.(Array.from({ length: users }, (_, user) => uidOf(user)))) ?? 0,
})

const GONE = ['connections', 'sessions', 'requests', 'deadlines']
const numberOf = (look: Look, name: string): number =>
  look.numbers.get(`longwire_gate_${name}`) ?? NaN

/** What should not be there any more, a line each. */
const leftovers = (empty: Look, last: Look): string[] => {
  const wrong = GONE.filter(name => numberOf(last, name) !== 0).map(
    name => `the gate counts ${numberOf(last, name)} ${name} with nobody connected`,
  )
  if (!(numberOf(last, 'endings') <= ENDINGS_MAX))
    wrong.push(`${numberOf(last, 'endings')} ended sessions are remembered`)
  if (last.routes !== 0) wrong.push(`${last.routes} routes lead to nobody`)
  for (const part of ['gate', 'logic'] as const) {
    const more = last[part].descriptors - empty[part].descriptors
    if (more > DESCRIPTORS_SPARE) wrong.push(`${part} has ${more} more descriptors open`)
  }
  return wrong
}

const wrongOf = (churn: Churn): string[] => {
  const { received, duplicates, disordered, foreign, last } = churn.verdict()
  const published = churn.last.reduce((sum, number) => sum + number, 0)
  const short = churn.last.reduce((sum, number, user) => sum + number - last[user]!, 0)
  const wrong: string[] = []
  const say = (count: number, what: string): void =>
    void (count === 0 || wrong.push(`${count} ${what}`))
  say(churn.failed, `visits failed: ${[...new Set(churn.failures)].join('; ')}`)
  say(short, 'messages never arrived')
  say(duplicates, 'messages arrived twice')
  say(disordered, 'messages arrived out of order')
  say(foreign, 'messages arrived at the wrong user')
  say(churn.gaps, 'gaps were reported')
  if (wrong.length === 0 && received !== published)
    wrong.push(`${received} messages arrived, ${published} were published`)
  return wrong
}

const megabytes = (bytes: number): number => round(bytes / 2 ** 20, 1)
const ratioOf = (first: number, last: number): number => round(last / first, 3)

const rowsOf = (first: Look, last: Look): Row[] =>
  (['gate', 'logic'] as const).map(part => ({
    process: part,
    'RSS MB first → last': `${megabytes(first[part].rss)} → ${megabytes(last[part].rss)}`,
    ratio: ratioOf(first[part].rss, last[part].rss),
    'without mapped files': `${megabytes(first[part].anonymous)} → ${megabytes(last[part].anonymous)}`,
    'ratio ': ratioOf(first[part].anonymous, last[part].anonymous),
    descriptors: `${first[part].descriptors} → ${last[part].descriptors}`,
  }))

interface Size {
  readonly logins: number
  readonly users: number
  readonly restMs: number
}

interface Measured {
  readonly empty: Look
  readonly first: Look
  readonly last: Look
  readonly loginsPerSecond: number
  readonly microsecondsPerLogin: number
}

const measure = async (
  server: Subject,
  churn: Churn,
  { logins, users, restMs }: Size,
): Promise<Measured> => {
  const rested = async (): Promise<Look> => {
    churn.leave()
    await sleep(restMs)
    return lookAt(server, users)
  }
  const empty = await lookAt(server, users)
  await churn.run(warmUpOf(logins, users))
  const first = await rested()
  const from = { at: sharedNow(), logins: churn.logins, cpuMs: server.stats().cpuMs }
  await churn.run(logins - churn.logins)
  const seconds = (sharedNow() - from.at) / 1_000
  const made = churn.logins - from.logins
  return {
    empty,
    first,
    loginsPerSecond: Math.round(made / seconds),
    microsecondsPerLogin: Math.round(((server.stats().cpuMs - from.cpuMs) * 1_000) / made),
    last: await rested(),
  }
}

const notesOf = (churn: Churn, users: number, measured: Measured): string[] => {
  const { last, loginsPerSecond, microsecondsPerLogin } = measured
  const left = GONE.map(name => `${name} ${numberOf(last, name)}`).join(', ')
  return [
    `${churn.logins} logins of ${users} users, ${CONCURRENCY} at a time, half over TCP and half over WebSocket, ${loginsPerSecond}/s, ${microsecondsPerLogin} µs of server each, with the connection and the message that each gets. A quarter each says goodbye, logs out, resets, or is abandoned until its device logs in again.`,
    `First: at rest after ${warmUpOf(churn.logins, users)} logins. The mapped file of logic is its store.`,
    `At the end, with nobody connected: ${left}, ended sessions remembered ${numberOf(last, 'endings')}, routes ${last.routes}.`,
  ]
}

/** Everybody comes, gets a message and goes, again and again. */
export const churn = async (options: ScenarioOptions): Promise<Outcome> => {
  const size = options.quick ? QUICK : FULL
  const logins = options.logins ?? size.logins
  const users = Math.min(size.users, Math.ceil(logins / LOGINS_PER_USER))
  const { server, note } = await startLongwireApart(options)
  const target = (transport: Transport) => server.gate(transport)
  let visitors: Churn | undefined
  try {
    const publisher = await server.openPublisher('churn')
    visitors = new Churn({ ...server.login, target, users, concurrency: CONCURRENCY }, publisher)
    const measured = await measure(server, visitors, { ...size, users, logins })
    publisher.close()
    const { empty, first, last, loginsPerSecond, microsecondsPerLogin } = measured
    const failures = [...wrongOf(visitors), ...leftovers(empty, last)]
    const ratio = Math.max(
      ratioOf(first.gate.rss, last.gate.rss),
      ratioOf(first.logic.anonymous, last.logic.anonymous),
    )
    if (ratio > RATIO_MAX && visitors.logins >= JUDGED_LOGINS)
      failures.push(`memory grew to ${ratio} times what it was first`)
    return {
      rows: rowsOf(first, last),
      notes: [...notesOf(visitors, users, measured), note, machineNote()],
      failures,
      json: {
        logins: visitors.logins,
        loginsPerSecond,
        serverMicrosecondsPerLogin: microsecondsPerLogin,
        rssFirst: first.gate.rss,
        rssLast: last.gate.rss,
        logicAnonymousFirst: first.logic.anonymous,
        logicAnonymousLast: last.logic.anonymous,
        ratio,
      },
    }
  } finally {
    visitors?.stop()
    await server.stop()
  }
}
