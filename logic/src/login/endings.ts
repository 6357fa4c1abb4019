import type { Clock } from '@longwire/kit'

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
  readonly #clock: Clock
  #young = new Map<string, number>()
  #old = new Map<string, number>()
  #turnedMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#turnedMs = clock.monotonic()
  }

  /** `state` is a row of PREV_STATE. */
  add(uid: string, session: SessionId, state: number): void {
    const now = this.#clock.monotonic()
    if (now - this.#turnedMs > KEEP_MS || this.#young.size >= ENTRIES_MAX / 2) {
      this.#old = now - this.#turnedMs > 2 * KEEP_MS ? new Map() : this.#young
      this.#young = new Map()
      this.#turnedMs = now
    }
    this.#young.set(keyOf(uid, session), state)
  }

  find(uid: string, session: SessionId): number | undefined {
    const key = keyOf(uid, session)
    return this.#young.get(key) ?? this.#old.get(key)
  }
}

const keyOf = (uid: string, { slot, generation }: SessionId): string =>
  `${slot}.${generation} ${uid}`
