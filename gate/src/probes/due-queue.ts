/** Numbered things in the order of their time: a binary heap in typed arrays. */
export class DueQueue {
  readonly #ids: Int32Array
  readonly #dueAt: Float64Array
  size = 0

  constructor(capacity: number) {
    this.#ids = new Int32Array(capacity)
    this.#dueAt = new Float64Array(capacity)
  }

  /** When the first is due; Infinity where there is none. */
  get nextAt(): number {
    return this.size === 0 ? Infinity : this.#dueAt[0]!
  }

  push(id: number, dueAt: number): void {
    let at = this.size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#dueAt[parent]! <= dueAt) break
      this.#move(parent, at)
      at = parent
    }
    this.#ids[at] = id
    this.#dueAt[at] = dueAt
  }

  /** Takes out the first; there must be one. */
  pop(): number {
    const first = this.#ids[0]!
    const size = --this.size
    const id = this.#ids[size]!
    const dueAt = this.#dueAt[size]!
    let at = 0
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#dueAt[child + 1]! < this.#dueAt[child]!) child++
      if (this.#dueAt[child]! >= dueAt) break
      this.#move(child, at)
      at = child
    }
    this.#ids[at] = id
    this.#dueAt[at] = dueAt
    return first
  }

  #move(from: number, to: number): void {
    this.#ids[to] = this.#ids[from]!
    this.#dueAt[to] = this.#dueAt[from]!
  }
}
