import { settlesWithin, type Clock } from '@longwire/kit'
import type { TrunkView } from '@longwire/proto/trunk'

const ANSWER_MS = 5_000

/** What one gate was asked and has not answered yet. */
export class Requests<T> {
  readonly #clock: Clock
  readonly #send: (sequenceid: number, body: Uint8Array) => void
  readonly #decode: (body: Buffer) => T
  readonly #waiting = new Map<number, (answer: T) => void>()
  #number = 0

  constructor(
    clock: Clock,
    send: (sequenceid: number, body: Uint8Array) => void,
    decode: (body: Buffer) => T,
  ) {
    this.#clock = clock
    this.#send = send
    this.#decode = decode
  }

  /** Resolves to undefined where no answer comes. */
  async ask(body: Uint8Array): Promise<T | undefined> {
    const number = ++this.#number
    let answer: T | undefined
    const answered = new Promise<void>(resolve => {
      this.#waiting.set(number, made => {
        answer = made
        resolve()
      })
    })
    this.#send(number, body)
    await settlesWithin(this.#clock, ANSWER_MS, answered)
    this.#waiting.delete(number)
    return answer
  }

  answered({ sequenceid, body }: TrunkView): void {
    this.#waiting.get(sequenceid)?.(this.#decode(body))
  }
}
