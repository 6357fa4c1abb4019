import {
  pause,
  type Admission,
  type Clock,
  type Logger,
  type Metrics,
  type Timer,
} from '@longwire/kit'
import { CMD, edgeBody, type CodeName } from '@longwire/proto'
import type { Arrivals } from '../arrivals/arrivals.ts'
import { STAGE } from '../arrivals/stages.ts'
import type { Log } from '../log/log.ts'
import type { Apps } from '../login/apps.ts'
import type { Notifier } from '../paths/notifier.ts'
import type { IdSource } from '../paths/s2c.ts'
import { RoutesUnavailable, type Route } from '../routes/route-table.ts'
import type { Routes } from '../routes/routes.ts'
import { TableUnavailable, type Table } from '../store/table.ts'
import { BodyWriter } from '../trunk/body-writer.ts'
import { isUid } from '../trunk/names.ts'
import { writeMessage } from '../trunk/page-body.ts'
import type { UpMessage } from '../upstream/c2s.ts'
import { outcome, type Outcome } from '../upstream/calls.ts'
import type { UserRates } from '../upstream/user-rates.ts'
import { systemResolve } from '../webhooks/guard.ts'
import { C2c } from './c2c.ts'
import { History, type HistoryRow, type View } from './history.ts'
import { ContentHook, VERDICTS, type ContentHookOptions } from './hook.ts'
import { Recalls } from './recalls.ts'

export interface ConversationsOptions {
  /** False: messages between users are refused. */
  readonly enabled: boolean
  readonly hook?: ContentHookOptions | undefined
  /** A message can be recalled for so long. */
  readonly recallMs: number
  /** Messages stay in the history for so long. */
  readonly historyMs: number
  /** In whose statistics they are; '': nobody's. */
  readonly business: string
  readonly retryAfterMs: number
}

export const CONVERSATIONS: ConversationsOptions = {
  enabled: false,
  recallMs: 2 * 60_000,
  historyMs: 90 * 24 * 3_600_000,
  business: '',
  retryAfterMs: 500,
}

export interface ConversationsParts {
  readonly table: Table
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly apps: Apps
  readonly log: Log
  readonly routes: Routes
  readonly notifier: () => Notifier
  readonly arrivals: Arrivals
  readonly ids: IdSource
  readonly rates: UserRates
  readonly admission: Admission
  /** Tells a session that something was read; `body` is an edge Read. */
  readonly told: (route: Route, body: Uint8Array) => void
}

const PAGE = { usual: 20, most: 100 } as const
const UNREAD_MAX = 100
const PAGE_BYTES = 128 * 1024
const SWEEP = { rows: 500, pauseMs: 1_000 } as const
const FINISH_POLL_MS = 10
const body = new BodyWriter()

/** Messages between users: sending them, their history, what was read, and taking them back. */
export class Conversations {
  readonly hook: ContentHook | undefined
  readonly history: History
  readonly recalls: Recalls
  readonly #c2c: C2c
  readonly #options: ConversationsOptions
  readonly #parts: ConversationsParts
  #timer: Timer | undefined
  #sweepFrom = ''
  #stopped = false

  constructor(options: Partial<ConversationsOptions>, parts: ConversationsParts) {
    const { clock, logger, metrics } = parts
    this.#options = { ...CONVERSATIONS, ...options }
    this.#parts = parts
    this.history = new History(parts)
    const { history } = this
    const hook = this.#options.hook
    this.hook =
      hook &&
      new ContentHook(hook, {
        clock,
        logger,
        resolve: systemResolve,
        counted: metrics.counters(
          'longwire_logic_content_total',
          'Messages that the content hook was shown, by verdict',
          { name: 'verdict', values: VERDICTS },
        ),
      })
    const { notifier: later } = parts
    const notifier = {
      notify: (...call: Parameters<Notifier['notify']>) => later().notify(...call),
    }
    const shared = { ...parts, ...this.#options, history, notifier }
    this.recalls = new Recalls(shared)
    this.#c2c = new C2c({ ...shared, hook: this.hook })
    metrics.gauge(
      'longwire_logic_c2c_in_flight',
      'Messages between users that are being stored',
      () => this.#c2c.inFlight,
    )
  }

  get enabled(): boolean {
    return this.#options.enabled
  }

  /** A C2C. */
  take(message: UpMessage): void {
    if (this.enabled) this.#c2c.take(message)
    else message.answer.sent(message, 'NO_CONVERSATIONS', '', 0)
  }

  /** A RETRACT, READ or QUERY, whose command is its msgtype. Never rejects. */
  async ask(message: UpMessage): Promise<Outcome> {
    const { rates, logger } = this.#parts
    if (!this.enabled) return outcome('NO_CONVERSATIONS')
    const waitMs = rates.spend(message.system, message.uid)
    if (waitMs > 0) return outcome('SEND_RATE', '', waitMs)
    try {
      if (message.msgtype === CMD.READ) return await this.#read(message)
      if (message.msgtype === CMD.RETRACT) return await this.#retract(message)
      return await this.#query(message)
    } catch (error) {
      if (error instanceof TableUnavailable)
        return outcome('UNAVAILABLE', '', this.#options.retryAfterMs)
      logger.error({ err: error, logid: message.logid }, 'a question of a client failed')
      return outcome('INTERNAL')
    }
  }

  start(): void {
    this.#timer = this.#parts.clock.after(SWEEP.pauseMs, () => {
      this.#sweep()
        .catch((error: unknown) => {
          if (!(error instanceof TableUnavailable))
            this.#parts.logger.error({ err: error }, 'sweeping histories failed')
        })
        .finally(() => {
          if (!this.#stopped) this.start()
        })
    })
  }

  async finish(): Promise<void> {
    while (this.#c2c.inFlight > 0) await pause(this.#parts.clock, FINISH_POLL_MS)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    this.hook?.stop()
    await this.history.stop()
  }

  async #sweep(): Promise<void> {
    const old = this.#parts.clock.now() - this.#options.historyMs
    this.#sweepFrom = await this.history.expire(this.#sweepFrom, old, SWEEP.rows)
  }

  async #query({ system, uid, content }: UpMessage): Promise<Outcome> {
    const { peer, before, limit } = edgeBody.Query.decode(content)
    const most = Math.min(limit === 0 ? PAGE.usual : limit, PAGE.most)
    if (peer === '') return done(await this.#list(system, uid, { before, most }))
    if (!isUid(peer)) return outcome('BAD_FIELD', 'peer has no or too many bytes')
    const rows = await this.history.page({ system, uid, peer }, before, most + 1)
    return done(pageOf(rows, most))
  }

  async #list(
    system: string,
    uid: string,
    { before, most }: { before: number; most: number },
  ): Promise<Uint8Array> {
    const all = await this.history.conversations(system, uid)
    const rest = before === 0 ? all : all.filter(({ activeAt }) => activeAt < before)
    const shown = rest.slice(0, most)
    const conversations = await Promise.all(
      shown.map(async ({ peer, activeAt, read, peerRead }) => {
        const view = { system, uid, peer }
        const [[last], unread] = await Promise.all([
          this.history.page(view, 0, 1),
          this.history.unread(view, read, UNREAD_MAX),
        ])
        const said = last === undefined ? {} : { last: bodyOf(last) }
        return { peer, ...said, unread, read, peerRead, activeAt }
      }),
    )
    const more = rest.length > shown.length
    return edgeBody.Conversations.encode({ conversations, more }).finish()
  }

  async #read(message: UpMessage): Promise<Outcome> {
    const { arrivals, clock } = this.#parts
    const { system, uid } = message
    const { peer, seq } = edgeBody.Read.decode(message.content)
    if (!isUid(peer) || seq < 1) return outcome('BAD_FIELD', 'READ names no peer, or no seq')
    const view: View = { system, uid, peer }
    const before = await this.history.conversation(view)
    if (seq <= before.read) return done(NOTHING)
    const rows = await this.history.page(view, seq + 1, PAGE.most)
    const unread = rows.filter(row => row.message.fromUid === peer && row.message.seq > before.read)
    const [theirs] = unread
    // What is read is this user's own: nothing changes for anybody.
    if (theirs === undefined) return rows.length === 0 ? outcome('UNKNOWN_MESSAGE') : done(NOTHING)
    await this.history.read(view, theirs.message.seq, 'read')
    const { message: last } = theirs
    const { business } = this.#options
    const counted = { business, appcode: last.fromAppcode, msgtype: last.msgtype }
    for (let count = 0; count < unread.length; count++)
      arrivals.count(STAGE.read, counted, clock.now())
    this.#tell({ system, uid }, { peer, seq: last.seq, receipt: false }, message)
    if (theirs.senderSeq === 0) return done(NOTHING)
    await this.history.read({ system, uid: peer, peer: uid }, theirs.senderSeq, 'peer_read')
    this.#tell({ system, uid: peer }, { peer: uid, seq: theirs.senderSeq, receipt: true })
    return done(NOTHING)
  }

  async #retract({ system, uid, content }: UpMessage): Promise<Outcome> {
    const { peer, msgid } = edgeBody.Retract.decode(content)
    if (!isUid(peer) || msgid.length !== 8)
      return outcome('BAD_FIELD', 'peer or msgid is not usable')
    const hex = Buffer.from(msgid).toString('hex')
    const code: CodeName | undefined = await this.recalls.ofUser({ system, uid, peer }, hex)
    return code === undefined ? done(NOTHING) : outcome(code)
  }

  /** Sessions that are not there see it in the list: a hint that is lost harms nobody. */
  #tell(
    user: { system: string; uid: string },
    read: edgeBody.Read.$Properties,
    but?: UpMessage,
  ): void {
    const { routes, told, logger } = this.#parts
    const bytes = edgeBody.Read.encode(read).finish()
    routes.lookup([user]).then(
      ([found = []]) => {
        for (const route of found)
          if (but === undefined || route.device !== but.device || route.appcode !== but.appcode)
            told(route, bytes)
      },
      (error: unknown) => {
        if (!(error instanceof RoutesUnavailable)) logger.error({ err: error }, 'READ was not told')
      },
    )
  }
}

const NOTHING = new Uint8Array(0)
const done = (content: Uint8Array): Outcome => ({
  code: undefined,
  content,
  message: '',
  said: '',
  retryAfterMs: 0,
})

/** A PullBody, the newest message first. */
const pageOf = (rows: readonly HistoryRow[], most: number): Uint8Array => {
  body.reset()
  let count = 0
  for (const { message } of rows) {
    if (count === most || (count > 0 && body.size > PAGE_BYTES)) break
    writeMessage(body, message)
    count++
  }
  body.bool(2, count < rows.length)
  return new Uint8Array(body.bytes)
}

const bodyOf = ({ message }: HistoryRow): edgeBody.Message.$Properties => ({
  seq: message.seq,
  msgtype: message.msgtype,
  content: message.content,
  msgid: Buffer.from(message.msgid, 'hex'),
  sentAt: message.sentAt,
  logid: Buffer.from(message.logid, 'hex'),
  fromUid: message.fromUid,
  fromAppcode: message.fromAppcode,
  toUid: message.toUid,
  ...(message.retracts === '' ? {} : { retracts: Buffer.from(message.retracts, 'hex') }),
})
