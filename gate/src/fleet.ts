import {
  type Clock,
  type Logger,
  type LoopUse,
  type NodeInfo,
  nodeId,
  type NodeLoad,
  type Registry,
} from '@longwire/kit'
import { reconnectWindow } from './reconnect-window.ts'
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
  /** Logins that it can take in a second; undefined: it has not seen enough of them yet. */
  readonly accept: () => number | undefined
  /** It never takes more. */
  readonly acceptMax: number
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
  #accept = 0
  /** How many there are, and how many of them know what they can take. */
  #count = 0
  #sure = 0
  #readAt = -Infinity
  /** The other gates as they were read last: another list each time. */
  others: readonly NodeInfo[] = []

  constructor(parts: FleetParts) {
    this.#parts = parts
    this.#epoch = 1 + (hashName(parts.node.incarnation) % 65_535)
  }

  /** As it is published. */
  get load(): NodeLoad {
    const { conns, capacity } = this.#parts
    const accept = this.#own
    return {
      conns: conns(),
      capacity,
      epoch: this.#epoch,
      elu: this.#elu,
      ...(accept === undefined ? {} : { accept: Math.round(accept) }),
    }
  }

  /** What this one can take, as far as it knows. */
  get #own(): number | undefined {
    const { accept, acceptMax } = this.#parts
    const seen = accept()
    return seen === undefined ? undefined : Math.min(seen, acceptMax)
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

  /**
   * Over how long the clients of this gate are to spread when it dies: the others have to take them in, or
   * where there are none it itself when it is back. One that has just begun will have what gates have.
   */
  get windowMs(): number {
    const { conns, acceptMax } = this.#parts
    // Who has not logged in enough clients yet to say is reckoned to be like those who have.
    const each = this.#sure > 0 ? this.#accept / this.#sure : (this.#own ?? acceptMax)
    return reconnectWindow(Math.max(conns(), this.mean), each * Math.max(1, this.#count))
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
      this.#conns = this.#capacity = this.#accept = this.#count = this.#sure = 0
      for (const other of nodes) {
        if (other.load === undefined || nodeId(other) === nodeId(node)) continue
        this.#conns += other.load.conns
        this.#capacity += other.load.capacity
        this.#accept += other.load.accept ?? 0
        this.#count++
        if (other.load.accept !== undefined) this.#sure++
      }
      this.others = nodes.filter(other => nodeId(other) !== nodeId(node))
      this.#readAt = clock.monotonic()
    } catch (error) {
      log.debug({ error }, 'the load of other gates could not be read')
    } finally {
      this.#looking = false
    }
  }
}
