/** The answer to one call of `insert`: how many rows of each group are in, once all groups are settled. */
export class InsertCounts {
  readonly #counts: number[]
  readonly #resolve: (counts: number[]) => void
  readonly fail: (error: unknown) => void
  #left: number

  constructor(
    groups: number,
    resolve: (counts: number[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.#counts = Array.from({ length: groups }, () => 0)
    this.#left = groups
    this.#resolve = resolve
    this.fail = reject
  }

  settle(group: number, count: number): void {
    this.#counts[group] = count
    if (--this.#left === 0) this.#resolve(this.#counts)
  }
}
