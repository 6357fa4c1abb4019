import type { Clock } from '@longwire/kit'
import { numberIn } from '../../log/rows.ts'
import { keyEnd, type Row, type Table } from '../../store/table.ts'
import { UnknownTopic, checkBusName, type TopicSpec } from '../bus.ts'
import { Partition } from './partition.ts'

const PREFIX = 'bustopics/'
/** Topics of other nodes' making, and what they changed, are noticed within this. */
const FRESH_MS = 2_000
const TOPICS_MAX = 10_000
const PARTITIONS_MAX = 1_000
/** Longer than a writer relies on what it knows of the end. */
const RETENTION_MIN_MS = 60_000

export interface Topic {
  readonly name: string
  readonly retentionMs: number
  readonly partitions: readonly Partition[]
}

/** `bustopics/<topic>` {partitions, retention_ms, rev}, with what this process knows of them. */
export class Topics {
  readonly #table: Table
  readonly #clock: Clock
  readonly #known = new Map<string, { topic: Topic; readAt: number }>()

  constructor(table: Table, clock: Clock) {
    this.#table = table
    this.#clock = clock
  }

  /** As it was read last, without a look at the table. */
  known(name: string): Topic | undefined {
    return this.#known.get(name)?.topic
  }

  async get(name: string): Promise<Topic> {
    const topic = await this.find(name)
    if (topic === undefined) throw new UnknownTopic(name)
    return topic
  }

  async find(name: string): Promise<Topic | undefined> {
    const readAt = this.#clock.monotonic()
    const known = this.#known.get(name)
    if (known !== undefined && readAt - known.readAt < FRESH_MS) return known.topic
    const doc = await this.#table.get(PREFIX + name)
    if (doc === undefined) return undefined
    return this.#learn({ key: PREFIX + name, doc }, readAt)
  }

  async all(): Promise<Topic[]> {
    const readAt = this.#clock.monotonic()
    const rows = await this.#table.range(PREFIX, keyEnd(PREFIX), TOPICS_MAX)
    return rows.map(row => this.#learn(row, readAt))
  }

  async create(spec: TopicSpec): Promise<void> {
    checkSpec(spec)
    const key = PREFIX + spec.topic
    for (;;) {
      const doc = await this.#table.get(key)
      const partitions = Math.max(numberIn(doc, 'partitions'), spec.partitions)
      const same =
        partitions === numberIn(doc, 'partitions') &&
        spec.retentionMs === numberIn(doc, 'retention_ms')
      const next = { partitions, retention_ms: spec.retentionMs }
      if (same || (await this.#table.swap(key, numberIn(doc, 'rev'), next))) break
    }
    const readAt = this.#clock.monotonic()
    const doc = await this.#table.get(key)
    if (doc !== undefined) this.#learn({ key, doc }, readAt)
  }

  #learn({ key, doc }: Row, readAt: number): Topic {
    const name = key.slice(PREFIX.length)
    const before = this.#known.get(name)?.topic
    const count = numberIn(doc, 'partitions')
    const parts = { table: this.#table, clock: this.#clock }
    // The same objects for as long as the process lives: they know their ends, and who waits.
    const partitions = Array.from(
      { length: count },
      (_, number) => before?.partitions[number] ?? new Partition(name, number, parts),
    )
    const topic = { name, partitions, retentionMs: numberIn(doc, 'retention_ms') }
    this.#known.set(name, { topic, readAt })
    return topic
  }
}

const checkSpec = ({ topic, partitions, retentionMs }: TopicSpec): void => {
  checkBusName('topic', topic)
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > PARTITIONS_MAX)
    throw new RangeError(
      `topic ${topic} has partitions ${partitions}; use 1 to ${PARTITIONS_MAX} of them`,
    )
  if (!(retentionMs >= RETENTION_MIN_MS))
    throw new RangeError(
      `topic ${topic} has retentionMs ${retentionMs}; use at least ${RETENTION_MIN_MS}`,
    )
}

/** The partition of a key: FNV-1a over its UTF-16 units. */
export const partitionOf = (key: string, partitions: number): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % partitions
}
