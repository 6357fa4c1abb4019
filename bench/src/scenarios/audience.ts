import { machineNote } from '../machine.ts'
import type { Outcome, ScenarioOptions } from '../scenario.ts'
import { startLongwire, startLongwireApart } from '../server.ts'
import { round, sharedNow, sleep } from '../statistics.ts'
import { openAudience } from './fanout.ts'

const TOPIC = 'bench:audience'
const MISSED = 10
const GIVE_UP_MS = 60_000

/** All who are told of who comes subscribe at once. */
export const presence = async (options: ScenarioOptions): Promise<Outcome> => {
  const users = options.sessions ?? (options.quick ? 2_000 : 10_000)
  const server = await startLongwire(options)
  try {
    const over = { users, transport: 'ws', topic: TOPIC, events: true } as const
    const audiences = await openAudience(server, over)
    await audiences.all('connect')
    const from = { ms: sharedNow(), cpu: server.stats().cpuMs }
    const joined = await audiences.all('subscribe')
    const joinedMs = sharedNow() - from.ms
    let report = joined
    const isToldAll = (): boolean => report.count === users && report.told === users
    while (!isToldAll() && sharedNow() - from.ms < GIVE_UP_MS) {
      await sleep(20)
      report = await audiences.all('report')
    }
    const json = {
      sessions: users,
      joinedMs: Math.round(joinedMs),
      knownMs: Math.round(report.lastEventMs - from.ms),
      events: report.events,
      serverUsPerJoin: round(((server.stats().cpuMs - from.cpu) * 1_000) / users, 1),
    }
    await audiences.stop()
    const wrong = isToldAll() ? [] : [`${report.told} were told of ${report.count} of ${users}`]
    const note = `${users} sessions that want to know who comes subscribed to one topic; all were told of all ${json.knownMs} ms after the first.`
    const failures = [...joined.failures, ...wrong]
    return { rows: [json], notes: [note, machineNote()], failures, json }
  } finally {
    await server.stop()
  }
}

/** The gate is killed and started again while publications come: who had the topic gets all of them. */
export const recover = async (options: ScenarioOptions): Promise<Outcome> => {
  const users = options.sessions ?? (options.quick ? 2_000 : 10_000)
  const { server, note } = await startLongwireApart(options)
  try {
    const audiences = await openAudience(server, { users, transport: 'ws', topic: TOPIC })
    await audiences.all('connect')
    await audiences.all('subscribe')
    await server.publishTo(TOPIC, ['first'])
    let report = await audiences.all('report')
    while (report.received < users) {
      await sleep(10)
      report = await audiences.all('report')
    }
    await audiences.all('hangUp')
    await server.restartGate()
    await server.publishTo(
      TOPIC,
      Array.from({ length: MISSED }, (_, n) => `missed ${n}`),
    )
    const from = { ms: sharedNow(), cpu: server.stats().cpuMs }
    await audiences.all('connect')
    const loggedInMs = sharedNow() - from.ms
    report = await audiences.all('subscribe')
    const wanted = users * (1 + MISSED)
    while (report.received < wanted && sharedNow() - from.ms < GIVE_UP_MS) {
      await sleep(20)
      report = await audiences.all('report')
    }
    const json = {
      sessions: users,
      loggedInMs: Math.round(loggedInMs),
      recoveredMs: Math.round(report.lastMs - from.ms),
      recovered: report.recovered,
      serverUsPerSession: round(((server.stats().cpuMs - from.cpu) * 1_000) / users, 1),
    }
    await audiences.stop()
    const failures =
      report.received === wanted ? [] : [`${wanted - report.received} publications are missing`]
    return { rows: [json], notes: [note, machineNote()], failures, json }
  } finally {
    await server.stop()
  }
}
