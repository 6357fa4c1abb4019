import type { Clock, Counter, Logger } from '@longwire/kit'
import { BusUnavailable, type Bus, type BusRecord } from '../bus/bus.ts'
import type { IdSource } from '../paths/s2c.ts'
import type { C2sRoute } from './c2s-routes.ts'
import { recordOf, type UpMessage } from './c2s.ts'

export interface StreamsParts {
  readonly bus: Bus
  readonly ids: IdSource
  readonly clock: Clock
  readonly logger: Logger
  readonly dropped: Counter
  readonly accepted: (message: UpMessage, route: C2sRoute) => void
  readonly makeTopic: (topic: string) => Promise<void>
  /** Messages that wait for their batch; beyond, the oldest goes. */
  readonly queueMax: number
}

const FLUSH_MS = 100
const BATCH_MAX = 2_000

interface Waiting {
  readonly message: UpMessage
  readonly route: C2sRoute
}

/**
 * Messages of which some may be lost, such as positions: gathered for a while, published a batch at a time,
 * and dropped, the oldest first, where the bus does not keep up.
 */
export class Streams {
  readonly #parts: StreamsParts
  #queue: Waiting[] = []
  #next = 0
  #publishing = false
  #armed = false

  constructor(parts: StreamsParts) {
    this.#parts = parts
  }

  get waiting(): number {
    return this.#queue.length - this.#next
  }

  /** Answered, where somebody waits, once the bus has it or it was dropped. */
  take(message: UpMessage, route: C2sRoute): void {
    if (this.waiting >= this.#parts.queueMax) this.#drop()
    this.#queue.push({ message, route })
    this.#arm()
  }

  /** Publishes what waits; resolves when nothing does any more, or the bus is away. */
  async drain(): Promise<void> {
    while (this.waiting > 0 && !this.#publishing) await this.#publish()
  }

  #drop(): void {
    const { message } = this.#queue[this.#next++]!
    this.#parts.dropped.add()
    if (message.ref !== 0) message.answer.sent(message, 'BUSY', '', FLUSH_MS)
    this.#compact()
  }

  #arm(): void {
    if (this.#armed || this.#publishing) return
    this.#armed = true
    this.#parts.clock.after(FLUSH_MS, this.#onTime)
  }

  readonly #onTime = (): void => {
    this.#armed = false
    void this.#publish()
  }

  /** Never rejects. One at a time: what the bus does not take waits here, and may be dropped. */
  async #publish(): Promise<void> {
    const batch = this.#queue.slice(this.#next, this.#next + BATCH_MAX)
    this.#next += batch.length
    this.#compact()
    if (batch.length === 0) return
    const { ids } = this.#parts
    const records = batch.map(({ message, route }) => recordOf(message, route, ids.msgid()))
    this.#publishing = true
    const taken = await this.#send(records)
    this.#publishing = false
    for (let at = 0; at < batch.length; at++) this.#settle(batch[at]!, records[at]!, taken)
    if (this.waiting > 0) this.#arm()
  }

  #settle({ message, route }: Waiting, record: BusRecord, taken: boolean): void {
    const { accepted, dropped } = this.#parts
    if (taken) accepted(message, route)
    else dropped.add()
    if (message.ref === 0) return
    if (taken) message.answer.sent(message, undefined, record.headers['msgid'] ?? '', 0)
    else message.answer.sent(message, 'UNAVAILABLE', '', FLUSH_MS)
  }

  async #send(records: readonly BusRecord[]): Promise<boolean> {
    const { bus, logger, makeTopic } = this.#parts
    try {
      await bus.publish(records)
      return true
    } catch (error) {
      if (!(error instanceof BusUnavailable)) {
        try {
          for (const topic of new Set(records.map(({ topic }) => topic))) await makeTopic(topic)
          await bus.publish(records)
          return true
        } catch (again) {
          logger.error({ err: again }, 'a stream of clients could not be published')
        }
      }
      return false
    }
  }

  #compact(): void {
    if (this.#next < COMPACT_AT && this.#next < this.#queue.length) return
    this.#queue = this.#queue.slice(this.#next)
    this.#next = 0
  }
}

const COMPACT_AT = 4_096
