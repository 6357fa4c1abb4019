import type { Clock, Logger } from '@longwire/kit'
import { BusUnavailable, type Bus, type BusRecord, type Consumer, type TopicSpec } from './bus.ts'

const DAY_MS = 86_400_000
/** Longer than any outage; what is older is gone. */
const TOPIC: TopicSpec = { topic: 'longwire.spool', partitions: 8, retentionMs: 14 * DAY_MS }
const GROUP = 'longwire.spool'
/** Header of a spooled record: its real topic. */
const REAL = 'longwire-topic'
/** Other nodes may have left something behind when they died. */
const LOOK_MS = 15_000

export interface SpoolParts {
  readonly spool: Bus
  readonly clock: Clock
  readonly logger: Logger
  /** Hands records to a cluster, in order; rejects while none answers. */
  readonly send: (records: readonly BusRecord[]) => Promise<void>
}

/** Records that no cluster took, in the table, and the one that sends them from there: each key in order. */
export class Spool {
  readonly #parts: SpoolParts
  #made: Promise<void> | undefined
  #consumer: Consumer | undefined
  #size = 0
  #closed = false

  constructor(parts: SpoolParts) {
    this.#parts = parts
    parts.clock.after(LOOK_MS, () => this.#look())
  }

  /** How many waited when somebody looked last. */
  get size(): number {
    return this.#size
  }

  async add(records: readonly BusRecord[]): Promise<void> {
    await this.#make()
    await this.#parts.spool.publish(
      records.map(record => ({
        ...record,
        topic: TOPIC.topic,
        headers: { ...record.headers, [REAL]: record.topic },
      })),
    )
  }

  /** How many wait, of all nodes. */
  async left(): Promise<number> {
    const places = await this.#parts.spool.offsets(GROUP, [TOPIC.topic])
    this.#size = places.reduce((sum, { lag }) => sum + lag, 0)
    return this.#size
  }

  /** Sends what is there, and what comes. */
  start(): void {
    if (this.#closed) return
    this.#consumer ??= this.#parts.spool.consume({
      group: GROUP,
      topics: [TOPIC.topic],
      handle: async batch => {
        await this.#parts.send(
          batch.records.map(
            ({ topic: _, headers: { [REAL]: topic = '', ...headers }, ...rest }) => ({
              ...rest,
              topic,
              headers,
            }),
          ),
        )
        batch.commit(batch.records.at(-1)!.offset)
      },
      onError: error => {
        if (!(error instanceof BusUnavailable))
          this.#parts.logger.error({ err: error }, 'sending records from the store failed')
      },
    })
  }

  /** Nothing waits any more, as far as is known. */
  async stop(): Promise<void> {
    const consumer = this.#consumer
    this.#consumer = undefined
    await consumer?.close()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.stop()
  }

  #make(): Promise<void> {
    this.#made ??= this.#parts.spool.create([TOPIC]).catch((error: unknown) => {
      this.#made = undefined
      throw error
    })
    return this.#made
  }

  #look(): void {
    if (this.#closed) return
    this.left()
      .then(
        left => {
          if (left > 0) this.start()
        },
        () => undefined,
      )
      .finally(() => this.#parts.clock.after(LOOK_MS, () => this.#look()))
  }
}
