import type { Clock } from '@longwire/kit'
import { isUtf8 } from 'node:buffer'
import { AddressRefused, type Resolve } from '../../webhooks/guard.ts'
import { post } from '../../webhooks/post.ts'
import { signatureOf } from '../../webhooks/signature.ts'
import type { StoredRecord } from '../bus.ts'
import type { GroupDelivery, Receiver } from './group.ts'
import type { SubscriptionRow } from './subscriptions.ts'

export interface WebhookReceiverParts {
  readonly clock: Clock
  readonly resolve: Resolve
  /** Networks that may be reached although they are not on the internet. */
  readonly allow: readonly string[]
}

/** What the lease is longer than the time to answer, for what comes before and after it. */
const MARGIN_MS = 5_000

/** A receiver that POSTs each record; 2xx is its ACK. While it fails, one request at a time is tried. */
export class WebhookReceiver implements Receiver {
  readonly visibilityMs: number
  readonly attempts: number
  readonly #row: SubscriptionRow
  readonly #parts: WebhookReceiverParts
  readonly #stop = new AbortController()
  #delivery: GroupDelivery | undefined
  #failing = false

  constructor(row: SubscriptionRow, parts: WebhookReceiverParts) {
    this.#row = row
    this.#parts = parts
    this.visibilityMs = row.timeoutMs + MARGIN_MS
    this.attempts = row.attempts
  }

  get window(): number {
    return this.#failing ? 1 : this.#row.window
  }

  joined(delivery: GroupDelivery): void {
    this.#delivery = delivery
  }

  stop(): void {
    this.#stop.abort(new Error('the subscription ends'))
  }

  deliver(lease: number, record: StoredRecord, attempt: number): void {
    void this.#deliver(lease, record, attempt)
  }

  async #deliver(lease: number, record: StoredRecord, attempt: number): Promise<void> {
    try {
      const { status, retryAfterMs } = await this.#post(record, attempt)
      this.#failing = status < 200 || status > 299
      if (this.#failing)
        this.#delivery?.nack(this, lease, `${this.#row.url} answered ${status}`, retryAfterMs)
      else this.#delivery?.ack(this, lease)
    } catch (error) {
      if (this.#stop.signal.aborted) return
      this.#failing = true
      const reason = error instanceof Error ? error.message : String(error)
      const kind = error instanceof AddressRefused ? 'refused' : 'failed'
      this.#delivery?.nack(this, lease, `${kind}: ${reason}`, 0)
    }
  }

  #post(record: StoredRecord, attempt: number): ReturnType<typeof post> {
    const { name, url, secret, timeoutMs } = this.#row
    const { clock, resolve, allow } = this.#parts
    const body = Buffer.from(JSON.stringify(recordBody(record, attempt)))
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'longwire',
      'longwire-subscription': name,
      'longwire-signature': signatureOf(secret, clock.now(), body),
    }
    const { signal } = this.#stop
    return post({ url: new URL(url), allow, headers, body, timeoutMs, signal }, { clock, resolve })
  }
}

/** A record as JSON: its id stays the same however often it comes. */
const recordBody = (record: StoredRecord, attempt: number): object => {
  const { topic, partition, offset, key, headers, value, time } = record
  const id = headers['msgid'] ?? `${topic}/${partition}/${offset}`
  return { id, topic, partition, offset, key, headers, time, attempt, ...bodyOf(value) }
}

/** As text where it is UTF-8. */
export const bodyOf = (value: Uint8Array): { body: string } | { bodyBase64: string } => {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length)
  return isUtf8(bytes) ? { body: bytes.toString('utf8') } : { bodyBase64: bytes.toString('base64') }
}
