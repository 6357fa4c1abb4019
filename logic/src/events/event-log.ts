import type { Clock, Logger, Random, Timer } from '@longwire/kit'
import { createLog } from '../log/create-log.ts'
import type { Log, LogLimits, MailboxId } from '../log/log.ts'
import { TableUnavailable, type Table } from '../store/table.ts'
import { messageOf, toldOf, type Event, type Told } from './event.ts'

/** The stream as a log; no user system has a colon in its name. */
const STREAM: MailboxId = { system: 'topic:', uid: 'events' }
/** Rows are for every reader alike. */
const ANY_APPCODE = 1
const PAGE_BYTES = 1024 * 1024
/** Pages looked at for one read whose filter takes little. */
const PAGES_MAX = 8
const POLL_MS = 250

export interface EventLogParts {
  readonly table: Table
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly limits: LogLimits
  readonly graceMs: number
  /** Events older than this are removed, and readers told of the gap. More than `graceMs`. */
  readonly retentionMs: number
}

export interface EventPage {
  readonly events: readonly Told[]
  /** Goes on here: everything up to it was looked at. */
  readonly next: number
  readonly head: number
  readonly epoch: number
  readonly more: boolean
  /** −1, or: everything up to here was removed before it was read. */
  readonly gapFloor: number
}

export type EventFilter = (event: Event) => boolean

interface Waiter {
  readonly after: number
  readonly done: () => void
}

/** The event stream: one log that every node appends to and reads. */
export class EventLog {
  readonly #parts: EventLogParts
  readonly #log: Log
  readonly #waiters = new Set<Waiter>()
  #polling: Timer | undefined

  constructor(parts: EventLogParts) {
    const { retentionMs, graceMs } = parts
    if (retentionMs <= graceMs)
      throw new RangeError(
        `events are kept for ${retentionMs} ms, less than the grace of ${graceMs} ms; keep them longer`,
      )
    this.#parts = parts
    this.#log = createLog(parts)
  }

  /** Resolves when the event is durable; the same event again is no second row. */
  async append(event: Event): Promise<void> {
    const { seq } = await this.#log.append(STREAM, messageOf(event))
    this.#grown(seq)
  }

  /** What `filter` takes behind `after`, at most `limit`. */
  async read(after: number, limit: number, filter: EventFilter): Promise<EventPage> {
    const { epoch, head } = await this.#log.heads(STREAM)
    const events: Told[] = []
    let gapFloor = -1
    // A cursor ahead of the head is of another store: what is here was never read.
    let next = after > head ? 0 : after
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const page = await this.#log.read(
        STREAM,
        ANY_APPCODE,
        next,
        limit - events.length,
        PAGE_BYTES,
      )
      if (page.gapFloor >= 0) gapFloor = page.gapFloor
      for (const message of page.messages) {
        const event = toldOf(message)
        if (event !== undefined && filter(event)) events.push(event)
      }
      next = page.next
      const answer = { events, next, head: Math.max(head, page.head), epoch, gapFloor }
      if (!page.more) return { ...answer, more: false }
      if (events.length === limit) return { ...answer, more: true }
    }
    return { events, next, head, epoch, gapFloor, more: true }
  }

  async head(): Promise<number> {
    return (await this.#log.heads(STREAM)).head
  }

  /** Resolves once something may be behind `after`, after `ms`, or when `signal` aborts. Never rejects. */
  grows(after: number, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const limit = this.#parts.clock.after(ms, () => done())
      const done = (): void => {
        limit.cancel()
        signal.removeEventListener('abort', done)
        this.#waiters.delete(waiter)
        resolve()
      }
      const waiter: Waiter = { after, done }
      this.#waiters.add(waiter)
      signal.addEventListener('abort', done)
      if (signal.aborted) done()
      this.#poll()
    })
  }

  /** Removes what is too old. */
  async trim(): Promise<void> {
    const { clock, retentionMs } = this.#parts
    await this.#log.expire(STREAM, clock.now() - retentionMs)
  }

  async stop(): Promise<void> {
    this.#polling?.cancel()
    for (const { done } of this.#waiters) done()
    await this.#log.stop()
  }

  #grown(head: number): void {
    for (const { after, done } of this.#waiters) if (after < head) done()
  }

  /** One look at the head for all who wait, as long as somebody does: other nodes append too. */
  #poll(): void {
    if (this.#polling !== undefined || this.#waiters.size === 0) return
    this.#polling = this.#parts.clock.after(POLL_MS, () => {
      this.head().then(
        head => this.#polled(head),
        (error: unknown) => {
          if (!(error instanceof TableUnavailable))
            this.#parts.logger.error({ err: error }, 'looking for events failed')
          this.#polled(0)
        },
      )
    })
  }

  #polled(head: number): void {
    this.#polling = undefined
    this.#grown(head)
    this.#poll()
  }
}
