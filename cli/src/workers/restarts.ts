import type { Random } from '@longwire/kit'

/** A worker that ended this soon after its start has not worked. */
const SHORT_MS = 10_000
/** So many short lives in a row, and it is no accident. */
const SHORT_MAX = 5
const FIRST_MS = 250
const MAX_MS = 30_000
/** A worker that lived this long begins again with the shortest wait. */
const SETTLED_MS = 60_000

/** When a worker that ended is started again. Knows no time: what happened goes in, a wait comes out. */
export class Restarts {
  readonly #random: Random
  /** Ends in a row without a settled life. */
  #ends = 0
  /** Ends in a row after a short life. */
  #short = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** It ended after `livedMs`: milliseconds until the next start, or undefined where none will help. */
  ended(livedMs: number): number | undefined {
    if (livedMs >= SETTLED_MS) this.#ends = 0
    this.#short = livedMs < SHORT_MS ? this.#short + 1 : 0
    if (this.#short >= SHORT_MAX) return undefined
    const mostMs = Math.min(MAX_MS, FIRST_MS * 2 ** this.#ends++)
    // At least half of it: workers that died of one cause do not come back at one moment.
    return mostMs * (0.5 + 0.5 * this.#random())
  }
}

/** What is told of a worker that does not stay up. */
export const LOOP = `${SHORT_MAX} times in a row within ${SHORT_MS / 1_000} s of its start`
