import { edgeBody } from '@longwire/proto'
import type { Clock } from '../clock.ts'
import { aborted, errorOfCode, LongwireError } from '../errors.ts'
import { waitOf } from './outbox.ts'
import type { UplinkSession } from './outgoing.ts'

export interface CallsParts {
  readonly clock: Clock
  readonly nextRef: () => number
}

interface Pending {
  readonly write: (session: UplinkSession, ref: number) => void
  /** It may be asked again on another session. */
  readonly again: boolean
  /** 0: not sent. */
  ref: number
  readonly resolve: (body: Uint8Array) => void
  readonly reject: (error: LongwireError) => void
}

export interface CallOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  readonly again: boolean
}

/** What waits for a REPLY. Nothing of it outlives the process. */
export class Calls {
  readonly #parts: CallsParts
  readonly #pending = new Set<Pending>()
  #session: UplinkSession | undefined

  constructor(parts: CallsParts) {
    this.#parts = parts
  }

  /** Asks as soon as there is a session; resolves to the body of the REPLY. */
  ask(write: Pending['write'], { timeoutMs, signal, again }: CallOptions): Promise<Uint8Array> {
    if (signal?.aborted === true) return Promise.reject(aborted(signal.reason))
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        timer.cancel()
        signal?.removeEventListener('abort', abort)
        this.#pending.delete(pending)
        act()
      }
      const abort = (): void => pending.reject(aborted(signal?.reason))
      const pending: Pending = {
        write,
        again,
        ref: 0,
        resolve: body => settle(() => resolve(body)),
        reject: error => settle(() => reject(error)),
      }
      const timer = this.#parts.clock.after(timeoutMs, () => {
        const text = `no reply within ${timeoutMs} ms`
        pending.reject(new LongwireError('TIMEOUT', 'retry', text))
      })
      signal?.addEventListener('abort', abort, { once: true })
      this.#pending.add(pending)
      if (this.#session !== undefined) this.#send(pending, this.#session)
    })
  }

  attach(session: UplinkSession): void {
    this.#session = session
    for (const pending of this.#pending) if (pending.ref === 0) this.#send(pending, session)
  }

  /** Whether a call that was sent has been handled is not known. */
  detach(): void {
    this.#session = undefined
    for (const pending of this.#pending) {
      if (pending.ref === 0) continue
      const text = 'the connection broke before the reply: whether it was handled is not known'
      if (pending.again) pending.ref = 0
      else pending.reject(new LongwireError('CLOSED', 'retry', text))
    }
  }

  close(): void {
    for (const pending of this.#pending)
      pending.reject(new LongwireError('CLOSED', 'stop', 'the client was closed'))
  }

  reply(ref: number, status: number, body: Uint8Array): void {
    const pending = this.#find(ref)
    if (pending === undefined) return
    if (status === 0) return pending.resolve(body)
    const { message, retryAfter, code, content } = edgeBody.Failure.decode(body)
    const details = { ...waitOf(retryAfter), ...(code === '' ? {} : { said: code, content }) }
    pending.reject(errorOfCode(status, message, details))
  }

  /** SEND_ACK or ERROR with this ref: there will be no REPLY. */
  refused(ref: number, error: LongwireError): void {
    this.#find(ref)?.reject(error)
  }

  #find(ref: number): Pending | undefined {
    for (const pending of this.#pending) if (pending.ref === ref) return pending
    return undefined
  }

  #send(pending: Pending, session: UplinkSession): void {
    pending.ref = this.#parts.nextRef()
    pending.write(session, pending.ref)
  }
}
