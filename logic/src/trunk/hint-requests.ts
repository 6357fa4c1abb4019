import { settlesWithin, type Clock } from '@longwire/kit'
import { trunkBody, type TrunkView } from '@longwire/proto/trunk'

/** What clients of a gate are to be told, or are told now. Milliseconds; 0: as it was. */
export interface GateHints {
  readonly pingStart: number
  readonly pingMax: number
  readonly pingFloor: number
  readonly ackTimeout: number
  readonly reconnectWindow: number
}

/** What a gate made of it. */
export interface HintResult extends GateHints {
  /** Sessions that it has. */
  readonly sessions: number
}

const ANSWER_MS = 5_000

/** HINTs to one gate that it has not answered yet. */
export class HintRequests {
  readonly #clock: Clock
  readonly #send: (sequenceid: number, body: Uint8Array) => void
  readonly #waiting = new Map<number, (result: HintResult) => void>()
  #number = 0

  constructor(clock: Clock, send: (sequenceid: number, body: Uint8Array) => void) {
    this.#clock = clock
    this.#send = send
  }

  /** `quiet`: sessions are told when they ping. Resolves to undefined where no answer comes. */
  async ask(hints: GateHints, quiet: boolean): Promise<HintResult | undefined> {
    const number = ++this.#number
    let result: HintResult | undefined
    const answered = new Promise<void>(resolve => {
      this.#waiting.set(number, made => {
        result = made
        resolve()
      })
    })
    this.#send(number, trunkBody.Hints.encode({ ...hints, quiet }).finish())
    await settlesWithin(this.#clock, ANSWER_MS, answered)
    this.#waiting.delete(number)
    return result
  }

  answered({ sequenceid, body }: TrunkView): void {
    this.#waiting.get(sequenceid)?.(trunkBody.Hints.decode(body))
  }
}
