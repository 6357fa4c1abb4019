import { LIMITS } from '@longwire/proto'
import { holdOf, type PublishTerms } from '@longwire/proto/trunk'
import { createHash } from 'node:crypto'
import { Problem, invalid } from '../api/problems.ts'
import type { Allowance } from '../limiter/limiter.ts'
import type { App, Apps } from '../login/apps.ts'

/** A sender of messages, known by its API key. */
export interface Business {
  readonly name: string
  readonly key: string
  readonly appcodes: readonly number[]
  /** Topics of the bus that it may read; `orders.*`: all that begin so. @default none */
  readonly reads?: readonly string[] | undefined
  /** An operator may also end what users have, such as tokens. @default 'sender' */
  readonly role?: 'sender' | 'operator'
  /** Messages it may send, all nodes together. @default no limit */
  readonly rate?: Allowance | undefined
  /** It is told of all its messages that expire, where there is a stream of events. @default false */
  readonly tellExpired?: boolean | undefined
  /** False: its key is refused. @default true */
  readonly enabled?: boolean
}

/** A message as a backend hands it in, over HTTP or the backend connection. */
export interface Draft {
  readonly uid: string
  readonly appcode: number
  /** To every end of the appcode's system, not just to this appcode's. */
  readonly allEnds: boolean
  readonly msgtype: number
  readonly content: Uint8Array
  /** 0: the default. */
  readonly ttlSeconds: number
  /** '': none. */
  readonly idempotencyKey: string
  readonly terms: PublishTerms
}

export const TTL_SECONDS = { min: 1, max: 28 * 24 * 3600, default: 7 * 24 * 3600 } as const
/** How long what must wake a device may wait for it. */
export const DEFER_SECONDS = { min: 1, max: 14 * 24 * 3600, default: 30 * 60 } as const
export const KEY_PATTERN = '^[\\x21-\\x7e]{1,128}$'
export const COLLAPSE_PATTERN = '^[\\x21-\\x7e]{1,64}$'
const KEY = new RegExp(KEY_PATTERN)
const COLLAPSE_KEY = new RegExp(COLLAPSE_PATTERN)
const LONE_SURROGATE = /\p{Surrogate}/u

/** The app a business may use; throws the problem where it may not. */
export const appFor = (apps: Apps, business: Business, appcode: number): App => {
  const app = apps.get(appcode)
  if (app === undefined)
    throw new Problem(
      'UNKNOWN_APPCODE',
      `appcode ${appcode} is not configured; add it under "apps"`,
    )
  if (!business.appcodes.includes(appcode)) {
    throw new Problem('FORBIDDEN', `the key of "${business.name}" is not for appcode ${appcode}`)
  }
  return app
}

/** Throws the problem of a draft that cannot be accepted; answers the app it is for. */
export const checkDraft = (apps: Apps, business: Business, draft: Draft): App => {
  const { uid, appcode, allEnds, msgtype, content, ttlSeconds, idempotencyKey } = draft
  const app = appFor(apps, business, appcode)
  if (allEnds && !apps.ofSystem(app.system).every(other => business.appcodes.includes(other))) {
    throw new Problem(
      'FORBIDDEN',
      `"all" ends of system "${app.system}" include appcodes that the key of "${business.name}" is not for`,
    )
  }
  checkUid(uid)
  if (msgtype > LIMITS.msgtypeMax)
    throw invalid('msgtype', `is ${msgtype}`, `use at most ${LIMITS.msgtypeMax}`)
  if (content.length > LIMITS.messageBytes) {
    throw invalid(
      'body',
      `has ${content.length} bytes`,
      `send at most ${LIMITS.messageBytes} bytes, or a link to the rest`,
    )
  }
  if (ttlSeconds !== 0 && (ttlSeconds < TTL_SECONDS.min || ttlSeconds > TTL_SECONDS.max)) {
    throw invalid('ttlSeconds', `is ${ttlSeconds}`, `use ${TTL_SECONDS.min} to ${TTL_SECONDS.max}`)
  }
  checkTerms(draft)
  if (idempotencyKey !== '' && !KEY.test(idempotencyKey)) {
    throw invalid('idempotencyKey', 'is not usable', 'use 1 to 128 visible ASCII characters')
  }
  return app
}

const checkTerms = ({ terms }: Draft): void => {
  const { mustWake, maxDeferSeconds, collapseKey, onlineOnly, tellExpired = false } = terms
  if (onlineOnly && (mustWake || tellExpired || collapseKey !== ''))
    throw invalid(
      'ttlSeconds',
      'is 0',
      'what is never stored can neither wait, be replaced nor expire',
    )
  if (collapseKey !== '' && !COLLAPSE_KEY.test(collapseKey))
    throw invalid('collapseKey', 'is not usable', 'use 1 to 64 visible ASCII characters')
  if (maxDeferSeconds > DEFER_SECONDS.max)
    throw invalid('maxDeferSeconds', `is ${maxDeferSeconds}`, `use at most ${DEFER_SECONDS.max}`)
  if (maxDeferSeconds > 0 && !mustWake)
    throw invalid(
      'maxDeferSeconds',
      'comes without mustWake',
      'set "mustWake": true, or leave it out',
    )
}

/** How gates may hold a message back: what must wake goes out in time for half of its ttl at most. */
export const holdOfDraft = ({ terms, ttlSeconds }: Draft): number => {
  const { urgency, mustWake, maxDeferSeconds } = terms
  if (!mustWake) return holdOf(urgency, 0)
  const ttl = ttlSeconds === 0 ? TTL_SECONDS.default : ttlSeconds
  const wanted = maxDeferSeconds === 0 ? DEFER_SECONDS.default : maxDeferSeconds
  return holdOf(urgency, Math.max(1, Math.min(wanted, Math.floor(ttl / 2))))
}

export const checkUid = (uid: string): void => {
  // Most uids are short enough to need no count of their bytes.
  const bytes = uid.length * 3 <= LIMITS.uidBytes ? uid.length : Buffer.byteLength(uid)
  if (bytes === 0 || bytes > LIMITS.uidBytes)
    throw invalid('to/uid', `has ${bytes} bytes`, `use 1 to ${LIMITS.uidBytes} bytes of UTF-8`)
  if (LONE_SURROGATE.test(uid))
    throw invalid('to/uid', 'holds half a surrogate pair', 'send well-formed Unicode')
}

/** Two drafts with one fingerprint are the same message. */
export const fingerprint = ({
  uid,
  appcode,
  allEnds,
  msgtype,
  content,
  ttlSeconds,
  terms,
}: Draft): string =>
  createHash('sha256')
    .update(JSON.stringify([uid, appcode, allEnds, msgtype, ttlSeconds, terms]))
    .update(content)
    .digest('base64url')
