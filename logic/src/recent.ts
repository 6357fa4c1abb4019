import type { Clock } from '@longwire/kit'

/**
 * What was said in the last `keepMs` (at most twice as long), of at most `most` keys: two generations
 * take turns, and the older one is forgotten whole.
 */
export class Recent<V> {
  readonly #clock: Clock
  readonly #keepMs: number
  readonly #most: number
  #young = new Map<string, V>()
  #old = new Map<string, V>()
  #turnedMs: number

  constructor(clock: Clock, keepMs: number, most: number) {
    this.#clock = clock
    this.#keepMs = keepMs
    this.#most = most
    this.#turnedMs = clock.monotonic()
  }

  get(key: string): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key)
  }

  set(key: string, value: V): void {
    const now = this.#clock.monotonic()
    const age = now - this.#turnedMs
    if (age > this.#keepMs || this.#young.size >= this.#most / 2) {
      this.#old = age > 2 * this.#keepMs ? new Map() : this.#young
      this.#young = new Map()
      this.#turnedMs = now
    }
    this.#young.set(key, value)
  }
}
