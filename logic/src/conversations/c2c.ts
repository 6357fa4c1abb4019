import type { Admission, Clock, Logger } from '@longwire/kit'
import { edgeBody, LIMITS, URGENCY, type CodeName } from '@longwire/proto'
import { holdOf } from '@longwire/proto/trunk'
import type { Arrivals } from '../arrivals/arrivals.ts'
import { STAGE } from '../arrivals/stages.ts'
import type { Appended, Log, NewMessage } from '../log/log.ts'
import type { Apps } from '../login/apps.ts'
import { TTL_SECONDS } from '../paths/draft.ts'
import type { Notifier } from '../paths/notifier.ts'
import type { IdSource } from '../paths/s2c.ts'
import { Recent } from '../recent.ts'
import { TableUnavailable } from '../store/table.ts'
import { isUid } from '../trunk/names.ts'
import type { UpMessage } from '../upstream/c2s.ts'
import type { UserRates } from '../upstream/user-rates.ts'
import { historyRow, type Exchanged, type History, type View } from './history.ts'
import type { ContentHook } from './hook.ts'

export interface C2cParts {
  readonly apps: Apps
  readonly log: Log
  readonly history: History
  readonly notifier: Pick<Notifier, 'notify'>
  readonly arrivals: Arrivals
  readonly rates: UserRates
  readonly ids: IdSource
  readonly clock: Clock
  readonly logger: Logger
  /** Left out: nobody looks at them. */
  readonly hook?: ContentHook | undefined
  /** In whose statistics they are; '': nobody's. */
  readonly business: string
  /** Of messages that are on their way: what cannot be finished in time is refused at once. */
  readonly admission: Admission
  readonly retryAfterMs: number
}

interface Refusal {
  readonly code: CodeName
  readonly retryAfterMs?: number
}

/** Pairs of users known to be in each other's lists. */
const KNOWN = { keepMs: 10 * 60_000, most: 200_000 } as const

/**
 * A message from one user to another: a row in the mailbox of each, the sender's first, and one in the
 * history of each, written with it. Keyed by the client's ref, so a repeat finds what there is and
 * completes what is missing.
 */
export class C2c {
  readonly #parts: C2cParts
  readonly #known: Recent<true>
  #inFlight = 0

  constructor(parts: C2cParts) {
    this.#parts = parts
    this.#known = new Recent(parts.clock, KNOWN.keepMs, KNOWN.most)
  }

  get inFlight(): number {
    return this.#inFlight
  }

  take(message: UpMessage): void {
    const { rates, admission } = this.#parts
    const waitMs = rates.spend(message.system, message.uid)
    if (waitMs > 0) return message.answer.sent(message, 'SEND_RATE', '', waitMs)
    if (admission.full) {
      admission.refused()
      return message.answer.sent(message, 'BUSY', '', admission.retryMs)
    }
    this.#inFlight++
    void this.#send(message, admission.enter())
  }

  /** Never rejects. */
  async #send(message: UpMessage, ticket: number): Promise<void> {
    try {
      const sent = await this.#exchange(message)
      if (typeof sent === 'string') message.answer.sent(message, undefined, sent, 0)
      else message.answer.sent(message, sent.code, '', sent.retryAfterMs ?? 0)
    } catch (error) {
      const { logger, retryAfterMs } = this.#parts
      const isExpected = error instanceof TableUnavailable
      if (!isExpected) logger.error({ err: error, logid: message.logid }, 'a message failed')
      message.answer.sent(message, isExpected ? 'UNAVAILABLE' : 'INTERNAL', '', retryAfterMs)
    }
    this.#inFlight--
    this.#parts.admission.leave(ticket)
  }

  /** Resolves to the msgid. */
  async #exchange(message: UpMessage): Promise<string | Refusal> {
    const { apps, hook, retryAfterMs } = this.#parts
    const { system, uid, appcode, msgtype, logid } = message
    const { to, appcode: toAppcode, content: said } = edgeBody.C2C.decode(message.content)
    const isOther = toAppcode !== 0 && apps.get(toAppcode)?.system !== system
    if (!isUid(to) || isOther || said.length > LIMITS.messageBytes) return { code: 'BAD_FIELD' }
    const shown = { kind: 'c2c', from: uid, to, appcode, msgtype, logid, content: said } as const
    const verdict = await hook?.judge(shown)
    if (verdict?.allowed === false)
      return verdict.failed ? { code: 'BACKEND_FAILED', retryAfterMs } : { code: 'DENIED' }
    const content = verdict?.content ?? said
    const body = { from: uid, fromAppcode: appcode, to, msgtype, content, logid, senderSeq: 0 }
    return this.#store(message, body, toAppcode)
  }

  async #store(message: UpMessage, said: Exchanged, toAppcode: number): Promise<string> {
    const { ids, arrivals, business, clock } = this.#parts
    const { system, uid, appcode, msgtype } = message
    const { to } = said
    const mine: View = { system, uid, peer: to }
    const own = await this.#append(mine, said, { ...keyOf(message, 'own'), msgid: ids.msgid() })
    if (!own.repeated) arrivals.count(STAGE.upstream, { business, appcode, msgtype }, clock.now())
    this.#tell(mine, own, said)
    if (to !== uid) {
      const theirs: View = { system, uid: to, peer: uid }
      const copy = { ...said, senderSeq: own.seq }
      const key = { ...keyOf(message, 'to'), msgid: own.msgid, appcode: toAppcode }
      this.#tell(theirs, await this.#append(theirs, copy, key), said)
      await Promise.all([this.#list(theirs), this.#list(mine)])
    } else await this.#list(mine)
    return own.msgid
  }

  async #append(
    view: View,
    said: Exchanged,
    over: Pick<NewMessage, 'msgid' | 'idempotency'> & { appcode?: number },
  ): Promise<Appended> {
    const { log, history, business, clock } = this.#parts
    const { system, uid } = view
    const message = { ...letterOf(said, business), appcode: 0, ...over }
    const alongside = (seq: number, msgid: string, now: number): ReturnType<typeof historyRow> =>
      historyRow(view, said, seq, msgid, now)
    const appended = await log.append({ system, uid }, { ...message, alongside })
    // Where a process died between the two rows.
    if (appended.repeated)
      await history.ensure(alongside(appended.seq, appended.msgid, clock.now()))
    return appended
  }

  #tell(view: View, { seq, prev, epoch, logid }: Appended, { msgtype, content }: Exchanged): void {
    const { business, notifier } = this.#parts
    notifier.notify(
      view,
      {
        business,
        appcode: 0,
        msgtype,
        content,
        seq,
        prev,
        epoch,
        logidHigh: Number.parseInt(logid.slice(0, 8), 16),
        logidLow: Number.parseInt(logid.slice(8), 16),
        hold: holdOf(URGENCY.NORMAL, 0),
      },
      // Who sent it is not in DATA: the client pulls it.
      true,
      nothing,
    )
  }

  async #list(view: View): Promise<void> {
    const name = `${view.system}\n${view.uid}\n${view.peer}`
    const isNew = this.#known.get(name) === undefined
    await this.#parts.history.touched(view, isNew)
    this.#known.set(name, true)
  }
}

const nothing = (): void => undefined

/** What the rows of both mailboxes have in common. */
const letterOf = (
  said: Pick<Exchanged, 'from' | 'fromAppcode' | 'to' | 'msgtype' | 'content' | 'logid'>,
  business: string,
): Omit<NewMessage, 'msgid' | 'appcode'> => ({
  business,
  msgtype: said.msgtype,
  content: said.content,
  ttlSeconds: TTL_SECONDS.default,
  logid: said.logid,
  from: { uid: said.from, appcode: said.fromAppcode },
  to: said.to,
})

const keyOf = (
  { system, uid, device, refEpoch, ref }: UpMessage,
  side: 'own' | 'to',
): Pick<NewMessage, 'idempotency'> => ({
  idempotency: {
    business: 'c2c',
    key: `${system}/${uid}/${device}/${refEpoch.toString(16)}/${ref}/${side}`,
    fingerprint: '',
  },
})
