import { nodeId, type NodeInfo } from '@longwire/kit'

export interface RosterOptions {
  /** How long a loss of more than half must stand before it is believed. */
  readonly holdMs: number
}

/** Losses within this count together: as long as a lease. */
const AT_ONCE_MS = 3_000
/** So many looks must agree, however much time passes between them. */
const LOOKS_MIN = 2

/**
 * Which gates are given out. A gate that is gone leaves at once, but not so many that more than half go
 * at once: it is rather the registry that is ill. Those stay until that has been seen again and again
 * for `holdMs`; who dials one in vain takes the next.
 */
export class Roster {
  readonly #holdMs: number
  #gates: readonly NodeInfo[] = []
  /** The most that were given out lately. */
  #most = 0
  #mostAt = -Infinity
  /** Since when more than half are gone, and how often that was seen. */
  #lossAt = 0
  #lossLooks = 0
  #held = 0

  constructor({ holdMs }: RosterOptions) {
    this.#holdMs = holdMs
  }

  get gates(): readonly NodeInfo[] {
    return this.#gates
  }

  /** Given out although nobody has heard of them lately. */
  get held(): number {
    return this.#held
  }

  /** What lives now. `now` is monotonic milliseconds. */
  look(live: readonly NodeInfo[], now: number): void {
    if (this.#lossLooks === 0 && now - this.#mostAt > AT_ONCE_MS) this.#settle(now)
    const most = Math.max(this.#most, this.#gates.length)
    if (live.length * 2 >= most || this.#isConfirmed(now)) {
      this.#gates = live
      this.#held = 0
      this.#lossLooks = 0
      if (live.length >= this.#most || live.length * 2 < most) this.#settle(now)
      return
    }
    const known = new Set(live.map(nodeId))
    const silent = this.#gates.filter(gate => !known.has(nodeId(gate)))
    this.#gates = [...live, ...silent]
    this.#held = silent.length
  }

  #isConfirmed(now: number): boolean {
    if (this.#lossLooks++ === 0) this.#lossAt = now
    return this.#lossLooks > LOOKS_MIN && now - this.#lossAt >= this.#holdMs
  }

  #settle(now: number): void {
    this.#most = this.#gates.length
    this.#mostAt = now
  }
}
