import { sharedNow } from '../statistics.ts'
import { uidOf } from './fleet.ts'
import type { Publisher, Publishing } from './publisher.ts'

/** What was published: numbers by user and publisher, as a Ledger sees them. */
export interface Published {
  readonly last: Uint32Array
  readonly total: number
}

/** Keeps `window` messages in flight on every publisher, each to a user picked at random. */
export class ClosedLoop {
  readonly #publishers: readonly Publishing[]
  readonly #users: number
  readonly #window: number
  readonly #last: Uint32Array
  readonly #stamp = { scheduledMs: 0, user: 0, publisher: 0, number: 0 }
  #total = 0
  #running = false
  #drained: (() => void) | undefined

  constructor(publishers: readonly Publishing[], users: number, window: number) {
    this.#publishers = publishers
    this.#users = users
    this.#window = window
    this.#last = new Uint32Array(users * publishers.length)
  }

  start(): void {
    this.#running = true
    for (const [index, publisher] of this.#publishers.entries()) {
      publisher.onResults = () => this.#refill(publisher, index)
      this.#refill(publisher, index)
    }
  }

  /** Resolves when every message in flight is answered. */
  async stop(): Promise<Published> {
    this.#running = false
    await new Promise<void>(resolve => {
      this.#drained = resolve
      this.#settle()
    })
    return { last: this.#last, total: this.#total }
  }

  #refill(publisher: Publishing, index: number): void {
    if (!this.#running) {
      this.#settle()
      return
    }
    for (let free = this.#window - publisher.inFlight; free > 0; free--) {
      const user = Math.floor(Math.random() * this.#users)
      const stamp = this.#stamp
      stamp.user = user
      stamp.publisher = index
      stamp.number = ++this.#last[user * this.#publishers.length + index]!
      this.#total++
      publisher.publish(uidOf(user), stamp)
    }
  }

  #settle(): void {
    if (this.#publishers.every(publisher => publisher.inFlight === 0)) this.#drained?.()
  }
}

export interface OpenLoopRate {
  /** First of the users, of whom `last` has one entry each. */
  readonly first: number
  readonly perSecond: number
  readonly total: number
  /** Not timed, to the users in turn, with at most so many in flight; else timed, to users picked at random. */
  readonly background?: { readonly window: number }
}

/**
 * Publishes `total` messages at `perSecond`, each stamped with the time at which it was due, so that a
 * stall is seen by all the messages it delays. `last` holds the numbers by user and is counted on.
 */
export const openLoop = (
  publisher: Publishing,
  rate: OpenLoopRate,
  last: Uint32Array,
): Promise<Published> => {
  const { first, perSecond, total, background } = rate
  const window = background?.window ?? Infinity
  const stamp = { scheduledMs: 0, user: 0, publisher: 0, number: 0 }
  const began = sharedNow()
  let sent = 0
  const due = (): void => {
    const now = sharedNow()
    while (sent < total && publisher.inFlight < window) {
      const dueMs = began + (sent * 1000) / perSecond
      if (dueMs > now) return
      stamp.scheduledMs = background === undefined ? dueMs : 0
      const index =
        background === undefined ? Math.floor(Math.random() * last.length) : sent % last.length
      stamp.user = first + index
      stamp.number = ++last[index]!
      publisher.publish(uidOf(stamp.user), stamp)
      sent++
    }
  }
  return new Promise(resolve => {
    const settle = (): void => {
      if (sent < total || publisher.inFlight > 0) return
      clearInterval(timer)
      resolve({ last, total })
    }
    const timer = setInterval(() => {
      due()
      settle()
    }, 1)
    publisher.onResults = settle
  })
}

/** Stores `each` messages for every user, users in turn, split over the publishers. */
export const storeForAll = async (
  publishers: readonly Publishing[],
  users: number,
  each: number,
  window: number,
): Promise<void> => {
  await Promise.all(
    publishers.map((publisher, index) => {
      const own = Math.ceil((users - index) / publishers.length)
      const total = own * each
      const stamp = { scheduledMs: 0, user: 0, publisher: 0, number: 0 }
      let sent = 0
      return new Promise<void>(resolve => {
        const refill = (): void => {
          for (; sent < total && publisher.inFlight < window; sent++) {
            stamp.user = index + (sent % own) * publishers.length
            stamp.number = Math.floor(sent / own) + 1
            publisher.publish(uidOf(stamp.user), stamp)
          }
          if (sent === total && publisher.inFlight === 0) resolve()
        }
        publisher.onResults = refill
        refill()
      })
    }),
  )
}

/**
 * One message to each of `users` users, at most `window` in flight; what is refused is sent again when the server
 * says so. Resolves when all are stored; rejects with the first refusal that is final.
 */
export const tellAll = (
  publisher: Publisher,
  users: number,
  window: number,
): Promise<{ readonly again: number }> => {
  const first = publisher.nextId
  /** Whom the message of each answer is for. */
  const userOf: number[] = []
  const waiting: number[] = []
  const stamp = { scheduledMs: 0, user: 0, publisher: 0, number: 1 }
  let next = 0
  let stored = 0
  let again = 0
  return new Promise((resolve, reject) => {
    const refill = (): void => {
      while (publisher.inFlight < window && (waiting.length > 0 || next < users)) {
        stamp.user = waiting.pop() ?? next++
        userOf[publisher.nextId - first] = stamp.user
        publisher.publish(uidOf(stamp.user), stamp)
      }
    }
    publisher.onResult = (id, retryAfterMs) => {
      if (retryAfterMs === -1) stored++
      else if (retryAfterMs === 0) reject(new Error(`a publish was refused: ${publisher.problem}`))
      else {
        again++
        setTimeout(() => {
          waiting.push(userOf[id - first]!)
          refill()
        }, retryAfterMs)
      }
      if (stored < users) return
      publisher.onResult = undefined
      publisher.onResults = undefined
      resolve({ again })
    }
    publisher.onResults = () => {
      if (publisher.lost) reject(new Error(publisher.problem))
      else refill()
    }
    refill()
  })
}
