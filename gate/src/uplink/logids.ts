/**
 * Names messages in every log: 12 bits of the gate, 32 of seconds since 1970, 20 of a counter. Each is
 * greater than the one before, but when seconds wrap in 2106.
 */
export class Logids {
  high = 0
  low = 0
  readonly #gate: number
  #second = 0
  #count = 0

  /** `name` tells gates apart, as well as 12 bits can. */
  constructor(name: string) {
    let hash = 0x811c9dc5
    for (let at = 0; at < name.length; at++)
      hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
    this.#gate = (hash ^ (hash >>> 12)) & 0xfff
  }

  /** Leaves the next one in `high` and `low`. */
  next(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000)
    if (second > this.#second) {
      this.#second = second
      this.#count = 0
    } else if (++this.#count === COUNT_IN_SECOND) {
      this.#second++
      this.#count = 0
    }
    const time = this.#second
    this.high = ((this.#gate << 20) | ((time >>> 12) & 0xfffff)) >>> 0
    this.low = (((time & 0xfff) << 20) | this.#count) >>> 0
  }
}

const COUNT_IN_SECOND = 1 << 20
