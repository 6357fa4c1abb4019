import type { Clock, Logger, Metrics } from '@longwire/kit'
import { Problem, invalid } from '../../api/problems.ts'
import type { Business } from '../../paths/draft.ts'
import { TableUnavailable } from '../../store/table.ts'
import { BusUnavailable, checkBusName, type Bus } from '../bus.ts'
import type { DeadLetters } from './dead-letters.ts'
import { GroupDelivery, type GroupTopics, type Receiver } from './group.ts'

export interface DeliveriesParts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly dead: DeadLetters
}

const WHATS = ['delivered', 'acked', 'failed', 'dead', 'late'] as const

/** The groups that have receivers on this node. The bus shares their partitions among the nodes. */
export class Deliveries {
  readonly #parts: DeliveriesParts
  readonly #groups = new Map<string, GroupDelivery>()
  readonly #closing = new Set<Promise<void>>()
  readonly #counted: (what: (typeof WHATS)[number], records: number) => void

  constructor(parts: DeliveriesParts) {
    this.#parts = parts
    const counters = parts.metrics.counters(
      'longwire_bus_records_total',
      'Records that went to consumers: delivered, acked, failed (to come again), dead, late (settled when the lease was over)',
      { name: 'what', values: WHATS },
    )
    this.#counted = (what, records) => counters(what).add(records)
    parts.metrics.gauge('longwire_bus_receivers', 'Consumers of groups on this node', () =>
      [...this.#groups.values()].reduce((sum, { receivers }) => sum + receivers, 0),
    )
  }

  /** Throws a {@link Problem} where the group consumes other topics here. */
  join(topics: GroupTopics, receiver: Receiver): GroupDelivery {
    const { bus, clock, dead, logger } = this.#parts
    const known = this.#groups.get(topics.group)
    if (known !== undefined && !sameNames(known.topics, topics.topics))
      throw invalid(
        'topics',
        `are not those that group ${topics.group} consumes: ${known.topics.join(', ')}`,
        'use the same topics in each consumer of a group, or another group',
      )
    const onError = (error: unknown): void => {
      if (error instanceof BusUnavailable || error instanceof TableUnavailable)
        logger.debug({ err: error, group: topics.group }, 'a group waits for the bus')
      else logger.warn({ err: error, group: topics.group }, 'a group has trouble with the bus')
    }
    const counted = this.#counted
    const group = known ?? new GroupDelivery(topics, { bus, clock, dead, onError, counted })
    this.#groups.set(topics.group, group)
    group.join(receiver)
    return group
  }

  /** The last one of a group takes it off this node. */
  leave(group: string, receiver: Receiver, counted: boolean): void {
    const delivery = this.#groups.get(group)
    delivery?.leave(receiver, counted)
    if (delivery === undefined || !delivery.empty) return
    this.#groups.delete(group)
    const closing = delivery.close().finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }

  async close(): Promise<void> {
    const groups = [...this.#groups.values()]
    this.#groups.clear()
    await Promise.all([...groups.map(group => group.close()), ...this.#closing])
  }
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every(name => b.includes(name))

/** A business' group as the bus knows it: nobody can take another one's records. */
export const groupOf = ({ name }: Business, group: string): string => `${name}.${group}`

/** Whether a business may read a topic: one of `reads` is it, or ends in `*` and begins it. */
export const mayRead = ({ reads = [] }: Business, topic: string): boolean =>
  reads.some(each => (each.endsWith('*') ? topic.startsWith(each.slice(0, -1)) : each === topic))

/** Throws a {@link Problem} that names the topic. */
export const checkMayRead = (business: Business, topics: readonly string[]): void => {
  if (topics.length === 0) throw invalid('topics', 'is empty', 'name at least one')
  for (const topic of topics) {
    checkName('topics', topic)
    if (!mayRead(business, topic))
      throw new Problem(
        'FORBIDDEN',
        `the key of "${business.name}" is not for topic ${topic}; add it to "reads" of that business`,
      )
  }
}

/** As {@link checkBusName}, as a problem of a request. */
export const checkName = (what: string, name: string): void => {
  try {
    checkBusName(what, name)
  } catch (error) {
    throw invalid(what, `has "${name}"`, error instanceof Error ? error.message : String(error))
  }
}
