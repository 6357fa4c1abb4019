import type { AudienceReport } from '../load/audience.ts'
import { Audiences } from '../load/audiences.ts'
import { machineNote } from '../machine.ts'
import type { Outcome, Row, ScenarioOptions } from '../scenario.ts'
import { startLongwire, type LongwireSubject } from '../server.ts'
import { percentile, round, sharedNow, sleep } from '../statistics.ts'

const CONTENT = 'x'.repeat(256)
const TOPIC = 'bench:fanout'
const PROCESSES = 1
const CONCURRENCY = 64
/** Publications that may be on their way. */
const WINDOW_BATCHES = 3

export const openAudience = async (
  server: LongwireSubject,
  over: { users: number; transport: 'tcp' | 'ws'; topic: string; events?: boolean; first?: number },
): Promise<Audiences> =>
  Audiences.open(
    {
      ...server.login,
      ...server.gate(over.transport),
      first: 0,
      concurrency: CONCURRENCY,
      events: false,
      process: 0,
      ...over,
    },
    PROCESSES,
  )

interface Rate {
  readonly deliveriesPerSecond: number
  readonly serverUsPerDelivery: number
  readonly clientUsPerDelivery: number
  readonly holes: number
  readonly failures: readonly string[]
}

/** `batch` publications in one request, so many requests ahead of what has arrived. */
const throughput = async (
  server: LongwireSubject,
  audiences: Audiences,
  { users, batch, ms }: { users: number; batch: number; ms: number },
): Promise<Rate> => {
  const before = await audiences.all('report')
  let published = 0
  const wait = async (): Promise<AudienceReport> => {
    for (;;) {
      const report = await audiences.all('report')
      const arrived = (report.received - before.received) / users
      if (published - arrived <= batch * (WINDOW_BATCHES - 1)) return report
      await sleep(2)
    }
  }
  const from = { ms: sharedNow(), server: server.stats().cpuMs, client: audiences.cpuMs() }
  while (sharedNow() - from.ms < ms) {
    await server.publishTo(
      TOPIC,
      Array.from({ length: batch }, () => CONTENT),
    )
    published += batch
    await wait()
  }
  let report = await audiences.all('report')
  for (
    let tries = 0;
    report.received - before.received < published * users && tries < 1_000;
    tries++
  ) {
    await sleep(10)
    report = await audiences.all('report')
  }
  const deliveries = report.received - before.received
  const missing = published * users - deliveries
  return {
    deliveriesPerSecond: Math.round((deliveries / (report.lastMs - from.ms)) * 1_000),
    serverUsPerDelivery: round(((server.stats().cpuMs - from.server) * 1_000) / deliveries, 2),
    clientUsPerDelivery: round(((audiences.cpuMs() - from.client) * 1_000) / deliveries, 2),
    holes: report.holes - before.holes,
    failures: missing === 0 ? [] : [`${missing} deliveries are missing`],
  }
}

/** From the publish of one message to its last subscriber, milliseconds, sorted. */
const toTheLast = async (
  server: LongwireSubject,
  audiences: Audiences,
  users: number,
): Promise<Float64Array> => {
  const times: number[] = []
  for (let round_ = 0; round_ < 20; round_++) {
    const { received } = await audiences.all('report')
    const from = sharedNow()
    await server.publishTo(TOPIC, [CONTENT])
    let report = await audiences.all('report')
    while (report.received < received + users) {
      await sleep(2)
      report = await audiences.all('report')
    }
    times.push(report.lastMs - from)
  }
  return Float64Array.from(times).sort()
}

const BATCHES = [1, 16] as const

/** One message to all who have a topic, over WebSocket. */
export const fanout = async (options: ScenarioOptions): Promise<Outcome> => {
  const users = options.sessions ?? 5_000
  const server = await startLongwire(options)
  const rows: Row[] = []
  const json: Record<string, number | string> = { sessions: users }
  const failures: string[] = []
  try {
    const audiences = await openAudience(server, { users, transport: 'ws', topic: TOPIC })
    const { loggedIn } = await audiences.all('connect')
    const memory = server.gateStats().anonymous
    const { subscribed, failures: reasons } = await audiences.all('subscribe')
    if (loggedIn < users || subscribed < users)
      failures.push(`${loggedIn} logged in, ${subscribed} subscribed: ${reasons.join(', ')}`)
    const grown = server.gateStats().anonymous - memory
    const last = await toTheLast(server, audiences, users)
    for (const batch of BATCHES) {
      const ms = options.quick ? 4_000 : 10_000
      const rate = await throughput(server, audiences, { users, batch, ms })
      failures.push(...rate.failures)
      rows.push({
        'messages in a request': batch,
        'deliveries/s': rate.deliveriesPerSecond,
        'server µs/delivery': rate.serverUsPerDelivery,
        'client µs/delivery': rate.clientUsPerDelivery,
        holes: rate.holes,
      })
      const suffix = batch === 1 ? 'Single' : ''
      json[`deliveriesPerSecond${suffix}`] = rate.deliveriesPerSecond
      json[`serverUsPerDelivery${suffix}`] = rate.serverUsPerDelivery
    }
    json['p50ToTheLastMs'] = round(percentile(last, 0.5), 1)
    json['maxToTheLastMs'] = round(percentile(last, 1), 1)
    json['bytesPerSubscription'] = Math.round(grown / users)
    await audiences.stop()
  } finally {
    await server.stop()
  }
  const note = `${users} sessions over WebSocket in one load process, 256-byte messages, each stored and synced first. One message alone reached the last of them after ${json['p50ToTheLastMs']} ms (median of 20; longest ${json['maxToTheLastMs']} ms). Subscribing grew the server by ${json['bytesPerSubscription']} bytes a session, garbage and all.`
  return { rows, notes: [note, machineNote()], failures, json }
}
