import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import type { Clock } from '@longwire/kit'
import {
  BusUnavailable,
  GroupBusy,
  UnknownTopic,
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
import { PUBLISH_MS, kafkaClient, type KafkaOptions } from './client.ts'
import { KafkaConsumer } from './consumer.ts'
import { moveGroup } from './move-group.ts'
import { KafkaProducer } from './producer.ts'

const MEMBER_GONE_MS = 10_000
const RETENTION = 'retention.ms'

/**
 * {@link Bus} in a Kafka cluster. Writes wait for all in-sync replicas (how many that must be says
 * `min.insync.replicas` of the cluster). Connects when it is first needed, and again whenever it has to.
 */
export const kafkaBus = (options: KafkaOptions & { readonly clock: Clock }): Bus =>
  new KafkaBus(options)

class KafkaBus implements Bus {
  readonly #options: KafkaOptions & { readonly clock: Clock }
  readonly #kafka: Kafka
  readonly #producer: KafkaProducer
  readonly #consumers = new Set<Consumer>()
  readonly #known = new Set<string>()
  #admin: Promise<Admin> | undefined
  /** Publishes that wait until their topics are known, one after the other. */
  #learning = 0
  #learned: Promise<void> = Promise.resolve()

  constructor(options: KafkaOptions & { readonly clock: Clock }) {
    const { clock, publishMs = PUBLISH_MS } = options
    this.#options = options
    this.#kafka = kafkaClient(options)
    this.#producer = new KafkaProducer({ kafka: this.#kafka, clock, publishMs })
  }

  async create(topics: readonly TopicSpec[]): Promise<void> {
    for (const { topic } of topics) checkBusName('topic', topic)
    const bad = topics.find(({ partitions }) => !Number.isInteger(partitions) || partitions < 1)
    if (bad !== undefined)
      throw new RangeError(`topic ${bad.topic} has partitions ${bad.partitions}; use 1 or more`)
    await this.#asked(async admin => {
      const there = new Set(await admin.listTopics())
      const missing = topics.filter(({ topic }) => !there.has(topic))
      if (missing.length > 0)
        await admin.createTopics({
          waitForLeaders: true,
          topics: missing.map(({ topic, partitions, retentionMs }) => ({
            topic,
            numPartitions: partitions,
            replicationFactor: this.#options.replication ?? -1,
            configEntries: [{ name: RETENTION, value: String(retentionMs) }],
          })),
        })
      for (const spec of topics) if (there.has(spec.topic)) await change(admin, spec)
    })
    for (const { topic } of topics) this.#known.add(topic)
  }

  publish(records: readonly BusRecord[]): Promise<void> {
    if (records.length === 0) return Promise.resolve()
    if (this.#learning === 0 && records.every(({ topic }) => this.#known.has(topic)))
      return this.#producer.publish(records)
    this.#learning++
    const learned = this.#learned.then(() => this.#learn(records))
    this.#learned = learned.then(
      () => void this.#learning--,
      () => void this.#learning--,
    )
    return learned.then(() => this.#producer.publish(records))
  }

  consume(options: ConsumeOptions): Consumer {
    checkBusName('group', options.group)
    for (const topic of options.topics) checkBusName('topic', topic)
    const { clock, memberGoneMs = MEMBER_GONE_MS } = this.#options
    const parts = {
      kafka: this.#kafka,
      clock,
      memberGoneMs,
      ends: (topic: string) => this.#asked(admin => endsOf(admin, topic)),
      committed: (group: string, topics: readonly string[]) =>
        this.#asked(admin => committedOf(admin, group, topics)),
    }
    const consumer: Consumer = new KafkaConsumer(options, parts, () =>
      this.#consumers.delete(consumer),
    )
    this.#consumers.add(consumer)
    return consumer
  }

  topics(): Promise<readonly TopicInfo[]> {
    return this.#asked(async admin => {
      const names = (await admin.listTopics()).filter(name => !name.startsWith('__')).sort()
      const retentions = await retentionsOf(admin, names)
      return Promise.all(
        names.map(async topic => ({
          topic,
          retentionMs: retentions.get(topic) ?? 0,
          partitions: (await admin.fetchTopicOffsets(topic))
            .sort((a, b) => a.partition - b.partition)
            .map(({ low, high }) => ({ start: Number(low), end: Number(high) })),
        })),
      )
    })
  }

  offsets(group: string, topics: readonly string[] = []): Promise<readonly GroupOffset[]> {
    checkBusName('group', group)
    return this.#asked(async admin => {
      const committed = await committedOf(admin, group, [])
      const names = new Set([...topics, ...[...committed.keys()].map(topicOf)])
      const there = new Set(await admin.listTopics())
      const found: GroupOffset[] = []
      for (const topic of [...names].sort()) {
        if (!there.has(topic)) continue
        const places = await admin.fetchTopicOffsets(topic)
        for (const { partition, low, high } of places.sort((a, b) => a.partition - b.partition)) {
          const offset = committed.get(`${topic}/${partition}`) ?? -1
          const end = Number(high)
          const lag = Math.max(0, end - Math.max(offset, Number(low)))
          found.push({ topic, partition, offset, end, lag })
        }
      }
      return found
    })
  }

  groups(): Promise<readonly string[]> {
    return this.#asked(async admin => {
      const { groups } = await admin.listGroups()
      return groups.map(({ groupId }) => groupId).sort()
    })
  }

  async seek(group: string, topic: string, to: Position): Promise<void> {
    checkBusName('group', group)
    await this.#asked(async admin => {
      if (!(await admin.listTopics()).includes(topic)) throw new UnknownTopic(topic)
      const described = await admin.describeGroups([group])
      if (described.groups.some(({ members }) => members.length > 0)) throw new GroupBusy(group)
      const partitions = await placesAt(admin, topic, to)
      await moveGroup(this.#kafka, { group, topic, places: partitions })
    })
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumers].map(consumer => consumer.close()))
    await this.#producer.close()
    await this.#admin?.then(
      admin => admin.disconnect(),
      () => undefined,
    )
  }

  async #learn(records: readonly BusRecord[]): Promise<void> {
    const unknown = [...new Set(records.map(({ topic }) => topic))].filter(
      topic => !this.#known.has(topic),
    )
    if (unknown.length === 0) return
    for (const topic of unknown) checkBusName('topic', topic)
    for (const name of await this.#asked(admin => admin.listTopics())) this.#known.add(name)
    const missing = unknown.find(topic => !this.#known.has(topic))
    if (missing !== undefined) throw new UnknownTopic(missing)
  }

  async #asked<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      return await question(await (this.#admin ??= this.#connect()))
    } catch (error) {
      if (error instanceof GroupBusy || error instanceof UnknownTopic) throw error
      this.#admin = undefined
      const reason = error instanceof Error ? error.message : String(error)
      throw new BusUnavailable(`Kafka does not answer: ${reason}`, { cause: error })
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin()
    await admin.connect()
    return admin
  }
}

const topicOf = (place: string): string => place.slice(0, place.lastIndexOf('/'))

/** More partitions, another retention. Settings of the operator's own stay as they are. */
const change = async (
  admin: Admin,
  { topic, partitions, retentionMs }: TopicSpec,
): Promise<void> => {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  if ((topics[0]?.partitions.length ?? 0) < partitions)
    await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] })
  const entries = await configOf(admin, [topic])
  const own = new Map(entries.get(topic)?.own)
  if (entries.get(topic)?.all.get(RETENTION) === String(retentionMs)) return
  own.set(RETENTION, String(retentionMs))
  const configEntries = [...own].map(([name, value]) => ({ name, value }))
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }],
  })
}

interface TopicConfig {
  readonly all: ReadonlyMap<string, string>
  /** What is set for the topic itself. */
  readonly own: ReadonlyMap<string, string>
}

const configOf = async (
  admin: Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, TopicConfig>> => {
  if (topics.length === 0) return new Map()
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(name => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  })
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      {
        all: new Map(configEntries.map(each => [each.configName, each.configValue])),
        own: new Map(
          configEntries
            .filter(each => each.configSource === kafkajs.ConfigSource.TOPIC_CONFIG)
            .map(each => [each.configName, each.configValue]),
        ),
      },
    ]),
  )
}

const retentionsOf = async (
  admin: Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  const configs = await configOf(admin, topics)
  return new Map([...configs].map(([topic, { all }]) => [topic, Number(all.get(RETENTION) ?? 0)]))
}

const endsOf = async (admin: Admin, topic: string): Promise<ReadonlyMap<number, number>> => {
  const places = await admin.fetchTopicOffsets(topic)
  return new Map(places.map(({ partition, high }) => [partition, Number(high)]))
}

const committedOf = async (
  admin: Admin,
  group: string,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  const asked = topics.length === 0 ? { groupId: group } : { groupId: group, topics: [...topics] }
  const committed = new Map<string, number>()
  for (const { topic, partitions } of await admin.fetchOffsets(asked))
    for (const { partition, offset } of partitions)
      if (Number(offset) >= 0) committed.set(`${topic}/${partition}`, Number(offset))
  return committed
}

const placesAt = async (
  admin: Admin,
  topic: string,
  to: Position,
): Promise<{ partition: number; offset: string }[]> => {
  if (typeof to === 'object') return admin.fetchTopicOffsetsByTimestamp(topic, to.time)
  const places = await admin.fetchTopicOffsets(topic)
  return places.map(({ partition, low, high }) => ({
    partition,
    offset: to === 'earliest' ? low : high,
  }))
}
