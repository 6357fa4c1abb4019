import { Problem } from '../api/problems.ts'
import type { Appended, Log, NewMessage } from '../log/log.ts'
import type { Apps } from '../login/apps.ts'
import type { UserKey } from '../routes/route-table.ts'
import type { Counts } from './counts.ts'
import { TTL_SECONDS, checkDraft, fingerprint, type Business, type Draft } from './draft.ts'
import type { Notifier } from './notifier.ts'

/** Where msgids and logids come from: 16 lower-case hex digits each. */
export interface IdSource {
  msgid(): string
  logid(): string
}

export interface S2cParts {
  readonly apps: Apps
  readonly log: Log
  readonly ids: IdSource
  readonly notifier: Notifier
  readonly counts: Counts
  /** Messages, and bytes of content, that are stored and hinted at but not done; beyond: BUSY. */
  readonly inFlightMax: number
  readonly inFlightBytesMax: number
}

/** The path of a message from a backend to a client: check, store, answer, tell the gates. */
export class S2c {
  readonly #parts: S2cParts
  #inFlight = 0
  #inFlightBytes = 0
  #draining = false
  #idle: (() => void) | undefined

  constructor(parts: S2cParts) {
    this.#parts = parts
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get draining(): boolean {
    return this.#draining
  }

  /**
   * Resolves once the message is durable: from then on it is delivered whatever happens. Throws, or
   * rejects with, what `problemOf` explains.
   */
  publish(business: Business, draft: Draft): Promise<Appended> {
    const app = checkDraft(this.#parts.apps, business, draft)
    this.#admit()
    const user: UserKey = { system: app.system, uid: draft.uid }
    const message = this.#message(business, draft)
    const bytes = draft.content.length
    this.#inFlight++
    this.#inFlightBytes += bytes
    const done = (): void => this.#done(bytes)
    return this.#parts.log.append(user, message).then(
      appended => {
        if (appended.repeated) done()
        else this.#tell(user, message, appended, done)
        return appended
      },
      (error: unknown) => {
        done()
        throw error
      },
    )
  }

  /** Refuses what comes from now on; resolves when nothing is in flight any more. */
  drain(): Promise<void> {
    this.#draining = true
    if (this.#inFlight === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.#idle = resolve
    })
  }

  #admit(): void {
    const { notifier, inFlightMax, inFlightBytesMax } = this.#parts
    if (this.#draining) throw new Problem('DRAINING')
    if (notifier.down)
      throw new Problem('UNAVAILABLE', 'the route table does not answer; nothing was stored')
    if (this.#inFlight >= inFlightMax || this.#inFlightBytes >= inFlightBytesMax)
      throw new Problem('BUSY')
  }

  #message(business: Business, draft: Draft): NewMessage {
    const { ids } = this.#parts
    const key = draft.idempotencyKey
    const message: NewMessage = {
      appcode: draft.allEnds ? 0 : draft.appcode,
      msgtype: draft.msgtype,
      content: draft.content,
      ttlSeconds: draft.ttlSeconds === 0 ? TTL_SECONDS.default : draft.ttlSeconds,
      msgid: ids.msgid(),
      logid: ids.logid(),
    }
    if (key === '') return message
    return {
      ...message,
      idempotency: { business: business.name, key, fingerprint: fingerprint(draft) },
    }
  }

  #tell(
    user: UserKey,
    message: NewMessage,
    { seq, prev, epoch, logid }: Appended,
    done: () => void,
  ): void {
    this.#parts.counts.published.add()
    const { appcode, msgtype, content } = message
    const logidHigh = Number.parseInt(logid.slice(0, 8), 16)
    const logidLow = Number.parseInt(logid.slice(8), 16)
    this.#parts.notifier.notify(
      user,
      { appcode, msgtype, content, seq, prev, epoch, logidHigh, logidLow },
      done,
    )
  }

  #done(bytes: number): void {
    this.#inFlight--
    this.#inFlightBytes -= bytes
    if (this.#inFlight > 0) return
    this.#idle?.()
    this.#idle = undefined
  }
}
