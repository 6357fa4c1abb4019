import type { Clock } from '@longwire/kit'
import { STAGE } from '../arrivals/stages.ts'
import { invalid, Problem } from '../api/problems.ts'
import type { ContentHook } from '../conversations/hook.ts'
import type { Appended, Log, NewMessage } from '../log/log.ts'
import type { Apps } from '../login/apps.ts'
import type { UserKey } from '../routes/route-table.ts'
import type { BusinessRates } from './business-rates.ts'
import type { Counts } from './counts.ts'
import {
  TTL_SECONDS,
  checkDraft,
  fingerprint,
  holdOfDraft,
  type Business,
  type Draft,
} from './draft.ts'
import type { Intake, Refusal } from './intake.ts'
import { handOn, type LiveParts, type Published } from './live.ts'
import type { Notifier } from './notifier.ts'

/** Where msgids and logids come from: 16 lower-case hex digits each. */
export interface IdSource {
  msgid(): string
  logid(): string
}

export interface S2cParts extends LiveParts {
  readonly apps: Apps
  readonly log: Log
  readonly ids: IdSource
  readonly notifier: Notifier
  readonly intake: Intake
  readonly rates: BusinessRates
  readonly counts: Counts
  readonly clock: Clock
  /** There is a stream of events, in which senders are told of messages that expired. */
  readonly tellsExpired: boolean
  /** Looks at contents before they are stored; left out: nobody does. */
  readonly hook?: ContentHook | undefined
}

/** The path of a message from a backend to a client: check, store, answer, tell the gates. */
export class S2c {
  readonly intake: Intake
  readonly rates: BusinessRates
  readonly #parts: S2cParts

  constructor(parts: S2cParts) {
    this.#parts = parts
    this.intake = parts.intake
    this.rates = parts.rates
  }

  /**
   * Resolves once the message is durable: from then on it is delivered whatever happens; one that is never
   * stored, once it was handed on. Throws, or
   * rejects with, what `problemOf` explains.
   */
  publish(business: Business, draft: Draft): Promise<Published> {
    const app = checkDraft(this.#parts.apps, business, draft)
    if (draft.terms.tellExpired === true && !this.#parts.tellsExpired)
      throw invalid(
        'tellExpired',
        'is set, but this server keeps no events',
        'set "expired" under "presence" of its configuration, or leave it out',
      )
    const { intake } = this
    const refusal = intake.refusal()
    if (refusal !== undefined) throw refused(refusal, intake)
    const wait = this.rates.spend(business)
    if (this.#parts.hook?.s2c === true) return this.#judged(app.system, { business, draft, wait })
    if (wait === undefined) return this.#take(app.system, business, draft)
    return wait.then(() => this.#take(app.system, business, draft))
  }

  async #judged(
    system: string,
    {
      business,
      draft,
      wait,
    }: { business: Business; draft: Draft; wait: Promise<void> | undefined },
  ): Promise<Published> {
    await wait
    const { uid: to, appcode, msgtype, content } = draft
    const shown = { kind: 's2c', from: '', to, appcode, msgtype, logid: '', content } as const
    const verdict = await this.#parts.hook?.judge(shown)
    if (verdict?.allowed !== false)
      return this.#take(system, business, { ...draft, content: verdict?.content ?? content })
    if (verdict.failed) throw new Problem('UNAVAILABLE', verdict.reason)
    throw new Problem('FORBIDDEN', `the content is not allowed: ${verdict.reason}`)
  }

  #take(system: string, business: Business, draft: Draft): Promise<Published> {
    return draft.terms.onlineOnly
      ? handOn(this.#parts, { system, uid: draft.uid }, draft)
      : this.#append(system, business, draft)
  }

  #append(system: string, business: Business, draft: Draft): Promise<Appended> {
    const { intake } = this
    const user: UserKey = { system, uid: draft.uid }
    const message = this.#message(business, draft)
    const bytes = draft.content.length
    const ticket = intake.take(bytes)
    const done = (): void => intake.done(ticket, bytes)
    return this.#parts.log.append(user, message).then(
      appended => {
        this.#tell(user, { message, hold: holdOfDraft(draft) }, { appended, done })
        return appended
      },
      (error: unknown) => {
        done()
        throw error
      },
    )
  }

  #message(business: Business, draft: Draft): NewMessage {
    const { ids } = this.#parts
    const key = draft.idempotencyKey
    const { collapseKey, tellExpired = business.tellExpired === true } = draft.terms
    const message: NewMessage = {
      business: business.name,
      appcode: draft.allEnds ? 0 : draft.appcode,
      msgtype: draft.msgtype,
      content: draft.content,
      ttlSeconds: draft.ttlSeconds === 0 ? TTL_SECONDS.default : draft.ttlSeconds,
      msgid: ids.msgid(),
      logid: ids.logid(),
      urgency: draft.terms.urgency,
      mustWake: draft.terms.mustWake,
      ...(collapseKey === '' ? {} : { collapse: collapseKey }),
      ...(tellExpired && this.#parts.tellsExpired ? { tellExpired } : {}),
    }
    if (key === '') return message
    return {
      ...message,
      idempotency: { business: business.name, key, fingerprint: fingerprint(draft) },
    }
  }

  #tell(
    user: UserKey,
    { message, hold }: { message: NewMessage; hold: number },
    { appended, done }: { appended: Appended; done: () => void },
  ): void {
    const { seq, prev, epoch, logid, repeated } = appended
    const { business = '', appcode, msgtype, content } = message
    const { counts, clock } = this.#parts
    if (!repeated) {
      counts.published.add()
      counts.arrivals.count(STAGE.accepted, { business, appcode, msgtype }, clock.now())
    }
    const logidHigh = Number.parseInt(logid.slice(0, 8), 16)
    const logidLow = Number.parseInt(logid.slice(8), 16)
    this.#parts.notifier.notify(
      user,
      { business, appcode, msgtype, content, seq, prev, epoch, logidHigh, logidLow, hold },
      // Who stored it the first time may have died before it told anybody; a head harms nobody.
      repeated,
      done,
    )
  }
}

export const refused = (refusal: Refusal, intake: Intake): Problem => {
  const detail =
    refusal === 'UNAVAILABLE' ? 'the route table does not answer; nothing was stored' : undefined
  return new Problem(refusal, detail, [], intake.retryMs(refusal))
}
