import type { Clock, Timer } from '@longwire/kit'
import { CODES, type CodeName, edgeBody, TOPIC_OP } from '@longwire/proto'
import {
  eachMember,
  eachWatch,
  TOPIC_PRESENCE,
  TRUNK,
  TrunkError,
  trunkBody,
  type MemberEntry,
  type TrunkView,
} from '@longwire/proto/trunk'
import { type Problem, problemOf } from '../api/problems.ts'
import type { LogMessage } from '../log/log.ts'
import type { Apps } from '../login/apps.ts'
import type { Members } from '../topics/members.ts'
import { SYSTEM } from '../topics/namespace.ts'
import type { TopicPage, Topics } from '../topics/topics.ts'
import type { Present, Push, TopicGate, TopicId } from '../topics/watchers.ts'
import { isUid } from './names.ts'
import type { TrunkPeer } from './peer.ts'

export interface GateTopicsParts {
  readonly clock: Clock
  readonly apps: Apps
  readonly topics: Topics
  readonly members: Members
}

/** A session's question, out of the frame that is reused. */
interface Call {
  readonly op: number
  readonly system: string
  readonly appcode: number
  readonly uid: string
  readonly sequenceid: number
  /** Sessions of the gate that have the topic or asked for it before, and the gate's number of it. */
  readonly ahead: number
  readonly number: number
  readonly request: edgeBody.TopicRequest
}

interface Asked {
  readonly resolve: (present: Present | undefined) => void
  readonly timer: Timer
}

/** Questions of one gate that are worked on at once. */
const CALLS_MAX = 1_024
const PAGE_BYTES = 128 * 1024
const PAGE_MESSAGES = 500
export const MEMBERS_MAX = 1_000
const WHO_MS = 2_000
const NOTHING: Buffer = Buffer.alloc(0)

/** What one gate asks and is told about topics. */
export class GateTopics implements TopicGate {
  readonly #parts: GateTopicsParts
  readonly #peer: TrunkPeer
  readonly #isFlooded: () => boolean
  /** By number of the gate. */
  readonly #ids = new Map<number, TopicId>()
  readonly #asked = new Map<number, Asked>()
  #questions = 0
  #calls = 0

  constructor(parts: GateTopicsParts, peer: TrunkPeer, isFlooded: () => boolean) {
    this.#parts = parts
    this.#peer = peer
    this.#isFlooded = isFlooded
  }

  /** False: it is none of these. Throws {@link TrunkError} where it makes no sense. */
  frame(view: TrunkView): boolean {
    if (view.cmd === TRUNK.TOPIC_CALL) this.#call(view)
    else if (view.cmd === TRUNK.TOPIC_WATCH) this.#watch(view)
    else if (view.cmd === TRUNK.TOPIC_MEMBERS) this.#membersTold(view)
    else if (view.cmd === TRUNK.TOPIC_THESE) this.#these(view)
    else return false
    return true
  }

  push(number: number, push: Push): boolean {
    if (this.#isFlooded()) return false
    const { head } = this.#peer.writer
    head.slot = number
    head.sequenceid = push.seq
    head.reserve = push.epoch
    head.msgtype = push.msgtype
    head.logidHigh = push.logidHigh
    head.logidLow = push.logidLow
    this.#write(TRUNK.TOPIC_PUSH, push.content, push.from)
    return true
  }

  event(number: number, body: Uint8Array): void {
    if (this.#isFlooded()) return
    this.#peer.writer.head.slot = number
    this.#write(TRUNK.TOPIC_EVENT, body)
  }

  who(number: number, max: number): Promise<Present | undefined> {
    if (!this.#peer.open) return Promise.resolve(undefined)
    const sequenceid = ++this.#questions
    const { head } = this.#peer.writer
    head.slot = number
    head.sequenceid = sequenceid
    head.reserve = max
    this.#write(TRUNK.TOPIC_WHO, NOTHING)
    return new Promise(resolve => {
      const timer = this.#parts.clock.after(WHO_MS, () => this.#answered(sequenceid, undefined))
      this.#asked.set(sequenceid, { resolve, timer })
    })
  }

  /** The user of this session has other subscriptions. */
  renew({ slot, generation }: { readonly slot: number; readonly generation: number }): void {
    Object.assign(this.#peer.writer.head, { slot, generation })
    this.#write(TRUNK.TOPIC_RENEW, NOTHING)
  }

  /** The link is gone, and what was told over it with it. */
  closed(): void {
    const { topics, members } = this.#parts
    for (const [number, id] of this.#ids) topics.parts.watchers.remove(this, id, number)
    this.#ids.clear()
    members.lost(this)
    for (const sequenceid of this.#asked.keys()) this.#answered(sequenceid, undefined)
  }

  #watch(view: TrunkView): void {
    const { apps, topics, members } = this.#parts
    eachWatch(view.body, ({ ask, gone, number, appcode, count, topic }) => {
      const app = apps.get(appcode)
      if (app === undefined || topic === '') return
      const id = { system: app.system, topic }
      const { watchers } = topics.parts
      if (!gone) {
        watchers.set(this, id, number, count)
        this.#ids.set(number, id)
      } else if (this.#ids.delete(number)) {
        watchers.remove(this, id, number)
        members.dropped(this, id)
      }
      if (ask) this.#head(number, id)
    })
  }

  #head(number: number, { system, topic }: TopicId): void {
    this.#parts.topics.parts.log.heads({ system, uid: topic }).then(
      ({ head: seq, epoch }) => {
        if (!this.#peer.open) return
        const { head } = this.#peer.writer
        head.slot = number
        head.sequenceid = seq
        head.reserve = epoch
        this.#write(TRUNK.TOPIC_HEAD, NOTHING)
      },
      // The gate asks again before long.
      () => undefined,
    )
  }

  #membersTold({ slot, reserve, body }: TrunkView): void {
    const id = this.#ids.get(slot)
    if (id === undefined) return
    const entries: MemberEntry[] = []
    eachMember(body, entry => entries.push(entry))
    this.#parts.members.told(this, id, entries, reserve === 1)
  }

  #these({ sequenceid, reserve, body }: TrunkView): void {
    const members: MemberEntry[] = []
    eachMember(body, entry => members.push(entry))
    this.#answered(sequenceid, { count: reserve, members })
  }

  #answered(sequenceid: number, present: Present | undefined): void {
    const asked = this.#asked.get(sequenceid)
    if (asked === undefined) return
    this.#asked.delete(sequenceid)
    asked.timer.cancel()
    asked.resolve(present)
  }

  #call(view: TrunkView): void {
    const { sequenceid, appcode, uid, reserve: op } = view
    const system = this.#parts.apps.get(appcode)?.system
    if (system === undefined || !isUid(uid)) return this.#refuse(sequenceid, 'UNKNOWN_APPCODE')
    if (this.#calls >= CALLS_MAX) return this.#refuse(sequenceid, 'BUSY')
    const request = decodeRequest(view.body)
    this.#calls++
    const { logidHigh: ahead, logidLow: number } = view
    const call: Call = { op, system, appcode, uid, sequenceid, ahead, number, request }
    void this.#answer(call)
      .catch((error: unknown) => this.#failed(sequenceid, error))
      .finally(() => this.#calls--)
  }

  async #answer(call: Call): Promise<void> {
    switch (call.op) {
      case TOPIC_OP.SUBSCRIBE:
        return this.#subscribe(call)
      case TOPIC_OP.PUBLISH:
        return this.#publish(call)
      case TOPIC_OP.PRESENCE:
        return this.#presence(call)
      case TOPIC_OP.HISTORY:
        return this.#history(call)
      case TOPIC_OP.FILL:
        return this.#page(call)
      case TOPIC_OP.GRANTS:
        return this.#grants(call)
      default:
        this.#refuse(
          call.sequenceid,
          'BAD_FIELD',
          `op ${call.op} is not known: see PROTOCOL.md §19`,
        )
    }
  }

  async #subscribe(call: Call): Promise<void> {
    const { topics } = this.#parts
    const { system, sequenceid, request } = call
    const { topic } = request
    const namespace = await this.#readable(call)
    if (namespace === undefined) return
    const { watchers, perSession } = topics.parts
    const { maxSubscribers, recovery, presence, history } = namespace
    if (this.#ids.get(call.number)?.topic === topic)
      watchers.set(this, { system, topic }, call.number, call.ahead)
    if (maxSubscribers > 0 && watchers.count({ system, topic }) >= maxSubscribers)
      return this.#refuse(sequenceid, 'TOPIC_FULL', `"${topic}" has ${maxSubscribers} subscribers`)
    const isKept = history.messages > 0
    const cursor = recovery && isKept ? request : { epoch: 0, seq: 0 }
    const page = await topics.read({ system, topic }, askedOf(cursor, request))
    const flags = (presence ? TOPIC_PRESENCE : 0) | (perSession << 1)
    this.#result(sequenceid, answerOf(page), flags)
  }

  async #publish({ appcode, uid, sequenceid, request }: Call): Promise<void> {
    const { topic, msgtype, content, key } = request
    const draft = { topic, msgtype, content, idempotencyKey: key }
    const { seq, epoch, msgid } = await this.#parts.topics.publish({ uid, appcode }, draft)
    this.#result(sequenceid, { seq, epoch, msgid: Buffer.from(msgid, 'hex') })
  }

  async #presence(call: Call): Promise<void> {
    const { system, sequenceid, request } = call
    const { topic, limit } = request
    if ((await this.#readable(call)) === undefined) return
    const max = limit === 0 ? MEMBERS_MAX : Math.min(limit, MEMBERS_MAX)
    const { count, members } = await this.#parts.topics.present({ system, topic }, max)
    this.#result(sequenceid, { count, members: [...members] })
  }

  async #history(call: Call): Promise<void> {
    const namespace = await this.#readable(call)
    if (namespace === undefined) return
    if (namespace.history.messages === 0) return this.#refuse(call.sequenceid, 'NO_HISTORY')
    return this.#page(call)
  }

  async #page({ system, sequenceid, request }: Call): Promise<void> {
    const { topic } = request
    const page = await this.#parts.topics.read({ system, topic }, askedOf(request, request))
    this.#result(sequenceid, answerOf(page))
  }

  async #grants({ system, uid, sequenceid }: Call): Promise<void> {
    const { grants, log, namespaces } = this.#parts.topics.parts
    const topics = await grants.of({ system, uid })
    const list = topics.map(async topic => {
      const { head, epoch } = await log.heads({ system, uid: topic })
      const presence = namespaces.get(topic.slice(0, topic.indexOf(':')))?.presence === true
      return { topic, head, epoch, presence }
    })
    const body = trunkBody.TopicGrants.encode({ grants: await Promise.all(list) }).finish()
    this.#peer.writer.head.sequenceid = sequenceid
    this.#write(TRUNK.TOPIC_RESULT, body)
  }

  /** The namespace where the user may read the topic; undefined: it was refused. */
  async #readable({ request, uid, system, sequenceid }: Call) {
    const { topics } = this.#parts
    const { topic } = request
    const namespace = topics.subscribable(topic, uid)
    if (namespace !== undefined) return namespace
    // Everybody has what is for everybody; others need the backend's word.
    const { namespaces, grants } = topics.parts
    const own = namespaces.of(topic)
    if (own.name === SYSTEM || (await grants.of({ system, uid })).includes(topic)) return own
    this.#refuse(sequenceid, 'TOPIC_FORBIDDEN', `user "${uid}" may not subscribe to "${topic}"`)
    return undefined
  }

  #failed(sequenceid: number, error: unknown): void {
    const problem = problemOf(error)
    const code = CODE_OF_PROBLEM[problem.code] ?? 'INTERNAL'
    this.#refuse(sequenceid, code, problem.message, problem.retryAfterMs)
  }

  #refuse(sequenceid: number, name: CodeName, message = '', retryAfter = 0): void {
    const { code, remedy } = CODES[name]
    this.#peer.writer.head.msgtype = code
    const answer = { message: message === '' ? remedy : message, retryAfter }
    this.#result(sequenceid, answer)
  }

  #result(sequenceid: number, answer: edgeBody.TopicAnswer.$Properties, flags = 0): void {
    if (!this.#peer.open) return
    this.#peer.writer.head.sequenceid = sequenceid
    this.#peer.writer.head.reserve = flags
    this.#write(TRUNK.TOPIC_RESULT, edgeBody.TopicAnswer.encode(answer).finish())
  }

  #write(cmd: number, body: Uint8Array, uid = ''): void {
    this.#peer.writer.frame(cmd, uid, body)
    this.#peer.wrote()
  }
}

const CODE_OF_PROBLEM: Readonly<Partial<Record<Problem['code'], CodeName>>> = {
  INVALID: 'BAD_FIELD',
  UNKNOWN_NAMESPACE: 'UNKNOWN_NAMESPACE',
  UNKNOWN_APPCODE: 'UNKNOWN_APPCODE',
  FORBIDDEN: 'TOPIC_FORBIDDEN',
  NO_PRESENCE: 'NO_PRESENCE',
  IDEMPOTENCY_CONFLICT: 'BAD_FIELD',
  BUSY: 'BUSY',
  DRAINING: 'UNAVAILABLE',
  UNAVAILABLE: 'UNAVAILABLE',
}

const askedOf = (
  { epoch, seq }: { readonly epoch: number; readonly seq: number },
  { limit, maxBytes }: edgeBody.TopicRequest,
) => ({
  epoch,
  seq,
  limit: limit === 0 ? PAGE_MESSAGES : Math.min(limit, PAGE_MESSAGES),
  maxBytes: maxBytes === 0 ? PAGE_BYTES : Math.min(maxBytes, PAGE_BYTES),
})

const answerOf = (page: TopicPage): edgeBody.TopicAnswer.$Properties => ({
  epoch: page.epoch,
  head: page.head,
  recovered: page.whole,
  next: page.next,
  more: page.more,
  publications: page.messages.map(publicationOf),
})

const publicationOf = (message: LogMessage): edgeBody.Publication.$Properties => ({
  seq: message.seq,
  msgtype: message.msgtype,
  content: message.content,
  msgid: Buffer.from(message.msgid, 'hex'),
  sentAt: message.sentAt,
  from: message.fromUid,
})

const decodeRequest = (body: Buffer): edgeBody.TopicRequest => {
  try {
    const request = edgeBody.TopicRequest.decode(body)
    // What is stored must not point into the chunk that is read.
    request.content = Uint8Array.from(request.content)
    return request
  } catch (error) {
    throw new TrunkError('the body of TOPIC_CALL cannot be read', { cause: error })
  }
}
