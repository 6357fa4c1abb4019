import kafkajs, { type Kafka, type Message, type Producer } from 'kafkajs'
import type { Clock } from '@longwire/kit'
import { BusUnavailable, type BusRecord } from '../bus.ts'

const FLIGHT_RECORDS = 5_000
/** Brokers take batches of 1 MiB where nothing else is configured, and all may be of one partition. */
const FLIGHT_BYTES = 900 * 1024
/** What a record costs beside its key, headers and value, at most. */
const RECORD_BYTES = 64

interface Waiting {
  readonly records: readonly BusRecord[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export interface KafkaProducerParts {
  readonly kafka: Kafka
  readonly clock: Clock
  readonly publishMs: number
}

/**
 * Publishes in order: one request is under way at a time, and what comes meanwhile goes with the next.
 *
 * The library gives a failed request's sequence numbers to the next one. A broker that had appended the
 * first would take the second for its repetition, and drop it. So a producer that failed once is not used
 * again: the next one has another producer id.
 */
export class KafkaProducer {
  readonly #parts: KafkaProducerParts
  #producer: Promise<Producer> | undefined
  #waiting: Waiting[] = []
  #flying: Promise<void> | undefined
  #closed = false

  constructor(parts: KafkaProducerParts) {
    this.#parts = parts
  }

  publish(records: readonly BusRecord[]): Promise<void> {
    if (this.#closed) return Promise.reject(new BusUnavailable('the bus is closed'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject })
      this.#flying ??= new Promise<void>(soon => this.#parts.clock.soon(soon)).then(() =>
        this.#fly(),
      )
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#flying
    await this.#discard()
  }

  async #fly(): Promise<void> {
    while (this.#waiting.length > 0) {
      const flight = this.#board()
      try {
        await this.#within(this.#send(flight.flatMap(({ records }) => records)))
        for (const { resolve } of flight) resolve()
      } catch (error) {
        void this.#discard()
        const reason = error instanceof Error ? error.message : String(error)
        const text = `Kafka did not confirm in time: ${reason}; whether the records are there is not known`
        // What waits goes down with it: it must not overtake what its callers publish again.
        for (const { reject } of [...flight, ...this.#waiting.splice(0)])
          reject(new BusUnavailable(text, { cause: error }))
      }
    }
    this.#flying = undefined
  }

  #board(): Waiting[] {
    let records = 0
    let bytes = 0
    let calls = 0
    for (const call of this.#waiting) {
      records += call.records.length
      for (const record of call.records) bytes += sizeOf(record)
      if (calls > 0 && (records > FLIGHT_RECORDS || bytes > FLIGHT_BYTES)) break
      calls++
    }
    return this.#waiting.splice(0, calls)
  }

  /** A call may be larger than a request may be: then it goes in several, in order. */
  async #send(records: readonly BusRecord[]): Promise<void> {
    const producer = await (this.#producer ??= this.#connect())
    for (let from = 0; from < records.length;) {
      let to = from
      for (let bytes = 0; to < records.length && to - from < FLIGHT_RECORDS; to++) {
        bytes += sizeOf(records[to]!)
        if (to > from && bytes > FLIGHT_BYTES) break
      }
      const byTopic = new Map<string, Message[]>()
      for (const record of records.slice(from, to)) {
        const messages = byTopic.get(record.topic)
        if (messages === undefined) byTopic.set(record.topic, [messageOf(record)])
        else messages.push(messageOf(record))
      }
      const topicMessages = [...byTopic].map(([topic, messages]) => ({ topic, messages }))
      const compression = kafkajs.CompressionTypes.None
      await producer.sendBatch({
        topicMessages,
        acks: -1,
        timeout: this.#parts.publishMs,
        compression,
      })
      from = to
    }
  }

  async #connect(): Promise<Producer> {
    const producer = this.#parts.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    return producer
  }

  async #discard(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    await producer?.then(
      each => each.disconnect(),
      () => undefined,
    )
  }

  #within(work: Promise<void>): Promise<void> {
    const { clock, publishMs } = this.#parts
    return new Promise((resolve, reject) => {
      const timer = clock.after(publishMs, () => reject(new Error(`no answer in ${publishMs} ms`)))
      work.then(resolve, reject).finally(() => timer.cancel())
    })
  }
}

const sizeOf = ({ key, headers, value }: BusRecord): number => {
  let size = RECORD_BYTES + key.length * 3 + value.length
  for (const name in headers) size += 4 + (name.length + (headers[name]?.length ?? 0)) * 3
  return size
}

const messageOf = ({ key, headers, value, time }: BusRecord): Message => ({
  key: key === '' ? null : key,
  value: Buffer.from(value.buffer, value.byteOffset, value.length),
  headers: { ...headers },
  timestamp: String(time),
})
