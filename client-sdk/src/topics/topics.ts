import { CODES, codeName, edgeBody, EVERYBODY, TOPIC_KIND, TOPIC_OP } from '@longwire/proto'
import type { Client, ClientEvents } from '../api.ts'
import type { Clock, Random } from '../clock.ts'
import type { Cursor, CursorStore } from '../cursor-store.ts'
import type { Emitter } from '../emitter.ts'
import { errorOfCode, LongwireError, textOf } from '../errors.ts'
import type { PublicationFrame, Session } from '../session.ts'
import { Publication, publicationOf } from './publication.ts'
import { TopicRequests } from './requests.ts'
import { Subscription, type SubscribeOptions } from './subscription.ts'
import type { PublishOptions, TopicHistory, TopicPresence } from './types.ts'

export interface TopicsParts {
  readonly clock: Clock
  readonly random: Random
  readonly cursors: CursorStore
  readonly emitter: Emitter<ClientEvents>
  /** Of the client's cursor. */
  readonly key: string
  readonly appcode: number
}

const START: Cursor = { epoch: 0, seq: 0 }
const NOTHING = new Uint8Array(0)

/** All topics of one client. */
export class Topics {
  readonly #parts: TopicsParts
  readonly #requests: TopicRequests
  readonly #subscriptions = new Map<string, Subscription>()
  /** What the gate at hand calls them. */
  readonly #numbers = new Map<number, Subscription>()
  /** By number of what everybody has: the last that was told. */
  readonly #told = new Map<number, number>()
  #online = false

  constructor(parts: TopicsParts) {
    this.#parts = parts
    this.#requests = new TopicRequests(parts.clock, parts.random)
  }

  /** What an app may call. */
  get calls(): Pick<Client, 'subscribe' | 'publish' | 'presence' | 'history'> {
    return {
      subscribe: (topic, options) => this.#subscribe(topic, options),
      publish: (topic, content, options) => this.#publish(topic, content, options),
      presence: (topic, limit) => this.#presence(topic, limit),
      history: (topic, after, limit) => this.#history(topic, after, limit),
    }
  }

  #subscribe(topic: string, options: SubscribeOptions = {}): Subscription {
    const known = this.#subscriptions.get(topic)
    if (known !== undefined && !known.ended && !known.granted) return known
    const subscription = this.#add(topic, options, options.since ?? START, false)
    if (options.keep !== true) {
      if (this.#online) subscription.begin()
      return subscription
    }
    this.#load(topic, subscription).catch((thrown: unknown) => {
      const text = `the cursor of ${topic} could not be loaded: ${textOf(thrown)}`
      subscription.finish('CURSOR_STORE', new LongwireError('CURSOR_STORE', 'stop', text))
    })
    return subscription
  }

  async #publish(
    topic: string,
    content: string | Uint8Array,
    { msgtype = 0, key = this.#randomKey() }: PublishOptions = {},
  ): Promise<{ readonly seq: number; readonly epoch: number }> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    const request = { topic, msgtype, content: bytes, key }
    const { seq, epoch } = await this.#requests.ask(TOPIC_OP.PUBLISH, request, true)
    return { seq, epoch }
  }

  async #presence(topic: string, limit = 0): Promise<TopicPresence> {
    const { count, members } = await this.#requests.ask(TOPIC_OP.PRESENCE, { topic, limit })
    return {
      count,
      members: members.map(({ uid, appcode, device }) => ({
        uid: uid ?? '',
        appcode: appcode ?? 0,
        device: device ?? '',
      })),
    }
  }

  /** A page behind a cursor; left out: where the topic ends, to be asked for what comes. */
  async #history(topic: string, after: Cursor = START, limit = 0): Promise<TopicHistory> {
    const request = { topic, ...after, limit }
    const answer = await this.#requests.ask(TOPIC_OP.HISTORY, request)
    const { epoch, next, more, recovered, publications } = answer
    return {
      publications: publications.map(each => publicationOf(topic, each)),
      cursor: { epoch, seq: next },
      more,
      whole: recovered,
    }
  }

  /** Logged in. */
  began(session: Session): void {
    this.#online = true
    this.#requests.began(session)
    for (const subscription of this.#subscriptions.values()) subscription.begin()
  }

  disconnected(): void {
    this.#online = false
    this.#numbers.clear()
    this.#requests.ended()
    for (const subscription of this.#subscriptions.values()) subscription.disconnected()
  }

  closed(error: LongwireError | undefined): void {
    this.disconnected()
    const text = 'the client was closed'
    this.#requests.closed(error ?? new LongwireError('CLOSED', 'stop', text))
    for (const subscription of this.#subscriptions.values()) subscription.closed(error)
  }

  /** All frames of a chunk were told. */
  run(): void {
    for (const subscription of this.#numbers.values()) subscription.run()
  }

  answered(ref: number, status: number, body: Uint8Array): void {
    this.#requests.answered(ref, status, body)
  }

  pushed(frame: PublicationFrame): void {
    const { number, seq, third, special, body } = frame
    if (special && third === TOPIC_KIND.GRANTED) return this.#granted(body)
    const subscription = this.#numbers.get(number)
    if (subscription === undefined) return this.#broadcast(frame)
    const { topic } = subscription
    if (!special) subscription.pushed(plain(topic, frame))
    else if (third === TOPIC_KIND.FROM)
      subscription.pushed(publicationOf(topic, edgeBody.Publication.decode(body), seq))
    else if (third === TOPIC_KIND.EVENT) subscription.told(edgeBody.TopicEvent.decode(body))
    else if (third === TOPIC_KIND.HEAD)
      subscription.headIs(seq, edgeBody.TopicAnswer.decode(body).epoch)
    else if (third === TOPIC_KIND.ENDED) this.#ended(subscription, seq)
  }

  /** A cursor that was kept comes before the one of the options. */
  async #load(topic: string, placeholder: Subscription): Promise<void> {
    const saved = await this.#parts.cursors.load(this.#keyOf(topic))
    if (placeholder.ended || this.#subscriptions.get(topic) !== placeholder) return
    placeholder.resume(saved)
    if (this.#online) placeholder.begin()
  }

  #add(topic: string, options: SubscribeOptions, cursor: Cursor, granted: boolean): Subscription {
    const { clock, random, cursors } = this.#parts
    let own: number | undefined
    const subscription: Subscription = new Subscription(
      topic,
      options,
      {
        clock,
        random,
        cursors,
        requests: this.#requests,
        key: this.#keyOf(topic),
        granted,
        numbered: number => {
          if (own !== undefined && this.#numbers.get(own) === subscription)
            this.#numbers.delete(own)
          own = number
          if (number !== undefined) this.#numbers.set(number, subscription)
          else if (this.#subscriptions.get(topic) === subscription)
            this.#subscriptions.delete(topic)
        },
      },
      cursor,
    )
    this.#subscriptions.set(topic, subscription)
    return subscription
  }

  #granted(body: Uint8Array): void {
    const answer = edgeBody.TopicAnswer.decode(body)
    const known = this.#subscriptions.get(answer.topic)
    if (known !== undefined && !known.ended) {
      if (known.granted) known.grantedAs(answer)
      return
    }
    const subscription = this.#add(answer.topic, {}, START, true)
    subscription.grantedAs(answer)
    this.#parts.emitter.emit('topic', subscription)
  }

  #ended(subscription: Subscription, code: number): void {
    const name = codeName(code) ?? `${code}`
    subscription.finish(name, code === CODES.UNSUBSCRIBED.code ? undefined : errorOfCode(code))
  }

  /** What everybody has, without a subscription. */
  #broadcast(frame: PublicationFrame): void {
    const { number, seq, third, special, body } = frame
    const { appcode, emitter } = this.#parts
    if (number !== EVERYBODY.SYSTEM && number !== EVERYBODY.APP) return
    if (special) {
      if (third === TOPIC_KIND.HEAD) this.#told.delete(number)
      return
    }
    if (seq > 0 && seq <= (this.#told.get(number) ?? 0)) return
    this.#told.set(number, Math.max(seq, this.#told.get(number) ?? 0))
    const topic = number === EVERYBODY.SYSTEM ? 'system:all' : `system:app:${appcode}`
    emitter.emit('broadcast', plain(topic, { ...frame, body }))
  }

  #keyOf(topic: string): string {
    return `${this.#parts.key}/topic/${topic}`
  }

  #randomKey(): string {
    const { clock, random } = this.#parts
    const word = (): string => Math.floor(random() * 2 ** 32).toString(36)
    return `${clock.now().toString(36)}-${word()}${word()}`
  }
}

const plain = (topic: string, { seq, third, body }: PublicationFrame): Publication =>
  new Publication(topic, { seq, msgtype: third, content: body.length === 0 ? NOTHING : body })
