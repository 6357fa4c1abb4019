import type { Clock } from '@longwire/kit'
import type { LogMessage } from './log.ts'

/** What may be read in a turn, in rows: some milliseconds of work. */
export const TURN_ROWS = 512
/** What a read costs beside its rows. */
const READ_ROWS = 8
const ROW_BYTES = 1_024
/** Weight of the latest read in what one is taken to cost. */
const LATEST = 0.125

/**
 * Shares the turns of the process among reads. A store in this process answers at once, so without it all
 * PULLs or LOGINs that came together were one long turn, in which nobody's message is taken, stored or handed over.
 */
export class Turns {
  readonly #clock: Clock
  #left: number = TURN_ROWS
  /** What a read costs, before it is known. */
  #usual: number = TURN_ROWS
  #waiting: (() => void)[] = []
  #armed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** No more may begin in this turn. */
  get over(): boolean {
    return this.#left <= 0
  }

  /** A read begins; what it takes of the turn until it is known better, to be given to `end`. */
  begin(): number {
    const taken = this.#usual
    this.#spend(taken)
    return taken
  }

  /** It is over, and gave these. */
  end(taken: number, messages: readonly LogMessage[]): void {
    const bytes = messages.reduce((sum, { content }) => sum + content.length, 0)
    const cost = READ_ROWS + messages.length + Math.floor(bytes / ROW_BYTES)
    this.#usual += (cost - this.#usual) * LATEST
    this.#spend(cost - taken)
  }

  /** Reads in this turn or the first one with room, those who wait longer first. */
  async read<T>(
    work: () => Promise<T>,
    messagesOf: (answer: T) => readonly LogMessage[],
  ): Promise<T> {
    const taken = await this.#enter()
    let messages: readonly LogMessage[] = []
    try {
      const answer = await work()
      messages = messagesOf(answer)
      return answer
    } finally {
      this.end(taken, messages)
    }
  }

  /** Calls `task` in a turn to come that has room, those who wait longer first. */
  next(task: () => void): void {
    this.#waiting.push(task)
    this.#arm()
  }

  #enter(): number | Promise<number> {
    if (!this.over && this.#waiting.length === 0) return this.begin()
    return new Promise(resolve => this.next(() => resolve(this.begin())))
  }

  #spend(rows: number): void {
    this.#left -= rows
    this.#arm()
  }

  #arm(): void {
    if (this.#armed) return
    this.#armed = true
    this.#clock.soon(() => {
      this.#armed = false
      this.#left = TURN_ROWS
      while (!this.over && this.#waiting.length > 0) this.#waiting.shift()!()
      if (this.#waiting.length > 0) this.#arm()
    })
  }
}
