import type { MemberEntry } from '@longwire/proto/trunk'
import { type Column, widened } from '../columns.ts'

/** A publication that came before the one that it follows. */
export interface Early {
  readonly msgtype: number
  readonly from: string
  readonly content: Uint8Array
}

/** A topic that sessions of this gate have. */
export class GateTopic {
  /** Names it on the trunk: a row of the gate's own. */
  readonly index: number
  /** Names it to clients. */
  readonly number: number
  readonly appcode: number
  readonly name: string
  /** Every session of the appcode has it, without a subscription. */
  readonly everybody: boolean
  /** Nothing below means anything before logic has told the head. */
  known = false
  epoch = 0
  /** Up to here everything was handed to those who have it. */
  head = 0
  /** By seq. */
  readonly early = new Map<number, Early>()
  /** When the first of them came. */
  earlySince = 0
  /** What was missed is being asked for. */
  filling = false
  /** When logic is asked again how far it reaches. */
  askAt = 0
  /** Sessions whose subscription logic looks at. */
  asking = 0
  presence = false
  /** Who has come or gone since it was told; by device. */
  readonly changes = new Map<string, MemberEntry>()
  /** `size` has changed since it was told. */
  counted = true
  /** Number of the link whose node has been told who is there; 0: none. */
  toldLink = 0
  /** Ids of subscriptions, `size` of them. */
  members: Int32Array = new Int32Array(4)
  size = 0

  constructor(
    index: number,
    number: number,
    of: { readonly appcode: number; readonly name: string; readonly everybody: boolean },
  ) {
    this.index = index
    this.number = number
    this.appcode = of.appcode
    this.name = of.name
    this.everybody = of.everybody
  }
}

export const SUBSCRIBED = {
  /** Who comes and goes is told. */
  EVENTS: 1,
  /** Something was left out because the connection does not take more. */
  BEHIND: 2,
  /** By the backend. */
  GRANTED: 4,
} as const

/** Who has which topic, as columns: 17 bytes a subscription, and 4 in its topic. */
export class Subscriptions {
  size = 0
  slot: Int32Array = new Int32Array(0)
  /** Index of the topic. */
  topic: Int32Array = new Int32Array(0)
  /** Of SUBSCRIBED. */
  flags: Uint8Array = new Uint8Array(0)
  /** Where it stands among the members of its topic. */
  #place: Int32Array = new Int32Array(0)
  /** The next of the same session + 1, or of the free ones. */
  #next: Int32Array = new Int32Array(0)
  /** By slot: the first of the session + 1. */
  #first: Int32Array = new Int32Array(0)
  #free = NONE

  add(slot: number, topic: GateTopic, flags: number): number {
    if (this.#free === NONE) this.#grow()
    if (slot >= this.#first.length)
      this.#first = widened(
        new Int32Array(Math.max(FIRST, 2 ** Math.ceil(Math.log2(slot + 1)))),
        this.#first,
      )
    const id = this.#free
    this.#free = this.#next[id]! - 1
    this.slot[id] = slot
    this.topic[id] = topic.index
    this.flags[id] = flags
    this.#next[id] = this.#first[slot]!
    this.#first[slot] = id + 1
    if (topic.size === topic.members.length)
      topic.members = widened(new Int32Array(topic.size * 2), topic.members)
    topic.members[topic.size] = id
    this.#place[id] = topic.size++
    this.size++
    return id
  }

  remove(id: number, topic: GateTopic): void {
    this.#unlink(id)
    const place = this.#place[id]!
    const last = topic.members[--topic.size]!
    topic.members[place] = last
    this.#place[last] = place
    this.#next[id] = this.#free + 1
    this.#free = id
    this.size--
  }

  /** The subscription of a session to a topic, or −1. */
  find(slot: number, topic: GateTopic): number {
    for (let id = this.first(slot); id !== NONE; id = this.after(id))
      if (this.topic[id] === topic.index) return id
    return NONE
  }

  /** The first one of a session, or −1. */
  first(slot: number): number {
    return slot < this.#first.length ? this.#first[slot]! - 1 : NONE
  }

  /** The next one of the same session, or −1. */
  after(id: number): number {
    return this.#next[id]! - 1
  }

  count(slot: number): number {
    let count = 0
    for (let id = this.first(slot); id !== NONE; id = this.after(id)) count++
    return count
  }

  #unlink(id: number): void {
    const slot = this.slot[id]!
    if (this.#first[slot] === id + 1) {
      this.#first[slot] = this.#next[id]!
      return
    }
    let at = this.first(slot)
    while (this.#next[at] !== id + 1) at = this.#next[at]! - 1
    this.#next[at] = this.#next[id]!
  }

  #grow(): void {
    const from = this.slot.length
    const to = Math.max(FIRST, from * 2)
    const wide = (column: Int32Array): Int32Array => widened(new Int32Array(to), column)
    this.slot = wide(this.slot)
    this.topic = wide(this.topic)
    this.#place = wide(this.#place)
    this.#next = wide(this.#next)
    this.flags = widened<Column & Uint8Array>(new Uint8Array(to), this.flags)
    for (let id = to - 1; id >= from; id--) {
      this.#next[id] = this.#free + 1
      this.#free = id
    }
  }
}

const NONE = -1
const FIRST = 1_024
