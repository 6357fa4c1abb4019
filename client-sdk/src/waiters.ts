import type { LongwireError } from './errors.ts'

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: LongwireError) => void
}

/** Those who wait for one thing, and are told together. */
export class Waiters {
  #waiting: Waiter[] = []

  wait(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  resolve(): void {
    for (const { resolve } of this.#taken()) resolve()
  }

  reject(error: LongwireError): void {
    for (const { reject } of this.#taken()) reject(error)
  }

  #taken(): readonly Waiter[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }
}
