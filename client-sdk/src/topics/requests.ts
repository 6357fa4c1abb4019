import { type TOPIC_OP, edgeBody } from '@longwire/proto'
import type { Clock, Random, Timer } from '../clock.ts'
import { errorOfCode, LongwireError } from '../errors.ts'
import type { Session } from '../session.ts'

export type TopicOp = (typeof TOPIC_OP)[keyof typeof TOPIC_OP]

interface Waiting {
  readonly op: TopicOp
  readonly body: Uint8Array
  /** Asked again where there is another session; otherwise it fails with the one it was asked on. */
  readonly lasting: boolean
  readonly resolve: (answer: edgeBody.TopicAnswer) => void
  readonly reject: (error: LongwireError) => void
  again: Timer | undefined
}

const REFS = 2 ** 21
const RETRY_MS = 1_000

/** Questions about topics, and their answers by reference. What may be asked again later is. */
export class TopicRequests {
  readonly #clock: Clock
  readonly #random: Random
  readonly #waiting = new Map<number, Waiting>()
  #session: Session | undefined
  #ref = 0

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Rejects with a {@link LongwireError}. */
  ask(
    op: TopicOp,
    request: edgeBody.TopicRequest.$Properties,
    lasting = false,
  ): Promise<edgeBody.TopicAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#session === undefined && !lasting) return reject(notConnected())
      const body = edgeBody.TopicRequest.encode(request).finish()
      const ref = this.#nextRef()
      this.#waiting.set(ref, { op, body, lasting, resolve, reject, again: undefined })
      this.#session?.topic(ref, op, body)
    })
  }

  began(session: Session): void {
    this.#session = session
    for (const [ref, { op, body, again }] of this.#waiting)
      if (again === undefined) session.topic(ref, op, body)
  }

  ended(): void {
    this.#session = undefined
    for (const [ref, waiting] of this.#waiting) {
      if (waiting.lasting) continue
      this.#forget(ref, waiting)
      waiting.reject(notConnected())
    }
  }

  /** Nobody will answer any more. */
  closed(error: LongwireError): void {
    this.#session = undefined
    for (const [ref, waiting] of this.#waiting) {
      this.#forget(ref, waiting)
      waiting.reject(error)
    }
  }

  answered(ref: number, status: number, body: Uint8Array): void {
    const waiting = this.#waiting.get(ref)
    if (waiting === undefined) return
    const answer = edgeBody.TopicAnswer.decode(body)
    if (status === 0) {
      this.#forget(ref, waiting)
      return waiting.resolve(answer)
    }
    const { message, retryAfter } = answer
    const error = errorOfCode(status, message, retryAfter > 0 ? { retryAfterMs: retryAfter } : {})
    if (error.action === 'retry') return this.#later(ref, waiting, retryAfter)
    this.#forget(ref, waiting)
    waiting.reject(error)
  }

  #later(ref: number, waiting: Waiting, retryAfter: number): void {
    const waitMs = (retryAfter > 0 ? retryAfter : RETRY_MS) * (1 + this.#random() / 2)
    waiting.again = this.#clock.after(waitMs, () => {
      waiting.again = undefined
      this.#session?.topic(ref, waiting.op, waiting.body)
    })
  }

  #forget(ref: number, { again }: Waiting): void {
    again?.cancel()
    this.#waiting.delete(ref)
  }

  #nextRef(): number {
    do this.#ref = (this.#ref % (REFS - 1)) + 1
    while (this.#waiting.has(this.#ref))
    return this.#ref
  }
}

const notConnected = (): LongwireError =>
  new LongwireError('CLOSED', 'retry', 'there is no session to ask about topics')
