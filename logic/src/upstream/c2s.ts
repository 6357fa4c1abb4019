import type { Admission, Clock, Counter, Logger } from '@longwire/kit'
import type { CodeName } from '@longwire/proto'
import { BusUnavailable, UnknownTopic, type Bus, type BusRecord } from '../bus/bus.ts'
import type { IdSource } from '../paths/s2c.ts'
import { TableUnavailable } from '../store/table.ts'
import type { C2sRoute, C2sRoutes } from './c2s-routes.ts'
import { refKey, type RefOwner, type Refs } from './refs.ts'
import type { Streams } from './streams.ts'
import type { UserRates } from './user-rates.ts'

/** A message of a client, and where its answer goes. */
export interface UpMessage extends RefOwner {
  readonly appcode: number
  readonly msgtype: number
  /** 16 lower-case hex digits. */
  readonly logid: string
  /** Stays as it is. */
  readonly content: Uint8Array
  /** Called once, where `ref` is not 0. */
  readonly answer: Answer
  /** The session, and the request by which its gate waits; 0: it does not. */
  readonly slot: number
  readonly generation: number
  readonly sequenceid: number
}

/** Told what became of a message. */
export interface Answer {
  sent(message: UpMessage, code: CodeName | undefined, msgid: string, retryAfterMs: number): void
}

export interface C2sParts {
  readonly bus: Bus
  readonly routes: C2sRoutes
  readonly refs: Refs
  readonly rates: UserRates
  readonly streams: Streams
  readonly ids: IdSource
  readonly clock: Clock
  readonly logger: Logger
  /** Makes a topic that the bus does not know. */
  readonly makeTopic: (topic: string) => Promise<void>
  readonly accepted: (message: UpMessage, route: C2sRoute) => void
  readonly repeated: Counter
  /** Of messages that are on their way: what cannot be finished in time is refused at once. */
  readonly admission: Admission
  /** Bytes of content that are on their way to the bus at once. */
  readonly bytesMax: number
  readonly retryAfterMs: number
}

interface Waiting {
  readonly message: UpMessage
  readonly route: C2sRoute
  /** '': nobody may repeat it. */
  readonly key: string
  /** Of the admission. */
  readonly ticket: number
}

/**
 * The path of a message from a client to its topic: rate, route, ref, bus, answer. What comes within a turn
 * goes together: one commit for the refs, one publish for the records.
 */
export class C2s {
  readonly #parts: C2sParts
  #batch: Waiting[] = []
  /** By key: who asks for what is under way already. */
  readonly #pending = new Map<string, UpMessage[]>()
  #inFlight = 0
  #bytes = 0

  constructor(parts: C2sParts) {
    this.#parts = parts
  }

  get inFlight(): number {
    return this.#inFlight
  }

  take(message: UpMessage): void {
    const { routes, rates, streams, refs, repeated, admission } = this.#parts
    const route = routes.find(message.appcode, message.msgtype)
    if (route === undefined || route.topic === '') return this.#refuse(message, 'NO_ROUTE', 0)
    if (route.class === 'stream') return streams.take(message, route)
    const key = message.ref === 0 ? '' : refKey(message)
    if (key !== '') {
      const msgid = refs.doneAs(key)
      const others = msgid === undefined ? this.#pending.get(key) : undefined
      if (msgid !== undefined || others !== undefined) repeated.add()
      if (msgid !== undefined) return message.answer.sent(message, undefined, msgid, 0)
      if (others !== undefined) return void others.push(message)
    }
    const waitMs = rates.spend(message.system, message.uid)
    if (waitMs > 0) return this.#refuse(message, 'SEND_RATE', waitMs)
    if (this.#isFull()) return this.#refuse(message, 'BUSY', admission.retryMs)
    this.#enter({ message, route, key, ticket: admission.enter() })
  }

  #isFull(): boolean {
    const { admission, bytesMax } = this.#parts
    if (!admission.full && this.#bytes < bytesMax) return false
    admission.refused()
    return true
  }

  #enter(waiting: Waiting): void {
    this.#inFlight++
    this.#bytes += waiting.message.content.length
    if (waiting.key !== '') this.#pending.set(waiting.key, [])
    this.#batch.push(waiting)
    if (this.#batch.length === 1) this.#parts.clock.soon(this.#onSoon)
  }

  readonly #onSoon = (): void => {
    const batch = this.#batch
    this.#batch = []
    void this.#carry(batch)
  }

  /** Never rejects. */
  async #carry(batch: readonly Waiting[]): Promise<void> {
    const { refs, ids } = this.#parts
    const msgids = batch.map(() => ids.msgid())
    try {
      await this.#claim(batch, msgids)
      await this.#publish(
        batch.map(({ message, route }, at) => recordOf(message, route, msgids[at]!)),
      )
    } catch (error) {
      return this.#failed(batch, error)
    }
    refs.trim(batch.map(({ message }) => message))
    for (let at = 0; at < batch.length; at++) this.#done(batch[at]!, msgids[at]!)
  }

  /** Puts the msgids of those that were claimed before in the place of the new ones. */
  async #claim(batch: readonly Waiting[], msgids: string[]): Promise<void> {
    const places: number[] = []
    for (let at = 0; at < batch.length; at++) if (batch[at]!.key !== '') places.push(at)
    if (places.length === 0) return
    const claimed = await this.#parts.refs.claim(
      places.map(at => batch[at]!.key),
      places.map(at => msgids[at]!),
    )
    for (let index = 0; index < places.length; index++) msgids[places[index]!] = claimed[index]!
  }

  async #publish(records: readonly BusRecord[]): Promise<void> {
    const { bus, makeTopic } = this.#parts
    try {
      await bus.publish(records)
    } catch (error) {
      if (!(error instanceof UnknownTopic)) throw error
      for (const topic of new Set(records.map(record => record.topic))) await makeTopic(topic)
      await bus.publish(records)
    }
  }

  #done(waiting: Waiting, msgid: string): void {
    const { message, route, key } = waiting
    const { refs, accepted } = this.#parts
    if (key !== '') refs.done(key, msgid)
    accepted(message, route)
    this.#leave(waiting, undefined, msgid)
  }

  #failed(batch: readonly Waiting[], error: unknown): void {
    const { logger, retryAfterMs } = this.#parts
    const isExpected = error instanceof BusUnavailable || error instanceof TableUnavailable
    if (!isExpected) logger.error({ err: error }, 'messages of clients could not be published')
    const code = isExpected ? 'UNAVAILABLE' : 'INTERNAL'
    for (const waiting of batch) this.#leave(waiting, code, '', retryAfterMs)
  }

  #leave(
    { message, key, ticket }: Waiting,
    code: CodeName | undefined,
    msgid: string,
    retryAfterMs = 0,
  ): void {
    this.#parts.admission.leave(ticket)
    this.#inFlight--
    this.#bytes -= message.content.length
    if (message.ref !== 0) message.answer.sent(message, code, msgid, retryAfterMs)
    if (key === '') return
    const others = this.#pending.get(key) ?? []
    this.#pending.delete(key)
    for (const other of others) other.answer.sent(other, code, msgid, retryAfterMs)
  }

  #refuse(message: UpMessage, code: CodeName, retryAfterMs: number): void {
    if (message.ref !== 0) message.answer.sent(message, code, '', retryAfterMs)
  }
}

/** W3C traceparent of a message: both its names are in the trace id. */
export const traceparentOf = (msgid: string, logid: string): string =>
  `00-${logid}${msgid}-${logid}-01`

/** What a consumer gets: the bytes that the client sent, and whose they are. */
export const recordOf = (message: UpMessage, route: C2sRoute, msgid: string): BusRecord => {
  const { uid, appcode, msgtype, logid, device, content } = message
  const time = Number.parseInt(msgid.slice(0, 11), 16) / 4
  return {
    topic: route.topic,
    key: uid,
    value: content,
    time: Math.floor(time),
    headers: {
      uid,
      appcode: String(appcode),
      msgtype: String(msgtype),
      msgid,
      logid,
      time: String(Math.floor(time)),
      device,
      traceparent: traceparentOf(msgid, logid),
    },
  }
}
