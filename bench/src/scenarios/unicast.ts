import { account, settled } from '../load/account.ts'
import type { Transport } from '../load/fleet.ts'
import { Fleets } from '../load/fleets.ts'
import { ClosedLoop, openLoop } from '../load/pacing.ts'
import type { Publishing } from '../load/publisher.ts'
import { diskOf, flushes, syncMs } from '../disk.ts'
import { machineNote } from '../machine.ts'
import { MOSQUITTO_SKIPPED, startMosquitto } from '../peers/mosquitto.ts'
import type { Outcome, Row, ScenarioOptions } from '../scenario.ts'
import { startLongwire } from '../server.ts'
import { percentile, round, sharedNow, sleep } from '../statistics.ts'
import type { Subject } from '../subject.ts'

const USERS = 1_000
const PUBLISHERS = 8
/** A commit is shared by what is in flight: the slower the disk's sync, the more it takes. */
const WINDOW = 256
const TIMED_PER_SECOND = 1_000
const CONCURRENCY = 64
const WARMUP_MS = 2_000

interface Throughput {
  readonly messagesPerSecond: number
  readonly serverMicroseconds: number
  readonly clientMicroseconds: number
  /** Per flush of the disk's cache; 0 where none was seen. */
  readonly messagesPerFlush: number
  readonly wrong: readonly string[]
}

interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly wrong: readonly string[]
}

/** Users of their own for each phase: what the former one left would come with the login. */
const openFleet = async (
  server: Subject,
  transport: Transport,
  { first, publishers }: { readonly first: number; readonly publishers: number },
): Promise<Fleets> => {
  const fleets = await Fleets.open(
    {
      ...server.login,
      transport,
      ...server.gate(transport),
      first,
      users: USERS,
      publishers,
      concurrency: CONCURRENCY,
    },
    1,
  )
  await fleets.connect()
  return fleets
}

const openPublishers = (server: Subject, count: number): Promise<Publishing[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => server.openPublisher(`bench-${index}`)))

const ownCpuMs = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1000

const throughput = async (
  server: Subject,
  transport: Transport,
  measureMs: number,
): Promise<Throughput> => {
  const fleets = await openFleet(server, transport, { first: 0, publishers: PUBLISHERS })
  const publishers = await openPublishers(server, PUBLISHERS)
  const { device } = diskOf(server.dataDirectory)
  const loop = new ClosedLoop(publishers, USERS, WINDOW)
  const sample = async () => ({
    received: (await fleets.counts()).received,
    serverMs: server.stats().cpuMs,
    clientMs: fleets.cpuMs() + ownCpuMs(),
    flushed: flushes(device),
    at: sharedNow(),
  })
  loop.start()
  await sleep(WARMUP_MS)
  const from = await sample()
  await sleep(measureMs)
  const to = await sample()
  const published = await loop.stop()
  await settled(fleets, published.total)
  const wrong = await account(fleets, publishers, published.last)
  for (const publisher of publishers) publisher.close()
  await fleets.close()
  const delivered = Math.max(1, to.received - from.received)
  const flushed = to.flushed - from.flushed
  return {
    messagesPerSecond: Math.round((delivered / (to.at - from.at)) * 1000),
    serverMicroseconds: round(((to.serverMs - from.serverMs) * 1000) / delivered, 1),
    clientMicroseconds: round(((to.clientMs - from.clientMs) * 1000) / delivered, 1),
    messagesPerFlush: flushed === 0 ? 0 : Math.round(delivered / flushed),
    wrong,
  }
}

const latency = async (
  server: Subject,
  transport: Transport,
  seconds: number,
): Promise<Latency> => {
  const fleets = await openFleet(server, transport, { first: USERS, publishers: 1 })
  const publishers = await openPublishers(server, 1)
  const last = new Uint32Array(USERS)
  const perSecond = TIMED_PER_SECOND
  await openLoop(publishers[0]!, { first: USERS, perSecond, total: perSecond }, last)
  await settled(fleets, perSecond)
  await fleets.latencies()
  await openLoop(publishers[0]!, { first: USERS, perSecond, total: seconds * perSecond }, last)
  await settled(fleets, (1 + seconds) * perSecond)
  const sorted = await fleets.latencies()
  const wrong = await account(fleets, publishers, last)
  for (const publisher of publishers) publisher.close()
  await fleets.close()
  const milliseconds = (share: number): number => round(percentile(sorted, share), 2)
  return { p50Ms: milliseconds(0.5), p99Ms: milliseconds(0.99), p999Ms: milliseconds(0.999), wrong }
}

interface Measured {
  readonly rate: Throughput
  readonly timed: Latency
  readonly row: Row
}

const measure = async (
  server: Subject,
  transport: Transport,
  quick: boolean,
): Promise<Measured> => {
  const rate = await throughput(server, transport, quick ? 5_000 : 10_000)
  const timed = await latency(server, transport, quick ? 6 : 20)
  const row = {
    server: server.name,
    durable: server.durable,
    'messages/s': rate.messagesPerSecond,
    'p50 ms': timed.p50Ms,
    'p99 ms': timed.p99Ms,
    'p99.9 ms': timed.p999Ms,
    'server µs/message': rate.serverMicroseconds,
    'client µs/message': rate.clientMicroseconds,
  }
  return { rate, timed, row }
}

const measurePeer = async (options: ScenarioOptions): Promise<{ rows: Row[]; notes: string[] }> => {
  if (!options.peers) return { rows: [], notes: [] }
  const mosquitto = await startMosquitto()
  if (mosquitto === undefined) return { rows: [], notes: [MOSQUITTO_SKIPPED] }
  try {
    const { rate, timed, row } = await measure(mosquitto, 'mqtt', options.quick)
    return {
      rows: [row],
      notes: [...rate.wrong, ...timed.wrong].map(wrong => `${mosquitto.name}: ${wrong}`),
    }
  } finally {
    await mosquitto.stop()
  }
}

const measureLongwire = async (
  options: ScenarioOptions,
): Promise<Measured & { notes: string[]; synced: boolean }> => {
  const server = await startLongwire(options)
  try {
    const { fileSystem, device, durable } = diskOf(server.dataDirectory)
    const sync = syncMs(server.dataDirectory)
    const measured = await measure(server, 'tcp', options.quick)
    const { messagesPerFlush } = measured.rate
    const notes = [
      `Store on ${fileSystem} (${device === '' ? 'device unknown' : device}): write + fdatasync of 4 KiB took ${round(sync.median, 2)} ms before the run, ${round(sync.worst, 1)} ms at worst of 100; one cache flush of the device per ${messagesPerFlush} messages.`,
    ]
    return { ...measured, notes, synced: durable && messagesPerFlush > 0 }
  } finally {
    await server.stop()
  }
}

/** Publish → stored and synced → delivered → acknowledged, to users who are online. */
export const unicast = async (options: ScenarioOptions): Promise<Outcome> => {
  const { rate, timed, row, notes, synced } = await measureLongwire(options)
  const failures = [...rate.wrong, ...timed.wrong]
  if (!synced) failures.push('no flush of a disk was seen: set TMPDIR to a directory on a disk')
  const peer = await measurePeer(options)
  return {
    rows: [row, ...peer.rows],
    notes: [
      `${USERS} users online over TCP, 100-byte payload; throughput: ${PUBLISHERS} publishers × ${WINDOW} in flight; latency: ${TIMED_PER_SECOND}/s, from the scheduled time of sending.`,
      ...notes,
      ...(failures.length === 0
        ? ['Every message was accounted for: once, in order per publisher and user.']
        : []),
      ...peer.notes,
      machineNote(),
    ],
    failures,
    json: {
      messagesPerSecond: rate.messagesPerSecond,
      p50Ms: timed.p50Ms,
      p99Ms: timed.p99Ms,
      p999Ms: timed.p999Ms,
      serverMicrosecondsPerMessage: rate.serverMicroseconds,
      fsync: synced,
    },
  }
}
