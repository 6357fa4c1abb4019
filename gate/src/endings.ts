/**
 * How sessions of this process ended, for at least `keepMs` (unless there are too many): a client that
 * comes back asks what became of its previous session.
 *
 * Two tables take turns: the older is dropped whole. Entries are numbers in typed arrays, 20 to 40 bytes each.
 */
export class Endings {
  readonly #keepMs: number
  readonly #entriesMax: number
  #young = new NumberTable()
  #old = new NumberTable()
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
    this.#old = now - this.#turnedAt >= 2 * this.#keepMs ? new NumberTable() : this.#young
    this.#young = new NumberTable()
    this.#turnedAt = now
  }
}

/** Slots stay below 2^21. Never 0: a slot was used before it ended, but slot and generation may both be. */
const keyOf = (slot: number, generation: number): number => generation * 2 ** 21 + slot + 1

/** A small number for each whole number above 0: open addressing, at most half full, nothing is taken out. */
class NumberTable {
  size = 0
  #keys: Float64Array = new Float64Array(FIRST_CAPACITY)
  #values: Uint8Array = new Uint8Array(FIRST_CAPACITY)

  get(key: number): number | undefined {
    const at = this.#find(key)
    return this.#keys[at] === key ? this.#values[at] : undefined
  }

  set(key: number, value: number): void {
    let at = this.#find(key)
    if (this.#keys[at] !== key) {
      if (this.size * 2 >= this.#keys.length) {
        this.#grow()
        at = this.#find(key)
      }
      this.size++
      this.#keys[at] = key
    }
    this.#values[at] = value
  }

  /** Where the key is, or belongs. */
  #find(key: number): number {
    const keys = this.#keys
    const last = keys.length - 1
    let at = hashed(key) & last
    while (keys[at] !== 0 && keys[at] !== key) at = (at + 1) & last
    return at
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values]
    this.#keys = new Float64Array(keys.length * 2)
    this.#values = new Uint8Array(keys.length * 2)
    for (let from = 0; from < keys.length; from++) {
      if (keys[from] === 0) continue
      const at = this.#find(keys[from]!)
      this.#keys[at] = keys[from]!
      this.#values[at] = values[from]!
    }
  }
}

const FIRST_CAPACITY = 1024

const hashed = (key: number): number => {
  const mixed = Math.imul((key % 2 ** 32) ^ Math.floor(key / 2 ** 32), 0x9e3779b1)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
