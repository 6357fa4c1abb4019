import {
  type Clock,
  type Logger,
  type LoopUse,
  type NodeInfo,
  nodeId,
  type NodeLoad,
  type Registry,
} from '@longwire/kit'
import { hashName } from './trunk/rendezvous.ts'

export interface FleetParts {
  readonly clock: Clock
  readonly log: Logger
  readonly node: NodeInfo
  readonly registry: Registry
  readonly loopUse: LoopUse
  /** Connections that this gate is meant to hold. */
  readonly capacity: number
  /** Connections that it has. */
  readonly conns: () => number
}

/** What was read longer ago says nothing about the gates of now. */
const GOOD_FOR_MS = 60_000

/** How full this gate is, and how full it would be if all gates were equally full. */
export class Fleet {
  readonly #parts: FleetParts
  readonly #epoch: number
  #elu = 0
  #looking = false
  /** Of the other gates. */
  #conns = 0
  #capacity = 0
  #readAt = -Infinity

  constructor(parts: FleetParts) {
    this.#parts = parts
    this.#epoch = 1 + (hashName(parts.node.incarnation) % 65_535)
  }

  /** As it is published. */
  get load(): NodeLoad {
    const { conns, capacity } = this.#parts
    return { conns: conns(), capacity, epoch: this.#epoch, elu: this.#elu }
  }

  /**
   * Connections that gates have on average, scaled to the capacity of this one; 0: unknown. Where all
   * capacities are equal it is the plain mean.
   */
  get mean(): number {
    const { clock, conns, capacity } = this.#parts
    if (clock.monotonic() - this.#readAt > GOOD_FOR_MS) return 0
    return (capacity * (conns() + this.#conns)) / (capacity + this.#capacity)
  }

  /** Once a second: how busy the event loop was. */
  sample(): void {
    this.#elu = Math.round(this.#parts.loopUse() * 1_000) / 1_000
  }

  /** Reads what the other gates have published. While the registry cannot be asked, what is known stays. */
  async look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    const { clock, log, node, registry } = this.#parts
    try {
      const nodes = await registry.list('gate')
      this.#conns = this.#capacity = 0
      for (const other of nodes) {
        if (other.load === undefined || nodeId(other) === nodeId(node)) continue
        this.#conns += other.load.conns
        this.#capacity += other.load.capacity
      }
      this.#readAt = clock.monotonic()
    } catch (error) {
      log.debug({ error }, 'the load of other gates could not be read')
    } finally {
      this.#looking = false
    }
  }
}
