import type { Clock, Logger, Timer } from '@longwire/kit'
import { numberIn, textIn } from '../../log/rows.ts'
import type { Businesses } from '../../paths/businesses.ts'
import { keyEnd, TableUnavailable, type Doc, type Row, type Table } from '../../store/table.ts'
import type { Resolve } from '../../webhooks/guard.ts'
import { groupOf, mayRead, type Deliveries } from './deliveries.ts'
import { WebhookReceiver } from './webhook-receiver.ts'

/** A business' webhook that takes records. */
export interface SubscriptionRow {
  /** Also the name of its group. */
  readonly name: string
  readonly business: string
  readonly topics: readonly string[]
  readonly from: 'earliest' | 'latest'
  readonly url: string
  readonly secret: string
  readonly timeoutMs: number
  readonly attempts: number
  readonly window: number
}

export interface SubscriptionParts {
  readonly table: Table
  readonly clock: Clock
  readonly logger: Logger
  readonly deliveries: Deliveries
  readonly businesses: Businesses
  readonly resolve: Resolve
  readonly allow: readonly string[]
}

interface Running {
  readonly rev: number
  readonly group: string
  readonly receiver: WebhookReceiver
}

const PREFIX = 'bussubscriptions/'
const ROWS_MAX = 10_000
/** How soon nodes hear of a change that another one took. */
const LOOK_MS = 2_000

/**
 * Webhooks that consume: `bussubscriptions/<business>/<name>`. Every node runs each of them; the bus
 * shares the partitions among the nodes.
 */
export class Subscriptions {
  readonly #parts: SubscriptionParts
  readonly #running = new Map<string, Running>()
  #timer: Timer | undefined
  #looking: Promise<void> | undefined
  #stopped = false

  constructor(parts: SubscriptionParts) {
    this.#parts = parts
  }

  start(): void {
    this.#look()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#looking
    for (const key of this.#running.keys()) this.#end(key)
  }

  async list(business: string): Promise<SubscriptionRow[]> {
    const prefix = `${PREFIX}${business}/`
    const rows = await this.#parts.table.range(prefix, keyEnd(prefix), ROWS_MAX)
    return rows.map(subscriptionOf)
  }

  async get(business: string, name: string): Promise<SubscriptionRow | undefined> {
    const key = `${PREFIX}${business}/${name}`
    const doc = await this.#parts.table.get(key)
    return doc === undefined ? undefined : subscriptionOf({ key, doc })
  }

  async put(row: SubscriptionRow): Promise<void> {
    const key = `${PREFIX}${row.business}/${row.name}`
    const { topics, from, url, secret, timeoutMs, attempts, window } = row
    const doc: Doc = {
      topics: topics.join(','),
      from,
      url,
      secret,
      timeout_ms: timeoutMs,
      attempts,
      window,
    }
    for (;;) {
      const before = await this.#parts.table.get(key)
      if (await this.#parts.table.swap(key, numberIn(before, 'rev'), doc)) break
    }
    await this.#refresh()
  }

  /** Its group stays where it is. */
  async remove(business: string, name: string): Promise<void> {
    await this.#parts.table.remove([`${PREFIX}${business}/${name}`])
    await this.#refresh()
  }

  #look(): void {
    this.#looking = this.#refresh()
      .catch((error: unknown) => {
        if (!(error instanceof TableUnavailable))
          this.#parts.logger.error({ err: error }, 'looking for subscriptions failed')
      })
      .finally(() => {
        if (!this.#stopped) this.#timer = this.#parts.clock.after(LOOK_MS, () => this.#look())
      })
  }

  async #refresh(): Promise<void> {
    const rows = await this.#parts.table.range(PREFIX, keyEnd(PREFIX), ROWS_MAX)
    if (this.#stopped) return
    const there = new Set<string>()
    for (const row of rows) {
      const rev = numberIn(row.doc, 'rev')
      const subscription = subscriptionOf(row)
      const business = this.#parts.businesses.named(subscription.business)
      const allowed =
        business !== undefined &&
        business.enabled !== false &&
        subscription.topics.every(topic => mayRead(business, topic))
      if (!allowed) continue
      there.add(row.key)
      if (this.#running.get(row.key)?.rev === rev) continue
      this.#end(row.key)
      this.#run(row.key, rev, { subscription, group: groupOf(business, subscription.name) })
    }
    for (const key of this.#running.keys()) if (!there.has(key)) this.#end(key)
  }

  #run(
    key: string,
    rev: number,
    { subscription, group }: { readonly subscription: SubscriptionRow; readonly group: string },
  ): void {
    const { deliveries, logger } = this.#parts
    const receiver = new WebhookReceiver(subscription, this.#parts)
    try {
      const { topics, from } = subscription
      receiver.joined(deliveries.join({ group, topics, from }, receiver))
      this.#running.set(key, { rev, group, receiver })
    } catch (error) {
      logger.warn({ err: error, subscription: key }, 'a subscription cannot run here')
    }
  }

  #end(key: string): void {
    const running = this.#running.get(key)
    if (running === undefined) return
    this.#running.delete(key)
    running.receiver.stop()
    this.#parts.deliveries.leave(running.group, running.receiver, false)
  }
}

const subscriptionOf = ({ key, doc }: Row): SubscriptionRow => {
  const [business = '', name = ''] = key.slice(PREFIX.length).split('/')
  return {
    business,
    name,
    topics: textIn(doc, 'topics').split(','),
    from: textIn(doc, 'from') === 'latest' ? 'latest' : 'earliest',
    url: textIn(doc, 'url'),
    secret: textIn(doc, 'secret'),
    timeoutMs: numberIn(doc, 'timeout_ms'),
    attempts: numberIn(doc, 'attempts'),
    window: numberIn(doc, 'window'),
  }
}
