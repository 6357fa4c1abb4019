/**
 * How sessions of this process ended, for at least `keepMs` (unless there are too many): a client that
 * comes back asks what became of its previous session.
 *
 * Two maps take turns: the older is dropped whole.
 */
export class Endings {
  readonly #keepMs: number
  readonly #entriesMax: number
  #young = new Map<number, number>()
  #old = new Map<number, number>()
  #turnedAt: number

  constructor(options: { keepMs: number; entriesMax: number; now: number }) {
    this.#keepMs = options.keepMs
    this.#entriesMax = options.entriesMax
    this.#turnedAt = options.now
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** `state` is a row of PREV_STATE. */
  add(slot: number, generation: number, state: number, now: number): void {
    if (now - this.#turnedAt >= this.#keepMs || this.#young.size >= this.#entriesMax / 2)
      this.#turn(now)
    this.#young.set(keyOf(slot, generation), state)
  }

  find(slot: number, generation: number): number | undefined {
    const key = keyOf(slot, generation)
    return this.#young.get(key) ?? this.#old.get(key)
  }

  #turn(now: number): void {
    // After two quiet turns nothing is young enough any more.
    this.#old = now - this.#turnedAt >= 2 * this.#keepMs ? new Map() : this.#young
    this.#young = new Map()
    this.#turnedAt = now
  }
}

/** Slots stay below 2^21. */
const keyOf = (slot: number, generation: number): number => generation * 2 ** 21 + slot
