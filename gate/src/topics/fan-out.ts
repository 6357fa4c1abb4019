import { edgeBody, FEATURE, FrameWriter, TOPIC_KIND } from '@longwire/proto'
import type { TrunkView } from '@longwire/proto/trunk'
import { SLOW_BYTES } from '../listeners/listener.ts'
import type { Outbox } from '../outbox.ts'
import { FLAG, type SessionTable, STATE } from '../session-table.ts'
import { type Early, type GateTopic, SUBSCRIBED, type Subscriptions } from './gate-topic.ts'

export interface FanOutParts {
  readonly table: SessionTable
  readonly outbox: Outbox
  readonly subscriptions: Subscriptions
  /** Told how many deliveries a publication became, and of those left out because a peer is slow. */
  readonly delivered: (count: number, behind: number) => void
  /** Asks logic for what is behind the head. */
  readonly fill: (topic: GateTopic) => void
}

/** Publications that wait for one before them; beyond, they are asked for. */
const EARLY_MAX = 64
/** What is this far ahead is read by each client that wants it. */
const FILL_MAX = 2_000

/** What is to go to a topic's members at the end of the turn. */
interface Due {
  readonly topic: GateTopic
  readonly frames: Uint8Array[]
  /** Only to those who want to know who comes and goes. */
  readonly events: Uint8Array[]
}

/**
 * From a publication to the connections of those who have its topic.
 *
 * Publications go out in the order of their seqs. Each is encoded once for all, and what a turn brings for
 * one topic is one write for each of its members. Who does not read gets none until it has caught up: then
 * it is told the head, and asks.
 */
export class FanOut {
  readonly #parts: FanOutParts
  readonly #writer: FrameWriter = new FrameWriter()
  readonly #due = new Map<GateTopic, Due>()

  constructor(parts: FanOutParts) {
    this.#parts = parts
  }

  /** TOPIC_PUSH. */
  pushed(topic: GateTopic, view: TrunkView): void {
    const { sequenceid: seq, msgtype, uid: from, body: content } = view
    if (seq === 0) return this.#publish(topic, 0, { msgtype, from, content })
    if (topic.known && view.reserve !== topic.epoch) {
      topic.askAt = 0
      return
    }
    if (topic.known && seq <= topic.head) return
    if (topic.known && seq === topic.head + 1) {
      this.#publish(topic, seq, { msgtype, from, content })
      this.#drain(topic)
      return
    }
    if (topic.early.size >= EARLY_MAX) return
    if (topic.early.size === 0) topic.earlySince = this.#parts.table.now
    topic.early.set(seq, { msgtype, from, content: Uint8Array.from(content) })
  }

  /** The head as logic knows it: what is missing is asked for. */
  headIs(topic: GateTopic, head: number, epoch: number): void {
    if (!topic.known) {
      this.begin(topic, head, epoch)
      return
    }
    if (epoch !== topic.epoch) {
      topic.early.clear()
      topic.epoch = epoch
      topic.head = head
      this.#tellHead(topic)
    } else if (head > topic.head + FILL_MAX) {
      topic.head = head
      this.#tellHead(topic)
      this.#drain(topic)
    } else if (head > topic.head) this.#parts.fill(topic)
  }

  /** The first that is known of it. */
  begin(topic: GateTopic, head: number, epoch: number): void {
    topic.known = true
    topic.epoch = epoch
    topic.head = head
    this.#drain(topic)
  }

  /** What was asked for is here. */
  filled(topic: GateTopic, answer: edgeBody.TopicAnswer): void {
    if (answer.epoch !== topic.epoch || !answer.recovered) {
      this.headIs(topic, Math.max(answer.head, topic.head), answer.epoch)
      if (topic.head < answer.head) {
        topic.head = answer.head
        this.#tellHead(topic)
      }
      this.#drain(topic)
      return
    }
    for (const { seq, msgtype, content, from } of answer.publications) {
      const early = { msgtype: msgtype ?? 0, from: from ?? '', content: content ?? NOTHING }
      if (seq === topic.head + 1) this.#publish(topic, topic.head + 1, early)
    }
    this.#drain(topic)
    if (answer.more) this.#parts.fill(topic)
  }

  /** TOPIC_EVENT. */
  event(topic: GateTopic, body: Uint8Array): void {
    this.#writer.publication(topic.number, 0, TOPIC_KIND.EVENT, body, true)
    this.#dueOf(topic).events.push(this.#writer.take())
  }

  /** A session that was slow has room again: it is told what it has missed. */
  drained(slot: number, topicOf: (index: number) => GateTopic): void {
    const { subscriptions, outbox } = this.#parts
    for (let id = subscriptions.first(slot); id >= 0; id = subscriptions.after(id)) {
      if ((subscriptions.flags[id]! & SUBSCRIBED.BEHIND) === 0) continue
      subscriptions.flags[id] = subscriptions.flags[id]! & ~SUBSCRIBED.BEHIND
      outbox.to(slot).append(this.#headFrame(topicOf(subscriptions.topic[id]!)))
    }
  }

  /** Writes what has gathered; the outbox is flushed behind it. */
  flush(): void {
    if (this.#due.size === 0) return
    const isAlone = this.#due.size === 1
    // What the outbox holds, such as the answer to a subscription, comes before what it leads to.
    if (isAlone) this.#parts.outbox.flush()
    const due = [...this.#due.values()]
    this.#due.clear()
    for (const { topic, frames, events } of due) {
      const bytes = joined(frames)
      if (topic.everybody) this.#toEverybody(topic, bytes)
      else this.#toMembers(topic, { bytes, events: joined(events), isAlone })
    }
  }

  #publish(topic: GateTopic, seq: number, { msgtype, from, content }: Early): void {
    if (seq > 0) topic.head = seq
    const writer = this.#writer
    if (from === '') writer.publication(topic.number, seq, msgtype, content)
    else {
      const body = edgeBody.Publication.encode({ msgtype, content, from }).finish()
      writer.publication(topic.number, seq, TOPIC_KIND.FROM, body, true)
    }
    this.#dueOf(topic).frames.push(writer.take())
  }

  #drain(topic: GateTopic): void {
    const { early } = topic
    if (early.size === 0) return
    for (
      let next = early.get(topic.head + 1);
      next !== undefined;
      next = early.get(topic.head + 1)
    ) {
      early.delete(topic.head + 1)
      this.#publish(topic, topic.head + 1, next)
    }
    for (const seq of early.keys()) if (seq <= topic.head) early.delete(seq)
    topic.earlySince = this.#parts.table.now
  }

  #tellHead(topic: GateTopic): void {
    this.#dueOf(topic).frames.push(this.#headFrame(topic))
  }

  #headFrame(topic: GateTopic): Uint8Array {
    const body = edgeBody.TopicAnswer.encode({ epoch: topic.epoch }).finish()
    this.#writer.publication(topic.number, topic.head, TOPIC_KIND.HEAD, body, true)
    return this.#writer.take()
  }

  #dueOf(topic: GateTopic): Due {
    const known = this.#due.get(topic)
    if (known !== undefined) return known
    const fresh: Due = { topic, frames: [], events: [] }
    this.#due.set(topic, fresh)
    return fresh
  }

  #toMembers(
    topic: GateTopic,
    { bytes, events, isAlone }: { bytes: Uint8Array; events: Uint8Array; isAlone: boolean },
  ): void {
    const { table, subscriptions, outbox } = this.#parts
    const withEvents = events.length === 0 ? bytes : joined([bytes, events])
    let behind = 0
    for (let place = topic.size - 1; place >= 0; place--) {
      const id = topic.members[place]!
      const slot = subscriptions.slot[id]!
      const flags = subscriptions.flags[id]!
      const frames = (flags & SUBSCRIBED.EVENTS) === 0 ? bytes : withEvents
      if (frames.length === 0) continue
      if ((table.flags[slot]! & FLAG.SLOW) !== 0) {
        subscriptions.flags[id] = flags | SUBSCRIBED.BEHIND
        behind++
      } else if (isAlone) this.#write(slot, frames)
      else outbox.to(slot).append(frames)
    }
    this.#parts.delivered(topic.size - behind, behind)
  }

  /** Everybody who understands it. A slow one asks for what it has missed when it sees the next. */
  #toEverybody(topic: GateTopic, bytes: Uint8Array): void {
    const { table } = this.#parts
    let delivered = 0
    for (let slot = 0; slot < table.capacity; slot++) {
      if (table.state[slot] !== STATE.READY || table.appcode[slot] !== topic.appcode) continue
      if ((table.features[slot]! & FEATURE.TOPICS) === 0 || table.has(slot, FLAG.SLOW)) continue
      this.#write(slot, bytes)
      delivered++
    }
    this.#parts.delivered(delivered, 0)
  }

  #write(slot: number, bytes: Uint8Array): void {
    const { table } = this.#parts
    const connection = table.connection[slot]
    if (connection === undefined) return
    connection.write(bytes)
    if (connection.bufferedBytes() >= SLOW_BYTES) table.raise(slot, FLAG.SLOW)
  }
}

const NOTHING = new Uint8Array(0)

const joined = (parts: readonly Uint8Array[]): Uint8Array =>
  parts.length === 1 ? parts[0]! : parts.length === 0 ? NOTHING : Buffer.concat(parts)
