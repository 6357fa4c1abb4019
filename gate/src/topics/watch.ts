import { encodeMember, encodeWatch, TRUNK, type TrunkView } from '@longwire/proto/trunk'
import type { SessionTable } from '../session-table.ts'
import type { Links } from '../trunk/links.ts'
import type { LogicLink } from '../trunk/logic-link.ts'
import type { GateTopic, Subscriptions } from './gate-topic.ts'

export interface WatchParts {
  readonly table: SessionTable
  readonly links: Links
  readonly subscriptions: Subscriptions
  readonly topics: ReadonlyMap<number, GateTopic>
}

/** In a topic with more sessions nobody is named: see the same of logic. */
const NAMED_MAX = 100
/** How often logic is asked whether anything was missed; first it is soon. */
const ASK_MS = 10_000
const ASK_FIRST_MS = 1_000
/** Topics looked at in a tick, and asked about. */
const LOOKED_MAX = 4_096
const ASKED_MAX = 500
const ENTRIES_MAX = 2_048
const TICKS_PER_SECOND = 4

/** Tells logic which topics this gate has sessions for, and who they are, and asks what it may have missed. */
export class Watch {
  readonly #parts: WatchParts
  #cycle: Iterator<GateTopic> | undefined
  readonly #changed = new Set<GateTopic>()
  #ticks = 0

  constructor(parts: WatchParts) {
    this.#parts = parts
  }

  /** Logic is to hand it publications from now on: before anything else is asked about it. */
  begin(topic: GateTopic): void {
    topic.askAt = this.#parts.table.now + ASK_FIRST_MS
    this.#tellAll([this.#entry(topic, false)])
  }

  end(topic: GateTopic): void {
    this.#changed.delete(topic)
    this.#tellAll([this.#entry(topic, false, true)])
  }

  /** Its size, or who is there, is another one: told within a second. */
  changed(topic: GateTopic): void {
    this.#changed.add(topic)
  }

  joined(topic: GateTopic, slot: number, joined: boolean): void {
    this.#changed.add(topic)
    if (!topic.presence) return
    const { appcode, uid, device } = this.#parts.table
    if (topic.size > NAMED_MAX) topic.changes.clear()
    else {
      const key = `${uid[slot]!}/${device[slot]!}`
      const entry = { joined, appcode: appcode[slot]!, uid: uid[slot]!, device: device[slot]! }
      // Who came and went within a second was never there.
      if (topic.changes.get(key)?.joined === !joined) topic.changes.delete(key)
      else topic.changes.set(key, entry)
    }
    topic.counted = false
  }

  /** A node has to be told everything. */
  up(link: LogicLink): void {
    const { topics } = this.#parts
    let entries: Buffer[] = []
    for (const topic of topics.values()) {
      entries.push(this.#entry(topic, false))
      topic.askAt = 0
      if (entries.length < ENTRIES_MAX) continue
      link.writer().frame(TRUNK.TOPIC_WATCH, '', Buffer.concat(entries))
      entries = []
    }
    if (entries.length > 0) link.writer().frame(TRUNK.TOPIC_WATCH, '', Buffer.concat(entries))
  }

  /** Something may have been missed of any of them. */
  resync(): void {
    for (const topic of this.#parts.topics.values()) {
      topic.askAt = 0
      this.#changed.add(topic)
    }
  }

  tick(): void {
    this.#askSome()
    if (++this.#ticks % TICKS_PER_SECOND === 0) this.#tellChanges()
  }

  /** TOPIC_WHO. */
  who(link: LogicLink, view: TrunkView): void {
    const { topics, table, subscriptions } = this.#parts
    const { sequenceid, reserve: max } = view
    const topic = topics.get(view.slot)
    const entries: Buffer[] = []
    const named = Math.min(topic?.size ?? 0, max)
    for (let place = 0; topic !== undefined && place < named; place++)
      entries.push(memberOf(table, subscriptions.slot[topic.members[place]!]!))
    const writer = link.writer()
    writer.head.sequenceid = sequenceid
    writer.head.reserve = topic?.size ?? 0
    writer.frame(TRUNK.TOPIC_THESE, '', Buffer.concat(entries))
  }

  #entry(topic: GateTopic, ask: boolean, gone = false): Buffer {
    const { index: number, appcode, name, size: count } = topic
    return encodeWatch({ ask, gone, number, appcode, count, topic: name })
  }

  #tellAll(entries: readonly Buffer[]): void {
    const body = Buffer.concat(entries)
    this.#parts.links.each(link => {
      if (link.up) link.writer().frame(TRUNK.TOPIC_WATCH, '', body)
    })
  }

  #askSome(): void {
    const { topics, table, links } = this.#parts
    const asked = new Map<LogicLink, Buffer[]>()
    let count = 0
    for (
      let looked = 0;
      looked < Math.min(LOOKED_MAX, topics.size) && count < ASKED_MAX;
      looked++
    ) {
      this.#cycle ??= topics.values()
      const { value: topic, done } = this.#cycle.next()
      if (done === true || topic === undefined) {
        this.#cycle = undefined
        continue
      }
      if (topic.askAt > table.now) continue
      const link = links.pick(topic.name)
      if (link === undefined) return
      topic.askAt = table.now + ASK_MS
      count++
      const entries = asked.get(link) ?? []
      entries.push(this.#entry(topic, true))
      asked.set(link, entries)
    }
    for (const [link, entries] of asked)
      link.writer().frame(TRUNK.TOPIC_WATCH, '', Buffer.concat(entries))
  }

  #tellChanges(): void {
    if (this.#changed.size === 0 || this.#parts.links.up === 0) return
    const entries: Buffer[] = []
    for (const topic of this.#changed) {
      if (!topic.everybody) entries.push(this.#entry(topic, false))
      if (entries.length >= ENTRIES_MAX) this.#tellAll(entries.splice(0))
    }
    if (entries.length > 0) this.#tellAll(entries)
    // Behind the counts, because what is told of members names the count.
    for (const topic of this.#changed) if (topic.presence) this.#tellMembers(topic)
    this.#changed.clear()
  }

  #tellMembers(topic: GateTopic): void {
    const { links, table, subscriptions } = this.#parts
    const link = links.pick(topic.name)
    if (link === undefined) return
    if (!topic.counted) {
      const changes = [...topic.changes.values()].map(encodeMember)
      topic.changes.clear()
      topic.counted = true
      const writer = link.writer()
      writer.head.slot = topic.index
      writer.frame(TRUNK.TOPIC_MEMBERS, '', Buffer.concat(changes))
    }
    if (topic.toldLink === link.number || topic.size > NAMED_MAX) return
    topic.toldLink = link.number
    const all: Buffer[] = []
    for (let place = 0; place < topic.size; place++)
      all.push(memberOf(table, subscriptions.slot[topic.members[place]!]!))
    const writer = link.writer()
    writer.head.slot = topic.index
    writer.head.reserve = 1
    writer.frame(TRUNK.TOPIC_MEMBERS, '', Buffer.concat(all))
  }
}

const memberOf = ({ appcode, uid, device }: SessionTable, slot: number): Buffer =>
  encodeMember({ joined: true, appcode: appcode[slot]!, uid: uid[slot]!, device: device[slot]! })
