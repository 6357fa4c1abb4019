import type { Clock, Counter, Logger, Metrics, NodeInfo, Registry, Timer } from '@longwire/kit'
import { RegistryUnavailable, nodeId } from '@longwire/kit'

/** How a gate went; left: it said so itself. Otherwise its lease ran out. */
export type GateLoss = 'left' | 'link-closed' | 'silent'

export interface LiveGate {
  /** `name@incarnation`, as routes name it. */
  readonly id: string
  readonly node: NodeInfo
  /** Its lease stands; false: it is only heard on its trunk link, the registry does not list it. */
  readonly listed: boolean
}

export interface DetectorParts {
  readonly registry: Registry
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Milliseconds since each linked gate was heard, by its id. */
  readonly links: () => ReadonlyMap<string, number>
  readonly onUp?: ((gate: LiveGate) => void) | undefined
  readonly onDown?: ((gate: LiveGate, loss: GateLoss) => void) | undefined
  /** Told of every look that the registry answered. */
  readonly onLook?: ((gates: readonly LiveGate[]) => void) | undefined
}

const POLL_MS = 500
/** While a gate that was live has no link, or says nothing on it: its lease may run out any moment. */
const SUSPECT_POLL_MS = 100
/** Links beat every second. */
const SUSPECT_MS = 1_500
/** A link beats every second; one that has been silent for longer proves nothing. */
const HEARD_MS = 2_000
/** A gate that dies stays listed longer than this, for its lease; one that leaves does not. */
const LEFT_MS = 1_500
/** Gates of which it is remembered how they went. */
const LOSSES_MAX = 1_000

/**
 * Which gates live: those whose lease stands, and those that are heard on their trunk link (the
 * registry may have been emptied). Both ends with the gate: a lease lasts 3 s from the last beat, so
 * a gate that was killed or paused is found within 3 s and one look at the registry.
 *
 * While the registry does not answer, what it said last is believed.
 */
export class Detector {
  readonly #parts: DetectorParts
  readonly #lost: Counter
  #listed = new Map<string, NodeInfo>()
  #live = new Map<string, LiveGate>()
  #lookedAt = -Infinity
  /** When each live gate was last heard on its link, monotonic. */
  readonly #heardAt = new Map<string, number>()
  readonly #losses = new Map<string, GateLoss>()
  #look: Promise<void> | undefined
  #timer: Timer | undefined
  #stopped = false
  #failing = false

  constructor(parts: DetectorParts) {
    this.#parts = parts
    this.#lost = parts.metrics.counter('longwire_gates_lost_total', 'Gates found dead', ['reason'])
    parts.metrics.gauge('longwire_logic_live_gates', 'Gates that live', () => this.#live.size)
  }

  /** The registry has answered since the start: only then a gate may be called dead. */
  get knows(): boolean {
    return this.#lookedAt > -Infinity
  }

  /** The registry did not answer the last time. */
  get failing(): boolean {
    return this.#failing
  }

  /** Looks once, then again and again. Never rejects. */
  async start(): Promise<void> {
    await this.look()
    this.#later()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  gates(): LiveGate[] {
    return [...this.#live.values()]
  }

  isLive(gate: string): boolean {
    return !this.knows || this.#live.has(gate) || this.#isHeard(gate)
  }

  /** How a gate that does not live went, as far as is known. */
  lossOf(gate: string): GateLoss {
    return this.#losses.get(gate) ?? 'link-closed'
  }

  /** The same as {@link isLive}, after a look at the registry where one of `gates` is not known. */
  async judge(gates: Iterable<string>): Promise<(gate: string) => boolean> {
    const { clock } = this.#parts
    for (const gate of gates) {
      if (this.isLive(gate) || clock.monotonic() - this.#lookedAt < SUSPECT_POLL_MS) continue
      await this.look()
      break
    }
    return gate => this.isLive(gate)
  }

  /** Never rejects. Calls that come meanwhile share the answer. */
  look(): Promise<void> {
    this.#look ??= this.#lookOnce().finally(() => {
      this.#look = undefined
    })
    return this.#look
  }

  async #lookOnce(): Promise<void> {
    const { registry, clock, logger } = this.#parts
    const now = clock.monotonic()
    try {
      const nodes = await registry.list('gate')
      this.#listed = new Map(nodes.map(node => [nodeId(node), node]))
      this.#lookedAt = now
      this.#failing = false
    } catch (error) {
      if (!(error instanceof RegistryUnavailable)) throw error
      if (!this.#failing)
        logger.warn({ err: error }, 'gates cannot be watched: keeping those known')
      this.#failing = true
      return
    }
    this.#compare()
    this.#parts.onLook?.(this.gates())
  }

  #compare(): void {
    const { links, logger, clock, onUp, onDown } = this.#parts
    const linked = links()
    const live = new Map<string, LiveGate>()
    for (const [id, node] of this.#listed) live.set(id, { id, node, listed: true })
    for (const [id, silentMs] of linked) {
      if (live.has(id) || silentMs > HEARD_MS) continue
      live.set(id, { id, node: this.#live.get(id)?.node ?? nodeOf(id), listed: false })
    }
    const before = this.#live
    this.#live = live
    const now = clock.monotonic()
    for (const [id, silentMs] of linked) this.#heardAt.set(id, now - silentMs)
    for (const [id, gate] of before) {
      if (live.has(id)) continue
      const loss = this.#lossNow(id, linked, now)
      if (loss === 'left') logger.info({ gate: id }, 'a gate has left')
      else {
        this.#lost.add(1, { reason: loss })
        logger.warn({ gate: id, reason: loss }, 'a gate is lost: its routes are void')
      }
      onDown?.(gate, loss)
    }
    for (const [id, gate] of live) {
      if (before.has(id)) continue
      this.#losses.delete(id)
      logger.info({ gate: id }, 'a gate is up')
      onUp?.(gate)
    }
  }

  #lossNow(gate: string, linked: ReadonlyMap<string, number>, now: number): GateLoss {
    const heardAt = this.#heardAt.get(gate) ?? -Infinity
    this.#heardAt.delete(gate)
    const closed = now - heardAt < LEFT_MS ? 'left' : 'link-closed'
    const loss = linked.has(gate) ? 'silent' : closed
    this.#losses.set(gate, loss)
    for (const oldest of this.#losses.keys()) {
      if (this.#losses.size <= LOSSES_MAX) break
      this.#losses.delete(oldest)
    }
    return loss
  }

  #isHeard(gate: string): boolean {
    return (this.#parts.links().get(gate) ?? Infinity) <= HEARD_MS
  }

  #later(): void {
    if (this.#stopped) return
    const linked = this.#parts.links()
    const suspect = [...this.#live.keys()].some(id => (linked.get(id) ?? Infinity) > SUSPECT_MS)
    this.#timer = this.#parts.clock.after(suspect ? SUSPECT_POLL_MS : POLL_MS, () => {
      this.look().then(
        () => this.#later(),
        (error: unknown) => {
          this.#parts.logger.error({ err: error }, 'watching gates failed')
          this.#later()
        },
      )
    })
  }
}

/** What is known of a gate that only its link tells of. */
const nodeOf = (id: string): NodeInfo => {
  const at = id.lastIndexOf('@')
  return { role: 'gate', name: id.slice(0, at), incarnation: id.slice(at + 1), address: '' }
}
