import type { Clock, Counter, Metrics } from '@longwire/kit'
import { LIMITS } from '@longwire/proto'
import { createHash } from 'node:crypto'
import { invalid, Problem } from '../api/problems.ts'
import type { Appended, Log, LogLimits, LogMessage, MailboxId } from '../log/log.ts'
import type { LogPlace } from '../log/rows.ts'
import type { Apps } from '../login/apps.ts'
import { appFor, KEY_PATTERN, type Business } from '../paths/draft.ts'
import type { Intake } from '../paths/intake.ts'
import { refused, type IdSource } from '../paths/s2c.ts'
import type { UserKey } from '../routes/route-table.ts'
import type { Routes } from '../routes/routes.ts'
import type { Route } from '../routes/route-table.ts'
import { type Grants, GRANTS_MAX } from './grants.ts'
import { isMeant, SYSTEM, SYSTEM_ALL, type Namespace } from './namespace.ts'
import type { Namespaces } from './namespaces.ts'
import type { Present, TopicId, Watchers } from './watchers.ts'

/** Logs of topics are apart from mailboxes. */
export const TOPIC_LOGS: LogPlace = {
  rows: 'topics/rows/',
  meta: 'topics/logs/',
  ends: 'topics/ends/',
  records: 'topics/keys/',
}

export interface TopicsParts {
  readonly apps: Apps
  /** Of topics: the uid of its mailboxes is a topic. */
  readonly log: Log
  readonly ids: IdSource
  /** It is made behind this. */
  readonly intake: () => Intake
  readonly routes: Routes
  readonly clock: Clock
  readonly metrics: Metrics
  readonly namespaces: Namespaces
  readonly watchers: Watchers
  readonly grants: Grants
  /** Topics that one session may have. */
  readonly perSession: number
  /** Tells the gate of a session that what its user is subscribed to has changed. */
  readonly renew: (route: Route) => void
}

/** Who publishes or asks. */
export type Caller =
  | { readonly business: Business; readonly appcode: number }
  | { readonly uid: string; readonly appcode: number }

export interface TopicDraft {
  readonly topic: string
  readonly msgtype: number
  readonly content: Uint8Array
  /** '': none. */
  readonly idempotencyKey: string
}

export interface TopicPublished {
  /** 0: it is never stored. */
  readonly seq: number
  readonly epoch: number
  readonly msgid: string
  readonly logid: string
  readonly repeated: boolean
}

/** What is kept behind a cursor. */
export interface TopicPage {
  readonly epoch: number
  readonly head: number
  /** Nothing that the reader lacks is gone. */
  readonly whole: boolean
  readonly next: number
  readonly more: boolean
  readonly messages: readonly LogMessage[]
}

export interface PageAsked {
  readonly epoch: number
  readonly seq: number
  readonly limit: number
  readonly maxBytes: number
}

const KEY = new RegExp(KEY_PATTERN)
/** Trimming takes a tenth of what may be kept at once, so it begins when there is that much more. */
const SLACK = 1.25
const TOPIC_BYTES = 16 * 1024 * 1024

/** How much is kept of a topic. */
export const topicLimits =
  (namespaces: Namespaces) =>
  ({ uid: topic }: MailboxId): LogLimits => {
    const messages = namespaces.get(topic.slice(0, topic.indexOf(':')))?.history.messages ?? 0
    return { maxMessages: Math.ceil(Math.max(1, messages) * SLACK) + 8, maxBytes: TOPIC_BYTES }
  }

/** Publishing to topics and reading what is kept of them. */
export class Topics {
  readonly parts: TopicsParts
  readonly #published: Counter
  readonly #pushed: Counter

  constructor(parts: TopicsParts) {
    this.parts = parts
    const { metrics, watchers } = parts
    const name = 'longwire_logic_topic'
    this.#published = metrics.counter(`${name}_publications_total`, 'Publications to topics')
    this.#pushed = metrics.counter(`${name}_pushes_total`, 'Publications handed to a gate')
    metrics.gauge(`${name}s`, 'Topics that sessions of linked gates have', () => watchers.size)
  }

  /** Resolves once it is durable, where the namespace stores anything. Throws what `problemOf` explains. */
  async publish(caller: Caller, draft: TopicDraft): Promise<TopicPublished> {
    const namespace = this.parts.namespaces.of(draft.topic)
    const intake = this.parts.intake()
    this.#checkDraft(draft)
    const { system } = this.#publisher(caller, namespace, draft.topic)
    const refusal = intake.refusal()
    if (refusal !== undefined) throw refused(refusal, intake)
    const id = { system, topic: draft.topic }
    const published = await this.#store(id, { caller, namespace, draft })
    // Who stored it the first time may have died before it told anybody.
    this.#push(id, caller, draft, published)
    if (!published.repeated) this.#published.add()
    return published
  }

  /** What is kept behind a cursor; without one, nothing, and where to go on. */
  async read({ system, topic }: TopicId, asked: PageAsked): Promise<TopicPage> {
    const { log } = this.parts
    const mailbox = { system, uid: topic }
    const { epoch, head } = await log.heads(mailbox)
    if (asked.epoch !== epoch || asked.seq > head)
      return { epoch, head, whole: false, next: head, more: false, messages: [] }
    if (asked.seq === head)
      return { epoch, head, whole: true, next: head, more: false, messages: [] }
    const page = await log.read(mailbox, 0, asked.seq, asked.limit, asked.maxBytes)
    const { messages, next, more } = page
    // A topic has no holes but where something is gone.
    const whole = messages.length === next - asked.seq
    return { epoch, head: page.head, whole, next, more, messages }
  }

  /** Sessions that have a topic; throws where that is not told. */
  async present(id: TopicId, max: number): Promise<Present> {
    const { namespaces, watchers } = this.parts
    if (!namespaces.of(id.topic).presence) throw new Problem('NO_PRESENCE')
    return watchers.present(id, max)
  }

  /** The namespace, where this user may subscribe; undefined: it may not. */
  subscribable(topic: string, uid: string): Namespace | undefined {
    const namespace = this.parts.namespaces.of(topic)
    return isMeant(namespace.subscribe, topic, uid) ? namespace : undefined
  }

  /** A user has a topic from now on, whenever it logs in. */
  async grant(business: Business, user: UserKey, topic: string): Promise<void> {
    const { namespaces, grants } = this.parts
    const { subscribe, name } = namespaces.of(topic)
    if (name === SYSTEM || subscribe === 'nobody')
      throw new Problem('FORBIDDEN', `nobody subscribes to topics of "${name}"`)
    if (!(await grants.add(user, topic, business.name)))
      throw invalid('topic', 'is one too many', `a user is subscribed to at most ${GRANTS_MAX}`)
    await this.#renew(user)
  }

  async revoke(user: UserKey, topic: string): Promise<void> {
    await this.parts.grants.remove(user, topic)
    await this.#renew(user)
  }

  async #renew(user: UserKey): Promise<void> {
    const { routes, renew } = this.parts
    const [found = []] = await routes.lookup([user])
    for (const route of found) renew(route)
  }

  #checkDraft({ msgtype, content, idempotencyKey }: TopicDraft): void {
    if (msgtype > LIMITS.msgtypeMax)
      throw invalid('msgtype', `is ${msgtype}`, `use at most ${LIMITS.msgtypeMax}`)
    if (content.length > LIMITS.messageBytes)
      throw invalid('body', `has ${content.length} bytes`, `send at most ${LIMITS.messageBytes}`)
    if (idempotencyKey !== '' && !KEY.test(idempotencyKey))
      throw invalid('idempotencyKey', 'is not usable', 'use 1 to 128 visible ASCII characters')
  }

  #publisher(caller: Caller, { name, publish }: Namespace, topic: string): { system: string } {
    const { apps } = this.parts
    if ('business' in caller) {
      const { system } = appFor(apps, caller.business, caller.appcode)
      if (publish === 'nobody') throw new Problem('FORBIDDEN', `nobody publishes to "${name}"`)
      if (name === SYSTEM) this.#checkBroadcast(caller.business, system, topic)
      return { system }
    }
    const app = apps.get(caller.appcode)
    if (app === undefined) throw new Problem('UNKNOWN_APPCODE')
    if (name === SYSTEM || !isMeant(publish, topic, caller.uid))
      throw new Problem('FORBIDDEN', `this user may not publish to "${topic}"`)
    return app
  }

  #checkBroadcast({ name, appcodes }: Business, system: string, topic: string): void {
    const own = this.parts.apps.ofSystem(system)
    const named = /^system:app:(\d{1,5})$/.exec(topic)
    if (topic !== SYSTEM_ALL && (named === null || !own.includes(Number(named[1]))))
      throw invalid('topic', `is "${topic}"`, `use ${SYSTEM_ALL}, or system:app:<appcode>`)
    const meant = named === null ? own : [Number(named[1])]
    if (!meant.every(appcode => appcodes.includes(appcode)))
      throw new Problem('FORBIDDEN', `the key of "${name}" is not for all appcodes of that`)
  }

  async #store(
    { system, topic }: TopicId,
    { caller, namespace, draft }: { caller: Caller; namespace: Namespace; draft: TopicDraft },
  ): Promise<TopicPublished> {
    const { ids, log } = this.parts
    const intake = this.parts.intake()
    const [msgid, logid] = [ids.msgid(), ids.logid()]
    const { msgtype, content, idempotencyKey: key } = draft
    if (namespace.history.messages === 0) return { seq: 0, epoch: 0, msgid, logid, repeated: false }
    const business =
      'business' in caller ? caller.business.name : `~${caller.appcode}~${caller.uid}`
    const ticket = intake.take(content.length)
    try {
      const appended: Appended = await log.append(
        { system, uid: topic },
        {
          appcode: 0,
          msgtype,
          content,
          ttlSeconds: namespace.history.seconds,
          msgid,
          logid,
          ...('uid' in caller ? { from: { uid: caller.uid, appcode: caller.appcode } } : {}),
          ...(key === ''
            ? {}
            : { idempotency: { business, key, fingerprint: fingerprintOf(draft) } }),
        },
      )
      return appended
    } finally {
      intake.done(ticket, content.length)
    }
  }

  #push(id: TopicId, caller: Caller, draft: TopicDraft, published: TopicPublished): void {
    const { seq, epoch, logid } = published
    const gates = this.parts.watchers.push(id, {
      seq,
      epoch,
      msgtype: draft.msgtype,
      content: draft.content,
      from: 'uid' in caller ? caller.uid : '',
      logidHigh: Number.parseInt(logid.slice(0, 8), 16),
      logidLow: Number.parseInt(logid.slice(8), 16),
    })
    this.#pushed.add(gates)
  }
}

const fingerprintOf = ({ topic, msgtype, content }: TopicDraft): string =>
  createHash('sha256')
    .update(JSON.stringify([topic, msgtype]))
    .update(content)
    .digest('base64url')
