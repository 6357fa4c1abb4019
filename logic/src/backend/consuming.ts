import {
  SETTLE,
  TRUNK,
  TrunkError,
  encodeRecord,
  trunkBody,
  type TrunkView,
} from '@longwire/proto/trunk'
import type { StoredRecord } from '../bus/bus.ts'
import {
  checkMayRead,
  checkName,
  groupOf,
  mayRead,
  type Deliveries,
} from '../bus/delivery/deliveries.ts'
import type { GroupDelivery, Receiver } from '../bus/delivery/group.ts'
import { Problem, problemOf } from '../api/problems.ts'
import type { Business } from '../paths/draft.ts'
import type { TrunkPeer } from '../trunk/peer.ts'

const WINDOW_MAX = 10_000
const VISIBILITY_MS = { min: 1_000, max: 3_600_000 } as const
const ATTEMPTS_MAX = 100
const SUBSCRIPTIONS_MAX = 64
const GROUP_CHARS = 100

interface Subscription {
  readonly group: string
  readonly topics: readonly string[]
  readonly delivery: GroupDelivery
  readonly receiver: Receiver
}

/** What one backend link consumes: each CONSUME is a receiver of its group. */
export class Consuming {
  readonly #peer: TrunkPeer
  readonly #deliveries: Deliveries
  readonly #subscriptions = new Map<number, Subscription>()

  constructor(peer: TrunkPeer, deliveries: Deliveries) {
    this.#peer = peer
    this.#deliveries = deliveries
  }

  /** False: it is none of the commands of a consumer. */
  frame(view: TrunkView, business: Business): boolean {
    switch (view.cmd) {
      case TRUNK.CONSUME:
        this.#consume(view, business)
        return true
      case TRUNK.SETTLE:
        this.#settle(view)
        return true
      case TRUNK.UNCONSUME:
        this.#end(view.sequenceid, false)
        return true
      default:
        return false
    }
  }

  /** The business may read other topics now. */
  changed(business: Business): void {
    for (const [id, { topics }] of this.#subscriptions) {
      if (topics.every(topic => mayRead(business, topic))) continue
      this.#end(id, false)
      this.#answer(id, new Problem('FORBIDDEN', 'the business may not read these topics any more'))
    }
  }

  /** The link is over. `vanished`: not by our doing, so that what it had counts as tried. */
  close(vanished: boolean): void {
    for (const id of this.#subscriptions.keys()) this.#end(id, vanished)
  }

  #consume(view: TrunkView, business: Business): void {
    const id = view.sequenceid
    try {
      const wanted = trunkBody.Consume.decode(view.body)
      if (this.#subscriptions.has(id) || this.#subscriptions.size >= SUBSCRIPTIONS_MAX)
        throw new TrunkError(`subscription ${id} is there already, or there are too many`)
      checkName('group', wanted.group)
      if (wanted.group.length > GROUP_CHARS) throw new Problem('INVALID', 'group is too long')
      checkMayRead(business, wanted.topics)
      const group = groupOf(business, wanted.group)
      const receiver = this.#receiver(id, wanted)
      const from = wanted.latest ? 'latest' : 'earliest'
      const topics = [...new Set(wanted.topics)]
      // Before its records.
      this.#answer(id, undefined)
      const delivery = this.#deliveries.join({ group, topics, from }, receiver)
      this.#subscriptions.set(id, { group, topics, delivery, receiver })
    } catch (error) {
      if (error instanceof TrunkError) throw error
      this.#answer(id, problemOf(error))
    }
  }

  #receiver(
    slot: number,
    { window, visibility, attempts }: { window: number; visibility: number; attempts: number },
  ): Receiver {
    return {
      window: within(window, 1, WINDOW_MAX),
      visibilityMs: within(visibility, VISIBILITY_MS.min, VISIBILITY_MS.max),
      attempts: within(attempts, 1, ATTEMPTS_MAX),
      deliver: (lease, record, attempt) => this.#deliver(slot, lease, record, attempt),
    }
  }

  #deliver(slot: number, lease: number, record: StoredRecord, attempt: number): void {
    const { writer } = this.#peer
    writer.head.slot = slot
    writer.head.sequenceid = lease
    writer.head.reserve = attempt
    writer.frame(TRUNK.RECORD, '', encodeRecord(record))
    this.#peer.wrote()
  }

  #settle({ slot, sequenceid, reserve, generation, body }: TrunkView): void {
    const subscription = this.#subscriptions.get(slot)
    const settled =
      subscription !== undefined &&
      settle(subscription, sequenceid, reserve, {
        delayMs: generation,
        reason: body.toString('utf8').slice(0, 500),
      })
    if (settled) return
    this.#peer.writer.head.slot = slot
    this.#peer.writer.head.sequenceid = sequenceid
    this.#peer.writer.frame(TRUNK.LATE, '')
    this.#peer.wrote()
  }

  #end(id: number, counted: boolean): void {
    const subscription = this.#subscriptions.get(id)
    if (subscription === undefined) return
    this.#subscriptions.delete(id)
    this.#deliveries.leave(subscription.group, subscription.receiver, counted)
  }

  #answer(id: number, problem: Problem | undefined): void {
    const { code = '', message = '', retryAfterMs: retryAfter = 0 } = problem ?? {}
    this.#peer.writer.head.sequenceid = id
    const body = trunkBody.PublishResult.encode({ code, message, retryAfter }).finish()
    this.#peer.writer.frame(TRUNK.CONSUMING, '', body)
    this.#peer.wrote()
  }
}

const settle = (
  { delivery, receiver }: Subscription,
  lease: number,
  what: number,
  { delayMs, reason }: { readonly delayMs: number; readonly reason: string },
): boolean => {
  switch (what) {
    case SETTLE.ACK:
      return delivery.ack(receiver, lease)
    case SETTLE.NACK:
      return delivery.nack(receiver, lease, reason, delayMs)
    case SETTLE.RELEASE:
      return delivery.release(receiver, lease)
    case SETTLE.EXTEND:
      return delivery.extend(receiver, lease)
    default:
      throw new TrunkError(`SETTLE with reserve ${what}; use 0 to 3`)
  }
}

const within = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, value))
