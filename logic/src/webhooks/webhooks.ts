import {
  pause,
  type Clock,
  type Counter,
  type Logger,
  type Metrics,
  type Random,
} from '@longwire/kit'
import type { Event } from '../events/event.ts'
import { eventBody } from '../events/event.ts'
import type { EventLog, EventPage } from '../events/event-log.ts'
import { Lease } from '../events/lease.ts'
import { numberIn } from '../log/rows.ts'
import { TableUnavailable, type Table } from '../store/table.ts'
import { AddressRefused, type Resolve } from './guard.ts'
import { post } from './post.ts'
import { signatureOf } from './signature.ts'

export interface WebhookConfig {
  /** Names its cursor: another name starts anew. */
  readonly name: string
  readonly url: string
  /** What deliveries are signed with. */
  readonly secret: string
  /** Kinds of events; empty: all. */
  readonly events: readonly Event['kind'][]
  /** Ends of these; empty: of all. */
  readonly appcodes: readonly number[]
  /** Messages of these; empty: of all. */
  readonly businesses: readonly string[]
  /** CIDR blocks that it may be in although they are not on the internet. */
  readonly allow: readonly string[]
  readonly timeoutMs: number
}

export interface WebhookParts {
  readonly table: Table
  readonly events: EventLog
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
  /** `name@incarnation` of this logic. */
  readonly node: string
  readonly resolve: Resolve
}

interface Counters {
  readonly deliveries: Counter
  readonly events: Counter
}

const BATCH = 100
const IDLE_MS = 5_000
const LEASE_POLL_MS = 500
const RETRY_MS = { first: 500, max: 60_000 } as const

/** All webhooks of a node; of all nodes, one at a time delivers each. */
export class Webhooks {
  readonly #deliverers: readonly Deliverer[]

  constructor(configs: readonly WebhookConfig[], parts: WebhookParts) {
    const { metrics } = parts
    const counters = {
      deliveries: metrics.counter('longwire_webhook_deliveries_total', 'Requests to webhooks', [
        'webhook',
        'result',
      ]),
      events: metrics.counter('longwire_webhook_events_total', 'Events that a webhook has taken', [
        'webhook',
      ]),
    }
    this.#deliverers = configs.map(config => new Deliverer(config, parts, counters))
    if (configs.length === 0) return
    metrics.gauge(
      'longwire_webhook_backlog',
      'Events that the slowest webhook has to be told',
      () => Math.max(...this.#deliverers.map(({ backlog }) => backlog)),
    )
  }

  start(): void {
    for (const deliverer of this.#deliverers) deliverer.start()
  }

  async stop(): Promise<void> {
    await Promise.all(this.#deliverers.map(deliverer => deliverer.stop()))
  }
}

/** Where a webhook is: `webhooks/<name>` {seq, epoch, rev}. */
interface Cursor {
  readonly seq: number
  readonly epoch: number
  readonly rev: number
}

/**
 * Hands the stream to one webhook: a batch at a time, in order, again until it is taken. The cursor
 * moves after the answer, so a crash in between delivers the batch again: the receiver knows it by the
 * ids of its events.
 */
class Deliverer {
  /** Of the node that delivers; 0 elsewhere. */
  backlog = 0
  readonly #config: WebhookConfig
  readonly #parts: WebhookParts
  readonly #counters: Counters
  readonly #lease: Lease
  readonly #key: string
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  #failures = 0

  constructor(config: WebhookConfig, parts: WebhookParts, counters: Counters) {
    this.#config = config
    this.#parts = parts
    this.#counters = counters
    this.#key = `webhooks/${config.name}`
    const { table, clock, logger, node } = parts
    this.#lease = new Lease(`webhook-${config.name}`, { table, clock, logger, owner: node })
  }

  start(): void {
    this.#lease.start()
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the node stops'))
    await this.#running
    await this.#lease.stop()
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (!this.#lease.held) {
        this.backlog = 0
        await this.#pause(LEASE_POLL_MS)
        continue
      }
      try {
        await this.#once()
        this.#failures = 0
      } catch (error) {
        if (!this.#stop.signal.aborted) await this.#failed(error)
      }
    }
  }

  /** One batch, or a while without any. */
  async #once(): Promise<void> {
    const { table, events } = this.#parts
    const cursor = await this.#cursor()
    let page = await events.read(cursor.seq, BATCH, this.#isWanted)
    const reset = cursor.epoch !== page.epoch || cursor.seq > page.head
    if (reset) page = await events.read(0, BATCH, this.#isWanted)
    this.backlog = Math.max(0, page.head - cursor.seq)
    const gap = page.gapFloor > cursor.seq
    if (page.events.length > 0 || gap || reset) await this.#deliver(page, cursor, reset)
    if (reset || page.next !== cursor.seq) {
      // Where another node was faster, it delivers: this one has lost the lease.
      await table.swap(this.#key, cursor.rev, { seq: page.next, epoch: page.epoch })
      this.#counters.events.add(page.events.length, { webhook: this.#config.name })
      this.backlog = page.head - page.next
    } else if (!page.more) await events.grows(page.next, IDLE_MS, this.#stop.signal)
  }

  /** A webhook that is new begins with what comes from now on. */
  async #cursor(): Promise<Cursor> {
    const { table, events } = this.#parts
    for (;;) {
      const doc = await table.get(this.#key)
      if (doc !== undefined)
        return {
          seq: numberIn(doc, 'seq'),
          epoch: numberIn(doc, 'epoch'),
          rev: numberIn(doc, 'rev'),
        }
      const { head, epoch } = await events.read(0, 1, () => true)
      await table.swap(this.#key, 0, { seq: head, epoch })
    }
  }

  async #deliver(page: EventPage, cursor: Cursor, reset: boolean): Promise<void> {
    const { clock, resolve } = this.#parts
    const { name, url, secret, allow, timeoutMs } = this.#config
    const { gapFloor } = page
    const gap = gapFloor > cursor.seq ? { gap: { from: cursor.seq + 1, to: gapFloor } } : {}
    const body = Buffer.from(
      JSON.stringify({
        webhook: name,
        events: page.events.map(eventBody),
        ...gap,
        ...(reset ? { reset } : {}),
      }),
    )
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'longwire',
      'longwire-webhook': name,
      'longwire-signature': signatureOf(secret, clock.now(), body),
    }
    const { signal } = this.#stop
    const request = { url: new URL(url), allow, headers, body, timeoutMs, signal }
    const { status, retryAfterMs } = await post(request, { clock, resolve })
    if (status < 200 || status > 299) throw new Refused(status, retryAfterMs)
    this.#counters.deliveries.add(1, { webhook: name, result: 'taken' })
  }

  async #failed(error: unknown): Promise<void> {
    const { logger, random } = this.#parts
    const { name } = this.#config
    const limit = Math.min(RETRY_MS.first * 2 ** this.#failures++, RETRY_MS.max)
    const asked = error instanceof Refused ? error.retryAfterMs : 0
    if (!(error instanceof TableUnavailable)) {
      this.#counters.deliveries.add(1, { webhook: name, result: resultOf(error) })
      const text = error instanceof Error ? error.message : String(error)
      logger.warn({ webhook: name, error: text, failures: this.#failures }, 'a webhook failed')
    }
    await this.#pause(asked + limit * (0.5 + random() / 2))
  }

  readonly #isWanted = (event: Event): boolean => {
    const { events, appcodes, businesses } = this.#config
    if (events.length > 0 && !events.includes(event.kind)) return false
    if (event.kind === 'expired') {
      if (businesses.length > 0 && !businesses.includes(event.business)) return false
      if (event.appcode === 0) return true
    }
    return !('appcode' in event) || appcodes.length === 0 || appcodes.includes(event.appcode)
  }

  #pause(ms: number): Promise<void> {
    return pause(this.#parts.clock, ms, this.#stop.signal)
  }
}

/** The webhook answered, but not with 2xx. */
class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  readonly retryAfterMs: number

  constructor(status: number, retryAfterMs: number) {
    super(
      status >= 300 && status < 400
        ? `answered ${status}; redirects are not followed`
        : `answered ${status}`,
    )
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

/** As a label: few values. */
const resultOf = (error: unknown): string => {
  if (error instanceof AddressRefused) return 'address-refused'
  if (error instanceof Refused) return `${Math.floor(error.status / 100)}xx`
  return 'unreachable'
}
