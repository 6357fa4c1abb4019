import { LongwireError } from '../errors.ts'
import { httpBackend } from './http.ts'
import type { Backend, BackendOptions } from './publish.ts'
import { trunkBackend } from './trunk.ts'

/**
 * What a backend hands messages in with. http: one request per publish or batch. tcp: one connection,
 * thousands of publishes under way. Every publish carries an idempotency key, so that a repeated try is
 * never a second message.
 */
export const createBackend = (options: BackendOptions): Backend => {
  const scheme = URL.canParse(options.url) ? new URL(options.url).protocol : ''
  if (scheme === 'http:' || scheme === 'https:') return httpBackend(options)
  if (scheme === 'tcp:' || scheme === 'tls:') return trunkBackend(options)
  throw new LongwireError(
    'BAD_FIELD',
    'stop',
    `createBackend: url "${options.url}" must start with http://, https://, tcp:// or tls://`,
  )
}

export {
  createPresence,
  type EventsOptions,
  type LiveGate,
  type OnlineEnd,
  type OnlineUser,
  type Presence,
  type PresenceEvent,
  type PresenceOptions,
} from './presence.ts'
export {
  RetryAfter,
  type ConsumedRecord,
  type ConsumeOptions,
  type RecordHandler,
} from './consume.ts'
export {
  verifyRecord,
  verifyWebhook,
  type WebhookDelivery,
  type WebhookProof,
  type WebhookRecord,
} from './webhook.ts'
export type { Backend, BackendOptions, Publish, Published, PublishResult } from './publish.ts'
export { LongwireError, type ErrorCode, type SdkCode } from '../errors.ts'
