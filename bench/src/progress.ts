const WIDTH = 30
const TEN_PERCENT = 0.1

/** A bar on a terminal, a line for each tenth elsewhere; on stderr, so that figures stay alone. */
export class Progress {
  readonly #what: string
  readonly #total: number
  readonly #terminal: boolean = process.stderr.isTTY
  readonly #began = performance.now()
  #told = -TEN_PERCENT

  constructor(what: string, total: number) {
    this.#what = what
    this.#total = total
    this.at(0)
  }

  at(done: number): void {
    const share = Math.min(1, done / Math.max(1, this.#total))
    const seconds = Math.round((performance.now() - this.#began) / 1000)
    const numbers = `${this.#what} ${done.toLocaleString('en-US')} of ${this.#total.toLocaleString('en-US')}, ${seconds} s`
    if (this.#terminal) {
      const full = Math.round(share * WIDTH)
      process.stderr.write(`\r[${'#'.repeat(full)}${' '.repeat(WIDTH - full)}] ${numbers}\u001B[K`)
    } else if (share >= this.#told + TEN_PERCENT) {
      this.#told = Math.floor(share * 10) / 10
      process.stderr.write(`${numbers}\n`)
    }
  }

  end(done: number = this.#total): void {
    this.at(done)
    if (this.#terminal) process.stderr.write('\n')
  }
}
