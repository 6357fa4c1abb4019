import type { KafkaMessage } from 'kafkajs'
import { pause, type Clock } from '@longwire/kit'
import type { ConsumeOptions, StoredRecord } from '../bus.ts'

const MAX_RECORDS = 500
const RETRY_MIN_MS = 100
const RETRY_MAX_MS = 10_000

export interface FeedParts {
  readonly topic: string
  readonly partition: number
  readonly clock: Clock
  readonly options: ConsumeOptions
  /** Something is to be committed. */
  readonly committed: () => void
  /** Reads this partition again from `offset`; −1: from what was committed. */
  readonly rewind: (offset: number) => void
  /** It has room again. */
  readonly drained: () => void
}

/** A partition of Kafka that this process owns: what was fetched, in order, and how far it is done. */
export class Feed {
  readonly topic: string
  readonly partition: number
  readonly #parts: FeedParts
  readonly #over = new AbortController()
  readonly #loop: Promise<void>
  #queue: StoredRecord[] = []
  #wake: (() => void) | undefined
  /** The next offset that is new. */
  #next = -1
  /** Up to where it is done; −1: nowhere yet. */
  #done = -1
  #written = -1
  #settled = false

  constructor(parts: FeedParts) {
    this.#parts = parts
    this.topic = parts.topic
    this.partition = parts.partition
    this.#loop = this.#run()
  }

  get full(): boolean {
    return this.#queue.length >= 2 * (this.#parts.options.maxRecords ?? MAX_RECORDS)
  }

  /** The offset to be committed, or −1. */
  get due(): number {
    return this.#done > this.#written ? this.#done : -1
  }

  /** `offset` is written. */
  written(offset: number): void {
    this.#written = Math.max(this.#written, offset)
  }

  push(messages: readonly KafkaMessage[]): void {
    for (const message of messages) {
      const offset = Number(message.offset)
      // Fetched again after a rebalance that left the partition here.
      if (offset < this.#next) continue
      this.#next = offset + 1
      this.#queue.push(recordOf(this.topic, this.partition, message))
    }
    this.#wake?.()
  }

  /** Lets go of what it has. Resolves when the handler has settled. */
  stop(): Promise<void> {
    this.#over.abort()
    this.#wake?.()
    return this.#loop
  }

  async #run(): Promise<void> {
    const { options, clock, drained } = this.#parts
    const most = options.maxRecords ?? MAX_RECORDS
    const { signal } = this.#over
    let tries = 0
    while (!signal.aborted) {
      if (this.#queue.length === 0) {
        await new Promise<void>(resolve => (this.#wake = resolve))
        continue
      }
      const records = this.#queue.splice(0, most)
      if (this.#queue.length < most) drained()
      try {
        await options.handle(this.#batch(records))
        tries = 0
      } catch (error) {
        options.onError?.(error)
        await pause(
          clock,
          Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(tries++, 10)),
          signal,
        )
        if (signal.aborted) break
        this.#queue = []
        this.#next = this.#done
        this.#parts.rewind(this.#done)
      }
    }
    this.#settled = true
  }

  #batch(records: readonly StoredRecord[]): Parameters<ConsumeOptions['handle']>[0] {
    return {
      topic: this.topic,
      partition: this.partition,
      records,
      signal: this.#over.signal,
      commit: offset => {
        if (this.#settled || offset < this.#done) return
        this.#done = offset + 1
        this.#parts.committed()
      },
    }
  }
}

const recordOf = (topic: string, partition: number, message: KafkaMessage): StoredRecord => {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value
    if (last !== undefined) headers[name] = last.toString()
  }
  return {
    topic,
    partition,
    offset: Number(message.offset),
    key: message.key?.toString() ?? '',
    headers,
    value: message.value ?? new Uint8Array(0),
    time: Number(message.timestamp),
  }
}
