import { CODES, edgeBody, TOPIC_OP } from '@longwire/proto'
import { TRUNK, type TrunkView } from '@longwire/proto/trunk'
import type { SessionTable } from '../session-table.ts'
import type { Links } from '../trunk/links.ts'
import type { LogicLink } from '../trunk/logic-link.ts'
import type { GateTopic } from './gate-topic.ts'

/** A question to logic. */
export interface Call {
  readonly op: number
  /** −1: the gate's own. */
  readonly slot: number
  readonly generation: number
  readonly ref: number
  readonly topic: GateTopic | undefined
  readonly name: string
  /** A TopicRequest. */
  readonly body: Uint8Array
  readonly flags: number
}

interface Waiting extends Call {
  readonly appcode: number
  readonly uid: string
  readonly since: number
  /** Number of the link that carries it. */
  link: number
  asked: number
  /** Whether another node may be asked as well. */
  readonly repeatable: boolean
}

export interface CallsParts {
  readonly table: SessionTable
  readonly links: Links
  readonly requestMs: number
  readonly answered: (call: Call, view: TrunkView) => void
  /** No answer in time, or nobody to ask. */
  readonly failed: (call: Call) => void
}

const ASKED_MAX = 4
const TRY_ELSEWHERE: ReadonlySet<number> = new Set([
  CODES.BUSY.code,
  CODES.DRAINING.code,
  CODES.UNAVAILABLE.code,
])

/** Questions about topics that wait for logic, oldest first. */
export class Calls {
  readonly #parts: CallsParts
  readonly #waiting = new Map<number, Waiting>()
  #number = 0

  constructor(parts: CallsParts) {
    this.#parts = parts
  }

  ask(call: Call, appcode: number, uid: string): void {
    const { table } = this.#parts
    const isPublish = call.op === TOPIC_OP.PUBLISH
    const repeatable = !isPublish || edgeBody.TopicRequest.decode(call.body).key !== ''
    const waiting = { ...call, appcode, uid, since: table.now, link: 0, asked: 0, repeatable }
    if (!this.#send(waiting, 0)) this.#parts.failed(call)
  }

  /** TOPIC_RESULT. */
  result(view: TrunkView): void {
    const waiting = this.#waiting.get(view.sequenceid)
    if (waiting === undefined) return
    this.#waiting.delete(view.sequenceid)
    if (TRY_ELSEWHERE.has(view.msgtype) && waiting.asked < 2 && this.#send(waiting, waiting.link))
      return
    this.#parts.answered(waiting, view)
  }

  /** Gives up what has waited too long. */
  tick(): void {
    const before = this.#parts.table.now - this.#parts.requestMs
    for (const [number, waiting] of this.#waiting) {
      if (waiting.since > before) break
      this.#waiting.delete(number)
      this.#parts.failed(waiting)
    }
  }

  down(link: number): void {
    const broken = [...this.#waiting].filter(([, waiting]) => waiting.link === link)
    for (const [number, waiting] of broken) {
      this.#waiting.delete(number)
      const isWorthIt = waiting.repeatable && waiting.asked < ASKED_MAX
      if (!isWorthIt || !this.#send(waiting, link)) this.#parts.failed(waiting)
    }
  }

  #send(waiting: Waiting, except: number): boolean {
    const { links, table, requestMs } = this.#parts
    // The same node for a topic, so that it knows where the topic ends.
    const link: LogicLink | undefined = links.pickAny(waiting.name, except)
    if (link === undefined) return false
    waiting.link = link.number
    waiting.asked++
    const number = ++this.#number
    this.#waiting.set(number, waiting)
    const writer = link.writer()
    const { head } = writer
    head.appcode = waiting.appcode
    head.sequenceid = number
    head.reserve = waiting.op
    head.msgtype = Math.max(1, Math.min(0xffff, Math.ceil(waiting.since + requestMs - table.now)))
    const { topic } = waiting
    if (topic !== undefined) {
      head.logidHigh = topic.size + Math.max(0, topic.asking - 1)
      head.logidLow = topic.index
    }
    if (waiting.slot >= 0) {
      head.slot = waiting.slot
      head.generation = waiting.generation
    }
    writer.frame(TRUNK.TOPIC_CALL, waiting.uid, waiting.body)
    return true
  }
}
