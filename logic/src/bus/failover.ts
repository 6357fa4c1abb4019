import {
  pause,
  settlesWithin,
  type Clock,
  type Logger,
  type Metrics,
  type PartHealth,
  type Timer,
} from '@longwire/kit'
import {
  BusUnavailable,
  UnknownTopic,
  type Bus,
  type BusRecord,
  type ConsumeOptions,
  type Consumer,
  type GroupOffset,
  type Position,
  type TopicInfo,
  type TopicSpec,
} from './bus.ts'
import { Spool } from './spool.ts'
import { onBoth, type BackupPlaces } from './both.ts'

export interface FailoverOptions {
  readonly primary: Bus
  readonly backup?: Bus | undefined
  /** Where records wait while neither answers; its own, in the table. */
  readonly spool: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** How long the primary has to have answered before records go there again. @default 30_000 */
  readonly healthyMs?: number
}

export interface FailoverBus extends Bus {
  health(): PartHealth
}

const HEALTHY_MS = 30_000
const PROBE_MS = 1_000
/** Publishers wait so long at most for those behind which they are to come. */
const HOLD_MS = 2_000
const HOLD_LOOK_MS = 50
/** Beyond so many tries to go back in order, it is done all the same. */
const RETURN_TRIES = 20
/** A topic that was known when its records were accepted, and that nobody here has made. */
const LOST_TOPIC = { partitions: 8, retentionMs: 7 * 86_400_000 } as const
const PROBE_TOPIC: TopicSpec = { topic: 'longwire.probe', partitions: 1, retentionMs: 60_000 }
const WAYS = ['primary', 'backup', 'spool'] as const
type Way = (typeof WAYS)[number]

interface Call {
  readonly records: readonly BusRecord[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
  readonly order: number
}

/**
 * A bus of two clusters and a spool in the table (rows K6 and R4). Records go to the primary; where that
 * does not confirm, to the backup; where neither does, they wait in the table, and are sent from there.
 * A change of ways happens between calls: what was under way is settled first, and what failed goes
 * first, so each key keeps its order. What was not confirmed may be there twice, under the same id.
 *
 * Back to the primary, once it has answered for 30 s: publishers are held until all groups have read
 * what is in the backup (2 s at most, then again later), so that nothing new overtakes it.
 */
export const failoverBus = (options: FailoverOptions): FailoverBus => new Failover(options)

class Failover implements FailoverBus {
  readonly #options: FailoverOptions
  readonly #spool: Spool
  readonly #places: BackupPlaces
  readonly #specs = new Map<string, TopicSpec>([[PROBE_TOPIC.topic, PROBE_TOPIC]])
  readonly #closing = new AbortController()
  /** Since when each has answered every probe; Infinity: it does not. */
  readonly #healthySince = { primary: 0, backup: 0 }
  readonly #published: (way: Way) => void
  #way: Way = 'primary'
  #orders = 0
  #inFlight = 0
  #failed: Call[] = []
  #held: Call[] | undefined
  #returnTries = 0
  #timer: Timer | undefined

  constructor(options: FailoverOptions) {
    const { metrics } = options
    this.#options = options
    this.#places = onBoth(options.primary, options.backup)
    this.#spool = new Spool({ ...options, send: records => this.#forward(records) })
    const counters = metrics.counters(
      'longwire_bus_published_total',
      'Calls of publish that were confirmed, by where the records went',
      { name: 'way', values: WAYS },
    )
    this.#published = way => counters(way).add(1)
    metrics.gauge('longwire_bus_way', 'Where records go: 0 primary, 1 backup, 2 the table', () =>
      WAYS.indexOf(this.#way),
    )
    metrics.gauge('longwire_bus_spooled', 'Records that wait in the table', () => this.#spool.size)
    void this.#begin()
  }

  health(): PartHealth {
    const problem = {
      primary: '',
      backup: 'the primary Kafka cluster does not answer; records go to the backup',
      spool: `Kafka does not answer; ${this.#spool.size} records wait in the store`,
    }[this.#way]
    return { part: 'bus', problem, bearable: true }
  }

  async create(topics: readonly TopicSpec[]): Promise<void> {
    for (const spec of topics) this.#specs.set(spec.topic, spec)
    await this.#places.create(topics)
  }

  publish(records: readonly BusRecord[]): Promise<void> {
    if (records.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const call = { records, resolve, reject, order: this.#orders++ }
      if (this.#held === undefined) this.#send(call)
      else this.#held.push(call)
    })
  }

  consume(options: ConsumeOptions): Consumer {
    return this.#places.consume(options)
  }

  topics(): Promise<readonly TopicInfo[]> {
    return this.#places.topics()
  }

  offsets(group: string, topics?: readonly string[]): Promise<readonly GroupOffset[]> {
    return this.#places.offsets(group, topics)
  }

  groups(): Promise<readonly string[]> {
    return this.#places.groups()
  }

  seek(group: string, topic: string, to: Position): Promise<void> {
    return this.#places.seek(group, topic, to)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#timer?.cancel()
    await this.#spool.close()
    await Promise.all([this.#options.primary.close(), this.#options.backup?.close()])
    await this.#options.spool.close()
  }

  /** What a crash left in the spool goes first. */
  async #begin(): Promise<void> {
    this.#held = []
    const left = await this.#spool.left().catch(() => 1)
    if (left > 0) this.#turn('spool', `${left} records wait in the store`)
    this.#release()
  }

  #send(call: Call): void {
    const way = this.#way
    this.#inFlight++
    const sent =
      way === 'spool' ? this.#spool.add(call.records) : this.#toCluster(way, call.records)
    sent.then(
      () => {
        this.#published(way)
        call.resolve()
        this.#settled()
      },
      (error: unknown) => {
        if (way === 'spool' || !(error instanceof BusUnavailable)) call.reject(error)
        else {
          this.#failed.push(call)
          this.#held ??= []
        }
        this.#settled()
      },
    )
  }

  /** Where something failed and nothing is under way any more, all of it goes another way, in order. */
  #settled(): void {
    this.#inFlight--
    if (this.#inFlight > 0 || this.#failed.length === 0) return
    const failed = this.#failed.sort((a, b) => a.order - b.order)
    this.#failed = []
    this.#held = [...failed, ...(this.#held ?? [])]
    const backup = this.#way === 'primary' && this.#options.backup !== undefined
    this.#turn(backup ? 'backup' : 'spool', 'records were not confirmed')
    this.#release()
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const call of held) this.#send(call)
  }

  #turn(way: Way, reason: string): void {
    this.#options.logger.warn({ from: this.#way, to: way, reason }, 'the bus takes another way')
    if (this.#way !== way && this.#way !== 'spool') this.#healthySince[this.#way] = Infinity
    this.#way = way
    this.#returnTries = 0
    if (way === 'spool') this.#spool.start()
    else void this.#spool.stop()
    if (way !== 'primary') this.#timer ??= this.#options.clock.after(PROBE_MS, () => this.#watch())
  }

  #watch(): void {
    this.#look()
      .catch((error: unknown) =>
        this.#options.logger.error({ err: error }, 'watching Kafka failed'),
      )
      .finally(() => {
        this.#timer = undefined
        if (this.#closing.signal.aborted || this.#way === 'primary') return
        this.#timer = this.#options.clock.after(PROBE_MS, () => this.#watch())
      })
  }

  async #look(): Promise<void> {
    const { clock, healthyMs = HEALTHY_MS } = this.#options
    await Promise.all([this.#probe('primary'), this.#probe('backup')])
    if (this.#way === 'backup') {
      if (clock.monotonic() - this.#healthySince.primary < healthyMs) return
      await this.#tryReturn('primary', () => this.#places.backupRead())
    } else if (this.#way === 'spool') {
      const up = (['primary', 'backup'] as const).find(each => this.#answers(each))
      if (up !== undefined) await this.#tryReturn(up, async () => (await this.#spool.left()) === 0)
    }
  }

  #answers(way: 'primary' | 'backup'): boolean {
    return Number.isFinite(this.#healthySince[way]) && this.#busOf(way) !== undefined
  }

  async #probe(way: 'primary' | 'backup'): Promise<void> {
    const { clock } = this.#options
    const time = clock.now()
    const record = {
      topic: PROBE_TOPIC.topic,
      key: '',
      headers: {},
      value: new Uint8Array(0),
      time,
    }
    try {
      await this.#toCluster(way, [record])
      if (!this.#answers(way)) this.#healthySince[way] = clock.monotonic()
    } catch {
      this.#healthySince[way] = Infinity
    }
  }

  /** Holds publishers until what went the way before is read; not for long. */
  async #tryReturn(way: Way, isRead: () => Promise<boolean>): Promise<void> {
    if (this.#held !== undefined) return
    const { clock, logger } = this.#options
    const held: Call[] = []
    this.#held = held
    const endsAt = clock.monotonic() + HOLD_MS
    let ready = false
    while (!ready && clock.monotonic() < endsAt && this.#held === held) {
      const read = isRead().catch(() => false)
      const inTime = await settlesWithin(clock, endsAt - clock.monotonic(), read)
      ready = inTime && this.#inFlight === 0 && (await read)
      if (!ready) await pause(clock, HOLD_LOOK_MS, this.#closing.signal)
    }
    // Something failed meanwhile: that decides the way.
    if (this.#held !== held || this.#failed.length > 0) return
    if (
      !ready &&
      way === 'primary' &&
      this.#way === 'backup' &&
      ++this.#returnTries >= RETURN_TRIES
    ) {
      logger.warn(
        'groups do not read what is in the backup cluster; records go to the primary all the same',
      )
      ready = true
    }
    if (ready) this.#turn(way, 'it answers')
    this.#release()
  }

  async #forward(records: readonly BusRecord[]): Promise<void> {
    let last: unknown = new BusUnavailable('no Kafka cluster answers')
    for (const way of ['primary', 'backup'] as const) {
      if (!this.#answers(way)) continue
      try {
        return await this.#toCluster(way, records, LOST_TOPIC)
      } catch (error) {
        last = error
        this.#healthySince[way] = Infinity
      }
    }
    throw last
  }

  async #toCluster(
    way: 'primary' | 'backup',
    records: readonly BusRecord[],
    otherwise?: Omit<TopicSpec, 'topic'>,
  ): Promise<void> {
    const bus = this.#busOf(way)
    if (bus === undefined) throw new BusUnavailable('there is no backup cluster')
    try {
      await bus.publish(records)
    } catch (error) {
      if (!(error instanceof UnknownTopic)) throw error
      const topics = [...new Set(records.map(({ topic }) => topic))]
      const specs = topics.map(
        topic => this.#specs.get(topic) ?? (otherwise && { topic, ...otherwise }),
      )
      const known = specs.filter(spec => spec !== undefined)
      if (known.length < specs.length) throw error
      // It was away when the topic was made elsewhere.
      await bus.create(known)
      await bus.publish(records)
    }
  }

  #busOf(way: 'primary' | 'backup'): Bus | undefined {
    return way === 'primary' ? this.#options.primary : this.#options.backup
  }
}
