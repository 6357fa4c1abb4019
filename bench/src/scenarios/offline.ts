import { account, settled } from '../load/account.ts'
import { Fleets } from '../load/fleets.ts'
import { storeForAll } from '../load/pacing.ts'
import type { Publishing } from '../load/publisher.ts'
import { diskOf, flushes } from '../disk.ts'
import { machineNote } from '../machine.ts'
import type { Outcome, ScenarioOptions } from '../scenario.ts'
import { startLongwire } from '../server.ts'
import { round, sharedNow, sleep } from '../statistics.ts'
import type { Subject } from '../subject.ts'

const EACH = 100
const PUBLISHERS = 8
const WINDOW = 256
/** Logins under way at a time, per load process. */
const CONCURRENCY = 64
const PROCESSES = 1
const POLL_MS = 20
const STALLED_MS = 20_000

interface Phase {
  readonly perSecond: number
  readonly serverMicroseconds: number
}

const phase = (messages: number, elapsedMs: number, cpuMs: number): Phase => ({
  perSecond: Math.round((messages / elapsedMs) * 1000),
  serverMicroseconds: round((cpuMs * 1000) / messages, 1),
})

const store = async (
  server: Subject,
  publishers: readonly Publishing[],
  users: number,
): Promise<Phase> => {
  const began = sharedNow()
  const cpu = server.stats().cpuMs
  await storeForAll(publishers, users, EACH, WINDOW)
  return phase(users * EACH, sharedNow() - began, server.stats().cpuMs - cpu)
}

/** From the first dial until the last message has arrived: connects and logins are in the figure. */
const pull = async (server: Subject, fleets: Fleets, total: number): Promise<Phase> => {
  const began = sharedNow()
  const cpu = server.stats().cpuMs
  const connected = fleets.connect()
  let received = 0
  let ended = began
  while (received < total && sharedNow() - ended < STALLED_MS) {
    await sleep(POLL_MS)
    const counts = await fleets.counts()
    if (counts.received > received) ended = sharedNow()
    received = counts.received
  }
  await connected
  const figures = phase(Math.max(1, received), ended - began, server.stats().cpuMs - cpu)
  await settled(fleets, total)
  return figures
}

/** Messages for users who are away, then everybody comes back at once. */
export const offline = async (options: ScenarioOptions): Promise<Outcome> => {
  const users = options.quick ? 1_000 : 10_000
  const total = users * EACH
  const server = await startLongwire(options)
  try {
    const { device, durable, fileSystem } = diskOf(server.dataDirectory)
    const publishers = await Promise.all(
      Array.from({ length: PUBLISHERS }, (_, index) => server.openPublisher(`bench-${index}`)),
    )
    const flushed = flushes(device)
    const stored = await store(server, publishers, users)
    const messagesPerFlush = Math.round(total / Math.max(1, flushes(device) - flushed))
    for (const publisher of publishers) publisher.close()
    const fleets = await Fleets.open(
      {
        ...server.login,
        transport: 'tcp',
        ...server.gate('tcp'),
        first: 0,
        users,
        publishers: 1,
        concurrency: CONCURRENCY,
      },
      PROCESSES,
    )
    const pulled = await pull(server, fleets, total)
    const failures = await account(fleets, publishers, new Uint32Array(users).fill(EACH))
    if (!durable)
      failures.push(`the store lies on ${fileSystem}, which is memory: set TMPDIR to a disk`)
    await fleets.close()
    return {
      rows: [
        {
          phase: 'stored (synced)',
          messages: total,
          'messages/s': stored.perSecond,
          'server µs/message': stored.serverMicroseconds,
        },
        {
          phase: 'pulled and acknowledged',
          messages: total,
          'messages/s': pulled.perSecond,
          'server µs/message': pulled.serverMicroseconds,
        },
      ],
      notes: [
        `${users} users, ${EACH} messages of 100 bytes each; pulled from the first dial to the last message, ${users} connects and logins included.`,
        `One cache flush of the device per ${messagesPerFlush} messages stored.`,
        ...(failures.length === 0 ? ['Every message arrived once and in order.'] : []),
        machineNote(),
      ],
      failures,
      json: {
        messages: total,
        storedPerSecond: stored.perSecond,
        pulledPerSecond: pulled.perSecond,
      },
    }
  } finally {
    await server.stop()
  }
}
