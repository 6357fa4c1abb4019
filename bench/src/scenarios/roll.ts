import { spawnSync } from 'node:child_process'
import { Arena } from '../chaos/arena.ts'
import { checkHistory, type Verdict } from '../chaos/check.ts'
import { Cluster } from '../chaos/cluster.ts'
import type { Event } from '../chaos/history.ts'
import { measure, type Span } from '../chaos/measure.ts'
import { machineNote } from '../machine.ts'
import { startNats } from '../peers/nats.ts'
import { rollPeer, type PeerRolled } from '../peers/rolling.ts'
import type { Outcome, Row, ScenarioOptions } from '../scenario.ts'
import { round, sharedNow, sleep } from '../statistics.ts'

const FULL = { sessions: 10_000, perSecond: 2_000, processes: 3, calmMs: 15_000, drainMs: 18_000 }
const QUICK = { sessions: 300, perSecond: 200, processes: 1, calmMs: 3_000, drainMs: 18_000 }
/** What a peer gets: its clients live in one process. */
const PEER = { sessions: 1_000, perSecond: 200, calmMs: 5_000 } as const
const PEER_QUICK = { sessions: 100, perSecond: 100, calmMs: 1_500 } as const
const SEED = 1
/** The longest time that moves may add to the way of a message. */
const RATIO_MAX = 2

/** What the clients of one subject saw while each of its servers was restarted. */
interface Rolled {
  readonly verdict: Verdict
  /** Times in which an app saw its connection end. */
  readonly disconnects: number
  readonly calmMs: number
  readonly rollMs: number
  /** From the first word to the last server back. */
  readonly seconds: number
  readonly failures: readonly string[]
}

type Size = typeof FULL

/** Every gate of a cluster is emptied by SIGTERM and started again, one after the other, while messages flow. */
export const roll = async ({ quick, peers, sessions }: ScenarioOptions): Promise<Outcome> => {
  if (spawnSync('redis-server', ['--version']).error !== undefined)
    throw new Error('redis-server is not installed: .ci/services/services.sh install redis')
  const size = { ...(quick ? QUICK : FULL), ...(sessions === undefined ? {} : { sessions }) }
  const rolled = await rollOurs(size)
  const { verdict, disconnects, calmMs, rollMs } = rolled
  const { accepted, lost, repeated, outOfOrder } = verdict
  const p99Ratio = round(rollMs / Math.max(calmMs, 0.1), 2)
  const failures = [...rolled.failures]
  if (disconnects > 0) failures.push(`apps saw ${disconnects} connections end`)
  const slow = p99Ratio > RATIO_MAX
  const others = peers ? await rollPeers(quick ? PEER_QUICK : PEER) : { rows: [], notes: [] }
  return {
    rows: [rowOf('longwire', size, { ...rolled, ...verdict }), ...others.rows],
    notes: [
      `three gates, two logics, Redis and LMDB as processes; ${size.processes + 2} processes of clients of the SDK`,
      'a disconnect is an app whose client left the state ready; p99: from the publish to the receipt',
      ...(slow ? [`p99 while gates are restarted is more than ${RATIO_MAX} times as long`] : []),
      ...others.notes,
      machineNote(),
    ],
    failures,
    json: {
      sessions: size.sessions,
      accepted,
      lost,
      repeated,
      outOfOrder,
      wrong: verdict.wrong,
      appDisconnects: disconnects,
      p99SteadyMs: calmMs,
      p99RollMs: rollMs,
      p99Ratio,
      seconds: rolled.seconds,
    },
  }
}

const rowOf = (
  subject: string,
  size: { readonly sessions: number; readonly perSecond: number },
  rolled: PeerRolled,
): Row => ({
  subject,
  sessions: size.sessions,
  'messages/s': size.perSecond,
  accepted: rolled.accepted,
  lost: rolled.lost,
  repeated: rolled.repeated,
  'out of order': rolled.outOfOrder,
  disconnects: rolled.disconnects,
  'p99 steady ms': rolled.calmMs,
  'p99 rolling ms': rolled.rollMs,
  ratio: round(rolled.rollMs / Math.max(rolled.calmMs, 0.1), 2),
  'roll s': rolled.seconds,
})

/** What restarting does to others, under the same script as far as they allow it. */
const rollPeers = async (
  size: typeof PEER | typeof PEER_QUICK,
): Promise<{ readonly rows: Row[]; readonly notes: string[] }> => {
  const rows: Row[] = []
  const notes: string[] = []
  for (const [name, start] of PEERS) {
    const cluster = await start()
    if (cluster === undefined) {
      notes.push(`${name} is not installed: see bench/README.md`)
      continue
    }
    try {
      rows.push(rowOf(cluster.name, size, await rollPeer(cluster, size)))
      notes.push(`${cluster.name}: ended by SIGTERM; kept ${cluster.durable}`)
    } finally {
      await cluster.stop()
    }
  }
  return { rows, notes }
}

const PEERS = [['nats-server', startNats]] as const

const rollOurs = async (size: Size): Promise<Rolled> => {
  const { sessions: clients, perSecond, processes, calmMs, drainMs } = size
  const cluster = await Cluster.start('lmdb', { drain: { deadlineMs: drainMs } })
  try {
    const arena = await Arena.open(cluster, { clients, perSecond, processes, seed: SEED })
    try {
      await arena.publish(1)
      await sleep(calmMs)
      const calmFrom = sharedNow()
      await sleep(calmMs)
      const from = sharedNow()
      for (const gate of cluster.gates) {
        await gate.stop()
        await gate.start()
      }
      const to = sharedNow()
      await sleep(calmMs)
      const refusals = await arena.stopPublishing()
      const stuck = await arena.settle(1)
      return judge(arena, { calm: { from: calmFrom, to: from }, rolled: { from, to } }, [
        ...refusals,
        ...stuck,
        ...cluster.deaths(),
      ])
    } finally {
      await arena.close()
    }
  } finally {
    await cluster.stop()
  }
}

const judge = (
  arena: Arena,
  { calm, rolled }: { readonly calm: Span; readonly rolled: Span },
  failures: readonly string[],
): Rolled => {
  const events = arena.events()
  const verdict = checkHistory(events, arena.ends, { lateMs: 5_000 })
  const seen = { from: calm.from, to: rolled.to }
  const { calmMs, struckMs } = measure(
    events,
    { struck: [rolled], seen, endAt: rolled.to },
    new Set(),
  )
  return {
    verdict,
    disconnects: disconnectsOf(events),
    calmMs,
    rollMs: struckMs,
    seconds: round((rolled.to - rolled.from) / 1_000, 1),
    failures: [...failures, ...verdict.violations],
  }
}

const disconnectsOf = (events: readonly Event[]): number =>
  events.filter(({ op }) => op === 'down').length
