import type { Clock } from '@longwire/kit'
import { Recent } from '../recent.ts'

/** A session as its client names it. */
export interface SessionId {
  readonly slot: number
  readonly generation: number
}

const KEEP_MS = 10 * 60_000
const ENTRIES_MAX = 100_000

/**
 * How sessions on any gate ended, as far as their gates told this node, for ten to twenty minutes.
 * Gates ask the same node about a uid as long as it lives, so that is where the answer is wanted.
 */
export class Endings {
  readonly #states: Recent<number>

  constructor(clock: Clock) {
    this.#states = new Recent(clock, KEEP_MS, ENTRIES_MAX)
  }

  /** `state` is a row of PREV_STATE. */
  add(uid: string, session: SessionId, state: number): void {
    this.#states.set(keyOf(uid, session), state)
  }

  find(uid: string, session: SessionId): number | undefined {
    return this.#states.get(keyOf(uid, session))
  }
}

const keyOf = (uid: string, { slot, generation }: SessionId): string =>
  `${slot}.${generation} ${uid}`
