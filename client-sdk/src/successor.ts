import type { Candidate } from './addresses/choose.ts'
import type { Clock, Timer } from './clock.ts'
import type { Session } from './session.ts'

export interface Dialled {
  readonly session: Session
  /** Where it leads to, or is tried at present. */
  readonly dial: { readonly url: string }
}

/** A connection that is to take the place of one that still works. */
export interface Heir extends Dialled {
  /** Aborts what its dial waits for. */
  readonly abort: AbortController
}

export interface SuccessorParts {
  readonly clock: Clock
  /** Which gates there are, best first. */
  readonly choose: (signal: AbortSignal) => Promise<readonly Candidate[]>
  /** Dials one of them: a session of which nobody has heard yet. */
  readonly dial: (candidates: readonly Candidate[], signal: AbortSignal) => Dialled
  /** No gate is known. */
  readonly failed: (thrown: unknown) => void
}

/** Make before break: one dial beside the session at hand, which serves until the new one is logged in. */
export class Successor {
  readonly #parts: SuccessorParts
  /** Something was dialled beside the session at hand, whatever became of it. */
  tried = false
  #timer: Timer | undefined
  #dueAt = 0
  #abort: AbortController | undefined
  #heir: Heir | undefined

  constructor(parts: SuccessorParts) {
    this.#parts = parts
  }

  /** Milliseconds until the dial that is to come; undefined: none is, or it has begun. */
  get waitMs(): number | undefined {
    if (this.#timer === undefined) return undefined
    return Math.max(0, this.#dueAt - this.#parts.clock.monotonic())
  }

  /** Its time has come, and it has not been taken. */
  get isDialling(): boolean {
    return this.#abort !== undefined
  }

  /** What has been dialled. */
  get heir(): Heir | undefined {
    return this.#heir
  }

  /** Dials after `delayMs`; what was planned and not begun is planned anew. */
  plan(delayMs: number): void {
    if (this.#abort !== undefined) return
    this.#timer?.cancel()
    this.#dueAt = this.#parts.clock.monotonic() + delayMs
    this.#timer = this.#parts.clock.after(delayMs, () => this.#begin())
  }

  /** Forgets what was planned and not begun. */
  unplan(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Hands over what has been dialled, and forgets it. */
  take(): Heir | undefined {
    const heir = this.#heir
    this.#timer?.cancel()
    if (heir === undefined) this.#abort?.abort()
    this.#timer = this.#abort = this.#heir = undefined
    return heir
  }

  /** Gives up. */
  stop(): void {
    this.#abort?.abort()
    this.take()?.session.close()
  }

  #begin(): void {
    const { choose, dial, failed } = this.#parts
    const abort = new AbortController()
    this.#timer = undefined
    this.#abort = abort
    choose(abort.signal).then(
      candidates => {
        if (this.#abort !== abort) return
        this.tried = true
        this.#heir = { ...dial(candidates, abort.signal), abort }
      },
      (thrown: unknown) => {
        if (this.#abort !== abort) return
        this.#abort = undefined
        failed(thrown)
      },
    )
  }
}
