import { pause, type Clock, type Timer } from '@longwire/kit'
import type { Batch, Bus, Consumer, StoredRecord } from '../bus.ts'
import { ONLY_GROUP, type DeadLetters } from './dead-letters.ts'
import { Lane, type Entry } from './lane.ts'

/** Who takes records of a group: a connection of a backend, or a webhook. */
export interface Receiver {
  /** Records that it has and has not settled, at most. */
  readonly window: number
  /** Time to settle one; after that it counts as failed, and is not this receiver's any more. */
  readonly visibilityMs: number
  /** Failed so many times, a record is set aside. */
  readonly attempts: number
  deliver(lease: number, record: StoredRecord, attempt: number): void
}

export interface GroupParts {
  readonly bus: Bus
  readonly clock: Clock
  readonly dead: DeadLetters
  readonly onError: (error: unknown) => void
  readonly counted: (
    what: 'delivered' | 'acked' | 'failed' | 'dead' | 'late',
    records: number,
  ) => void
}

export interface GroupTopics {
  readonly group: string
  readonly topics: readonly string[]
  readonly from: 'earliest' | 'latest'
}

interface Lease {
  readonly entry: Entry
  readonly receiver: Receiver
  expiresAt: number
}

const SWEEP_MS = 200
const BACKOFF_MIN_MS = 1_000
const BACKOFF_MAX_MS = 60_000
const SET_ASIDE_RETRY_MS = 1_000

/**
 * One group on one node: records of the partitions that this node owns go to the group's receivers here.
 *
 * A record is leased to one receiver at a time; only the lease settles it. Records of one key go out one
 * after the other: the next when the one before is done or set aside. A lease that runs out, a failure and
 * a receiver that vanishes count as a try; the record comes again after a wait that doubles from 1 s to
 * 60 s, and is set aside after `attempts` of them. Everything before the first record that is not
 * done is committed.
 */
export class GroupDelivery {
  readonly topics: readonly string[]
  readonly #parts: GroupParts
  readonly #group: string
  readonly #consumer: Consumer
  readonly #receivers = new Map<Receiver, number>()
  readonly #lanes = new Map<AbortSignal, Lane>()
  readonly #leases = new Map<number, Lease>()
  /** Of each key its records, the first of which is under way, ready or waiting for its time. */
  readonly #keys = new Map<string, Entry[]>()
  #ready: Entry[] = []
  readonly #later = new Set<{ readonly entry: Entry; readonly at: number }>()
  #leaseIds = 0
  #sweep: Timer | undefined
  #closed = false

  constructor({ group, topics, from }: GroupTopics, parts: GroupParts) {
    this.#parts = parts
    this.#group = group
    this.topics = topics
    this.#consumer = parts.bus.consume({
      group,
      topics,
      from,
      handle: batch => this.#take(batch),
      onError: parts.onError,
    })
    this.#sweep = parts.clock.after(SWEEP_MS, () => this.#onSweep())
  }

  get empty(): boolean {
    return this.#receivers.size === 0
  }

  get receivers(): number {
    return this.#receivers.size
  }

  join(receiver: Receiver): void {
    this.#receivers.set(receiver, 0)
    this.#hand()
  }

  /** What it had goes to others. `counted`: nobody knows how far it was; false: it gives back what it never began. */
  leave(receiver: Receiver, counted: boolean): void {
    if (!this.#receivers.delete(receiver)) return
    for (const [id, lease] of this.#leases) {
      if (lease.receiver !== receiver) continue
      this.#leases.delete(id)
      if (counted) this.#failed(lease, 'its consumer vanished', 0)
      else this.#again(lease.entry, false)
    }
    this.#hand()
  }

  /** False: the lease is over, and the record somebody else's by now. */
  ack(receiver: Receiver, id: number): boolean {
    const lease = this.#settle(receiver, id)
    if (lease === undefined) return false
    this.#parts.counted('acked', 1)
    this.#finish(lease.entry)
    this.#hand()
    return true
  }

  /** It failed; the record comes again after `delayMs`, or where that is 0 after the usual wait. */
  nack(receiver: Receiver, id: number, reason: string, delayMs: number): boolean {
    const lease = this.#settle(receiver, id)
    if (lease === undefined) return false
    this.#failed(lease, reason, delayMs)
    this.#hand()
    return true
  }

  /** Given back without a try: it comes again at once. */
  release(receiver: Receiver, id: number): boolean {
    const lease = this.#settle(receiver, id)
    if (lease === undefined) return false
    this.#again(lease.entry, false)
    this.#hand()
    return true
  }

  /** The lease begins anew. */
  extend(receiver: Receiver, id: number): boolean {
    const lease = this.#leases.get(id)
    if (lease === undefined || lease.receiver !== receiver) return false
    lease.expiresAt = this.#parts.clock.monotonic() + receiver.visibilityMs
    return true
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#sweep?.cancel()
    await this.#consumer.close()
  }

  async #take(batch: Batch): Promise<void> {
    const { signal } = batch
    let lane = this.#lanes.get(signal)
    if (lane === undefined) {
      lane = new Lane(batch)
      this.#lanes.set(signal, lane)
      const lost = lane
      signal.addEventListener('abort', () => this.#lost(lost), { once: true })
    }
    for (const entry of lane.add(batch)) {
      const only = entry.record.headers[ONLY_GROUP]
      if (only !== undefined && only !== this.#group) lane.finish(entry)
      else this.#queue(entry)
    }
    this.#hand()
    await lane.room()
  }

  #queue(entry: Entry): void {
    const key = keyOf(entry)
    const queue = this.#keys.get(key)
    if (queue !== undefined) {
      queue.push(entry)
      return
    }
    this.#keys.set(key, [entry])
    this.#ready.push(entry)
  }

  /** Hands out what is ready to who has room, in turn. */
  #hand(): void {
    if (this.#closed || this.#ready.length === 0 || this.#receivers.size === 0) return
    const { clock, counted } = this.#parts
    const now = clock.monotonic()
    let handed = 0
    let at = 0
    while (at < this.#ready.length) {
      const receiver = this.#roomiest()
      if (receiver === undefined) break
      const entry = this.#ready[at++]!
      if (entry.lane.signal.aborted) continue
      const id = ++this.#leaseIds
      this.#leases.set(id, { entry, receiver, expiresAt: now + receiver.visibilityMs })
      this.#receivers.set(receiver, (this.#receivers.get(receiver) ?? 0) + 1)
      handed++
      entry.tries++
      this.#deliver(receiver, id, entry)
    }
    this.#ready = at === this.#ready.length ? [] : this.#ready.slice(at)
    if (handed > 0) counted('delivered', handed)
  }

  /** What cannot even be written to it has failed. */
  #deliver(receiver: Receiver, id: number, entry: Entry): void {
    try {
      receiver.deliver(id, entry.record, entry.tries)
    } catch (error) {
      const lease = this.#settle(receiver, id)
      const reason = error instanceof Error ? error.message : String(error)
      if (lease !== undefined) this.#failed(lease, reason, 0)
    }
  }

  #roomiest(): Receiver | undefined {
    let best: Receiver | undefined
    let room = 0
    for (const [receiver, has] of this.#receivers) {
      if (receiver.window - has <= room) continue
      best = receiver
      room = receiver.window - has
    }
    return best
  }

  #settle(receiver: Receiver, id: number): Lease | undefined {
    const lease = this.#leases.get(id)
    if (lease === undefined || lease.receiver !== receiver) {
      this.#parts.counted('late', 1)
      return undefined
    }
    this.#leases.delete(id)
    this.#receivers.set(receiver, Math.max(0, (this.#receivers.get(receiver) ?? 0) - 1))
    return lease
  }

  #failed({ entry, receiver }: Lease, reason: string, delayMs: number): void {
    this.#parts.counted('failed', 1)
    if (entry.tries >= receiver.attempts) {
      void this.#setAside(entry, reason)
      return
    }
    const usual = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (entry.tries - 1))
    const at = this.#parts.clock.monotonic() + (delayMs > 0 ? delayMs : usual)
    this.#later.add({ entry, at })
  }

  /** Once it is among the dead letters, and not before, the next of its key may go. */
  async #setAside(entry: Entry, reason: string): Promise<void> {
    const { dead, clock, onError, counted } = this.#parts
    const { signal } = entry.lane
    while (!signal.aborted && !this.#closed) {
      try {
        await dead.add(this.#group, entry.record, entry.tries, reason)
        if (signal.aborted) return
        counted('dead', 1)
        this.#finish(entry)
        this.#hand()
        return
      } catch (error) {
        onError(error)
        await pause(clock, SET_ASIDE_RETRY_MS, signal)
      }
    }
  }

  /** Ready again. */
  #again(entry: Entry, counted: boolean): void {
    if (!counted) entry.tries--
    if (!entry.lane.signal.aborted) this.#ready.push(entry)
  }

  #finish(entry: Entry): void {
    const key = keyOf(entry)
    const queue = this.#keys.get(key)
    queue?.shift()
    const next = queue?.[0]
    if (next === undefined) this.#keys.delete(key)
    else this.#ready.push(next)
    entry.lane.finish(entry)
  }

  /** The partition is not ours any more: nobody settles what came from it. */
  #lost(lane: Lane): void {
    this.#lanes.delete(lane.signal)
    const gone = ({ lane: of }: Entry): boolean => of === lane
    for (const [key, queue] of this.#keys) {
      const first = queue[0]
      const left = queue.filter(entry => !gone(entry))
      if (left.length === 0) this.#keys.delete(key)
      else if (left.length < queue.length) {
        this.#keys.set(key, left)
        if (first !== left[0]) this.#ready.push(left[0]!)
      }
    }
    this.#ready = this.#ready.filter(entry => !gone(entry))
    for (const later of this.#later) if (gone(later.entry)) this.#later.delete(later)
    for (const [id, { entry, receiver }] of this.#leases) {
      if (!gone(entry)) continue
      this.#leases.delete(id)
      this.#receivers.set(receiver, Math.max(0, (this.#receivers.get(receiver) ?? 0) - 1))
    }
  }

  #onSweep(): void {
    const { clock } = this.#parts
    const now = clock.monotonic()
    for (const [id, lease] of this.#leases) {
      if (lease.expiresAt > now) continue
      this.#settle(lease.receiver, id)
      this.#failed(lease, `not settled within ${lease.receiver.visibilityMs} ms`, 0)
    }
    for (const later of this.#later) {
      if (later.at > now) continue
      this.#later.delete(later)
      this.#again(later.entry, true)
    }
    this.#hand()
    if (!this.#closed) this.#sweep = clock.after(SWEEP_MS, () => this.#onSweep())
  }
}

/** Records without a key wait for nobody. */
const keyOf = ({ record: { topic, partition, key, offset } }: Entry): string =>
  key === '' ? `${topic}\n${partition}\n${offset}` : `${topic}\n\n${key}`
