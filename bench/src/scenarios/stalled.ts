import { readFileSync } from 'node:fs'
import { account, settled } from '../load/account.ts'
import { STALLS } from '../load/client-end.ts'
import type { Transport } from '../load/fleet.ts'
import { Fleets } from '../load/fleets.ts'
import { openLoop } from '../load/pacing.ts'
import type { Publishing } from '../load/publisher.ts'
import { machineNote } from '../machine.ts'
import type { Outcome, Row, ScenarioOptions } from '../scenario.ts'
import { startLongwireApart } from '../server.ts'
import { percentile, round, sleep } from '../statistics.ts'
import type { Subject } from '../subject.ts'

/** Users who read what comes, and whose latency is taken. */
const GOOD = 1_000
const GOOD_PER_SECOND = 1_000
/** Users who are away while the baseline is taken, and get what the stalled ones get later. */
const AWAY_FIRST = 1_000_000
const STALLED_FIRST = 100_000
/** In flight for the users who do not read. */
const WINDOW = 1_024
const CONCURRENCY = 64
const PAGE_BYTES = 4_096

interface Size {
  readonly stalled: number
  /** Messages to each stalled user. */
  readonly each: number
  /** Messages per second to all stalled users together. */
  readonly perSecond: number
  readonly baselineSeconds: number
  readonly restMs: number
}

const FULL: Size = {
  stalled: 5_000,
  each: 1_000,
  perSecond: 5_000,
  baselineSeconds: 60,
  restMs: 12_000,
}
const QUICK: Size = {
  stalled: 600,
  each: 60,
  perSecond: 5_000,
  baselineSeconds: 7,
  restMs: 3_500,
}

interface Memory {
  readonly rss: number
  readonly heap: number
  /** Of all sockets of the machine. */
  readonly kernel: number
}

const memoryOf = async (server: Subject): Promise<Memory> => {
  const metrics = await server.metrics?.('gate')
  const sockets = /^TCP: .* mem (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'utf8'))
  return {
    rss: server.gateStats().rss,
    heap:
      (metrics?.get('nodejs_heap_size_used_bytes') ?? 0) +
      (metrics?.get('nodejs_external_memory_bytes') ?? 0),
    kernel: Number(sockets?.[1] ?? 0) * PAGE_BYTES,
  }
}

const openFleet = (
  server: Subject,
  transport: Transport,
  { first, users, stalls }: { first: number; users: number; stalls: boolean },
): Promise<Fleets> =>
  Fleets.open(
    {
      ...server.login,
      transport,
      ...server.gate(transport),
      first,
      users,
      publishers: 1,
      concurrency: CONCURRENCY,
      stalls,
    },
    1,
  )

interface Reading {
  readonly p99Ms: number
  /** CPU of the process that holds the connections, and of logic, per message of either load. */
  readonly gateUs: number
  readonly logicUs: number
}

/** Publishes to the good users, timed, while `first` and those behind it get their share. */
class Load {
  readonly #server: Subject
  readonly #good: Fleets
  readonly #publishers: readonly [Publishing, Publishing]
  readonly #last = new Uint32Array(GOOD)
  #published = 0

  constructor(server: Subject, good: Fleets, publishers: readonly [Publishing, Publishing]) {
    this.#server = server
    this.#good = good
    this.#publishers = publishers
  }

  get last(): Uint32Array {
    return this.#last
  }

  async run(
    seconds: number,
    first: number,
    others: Uint32Array,
    perSecond: number,
  ): Promise<Reading> {
    const [toGood, toOthers] = this.#publishers
    const total = seconds * GOOD_PER_SECOND
    const spent = this.#cpuMs()
    await Promise.all([
      openLoop(toGood, { first: 0, perSecond: GOOD_PER_SECOND, total }, this.#last),
      openLoop(
        toOthers,
        { first, perSecond, total: seconds * perSecond, background: { window: WINDOW } },
        others,
      ),
    ])
    this.#published += total
    await settled(this.#good, this.#published)
    const { gate, logic } = this.#cpuMs()
    const each = (ms: number): number => round((ms * 1_000) / (total + seconds * perSecond), 1)
    return {
      p99Ms: round(percentile(await this.#good.latencies(), 0.99), 2),
      gateUs: each(gate - spent.gate),
      logicUs: each(logic - spent.logic),
    }
  }

  #cpuMs(): { gate: number; logic: number } {
    const gate = this.#server.gateStats()
    return { gate: gate.cpuMs, logic: (this.#server.logicStats?.() ?? gate).cpuMs }
  }
}

interface Measured {
  readonly baseline: Reading
  readonly stalled: Reading
  readonly before: Memory
  readonly after: Memory
  readonly notifies: number
  readonly data: number
  readonly cut: number
  readonly failures: readonly string[]
}

const measure = async (server: Subject, size: Size): Promise<Measured> => {
  const { stalled, each, perSecond, restMs } = size
  const half = Math.ceil(stalled / 2)
  const publishers = [
    await server.openPublisher('good'),
    await server.openPublisher('stalled'),
  ] as const
  const good = await openFleet(server, 'tcp', { first: 0, users: GOOD, stalls: false })
  const fleets: Fleets[] = [good]
  try {
    await good.connect()
    const load = new Load(server, good, publishers)
    const away = new Uint32Array(stalled)
    await load.run(2, AWAY_FIRST, away, perSecond)
    const baseline = await load.run(size.baselineSeconds, AWAY_FIRST, away, perSecond)
    const halves: { fleet: Fleets; from: number; to: number }[] = []
    for (const [transport, from, to] of [
      ['tcp', 0, half],
      ['ws', half, stalled],
    ] as const) {
      const users = { first: STALLED_FIRST + from, users: to - from, stalls: true }
      const fleet = await openFleet(server, transport, users)
      fleets.push(fleet)
      halves.push({ fleet, from, to })
      await fleet.connect()
    }
    await sleep(restMs)
    const before = await memoryOf(server)
    const first = await server.metrics?.('gate')
    const last = new Uint32Array(stalled)
    const seconds = Math.ceil((stalled * each) / perSecond)
    const withStalled = await load.run(seconds, STALLED_FIRST, last, perSecond)
    await sleep(restMs)
    const after = await memoryOf(server)
    const then = await server.metrics?.('gate')
    const counted = (name: string): number => (then?.get(name) ?? 0) - (first?.get(name) ?? 0)
    for (const { fleet } of halves) await fleet.recover()
    const failures = await account(good, publishers, load.last)
    for (const { fleet, from, to } of halves) {
      const own = last.subarray(from, to)
      await settled(
        fleet,
        own.reduce((sum, number) => sum + number, 0),
      )
      failures.push(...(await account(fleet, [], own)).map(wrong => `stalled: ${wrong}`))
    }
    for (const fleet of fleets) await fleet.close()
    return {
      baseline,
      stalled: withStalled,
      before,
      after,
      notifies: counted('longwire_gate_notifies_total'),
      data: counted('longwire_gate_data_total') - seconds * GOOD_PER_SECOND,
      cut: counted('longwire_gate_closed_total{reason="SLOW_CONSUMER"}'),
      failures,
    }
  } finally {
    for (const publisher of publishers) publisher.close()
    await Promise.all(fleets.map(fleet => fleet.stop()))
  }
}

const rowOf = (size: Size, measured: Measured): Row => {
  const { before, after, baseline, stalled } = measured
  const growth = (of: keyof Memory): number => Math.round((after[of] - before[of]) / size.stalled)
  return {
    'stalled clients': size.stalled,
    'messages to each': size.each,
    'gate RSS MB before': round(before.rss / 2 ** 20, 1),
    after: round(after.rss / 2 ** 20, 1),
    'RSS bytes/stalled': growth('rss'),
    'heap bytes/stalled': growth('heap'),
    'kernel bytes/stalled': growth('kernel'),
    'p99 ms baseline': baseline.p99Ms,
    'with stalled': stalled.p99Ms,
    'gate µs/message': `${baseline.gateUs} → ${stalled.gateUs}`,
    'logic µs/message': `${baseline.logicUs} → ${stalled.logicUs}`,
  }
}

/** What clients that take nothing cost: memory of the gate, and the latency of everybody else. */
export const stalled = async (options: ScenarioOptions): Promise<Outcome> => {
  const size = options.quick ? QUICK : FULL
  const { server, note } = await startLongwireApart(options)
  try {
    const measured = await measure(server, size)
    const { before, after, failures, baseline } = measured
    const perStalled = (count: number): number => round(count / size.stalled, 1)
    return {
      rows: [rowOf(size, measured)],
      notes: [
        `A third each reads nothing after login, reads and never pulls or acknowledges, or reads 48 bytes/s (${STALLS.join(', ')}); half over TCP, half over WebSocket. ${size.perSecond} messages/s to them, ${GOOD_PER_SECOND} to ${GOOD} others, whose p99 from the scheduled time of sending this is.`,
        `Baseline: the same two loads, while the users who are to stall later are others, who are away. CPU time of either process is by all messages of both loads.`,
        `To each stalled client the gate sent ${perStalled(measured.data)} DATA and ${perStalled(measured.notifies)} NOTIFY; ${measured.cut} were cut. Kernel: memory of all TCP sockets of this machine, both ends.`,
        ...(failures.length === 0
          ? ['Then all stalled clients read on: each had every message, once and in order.']
          : []),
        note,
        machineNote(),
      ],
      failures,
      json: {
        stalled: size.stalled,
        messagesEach: size.each,
        rssGrowthBytesPerStalled: Math.round((after.rss - before.rss) / size.stalled),
        heapGrowthBytesPerStalled: Math.round((after.heap - before.heap) / size.stalled),
        p99BaselineMs: baseline.p99Ms,
        p99WithStalledMs: measured.stalled.p99Ms,
        p99Ratio: round(measured.stalled.p99Ms / baseline.p99Ms, 2),
        gateUsBaseline: baseline.gateUs,
        gateUsWithStalled: measured.stalled.gateUs,
        logicUsBaseline: baseline.logicUs,
        logicUsWithStalled: measured.stalled.logicUs,
      },
    }
  } finally {
    await server.stop()
  }
}
