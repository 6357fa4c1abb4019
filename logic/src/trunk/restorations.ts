import type { CodeName } from '@longwire/proto'
import { eachRouteEntry, type TrunkView } from '@longwire/proto/trunk'
import { RoutesUnavailable, type Route, type SessionRule } from '../routes/route-table.ts'
import { isDevice, isUid } from './names.ts'
import type { TrunkParts } from './trunk.ts'

export interface RestorationSide {
  kick(route: Route, code: CodeName): void
  /** The route was missing: hints for it may be lost. */
  restored(route: Route): void
  done(sequenceid: number): void
}

interface Told {
  readonly route: Route
  readonly rule: SessionRule
}

/** Puts back the routes that a gate announces. What cannot be done now is not answered, and told again. */
export class Restorations {
  readonly #parts: TrunkParts
  readonly #side: RestorationSide

  constructor(parts: TrunkParts, side: RestorationSide) {
    this.#parts = parts
    this.#side = side
  }

  add(gate: string, { body, sequenceid }: TrunkView): void {
    const { apps, logger } = this.#parts
    const told: Told[] = []
    eachRouteEntry(body, entry => {
      const app = apps.get(entry.appcode)
      const usable = Number.isSafeInteger(entry.dial) && Number.isSafeInteger(entry.fence)
      if (app === undefined || !usable || !isUid(entry.uid) || !isDevice(entry.device)) return
      told.push({ route: { ...entry, system: app.system, gate }, rule: apps.ruleOf(app) })
    })
    void Promise.all(told.map(one => this.#restore(one))).then(
      () => this.#side.done(sequenceid),
      (error: unknown) => {
        if (!(error instanceof RoutesUnavailable))
          logger.error({ err: error }, 'restoring routes failed')
      },
    )
  }

  async #restore({ route, rule }: Told): Promise<void> {
    const { routes, counts } = this.#parts
    const { outcome, left } = await routes.restore(route, rule)
    for (const other of left) this.#side.kick(other, lossTo(route, other))
    if (outcome === 'device') this.#side.kick(route, 'SUPERSEDED')
    else if (outcome === 'dial') this.#side.kick(route, 'STALE_DIAL')
    else if (outcome === 'room') this.#side.kick(route, 'KICKED')
    else if (outcome === 'restored') {
      counts.restored.add()
      this.#side.restored(route)
    }
  }
}

/**
 * Of one device, a lower dial that was bound later is either a late LOGIN, which nobody hears, or the
 * device itself after its clock was set back: then it has to dial again, not to stop.
 */
const lossTo = (route: Route, other: Route): CodeName => {
  if (other.device !== route.device || other.appcode !== route.appcode) return 'KICKED'
  return other.dial < route.dial && other.fence > route.fence ? 'STALE_DIAL' : 'SUPERSEDED'
}
