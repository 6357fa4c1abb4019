import { createHmac, timingSafeEqual } from 'node:crypto'
import { systemClock } from '../clock.ts'
import { LongwireError } from '../errors.ts'
import { isObject } from './http.ts'
import type { ConsumedRecord } from './consume.ts'
import type { PresenceEvent } from './presence.ts'

export interface WebhookProof {
  /** The secret of the webhook; several while it is being changed. */
  readonly secret: string | readonly string[]
  /** The header `longwire-signature`. */
  readonly signature: string | undefined
  /** As it came, not parsed and written again. */
  readonly body: string | Uint8Array
  /** How old a delivery may be, and how far the clocks may differ. @default 300 */
  readonly toleranceSeconds?: number
  /** @default the time */
  readonly nowMs?: number
}

export interface WebhookDelivery {
  /** The name of the webhook. */
  readonly webhook: string
  /** In order. One that came before has the same `id`: a delivery may come again. */
  readonly events: readonly PresenceEvent[]
  /** These were removed before they could be delivered. */
  readonly gap?: { readonly from: number; readonly to: number }
  /** The store is a new one. */
  readonly reset?: boolean
}

/** As a consumer gets it, but for the signal. */
export type WebhookRecord = Omit<ConsumedRecord, 'signal'>

const SIGNATURE = /^t=(\d{1,12})((?:,v1=[0-9a-f]{64})+)$/
const TOLERANCE_SECONDS = 300

/** What a webhook was given, once it is known to come from Longwire; throws UNVERIFIED otherwise. */
export const verifyWebhook = (proof: WebhookProof): WebhookDelivery => {
  const delivery = verified(proof)
  if (
    isObject(delivery) &&
    typeof delivery['webhook'] === 'string' &&
    Array.isArray(delivery['events'])
  )
    return {
      ...delivery,
      webhook: delivery['webhook'],
      events: delivery['events'] as PresenceEvent[],
    }
  throw unverified('the body is no delivery')
}

/** The record that a subscription POSTed, once it is known to come from Longwire; throws UNVERIFIED otherwise. */
export const verifyRecord = (proof: WebhookProof): WebhookRecord => {
  const posted = verified(proof)
  if (!isObject(posted) || typeof posted['id'] !== 'string' || typeof posted['topic'] !== 'string')
    throw unverified('the body is no record')
  const { body, bodyBase64, headers, ...rest } = posted
  const base64 = typeof bodyBase64 === 'string' ? bodyBase64 : ''
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(base64, 'base64')
  return {
    ...(rest as Omit<WebhookRecord, 'body' | 'headers'>),
    headers: textsIn(headers),
    body: bytes,
  }
}

const textsIn = (value: unknown): Record<string, string> =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]))
    : {}

const verified = (proof: WebhookProof): unknown => {
  const { secret, signature = '', toleranceSeconds = TOLERANCE_SECONDS } = proof
  const [, time = '', macs = ''] = SIGNATURE.exec(signature.trim()) ?? []
  if (time === '') throw unverified('the header longwire-signature is missing or of another form')
  const body = Buffer.from(proof.body)
  const given = macs
    .split(',v1=')
    .slice(1)
    .map(hex => Buffer.from(hex, 'hex'))
  const secrets = typeof secret === 'string' ? [secret] : secret
  const isOurs = secrets.some(key => {
    const mac = createHmac('sha256', key).update(`${time}.`).update(body).digest()
    return given.some(other => timingSafeEqual(mac, other))
  })
  if (!isOurs) throw unverified('the signature is not of this body by this secret')
  const ageSeconds = Math.abs((proof.nowMs ?? systemClock.now()) / 1_000 - Number(time))
  if (ageSeconds > toleranceSeconds)
    throw unverified(`it was signed ${Math.round(ageSeconds)} s from now, which is too far`)
  const parsed: unknown = JSON.parse(body.toString('utf8'))
  return parsed
}

const unverified = (reason: string): LongwireError =>
  new LongwireError('UNVERIFIED', 'stop', `not a delivery of Longwire: ${reason}`)
