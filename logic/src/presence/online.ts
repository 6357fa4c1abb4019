import type { Route, UserKey } from '../routes/route-table.ts'
import type { Routes } from '../routes/routes.ts'
import type { Detector } from './detector.ts'

/** Who is online where: the routes whose gate lives. */
export class Online {
  readonly #routes: Routes
  readonly #detector: Detector

  constructor(routes: Routes, detector: Detector) {
    this.#routes = routes
    this.#detector = detector
  }

  /** The live routes of each user, in the order asked. Rejects with RoutesUnavailable. */
  async of(users: readonly UserKey[]): Promise<(readonly Route[])[]> {
    const found = await this.#routes.lookup(users)
    const gates = new Set(found.flatMap(routes => routes.map(({ gate }) => gate)))
    const isLive = await this.#detector.judge(gates)
    return found.map(routes => routes.filter(({ gate }) => isLive(gate)))
  }
}
