import { diskOf } from '../disk.ts'
import { settled } from '../load/account.ts'
import { Fleets } from '../load/fleets.ts'
import { ClosedLoop, openLoop } from '../load/pacing.ts'
import { Patient, type Reading } from '../load/patient.ts'
import { machineNote } from '../machine.ts'
import type { Outcome, Row, ScenarioOptions } from '../scenario.ts'
import { startLongwire, type LongwireSubject } from '../server.ts'
import { percentile, round, sharedNow, sleep } from '../statistics.ts'

const USERS = 1_000
const PUBLISHERS = 8
/** A commit is shared by what is in flight: less would not be all the server can do. */
const WINDOW = 256
const CONCURRENCY = 64
const WARMUP_MS = 3_000
const LEVELS = [0.5, 1, 2] as const

interface Phase {
  readonly offeredPerSecond: number
  readonly acceptedPerSecond: number
  readonly shedPerSecond: number
  readonly gaveUpPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly deliveredP99Ms: number
}

interface Bench {
  readonly fleets: Fleets
  readonly publishers: readonly Patient[]
}

const readAll = (publishers: readonly Patient[]): Reading => {
  const all = publishers.map(publisher => publisher.read())
  const latencies = new Float64Array(all.reduce((sum, one) => sum + one.latencies.length, 0))
  let at = 0
  for (const one of all) {
    latencies.set(one.latencies, at)
    at += one.latencies.length
  }
  const sum = (of: (reading: Reading) => number): number =>
    all.reduce((total, one) => total + of(one), 0)
  return {
    accepted: sum(one => one.accepted),
    shed: sum(one => one.shed),
    gaveUp: sum(one => one.gaveUp),
    latencies: latencies.sort(),
  }
}

/** What happens between the warm-up and the end of a phase. */
const observe = async (
  { fleets, publishers }: Bench,
  measureMs: number,
  offeredPerSecond: number,
): Promise<Phase> => {
  await sleep(WARMUP_MS)
  readAll(publishers)
  await fleets.latencies()
  const from = sharedNow()
  await sleep(measureMs)
  const { accepted, shed, gaveUp, latencies } = readAll(publishers)
  const delivered = await fleets.latencies()
  const seconds = (sharedNow() - from) / 1_000
  return {
    offeredPerSecond,
    acceptedPerSecond: Math.round(accepted / seconds),
    shedPerSecond: Math.round(shed / seconds),
    gaveUpPerSecond: Math.round(gaveUp / seconds),
    p50Ms: round(percentile(latencies, 0.5), 1),
    p99Ms: round(percentile(latencies, 0.99), 1),
    deliveredP99Ms: round(percentile(delivered, 0.99), 1),
  }
}

const closedLoop = async (bench: Bench, measureMs: number): Promise<Phase> => {
  const loop = new ClosedLoop(bench.publishers, USERS, WINDOW)
  loop.start()
  const phase = await observe(bench, measureMs, 0)
  await loop.stop()
  return phase
}

const openLoops = async (bench: Bench, perSecond: number, measureMs: number): Promise<Phase> => {
  const each = perSecond / PUBLISHERS
  const total = Math.ceil((each * (WARMUP_MS + measureMs)) / 1_000)
  const loops = bench.publishers.map(publisher =>
    openLoop(publisher, { first: 0, perSecond: each, total }, new Uint32Array(USERS)),
  )
  const phase = await observe(bench, measureMs, Math.round(perSecond))
  await Promise.all(loops)
  return phase
}

/** Retries change the order, so what arrived is counted. */
const miscounted = async ({ fleets, publishers }: Bench): Promise<string[]> => {
  const accepted = publishers.reduce((sum, publisher) => sum + publisher.accepted, 0)
  await settled(fleets, accepted)
  const { gaps, lost, received } = await fleets.counts()
  const { duplicates, foreign } = await fleets.verdict()
  const wrong: string[] = []
  if (received !== accepted) wrong.push(`${received} messages arrived, ${accepted} were accepted`)
  if (duplicates + foreign + gaps + lost > 0)
    wrong.push(`${duplicates} twice, ${foreign} foreign, ${gaps} gaps, ${lost} connections lost`)
  return wrong
}

const openBench = async (server: LongwireSubject): Promise<Bench> => {
  const fleets = await Fleets.open(
    {
      ...server.login,
      transport: 'tcp',
      ...server.gate('tcp'),
      first: 0,
      users: USERS,
      publishers: PUBLISHERS,
      concurrency: CONCURRENCY,
    },
    1,
  )
  await fleets.connect()
  const publishers = await Promise.all(
    Array.from({ length: PUBLISHERS }, (_, index) => server.openPublisher(`bench-${index}`)),
  )
  return {
    fleets,
    publishers: publishers.map((publisher, index) => new Patient(publisher, index, USERS)),
  }
}

const rowOf = (load: string, phase: Phase): Row => ({
  load,
  'offered/s': phase.offeredPerSecond,
  'accepted/s': phase.acceptedPerSecond,
  'shed/s': phase.shedPerSecond,
  'given up/s': phase.gaveUpPerSecond,
  'p50 ms': phase.p50Ms,
  'p99 ms': phase.p99Ms,
  'delivered p99 ms': phase.deliveredP99Ms,
})

const measure = async (
  server: LongwireSubject,
  quick: boolean,
): Promise<{ closed: Phase; open: Phase[]; failures: string[] }> => {
  const bench = await openBench(server)
  const measureMs = quick ? 4_000 : 12_000
  const closed = await closedLoop(bench, measureMs)
  const open: Phase[] = []
  for (const level of LEVELS)
    open.push(await openLoops(bench, closed.acceptedPerSecond * level, measureMs))
  const failures = await miscounted(bench)
  for (const publisher of bench.publishers) publisher.close()
  await bench.fleets.close()
  return { closed, open, failures }
}

/** Capacity closed-loop, then half, all and twice of it whatever the server says. */
export const overload = async (options: ScenarioOptions): Promise<Outcome> => {
  const server = await startLongwire(options, true)
  try {
    const { closed, open, failures } = await measure(server, options.quick)
    const [, atOnce, atTwice] = open
    const { fileSystem } = diskOf(server.dataDirectory)
    return {
      rows: [
        { ...rowOf(`closed loop, ${PUBLISHERS} × ${WINDOW}`, closed), 'offered/s': '–' },
        ...open.map((phase, index) => rowOf(`open loop, ${LEVELS[index]} ×`, phase)),
      ],
      notes: [
        `${USERS} users online over TCP, 100-byte payload, store on ${fileSystem}; figures after a warm-up of ${WARMUP_MS / 1_000} s.`,
        'p50 and p99 are of accepted messages, from when the attempt was due to its answer; delivered: to the app.',
        'Shed messages wait as long as they were told and are sent again, as the SDK does, for 10 s.',
        ...(failures.length === 0 ? ['Every accepted message arrived, and none twice.'] : []),
        machineNote(),
      ],
      failures,
      json: {
        capacity: closed.acceptedPerSecond,
        acceptedAt2x: atTwice?.acceptedPerSecond ?? 0,
        p99At1xMs: atOnce?.p99Ms ?? 0,
        p99At2xMs: atTwice?.p99Ms ?? 0,
        shedAt2x: atTwice?.shedPerSecond ?? 0,
      },
    }
  } finally {
    await server.stop()
  }
}
