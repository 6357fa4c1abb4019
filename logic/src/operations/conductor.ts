import type { Clock, Logger, Metrics, Timer } from '@longwire/kit'
import type { Lease } from '../events/lease.ts'
import { TableUnavailable } from '../store/table.ts'
import { drainOrders, stepDrain } from './drain.ts'
import { HealthWatch } from './health.ts'
import type { Mover, Moving, Order, World } from './mover.ts'
import { isOver, type Operation } from './operation.ts'
import { rebalanceOrders, stepRebalance } from './rebalance.ts'
import { isNew } from './release-plan.ts'
import { isSettled, releaseOrders, stepRelease } from './release.ts'
import type { OperationStore } from './store.ts'
import { tallyOf, type Wave } from './wave.ts'

export interface ConductorParts {
  readonly store: OperationStore
  readonly lease: Lease
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly move: Mover
  /** The cluster as this node sees it. */
  readonly look: () => Omit<World, 'heard'>
}

/** Gates are told again this often; what they are told holds a little longer. */
const BEAT_MS = 1_000
const TRIM_MS = 3_600_000

/**
 * Does what operations want, on the one node that has the lease: once a second it reads them, tells the
 * gates, and writes what follows. Nothing is told that is not written, so another node goes on from there.
 */
export class Conductor {
  readonly #parts: ConductorParts
  readonly #heard = new Map<string, Moving>()
  readonly #health = new Map<string, { watch: HealthWatch; of: string }>()
  readonly #count: (operation: Operation, next: Operation) => void
  #timer: Timer | undefined
  #beat: Promise<void> = Promise.resolve()
  #trimmedAt = -Infinity
  #stopped = false

  constructor(parts: ConductorParts) {
    this.#parts = parts
    this.#count = counting(parts.metrics)
  }

  start(): void {
    this.#parts.lease.start()
    this.#later()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#beat
    await this.#parts.lease.stop()
  }

  #later(): void {
    if (this.#stopped) return
    this.#timer = this.#parts.clock.after(BEAT_MS, () => {
      this.#beat = this.beat().finally(() => this.#later())
    })
  }

  /** Never rejects. */
  async beat(): Promise<void> {
    const { lease, store, clock, logger } = this.#parts
    if (!lease.held) {
      this.#heard.clear()
      this.#health.clear()
      return
    }
    try {
      const active = await store.active()
      this.#forgetAllBut(new Set(active.map(({ id }) => id)))
      for (const operation of active)
        if (lease.held && !this.#stopped) await this.#advance(operation)
      if (clock.monotonic() - this.#trimmedAt < TRIM_MS) return
      this.#trimmedAt = clock.monotonic()
      await store.trim()
    } catch (error) {
      if (!(error instanceof TableUnavailable))
        logger.error({ err: error }, 'operations could not go on')
    }
  }

  async #advance(before: Operation): Promise<void> {
    const { store, logger } = this.#parts
    const operation = await store.tell(before)
    if (operation === undefined) return
    await this.#tell(operation)
    if (isOver(operation)) {
      await store.release(operation.id, true)
      return
    }
    const next = this.#next(operation)
    if (next.kind === 'release' && isSettled(next)) await store.release(next.id, false)
    if (JSON.stringify(next) === JSON.stringify(operation)) return
    const written = await store.swap(next)
    if (written === undefined) return
    this.#count(operation, written)
    for (const { text } of written.notes)
      logger.info({ operation: written.id, kind: written.kind, state: written.state }, text)
    await store.tell(written)
  }

  #world(): World {
    return {
      ...this.#parts.look(),
      heard: (order, gate) => this.#heard.get(`${order} ${gate}`),
    }
  }

  async #tell(operation: Operation): Promise<void> {
    const orders = ordersFor(operation, this.#world())
    await Promise.all(
      orders.map(async order => {
        const said = await this.#parts.move(order)
        if (said !== undefined) this.#heard.set(`${order.id} ${order.gate}`, said)
      }),
    )
  }

  #next(operation: Operation): Operation {
    const world = this.#world()
    switch (operation.kind) {
      case 'drain':
        return stepDrain(operation, world)
      case 'rebalance':
        return stepRebalance(operation, world)
      case 'release': {
        const { plan, progress } = operation
        const of = `${progress.stage} ${progress.since}`
        let health = this.#health.get(operation.id)
        if (health?.of !== of) {
          health = { watch: new HealthWatch(), of }
          this.#health.set(operation.id, health)
        }
        health.watch.look(world.now, world.gates, gate => isNew(plan, gate))
        return stepRelease(operation, {
          ...world,
          findings: health.watch.judge(world.now, plan.health),
        })
      }
    }
  }

  #forgetAllBut(ids: ReadonlySet<string>): void {
    for (const key of this.#heard.keys())
      if (!ids.has(key.slice(0, key.indexOf('.')))) this.#heard.delete(key)
    for (const id of this.#health.keys()) if (!ids.has(id)) this.#health.delete(id)
  }
}

const ordersFor = (operation: Operation, world: World): Order[] => {
  switch (operation.kind) {
    case 'drain':
      return drainOrders(operation, world)
    case 'rebalance':
      return rebalanceOrders(operation, world)
    case 'release':
      return releaseOrders(operation, world)
  }
}

/** What changed between two states of an operation, for Prometheus. */
const counting = (metrics: Metrics): ((before: Operation, after: Operation) => void) => {
  const sessions = metrics.counter(
    'longwire_operations_sessions_total',
    'Sessions that operations told to move, by what became of them',
    ['kind', 'result'],
  )
  const ends = metrics.counter('longwire_operations_ended_total', 'Operations that are over', [
    'kind',
    'state',
  ])
  const seconds = metrics.histogram(
    'longwire_operations_seconds',
    'How long operations took',
    [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400, 604_800],
  )
  const results = ['told', 'moved', 'left', 'failed'] as const
  return (before, after) => {
    const [was, is] = [waveOf(before), waveOf(after)]
    const { kind } = after
    if (is !== undefined) {
      const now = tallyOf(is)
      const old = was?.id === is.id ? tallyOf(was) : undefined
      for (const result of results) {
        const more = now[result] - (old?.[result] ?? 0)
        if (more > 0) sessions.add(more, { kind, result })
      }
    }
    if (!isOver(after) || isOver(before)) return
    ends.add(1, { kind, state: after.state })
    seconds.observe((after.endedAt - after.createdAt) / 1_000)
  }
}

const waveOf = ({ progress }: Operation): Wave | undefined => progress.wave
