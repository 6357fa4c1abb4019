import type { Clock } from '@longwire/kit'
import type { RouteKey } from '../routes/route-table.ts'

/** Longer than a LOGIN can be on its way: its connection and its request have deadlines. */
const KEEP_MS = 60_000
const ENTRIES_MAX = 200_000

/**
 * Which dials of devices are over, for a minute or two: a LOGIN that was delayed until after another
 * device logged in must not push that out, though the route that would refuse it has gone. Gates ask
 * the same node about a uid as long as it lives, so that is where the memory is.
 */
export class Dials {
  readonly #clock: Clock
  #young = new Map<string, number>()
  #old = new Map<string, number>()
  #turnedMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#turnedMs = clock.monotonic()
  }

  /** Dials below this are late. */
  least(device: RouteKey): number {
    const key = keyOf(device)
    return this.#young.get(key) ?? this.#old.get(key) ?? 0
  }

  /** From now on, dials of this device below `least` are late. */
  raise(device: RouteKey, least: number): void {
    const now = this.#clock.monotonic()
    if (now - this.#turnedMs > KEEP_MS || this.#young.size >= ENTRIES_MAX / 2) {
      this.#old = now - this.#turnedMs > 2 * KEEP_MS ? new Map() : this.#young
      this.#young = new Map()
      this.#turnedMs = now
    }
    this.#young.set(keyOf(device), Math.max(least, this.least(device)))
  }
}

const keyOf = ({ system, uid, appcode, device }: RouteKey): string =>
  `${system}\n${appcode}\n${device}\n${uid}`
