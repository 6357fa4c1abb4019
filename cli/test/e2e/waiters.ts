/** Who waits until something holds. */
export class Waiters {
  readonly #waiting: { readonly done: () => boolean; readonly resolve: () => void }[] = []

  /** Resolves when `done` holds, at this moment or at a `look`. */
  until(done: () => boolean): Promise<void> {
    if (done()) return Promise.resolve()
    return new Promise(resolve => this.#waiting.push({ done, resolve }))
  }

  /** To be called whenever something has changed. */
  look(): void {
    for (let at = this.#waiting.length - 1; at >= 0; at--) {
      const waiter = this.#waiting[at]!
      if (!waiter.done()) continue
      this.#waiting.splice(at, 1)
      waiter.resolve()
    }
  }
}
