import type { Clock } from '@longwire/kit'
import { DIAL_KEEP_MS, type RouteKey } from './route-table.ts'
import { Recent } from '../recent.ts'

const ENTRIES_MAX = 200_000

/** Which dials of devices are over, for {@link DIAL_KEEP_MS} or twice as long: the routes that would refuse them have gone. */
export class Dials {
  readonly #least: Recent<number>

  constructor(clock: Clock) {
    this.#least = new Recent(clock, DIAL_KEEP_MS, ENTRIES_MAX)
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
