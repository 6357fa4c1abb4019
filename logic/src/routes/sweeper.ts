import {
  nodeId,
  pause,
  type Clock,
  type Counter,
  type Logger,
  type Metrics,
  type NodeInfo,
} from '@longwire/kit'
import { RoutesUnavailable } from './route-table.ts'
import type { Routes } from './routes.ts'

export interface SweeperParts {
  readonly routes: Routes
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** This node. */
  readonly node: NodeInfo
  /** Users looked at per second. */
  readonly sweepKeysPerSecond: number
}

/** Users looked at in one slice. */
const SLICE_KEYS = 500
const LEASE_MS = 10_000
/**
 * A gate may be held to be dead only because it stood still, or because the registry was emptied. If it is
 * back by then, its routes stay.
 */
const PATIENCE_MS = 5_000
/** A gate that was swept needs no sweep by another node that also saw it die. */
const DONE_MS = 60_000
/** Now and then all is looked at, for gates that died while nobody watched. */
const ROUND_MS = 10 * 60_000
const ROUND = 'all'

/**
 * Removes the routes of dead gates at a bounded rate, one node at a time. They are worth nothing from the
 * moment their gate is dead: this only gives back their memory, and tells who listens.
 */
export class Sweeper {
  readonly #parts: SweeperParts
  readonly #removed: Counter
  readonly #self: string
  /** What there is a reason to sweep for (ids of gates, or {@link ROUND}), and from when on. */
  readonly #due = new Map<string, number>()
  #nextRoundMs: number
  #running = false
  #stopped = false

  constructor(parts: SweeperParts) {
    this.#parts = parts
    this.#self = nodeId(parts.node)
    this.#nextRoundMs = parts.clock.monotonic() + LEASE_MS
    this.#removed = parts.metrics.counter(
      'longwire_logic_swept_routes_total',
      'Routes of dead gates that were removed',
    )
  }

  died(gate: string): void {
    this.#due.set(gate, this.#parts.clock.monotonic() + PATIENCE_MS)
  }

  /** Once a second. */
  beat(): void {
    const now = this.#parts.clock.monotonic()
    if (now >= this.#nextRoundMs) {
      this.#nextRoundMs = now + ROUND_MS
      this.#due.set(ROUND, now)
    }
    if (this.#running || this.#stopped || ![...this.#due.values()].some(at => at <= now)) return
    this.#running = true
    void this.#run().finally(() => {
      this.#running = false
    })
  }

  stop(): void {
    this.#stopped = true
  }

  /** Never rejects: what could not be done is done at a later beat. */
  async #run(): Promise<void> {
    const { routes, logger } = this.#parts
    try {
      if (!(await routes.claim('sweep', this.#self, LEASE_MS))) return
      const reasons = await this.#reasons()
      if (reasons.length > 0 && (await this.#sweep())) {
        for (const reason of reasons) {
          await routes.claim(
            `swept/${reason}`,
            this.#self,
            reason === ROUND ? ROUND_MS / 2 : DONE_MS,
          )
          this.#due.delete(reason)
        }
      }
      await routes.claim('sweep', this.#self, 0)
    } catch (error) {
      if (!(error instanceof RoutesUnavailable))
        logger.error({ err: error }, 'sweeping routes failed')
    }
  }

  /** What another node has not swept for already. */
  async #reasons(): Promise<string[]> {
    const { routes } = this.#parts
    const reasons: string[] = []
    const now = this.#parts.clock.monotonic()
    for (const [reason, at] of this.#due) {
      if (at > now) continue
      if (await routes.claim(`swept/${reason}`, this.#self, 0)) reasons.push(reason)
      else this.#due.delete(reason)
    }
    return reasons
  }

  /** Whether it came to the end. */
  async #sweep(): Promise<boolean> {
    const { routes, clock, logger, sweepKeysPerSecond } = this.#parts
    let count = 0
    let from = ''
    do {
      const { removed, next } = await routes.sweep(from, SLICE_KEYS)
      count += removed.length
      this.#removed.add(removed.length)
      from = next
      if (from === '') break
      await pause(clock, (SLICE_KEYS / sweepKeysPerSecond) * 1_000)
      if (this.#stopped || !(await routes.claim('sweep', this.#self, LEASE_MS))) return false
    } while (from !== '')
    if (count > 0) logger.info({ routes: count }, 'removed the routes of dead gates')
    return true
  }
}
