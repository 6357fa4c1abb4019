import {
  CMD,
  CODES,
  type CodeName,
  edgeBody,
  EVERYBODY,
  FEATURE,
  FIRST_TOPIC_NUMBER,
  FrameFields,
  type FrameView,
  LIMITS,
  ProtocolError,
  TOPIC_KIND,
  TOPIC_OP,
} from '@longwire/proto'
import { TOPIC_PRESENCE, TRUNK, trunkBody, type TrunkView } from '@longwire/proto/trunk'
import type { Counters } from '../counters.ts'
import type { Outbox } from '../outbox.ts'
import { type SessionTable, STATE } from '../session-table.ts'
import type { Links } from '../trunk/links.ts'
import type { LogicLink } from '../trunk/logic-link.ts'
import { type Call, Calls } from './calls.ts'
import { FanOut } from './fan-out.ts'
import { GateTopic, SUBSCRIBED, Subscriptions } from './gate-topic.ts'
import { Watch } from './watch.ts'

export interface TopicsParts {
  readonly table: SessionTable
  readonly outbox: Outbox
  readonly links: Links
  readonly counters: Counters
  readonly requestMs: number
}

/** A publication waits this long for the one before it, which another node may have stored. */
const EARLY_MS = 250
const SYSTEM = 'system:'
const SYSTEM_ALL = 'system:all'
const RETRY_MS = 1_000

/** What sessions have of topics, and what they ask about them. */
export class Topics {
  readonly subscriptions: Subscriptions = new Subscriptions()
  readonly fanOut: FanOut
  readonly #parts: TopicsParts
  readonly #calls: Calls
  readonly #watch: Watch
  readonly #fields: FrameFields = new FrameFields()
  /** By index, and by appcode and name. */
  readonly #topics = new Map<number, GateTopic>()
  readonly #named = new Map<string, GateTopic>()
  /** Indexes that were given back. */
  readonly #free: number[] = []
  /** With publications that wait for others. */
  readonly #early = new Set<GateTopic>()
  /** Questions of the gate that nobody could answer. */
  readonly #again: Call[] = []

  constructor(parts: TopicsParts) {
    this.#parts = parts
    const { counters, links } = parts
    const { subscriptions } = this
    this.#calls = new Calls({
      ...parts,
      answered: (call, view) => this.#answered(call, view),
      failed: call => this.#failed(call),
    })
    this.fanOut = new FanOut({
      ...parts,
      subscriptions,
      delivered: (count, behind) => {
        counters.topicDeliveries.add(count)
        if (behind > 0) counters.topicBehind.add(behind)
      },
      fill: topic => this.#fill(topic),
    })
    this.#watch = new Watch({ ...parts, links, subscriptions, topics: this.#topics })
  }

  get size(): number {
    return this.#topics.size
  }

  /** TOPIC of a client. Throws {@link ProtocolError} where it cannot be read. */
  request(slot: number, view: FrameView): void {
    const fields = this.#fields
    fields.two(view)
    const { a: ref, b: op, bodyStart } = fields
    const body = Uint8Array.from(view.bytes.subarray(bodyStart, view.end))
    const request = decodeRequest(body)
    const { topic: name } = request
    const bytes = Buffer.byteLength(name)
    if (bytes === 0 || bytes > LIMITS.topicBytes) return this.#refuse(slot, ref, 'BAD_TOPIC')
    if (op < TOPIC_OP.SUBSCRIBE || op > TOPIC_OP.HISTORY)
      return this.#refuse(slot, ref, 'BAD_FIELD', { detail: `op ${op} is none of 1 to 5` })
    if (op === TOPIC_OP.UNSUBSCRIBE) return this.#unsubscribe(slot, ref, name)
    const { appcode, uid, generation } = this.#parts.table
    const flags = request.events ? SUBSCRIBED.EVENTS : 0
    const isSubscribe = op === TOPIC_OP.SUBSCRIBE
    if (isSubscribe && name.startsWith(SYSTEM) && everybodyOf(name, appcode[slot]!) === 0)
      return this.#refuse(slot, ref, 'TOPIC_FORBIDDEN', {
        detail: `"${name}" is not for this appcode`,
      })
    const topic = isSubscribe ? this.#open(name, appcode[slot]!) : undefined
    if (topic !== undefined) topic.asking++
    const call = { op, slot, generation: generation[slot]!, ref, topic, name, body, flags }
    this.#calls.ask(call, appcode[slot]!, uid[slot]!)
  }

  /** Asks as too much of this session: it may ask again. */
  putOff(slot: number, view: FrameView, retryAfter: number): void {
    this.#fields.two(view)
    this.#refuse(slot, this.#fields.a, 'BUSY', { retryAfter })
  }

  /** A session that understands topics is READY. */
  welcomed(slot: number): void {
    const { table } = this.#parts
    const appcode = table.appcode[slot]!
    for (const name of [SYSTEM_ALL, `${SYSTEM}app:${appcode}`]) this.#open(name, appcode)
    this.#askGrants(slot)
  }

  /** A session is over. Its row is still whole. */
  left(slot: number): void {
    const { subscriptions } = this
    for (let id = subscriptions.first(slot); id >= 0; id = subscriptions.first(slot))
      this.#remove(id)
  }

  /** A frame of logic about topics; false: it is another one. */
  frame(link: LogicLink, view: TrunkView): boolean {
    if (view.cmd < TRUNK.TOPIC_CALL || view.cmd > TRUNK.TOPIC_THESE) return false
    if (view.cmd === TRUNK.TOPIC_RESULT) this.#calls.result(view)
    else if (view.cmd === TRUNK.TOPIC_WHO) this.#watch.who(link, view)
    else if (view.cmd === TRUNK.TOPIC_RENEW) this.#renew(view)
    else {
      const topic = this.#topics.get(view.slot)
      if (topic !== undefined) this.#told(topic, view)
    }
    return true
  }

  up(link: LogicLink): void {
    this.#watch.up(link)
    this.#watch.resync()
  }

  down(link: number): void {
    this.#calls.down(link)
    this.resync()
  }

  /** What logic had to say may have been lost. */
  resync(): void {
    this.#watch.resync()
  }

  drained(slot: number): void {
    this.fanOut.drained(slot, index => this.#topics.get(index)!)
  }

  tick(): void {
    this.#calls.tick()
    if (this.#again.length > 0 && this.#parts.links.up > 0) this.#askAgain()
    const before = this.#parts.table.now - EARLY_MS
    for (const topic of this.#early) {
      if (topic.early.size === 0) this.#early.delete(topic)
      else if (topic.earlySince <= before && topic.known) this.#fill(topic)
    }
    this.#watch.tick()
  }

  #told(topic: GateTopic, view: TrunkView): void {
    if (view.cmd === TRUNK.TOPIC_PUSH) {
      this.fanOut.pushed(topic, view)
      if (topic.early.size > 0) this.#early.add(topic)
    } else if (view.cmd === TRUNK.TOPIC_HEAD)
      this.fanOut.headIs(topic, view.sequenceid, view.reserve)
    else if (view.cmd === TRUNK.TOPIC_EVENT) this.fanOut.event(topic, view.body)
  }

  #open(name: string, appcode: number): GateTopic {
    const key = keyOf(name, appcode)
    const known = this.#named.get(key)
    if (known !== undefined) return known
    const index = this.#free.pop() ?? this.#topics.size
    const special = everybodyOf(name, appcode)
    const number = special === 0 ? index + FIRST_TOPIC_NUMBER : special
    const topic = new GateTopic(index, number, { appcode, name, everybody: special !== 0 })
    this.#topics.set(index, topic)
    this.#named.set(key, topic)
    this.#watch.begin(topic)
    return topic
  }

  #closeIfUnused(topic: GateTopic): void {
    if (topic.size > 0 || topic.asking > 0 || topic.everybody) return
    this.#topics.delete(topic.index)
    this.#named.delete(keyOf(topic.name, topic.appcode))
    this.#early.delete(topic)
    this.#free.push(topic.index)
    this.#watch.end(topic)
  }

  #answered(call: Call, view: TrunkView): void {
    const { slot, ref, op, topic } = call
    if (topic !== undefined && op === TOPIC_OP.SUBSCRIBE) topic.asking--
    if (op === TOPIC_OP.FILL) this.#filled(call, view)
    else if (!this.#isThere(call)) this.#over(topic)
    else if (op === TOPIC_OP.GRANTS) this.#granted(slot, view)
    else if (op === TOPIC_OP.SUBSCRIBE && view.msgtype === 0) this.#subscribed(call, view)
    else {
      this.#parts.outbox.to(slot).request(CMD.TOPIC_ACK, ref, view.msgtype, view.body)
      this.#over(topic)
    }
  }

  #failed(call: Call): void {
    const { slot, ref, op, topic } = call
    if (op === TOPIC_OP.FILL && topic !== undefined) topic.filling = false
    if (op === TOPIC_OP.SUBSCRIBE && topic !== undefined) topic.asking--
    const isThere = this.#isThere(call)
    if (op === TOPIC_OP.GRANTS && isThere) this.#again.push(call)
    else if (slot >= 0 && isThere) this.#refuse(slot, ref, 'UNAVAILABLE', { retryAfter: RETRY_MS })
    this.#over(topic)
  }

  #over(topic: GateTopic | undefined): void {
    if (topic !== undefined) this.#closeIfUnused(topic)
  }

  #isThere({ slot, generation }: Call): boolean {
    const { table } = this.#parts
    return slot >= 0 && table.generation[slot] === generation && table.state[slot] === STATE.READY
  }

  #subscribed(call: Call, view: TrunkView): void {
    const { slot, ref, flags } = call
    const { subscriptions } = this
    const topic = call.topic!
    const answer = edgeBody.TopicAnswer.decode(view.body)
    if (!topic.known) this.fanOut.begin(topic, answer.head, answer.epoch)
    else if (answer.head > topic.head || answer.epoch !== topic.epoch) topic.askAt = 0
    if (!topic.everybody) {
      topic.presence = (view.reserve & TOPIC_PRESENCE) !== 0
      const id = subscriptions.find(slot, topic)
      if (id >= 0) subscriptions.flags[id] = (subscriptions.flags[id]! & ~SUBSCRIBED.EVENTS) | flags
      else if (subscriptions.count(slot) >= view.reserve >>> 1) {
        this.#refuse(slot, ref, 'TOPIC_LIMIT')
        return this.#closeIfUnused(topic)
      } else this.#add(slot, topic, flags)
    }
    const head = Math.max(answer.head, topic.head)
    // The last one counts of a field that is there twice.
    const more = edgeBody.TopicAnswer.encode({ number: topic.number, head }).finish()
    this.#parts.outbox.to(slot).request(CMD.TOPIC_ACK, ref, 0, Buffer.concat([view.body, more]))
  }

  #add(slot: number, topic: GateTopic, flags: number): void {
    this.subscriptions.add(slot, topic, flags)
    this.#watch.joined(topic, slot, true)
  }

  #remove(id: number): void {
    const { subscriptions } = this
    const topic = this.#topics.get(subscriptions.topic[id]!)!
    const slot = subscriptions.slot[id]!
    subscriptions.remove(id, topic)
    this.#watch.joined(topic, slot, false)
    this.#closeIfUnused(topic)
  }

  #unsubscribe(slot: number, ref: number, name: string): void {
    const { outbox, table } = this.#parts
    const topic = this.#named.get(keyOf(name, table.appcode[slot]!))
    const id = topic === undefined ? -1 : this.subscriptions.find(slot, topic)
    if (id < 0) return this.#refuse(slot, ref, 'NOT_SUBSCRIBED')
    this.#remove(id)
    outbox.to(slot).request(CMD.TOPIC_ACK, ref, 0, NOTHING)
  }

  #askGrants(slot: number): void {
    const { uid, appcode, generation } = this.#parts.table
    const base = { op: TOPIC_OP.GRANTS, topic: undefined, flags: 0, ref: 0, body: NOTHING }
    const call = { ...base, slot, generation: generation[slot]!, name: uid[slot]! }
    this.#calls.ask(call, appcode[slot]!, uid[slot]!)
  }

  #askAgain(): void {
    const { uid, appcode } = this.#parts.table
    for (const call of this.#again.splice(0))
      if (this.#isThere(call)) this.#calls.ask(call, appcode[call.slot]!, uid[call.slot]!)
  }

  #renew({ slot, generation }: TrunkView): void {
    const { table } = this.#parts
    if (!table.live(slot, generation) || table.state[slot] !== STATE.READY) return
    if ((table.features[slot]! & FEATURE.TOPICS) !== 0) this.#askGrants(slot)
  }

  /** What the backend has subscribed the user to: all of it, and nothing else that it once did. */
  #granted(slot: number, view: TrunkView): void {
    if (view.msgtype !== 0) return
    const { subscriptions } = this
    const { appcode } = this.#parts.table
    const { grants } = trunkBody.TopicGrants.decode(view.body)
    const wanted = new Set<GateTopic>()
    for (const grant of grants) {
      const [name, epoch, head] = [grant.topic ?? '', grant.epoch ?? 0, grant.head ?? 0]
      const topic = this.#open(name, appcode[slot]!)
      if (!topic.known) this.fanOut.begin(topic, head, epoch)
      else if (head > topic.head || epoch !== topic.epoch) topic.askAt = 0
      topic.presence = grant.presence === true
      wanted.add(topic)
      const id = subscriptions.find(slot, topic)
      if (id >= 0) {
        subscriptions.flags[id] = subscriptions.flags[id]! | SUBSCRIBED.GRANTED
        continue
      }
      this.#add(slot, topic, SUBSCRIBED.GRANTED)
      const { number } = topic
      const answer = { topic: name, number, epoch, head: Math.max(head, topic.head) }
      this.#say(slot, topic, TOPIC_KIND.GRANTED, edgeBody.TopicAnswer.encode(answer).finish())
    }
    let next = -1
    for (let id = subscriptions.first(slot); id >= 0; id = next) {
      next = subscriptions.after(id)
      const topic = this.#topics.get(subscriptions.topic[id]!)!
      if ((subscriptions.flags[id]! & SUBSCRIBED.GRANTED) === 0 || wanted.has(topic)) continue
      this.#say(slot, topic, TOPIC_KIND.ENDED, NOTHING)
      this.#remove(id)
    }
  }

  #say(slot: number, { number }: GateTopic, kind: number, body: Uint8Array): void {
    const seq = kind === TOPIC_KIND.ENDED ? CODES.UNSUBSCRIBED.code : 0
    this.#parts.outbox.to(slot).publication(number, seq, kind, body, true)
  }

  /** Asks for what is behind the head; one question at a time. */
  #fill(topic: GateTopic): void {
    if (topic.filling) return
    topic.filling = true
    const { name, epoch, head: seq, appcode } = topic
    const body = edgeBody.TopicRequest.encode({ topic: name, epoch, seq }).finish()
    const base = { op: TOPIC_OP.FILL, slot: -1, generation: 0, ref: 0, flags: 0 }
    // Named by a uid of nobody: logic answers a gate whatever users may.
    this.#calls.ask({ ...base, topic, name, body }, appcode, 'gate')
  }

  #filled({ topic }: Call, view: TrunkView): void {
    if (topic === undefined) return
    topic.filling = false
    if (this.#topics.get(topic.index) !== topic || view.msgtype !== 0) return
    topic.earlySince = this.#parts.table.now
    this.fanOut.filled(topic, edgeBody.TopicAnswer.decode(view.body))
  }

  #refuse(
    slot: number,
    ref: number,
    name: CodeName,
    { detail = CODES[name].remedy, retryAfter = 0 }: { detail?: string; retryAfter?: number } = {},
  ): void {
    const { code, text } = CODES[name]
    const message = `${text}: ${detail}`
    const body = edgeBody.TopicAnswer.encode({ message, retryAfter }).finish()
    this.#parts.outbox.to(slot).request(CMD.TOPIC_ACK, ref, code, body)
  }
}

const NOTHING = new Uint8Array(0)

const keyOf = (name: string, appcode: number): string => `${appcode}/${name}`

/** The number of a topic that every session of the appcode has; 0: it is none. */
const everybodyOf = (name: string, appcode: number): number => {
  if (name === SYSTEM_ALL) return EVERYBODY.SYSTEM
  return name === `${SYSTEM}app:${appcode}` ? EVERYBODY.APP : 0
}

const decodeRequest = (body: Uint8Array): edgeBody.TopicRequest => {
  try {
    return edgeBody.TopicRequest.decode(body)
  } catch {
    throw new ProtocolError('BAD_FRAME', 'the body of TOPIC is not a TopicRequest')
  }
}
