import kafkajs, {
  type Consumer as Client,
  type ConsumerGroupJoinEvent,
  type EachBatchPayload,
  type Kafka,
} from 'kafkajs'
import { pause, type Clock, type Timer } from '@longwire/kit'
import type { ConsumeOptions, Consumer } from '../bus.ts'
import { Feed } from './feed.ts'

const COMMIT_MS = 250
const RESTART_MIN_MS = 500
const RESTART_MAX_MS = 5_000
const FETCH_MS = 250
const WATCH_MS = 1_000
/** A client that neither fetched nor beat for so many session timeouts has silently stopped. */
const SILENT_TIMES = 3

export interface KafkaConsumerParts {
  readonly kafka: Kafka
  readonly clock: Clock
  readonly memberGoneMs: number
  /** Where these partitions end now, by number. */
  readonly ends: (topic: string) => Promise<ReadonlyMap<number, number>>
  /** What the group has committed, by `topic/partition`. */
  readonly committed: (
    group: string,
    topics: readonly string[],
  ) => Promise<ReadonlyMap<string, number>>
}

/**
 * A consumer group member that outlives its clients. The library only fetches and beats: it never waits
 * for a handler, so a long one costs no membership. Where its client crashes, whatever the reason, or is
 * not heard any more, another one takes its place.
 */
export class KafkaConsumer implements Consumer {
  readonly #options: ConsumeOptions
  readonly #parts: KafkaConsumerParts
  readonly #left: () => void
  readonly #closing = new AbortController()
  readonly #feeds = new Map<string, Feed>()
  readonly #stopping = new Set<Promise<void>>()
  readonly #loop: Promise<void>
  #client: Client | undefined
  #member = ''
  #heardAt = 0
  #commit: Timer | undefined
  #closed: Promise<void> | undefined

  constructor(options: ConsumeOptions, parts: KafkaConsumerParts, left: () => void) {
    this.#options = options
    this.#parts = parts
    this.#left = left
    this.#loop = this.#run()
  }

  get owned(): readonly string[] {
    return [...this.#feeds.keys()]
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  async #close(): Promise<void> {
    for (const feed of this.#feeds.values()) this.#stop(feed)
    await Promise.all(this.#stopping)
    await this.#write()
    this.#closing.abort()
    await this.#loop
    this.#feeds.clear()
    this.#left()
  }

  async #run(): Promise<void> {
    const { clock } = this.#parts
    const { signal } = this.#closing
    for (let tries = 0; !signal.aborted; tries++) {
      const startedAt = clock.monotonic()
      try {
        await this.#serve()
      } catch (error) {
        this.#options.onError?.(error)
      }
      if (clock.monotonic() - startedAt > RESTART_MAX_MS) tries = 0
      await pause(clock, Math.min(RESTART_MAX_MS, RESTART_MIN_MS * 2 ** Math.min(tries, 5)), signal)
    }
  }

  /** Runs one client until it crashes, falls silent or is to stop. */
  async #serve(): Promise<void> {
    const { kafka, clock, memberGoneMs } = this.#parts
    const { group, topics, from = 'earliest' } = this.#options
    const client = kafka.consumer({
      groupId: group,
      sessionTimeout: memberGoneMs,
      heartbeatInterval: Math.max(300, memberGoneMs / 4),
      rebalanceTimeout: memberGoneMs,
      maxWaitTimeInMs: FETCH_MS,
      allowAutoTopicCreation: false,
      partitionAssigners: [kafkajs.PartitionAssigners.roundRobin],
      // Every crash comes to us: the library restarts after some of them only, and of those for ever.
      retry: { restartOnFailure: async () => false },
    })
    const end = new Promise<Error | undefined>(resolve => {
      client.on(client.events.CRASH, ({ payload }) => resolve(payload.error))
      const watch = (): void => {
        if (this.#closing.signal.aborted) return resolve(undefined)
        if (clock.monotonic() - this.#heardAt > SILENT_TIMES * memberGoneMs)
          return resolve(new Error(`the consumer of group ${group} has fallen silent`))
        clock.after(WATCH_MS, watch)
      }
      this.#closing.signal.addEventListener('abort', () => resolve(undefined))
      clock.after(WATCH_MS, watch)
    })
    this.#listen(client)
    try {
      await client.connect()
      await client.subscribe({ topics: [...topics], fromBeginning: from === 'earliest' })
      await client.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 16,
        eachBatch: payload => this.#fetched(client, payload),
      })
      const failure = await end
      if (failure !== undefined) throw failure
    } finally {
      this.#client = undefined
      this.#dropAll()
      await client.disconnect().catch(this.#told)
    }
  }

  #listen(client: Client): void {
    const { clock } = this.#parts
    const heard = (): void => {
      this.#heardAt = clock.monotonic()
    }
    heard()
    client.on(client.events.HEARTBEAT, heard)
    client.on(client.events.FETCH, heard)
    // The old generation may still commit until all have joined the next one.
    client.on(client.events.REBALANCING, () => void this.#write())
    client.on(client.events.GROUP_JOIN, event => {
      heard()
      this.#joined(client, event)
    })
  }

  #joined(client: Client, { payload }: ConsumerGroupJoinEvent): void {
    if (this.#closing.signal.aborted) return
    // Another id: this member was away for a while, and others may have had its partitions.
    if (payload.memberId !== this.#member) this.#dropAll()
    this.#member = payload.memberId
    this.#client = client
    const mine = new Set<string>()
    for (const [topic, partitions] of Object.entries(payload.memberAssignment))
      for (const partition of partitions) mine.add(`${topic}/${partition}`)
    for (const [place, feed] of this.#feeds) if (!mine.has(place)) this.#drop(place, feed)
    const added: Feed[] = []
    for (const place of mine) {
      if (this.#feeds.has(place)) continue
      const feed = this.#open(client, place)
      this.#feeds.set(place, feed)
      added.push(feed)
      client.resume([{ topic: feed.topic, partitions: [feed.partition] }])
    }
    if (this.#options.from === 'latest') void this.#begin(client, added).catch(this.#told)
  }

  #open(client: Client, place: string): Feed {
    const slash = place.lastIndexOf('/')
    const topic = place.slice(0, slash)
    const partition = Number(place.slice(slash + 1))
    const { clock } = this.#parts
    return new Feed({
      topic,
      partition,
      clock,
      options: this.#options,
      committed: () => this.#committed(),
      rewind: offset => void this.#rewind(client, { topic, partition }, offset).catch(this.#told),
      drained: () => client.resume([{ topic, partitions: [partition] }]),
    })
  }

  /**
   * A group that begins at the end writes down where that was, so that it does not begin again behind
   * what came meanwhile when its partitions move.
   */
  async #begin(client: Client, feeds: readonly Feed[]): Promise<void> {
    const topics = [...new Set(feeds.map(({ topic }) => topic))]
    const committed = await this.#parts.committed(this.#options.group, topics)
    for (const topic of topics) {
      const ends = await this.#parts.ends(topic)
      const places = feeds.filter(each => each.topic === topic && each.due < 0)
      const offsets = places
        .filter(({ partition }) => (committed.get(`${topic}/${partition}`) ?? -1) < 0)
        .map(({ partition }) => ({ topic, partition, offset: String(ends.get(partition) ?? 0) }))
      if (this.#client === client && offsets.length > 0) await client.commitOffsets(offsets)
    }
  }

  async #rewind(
    client: Client,
    { topic, partition }: { readonly topic: string; readonly partition: number },
    offset: number,
  ): Promise<void> {
    const committed =
      offset >= 0 ? undefined : await this.#parts.committed(this.#options.group, [topic])
    const from = offset >= 0 ? offset : (committed?.get(`${topic}/${partition}`) ?? -1)
    if (this.#client !== client) return
    // −2: the oldest that is there.
    client.seek({ topic, partition, offset: String(from < 0 ? -2 : from) })
    client.resume([{ topic, partitions: [partition] }])
  }

  async #fetched(client: Client, payload: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = payload.batch
    const feed = this.#feeds.get(`${topic}/${partition}`)
    const last = messages.at(-1)
    if (feed === undefined || last === undefined || this.#client !== client || payload.isStale())
      return
    feed.push(messages)
    payload.resolveOffset(last.offset)
    if (feed.full) client.pause([{ topic, partitions: [partition] }])
  }

  #committed(): void {
    this.#commit ??= this.#parts.clock.after(COMMIT_MS, () => void this.#write())
  }

  /** Writes what is due of the partitions that are ours now. Never rejects. */
  async #write(): Promise<void> {
    this.#commit?.cancel()
    this.#commit = undefined
    const due = [...this.#feeds.values()].filter(feed => feed.due >= 0)
    if (due.length === 0 || this.#client === undefined) return
    const offsets = due.map(feed => [feed, feed.due] as const)
    try {
      await this.#client.commitOffsets(
        offsets.map(([{ topic, partition }, offset]) => ({
          topic,
          partition,
          offset: String(offset),
        })),
      )
      for (const [feed, offset] of offsets) feed.written(offset)
    } catch (error) {
      this.#options.onError?.(error)
      if (!this.#closing.signal.aborted) this.#committed()
    }
  }

  #dropAll(): void {
    for (const [place, feed] of this.#feeds) this.#drop(place, feed)
  }

  #drop(place: string, feed: Feed): void {
    this.#feeds.delete(place)
    this.#stop(feed)
  }

  #stop(feed: Feed): void {
    const stopped = feed.stop().finally(() => this.#stopping.delete(stopped))
    this.#stopping.add(stopped)
  }

  readonly #told = (error: unknown): void => this.#options.onError?.(error)
}
