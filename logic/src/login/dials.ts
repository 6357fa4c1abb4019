import type { Clock } from '@longwire/kit'
import type { RouteKey } from '../routes/route-table.ts'
import { Recent } from './recent.ts'

/** Longer than a LOGIN can be on its way: its connection and its request have deadlines. */
const KEEP_MS = 60_000
const ENTRIES_MAX = 200_000

/**
 * Which dials of devices are over, for a minute or two: a LOGIN that was delayed until after another
 * device logged in must not push that out, though the route that would refuse it has gone. Gates ask
 * the same node about a uid as long as it lives, so that is where the memory is.
 */
export class Dials {
  readonly #least: Recent<number>

  constructor(clock: Clock) {
    this.#least = new Recent(clock, KEEP_MS, ENTRIES_MAX)
  }

  /** Dials below this are late. */
  least(device: RouteKey): number {
    return this.#least.get(keyOf(device)) ?? 0
  }

  /** From now on, dials of this device below `least` are late. */
  raise(device: RouteKey, least: number): void {
    this.#least.set(keyOf(device), Math.max(least, this.least(device)))
  }
}

const keyOf = ({ system, uid, appcode, device }: RouteKey): string =>
  `${system}\n${appcode}\n${device}\n${uid}`
