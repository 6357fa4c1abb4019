import { Fleets } from '../load/fleets.ts'
import type { FleetOptions, Transport } from '../load/fleet.ts'
import { machineNote } from '../machine.ts'
import type { ProcessStats } from '../process-stats.ts'
import type { Outcome, Row, ScenarioOptions } from '../scenario.ts'
import { MOSQUITTO_SKIPPED, startMosquitto } from '../peers/mosquitto.ts'
import { startLongwireApart } from '../server.ts'
import { round, sleep } from '../statistics.ts'
import type { Subject } from '../subject.ts'

const SESSIONS = 15_000
/** Measured on the way, so that the cost of one more session can be told from the fixed cost. */
const FIRST_SESSIONS = 5_000
/** Come and go before anything is measured. */
const WARM_UP_SESSIONS = 1_000
const CONCURRENCY = 64

interface Idle {
  readonly bytesPerSession: number
  readonly row: Row
  readonly failures: readonly string[]
}

const fleetOptions = (
  server: Subject,
  transport: Transport,
  first: number,
  users: number,
): FleetOptions => ({
  ...server.login,
  transport,
  ...server.gate(transport),
  first,
  users,
  publishers: 1,
  concurrency: CONCURRENCY,
})

/** Measures and stops `server`. */
const idleOn = async (
  server: Subject,
  transport: Transport,
  options: ScenarioOptions,
): Promise<Idle> => {
  const restMs = options.quick ? 3_500 : 12_000
  const keepaliveMs = options.quick ? 1_000 : 3_000
  const fleets: Fleets[] = []
  try {
    // Code that is compiled on first use is no part of a session, garbage no part of an empty server.
    const first = await Fleets.open(fleetOptions(server, transport, SESSIONS, WARM_UP_SESSIONS), 1)
    await first.connect()
    await first.stop()
    await sleep(restMs)
    const empty = server.gateStats()
    fleets.push(await Fleets.open(fleetOptions(server, transport, 0, FIRST_SESSIONS), 1))
    await fleets[0]!.connect()
    if (!options.quick) await sleep(restMs)
    const some = server.gateStats()
    fleets.push(
      await Fleets.open(
        fleetOptions(server, transport, FIRST_SESSIONS, SESSIONS - FIRST_SESSIONS),
        1,
      ),
    )
    await fleets[1]!.connect()
    const pongs = await Promise.all(fleets.map(fleet => fleet.keepalive(keepaliveMs)))
    const before = server.gateStats()
    await sleep(restMs)
    const all = server.gateStats()
    const lost = await Promise.all(fleets.map(fleet => fleet.counts()))
    const failures: string[] = []
    const missing = SESSIONS - pongs.reduce((sum, count) => sum + count, 0)
    if (missing > 0) failures.push(`${transport}: ${missing} sessions did not answer the keepalive`)
    const gone = lost.reduce((sum, counts) => sum + counts.lost, 0)
    if (gone > 0) failures.push(`${transport}: ${gone} sessions were lost`)
    return {
      ...figures(
        `${server.name}, ${transport}`,
        { empty, some, all },
        ((all.cpuMs - before.cpuMs) / restMs) * 100,
      ),
      failures,
    }
  } finally {
    await Promise.all(fleets.map(fleet => fleet.stop()))
    await server.stop()
  }
}

const figures = (
  name: string,
  stats: { readonly empty: ProcessStats; readonly some: ProcessStats; readonly all: ProcessStats },
  idleCpuPercent: number,
): Pick<Idle, 'bytesPerSession' | 'row'> => {
  const { empty, some, all } = stats
  const bytesPerSession = Math.round((all.rss - empty.rss) / SESSIONS)
  const row = {
    server: name,
    sessions: SESSIONS,
    'RSS bytes/session': bytesPerSession,
    'PSS bytes/session': Math.round((all.pss - empty.pss) / SESSIONS),
    'RSS bytes per further session': Math.round((all.rss - some.rss) / (SESSIONS - FIRST_SESSIONS)),
    'empty RSS MB': round(empty.rss / 2 ** 20, 1),
    'idle CPU %': round(idleCpuPercent, 1),
  }
  return { bytesPerSession, row }
}

/** What an idle session costs the gate process. */
export const idle = async (options: ScenarioOptions): Promise<Outcome> => {
  const first = await startLongwireApart(options)
  const tcp = await idleOn(first.server, 'tcp', options)
  const ws = await idleOn((await startLongwireApart(options)).server, 'ws', options)
  const mosquitto = options.peers ? await startMosquitto() : undefined
  const peer = mosquitto === undefined ? undefined : await idleOn(mosquitto, 'mqtt', options)
  return {
    rows: [tcp.row, ws.row, ...(peer === undefined ? [] : [peer.row])],
    notes: [
      'RSS of the gate process after login, one keepalive round trip each and a rest, less its RSS when empty, after 1,000 sessions have come and gone and the same rest; kernel socket memory is not in it.',
      first.note,
      ...(options.peers && peer === undefined ? [MOSQUITTO_SKIPPED] : []),
      machineNote(),
    ],
    failures: [...tcp.failures, ...ws.failures, ...(peer?.failures ?? [])],
    json: {
      sessions: SESSIONS,
      tcpBytesPerSession: tcp.bytesPerSession,
      wsBytesPerSession: ws.bytesPerSession,
    },
  }
}
