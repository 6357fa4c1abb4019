/** Slots with the moment that they were put in, first in first out. */
export class SlotQueue {
  #slots: number[] = []
  #times: number[] = []
  #head = 0

  get size(): number {
    return this.#slots.length - this.#head
  }

  /** The first slot and its moment; −1 where there is none. */
  get slot(): number {
    return this.#slots[this.#head] ?? -1
  }

  get time(): number {
    return this.#times[this.#head] ?? 0
  }

  push(slot: number, time: number): void {
    this.#slots.push(slot)
    this.#times.push(time)
  }

  shift(): void {
    this.#head++
    if (this.#head < KEPT || this.#head * 2 < this.#slots.length) return
    this.#slots = this.#slots.slice(this.#head)
    this.#times = this.#times.slice(this.#head)
    this.#head = 0
  }
}

const KEPT = 1_024
