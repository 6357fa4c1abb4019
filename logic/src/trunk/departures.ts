import { RoutesUnavailable, type Route } from '../routes/route-table.ts'
import type { TrunkParts } from './trunk.ts'

/** A session that ended, as its gate tells it; `sequenceid` says so when it needs no repeating. */
export type Departure = Pick<
  Route,
  'system' | 'uid' | 'appcode' | 'device' | 'gate' | 'slot' | 'generation'
> & { readonly sequenceid: number }

const BATCH_MAX = 512

/**
 * Removes the routes of ended sessions. The fence is looked up, because another logic node may have
 * made the route; a route that names another session by now is left alone.
 */
export class Departures {
  readonly #parts: TrunkParts
  readonly #done: (sequenceid: number) => void
  #batch: Departure[] = []
  #removing = 0

  constructor(parts: TrunkParts, done: (sequenceid: number) => void) {
    this.#parts = parts
    this.#done = done
  }

  add(departure: Departure): void {
    this.#batch.push(departure)
    if (this.#batch.length === 1) this.#parts.context.clock.soon(() => void this.#remove())
  }

  /** Sessions whose routes are yet to be removed. */
  get size(): number {
    return this.#batch.length + this.#removing
  }

  /** Never rejects. */
  async #remove(): Promise<void> {
    const batch = this.#batch
    this.#batch = []
    this.#removing += batch.length
    try {
      for (let at = 0; at < batch.length; at += BATCH_MAX)
        await this.#removeSome(batch.slice(at, at + BATCH_MAX))
    } catch (error) {
      if (error instanceof RoutesUnavailable) {
        // Without an answer the gate tells it again.
        this.#parts.logger.warn(
          { sessions: batch.length },
          'routes of ended sessions stay for now: the route table does not answer',
        )
      } else this.#parts.logger.error({ err: error }, 'removing routes failed')
    }
    this.#removing -= batch.length
  }

  async #removeSome(batch: readonly Departure[]): Promise<void> {
    const { routes } = this.#parts
    const found = await routes.lookup(batch)
    const ended = batch.flatMap((departure, index) =>
      found[index]!.filter(route => isOf(route, departure)),
    )
    await Promise.all(ended.map(route => routes.unbind(route)))
    for (const { sequenceid } of batch) this.#done(sequenceid)
  }
}

const isOf = (route: Route, departure: Departure): boolean =>
  route.appcode === departure.appcode &&
  route.device === departure.device &&
  route.gate === departure.gate &&
  route.slot === departure.slot &&
  route.generation === departure.generation
