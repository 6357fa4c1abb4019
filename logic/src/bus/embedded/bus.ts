import type { Clock, Logger, Timer } from '@longwire/kit'
import { randomBytes } from 'node:crypto'
import { TableUnavailable, type Table } from '../../store/table.ts'
import {
  BusUnavailable,
  checkBusName,
  type Bus,
  type BusRecord,
  type ConsumeOptions,
  type Consumer,
  type GroupOffset,
  type Position,
  type TopicInfo,
  type TopicSpec,
} from '../bus.ts'
import { GroupRows } from './group-rows.ts'
import { Member } from './member.ts'
import { Ticket, type Flight, type Partition } from './partition.ts'
import { Topics, partitionOf, type Topic } from './topics.ts'

export interface EmbeddedBusOptions {
  /** Stays open. */
  readonly table: Table
  readonly clock: Clock
  readonly logger: Logger
  /** How soon records that another process appended are seen. @default 100 */
  readonly pollMs?: number
  /** A consumer that does not beat for this long is gone. @default 6_000 */
  readonly memberGoneMs?: number
}

const POLL_MS = 100
const MEMBER_GONE_MS = 6_000
const TRIM_MS = 30_000

/**
 * {@link Bus} in the table: whatever promises the table keeps, it keeps. Any number of processes that
 * share the table share the bus. All records of a turn leave in one insert, one group per partition.
 */
export const embeddedBus = (options: EmbeddedBusOptions): Bus => new EmbeddedBus(options)

class EmbeddedBus implements Bus {
  readonly #options: EmbeddedBusOptions
  readonly #topics: Topics
  readonly #rows: GroupRows
  readonly #members = new Set<Member>()
  #dirty = new Set<Partition>()
  #scheduled = false
  #poll: Timer | undefined
  #trim: Timer | undefined
  #spread = 0
  /** Publishes that wait until their topics are known, one after the other. */
  #learning = 0
  #learned: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: EmbeddedBusOptions) {
    this.#options = options
    this.#topics = new Topics(options.table, options.clock)
    this.#rows = new GroupRows(options.table, options.clock)
  }

  async create(topics: readonly TopicSpec[]): Promise<void> {
    for (const spec of topics) await reached(this.#topics.create(spec))
  }

  publish(records: readonly BusRecord[]): Promise<void> {
    if (this.#closed) return Promise.reject(new BusUnavailable('the bus is closed'))
    if (records.length === 0) return Promise.resolve()
    // Behind one that has to learn of its topic first, so that nobody overtakes.
    if (this.#learning > 0 || records.some(({ topic }) => this.#topics.known(topic) === undefined))
      return this.#publishLater(records)
    return this.#publishNow(records)
  }

  consume(options: ConsumeOptions): Consumer {
    checkBusName('group', options.group)
    for (const topic of options.topics) checkBusName('topic', topic)
    const { clock, memberGoneMs: goneMs = MEMBER_GONE_MS } = this.#options
    const id = randomBytes(6).toString('hex')
    const parts = { topics: this.#topics, rows: this.#rows, clock, goneMs }
    const member: Member = new Member(id, options, parts, () => this.#members.delete(member))
    this.#members.add(member)
    this.#poll ??= clock.after(this.#options.pollMs ?? POLL_MS, () => this.#onPoll())
    this.#trim ??= clock.after(TRIM_MS, () => this.#onTrim())
    member.start()
    return member
  }

  async topics(): Promise<readonly TopicInfo[]> {
    const topics = await reached(this.#topics.all())
    const infos = topics.map(async ({ name, retentionMs, partitions }) => ({
      topic: name,
      retentionMs,
      partitions: await Promise.all(
        partitions.map(async each => ({ start: await each.start(), end: await each.end() })),
      ),
    }))
    return reached(Promise.all(infos))
  }

  async offsets(group: string, topics: readonly string[] = []): Promise<readonly GroupOffset[]> {
    checkBusName('group', group)
    const committed = await reached(this.#rows.offsets(group))
    const names = new Set([...topics, ...[...committed.keys()].map(topicOf)])
    const found: GroupOffset[] = []
    for (const name of [...names].sort()) {
      const topic = await reached(this.#topics.find(name))
      for (const partition of topic?.partitions ?? []) {
        const { number } = partition
        const offset = committed.get(`${name}/${number}`) ?? -1
        const [start, end] = await reached(Promise.all([partition.start(), partition.end()]))
        const lag = Math.max(0, end - Math.max(offset, start))
        found.push({ topic: name, partition: number, offset, end, lag })
      }
    }
    return found
  }

  groups(): Promise<readonly string[]> {
    return reached(this.#rows.groups())
  }

  async seek(group: string, topic: string, to: Position): Promise<void> {
    checkBusName('group', group)
    const { partitions } = await reached(this.#topics.get(topic))
    const places = partitions.map(async each => [each.number, await each.at(to)] as const)
    await reached(this.#rows.move(group, topic, await reached(Promise.all(places))))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#poll?.cancel()
    this.#trim?.cancel()
    await Promise.all([...this.#members].map(member => member.close()))
    for (const partition of this.#dirty) partition.refuse(new BusUnavailable('the bus is closed'))
  }

  #publishNow(records: readonly BusRecord[]): Promise<void> {
    this.#trim ??= this.#options.clock.after(TRIM_MS, () => this.#onTrim())
    return new Promise((resolve, reject) => {
      const ticket = new Ticket(records.length, resolve, reject)
      for (const record of records) this.#add(record, this.#topics.known(record.topic)!, ticket)
      this.#schedule()
    })
  }

  #publishLater(records: readonly BusRecord[]): Promise<void> {
    const names = [...new Set(records.map(({ topic }) => topic))]
    this.#learning++
    const learned = this.#learned.then(async () => {
      for (const name of names) checkBusName('topic', name)
      await Promise.all(names.map(name => this.#topics.get(name)))
    })
    this.#learned = learned.then(
      () => void this.#learning--,
      () => void this.#learning--,
    )
    return reached(learned.then(() => this.#publishNow(records)))
  }

  #add(record: BusRecord, { partitions }: Topic, ticket: Ticket): void {
    const number =
      record.key === ''
        ? this.#spread++ % partitions.length
        : partitionOf(record.key, partitions.length)
    const partition = partitions[number]!
    partition.add(record, ticket)
    this.#dirty.add(partition)
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#options.clock.soon(this.#onSoon)
  }

  readonly #onSoon = (): void => {
    this.#scheduled = false
    const flights: Flight[] = []
    const flying: Partition[] = []
    const dirty = this.#dirty
    this.#dirty = new Set()
    const leftAt = this.#options.clock.monotonic()
    const now = this.#options.clock.now()
    for (const partition of dirty) {
      // What is under way comes back for it.
      if (partition.flying || partition.idle) continue
      if (!partition.known) {
        void this.#look(partition)
        continue
      }
      flights.push(partition.board(now))
      flying.push(partition)
    }
    if (flights.length === 0) return
    this.#options.table.insert(flights.map(({ rows }) => rows)).then(
      counts => {
        for (const [index, partition] of flying.entries())
          partition.landed(flights[index]!, counts[index] ?? 0, leftAt)
        this.#again(flying)
      },
      (error: unknown) => {
        for (const [index, partition] of flying.entries())
          partition.lost(flights[index]!, unavailable(error))
        this.#again(flying)
      },
    )
  }

  async #look(partition: Partition): Promise<void> {
    partition.flying = true
    try {
      await partition.end()
    } catch (error) {
      partition.refuse(unavailable(error))
    }
    partition.flying = false
    this.#again([partition])
  }

  #again(partitions: readonly Partition[]): void {
    for (const partition of partitions) if (!partition.idle) this.#dirty.add(partition)
    if (this.#dirty.size > 0) this.#schedule()
  }

  /** One look at each end that somebody waits at: other processes append too. A slow store is asked less. */
  #onPoll(): void {
    const { clock, pollMs = POLL_MS } = this.#options
    const begin = clock.monotonic()
    const watched = [...this.#members].flatMap(member => member.waitsAt())
    const looks = [...new Set(watched)].map(partition => partition.end())
    void Promise.allSettled(looks).then(() => {
      this.#poll = undefined
      if (this.#closed || this.#members.size === 0) return
      const ms = Math.max(pollMs, clock.monotonic() - begin)
      this.#poll = clock.after(ms, () => this.#onPoll())
    })
  }

  #onTrim(): void {
    this.#trimAll()
      .catch((error: unknown) => {
        if (!(error instanceof TableUnavailable))
          this.#options.logger.error({ err: error }, 'removing old records failed')
      })
      .finally(() => {
        if (!this.#closed) this.#trim = this.#options.clock.after(TRIM_MS, () => this.#onTrim())
      })
  }

  async #trimAll(): Promise<void> {
    for (const { partitions, retentionMs } of await this.#topics.all())
      for (const partition of partitions)
        await partition.trim(this.#options.clock.now() - retentionMs)
  }
}

const topicOf = (place: string): string => place.slice(0, place.lastIndexOf('/'))

const unavailable = (error: unknown): unknown =>
  error instanceof TableUnavailable ? new BusUnavailable(error.message, { cause: error }) : error

const reached = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (error) {
    throw unavailable(error)
  }
}
