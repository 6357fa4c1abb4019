import type { Doc } from './table.ts'

/** Documents in memory in the order of their keys' UTF-8 bytes. */
export class SortedDocs {
  readonly #docs = new Map<string, Doc>()
  readonly #keys: string[] = []

  get(key: string): Doc | undefined {
    return this.#docs.get(key)
  }

  set(key: string, doc: Doc): void {
    if (!this.#docs.has(key)) this.#keys.splice(this.#placeOf(key), 0, key)
    this.#docs.set(key, doc)
  }

  delete(key: string): void {
    if (this.#docs.delete(key)) this.#keys.splice(this.#placeOf(key), 1)
  }

  /** Keys with `from` ≤ key < `to`, at most `limit`. */
  keys(from: string, to: string, limit: number, reverse: boolean): string[] {
    const first = this.#placeOf(from)
    const end = Math.max(first, this.#placeOf(to))
    if (!reverse) return this.#keys.slice(first, Math.min(end, first + limit))
    return this.#keys.slice(Math.max(first, end - limit), end).reverse()
  }

  /** How many keys are before `key`. */
  #placeOf(key: string): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareKeys(this.#keys[middle] ?? '', key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** As the UTF-8 bytes compare: JavaScript compares UTF-16 units, which puts surrogate pairs too low. */
export const compareKeys = (left: string, right: string): number => {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a !== b) return rank(a) - rank(b)
  }
  return left.length - right.length
}

/** Moves surrogates behind all other units. */
const rank = (unit: number): number =>
  unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800
