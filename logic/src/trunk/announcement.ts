import type { Clock, Logger, NodeInfo, NodeSides, Registry, Timer } from '@longwire/kit'

const BEAT_MS = 1_000
const LEASE_MS = 3_000

/** Keeps a node in the registry. */
export class Announcement {
  readonly #registry: Registry
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #node: NodeInfo
  readonly #sides: () => NodeSides | undefined
  #timer: Timer | undefined
  #stopped = false
  #failing = false

  constructor(parts: {
    registry: Registry
    clock: Clock
    logger: Logger
    node: NodeInfo
    /** Where clients belong: dispatchers that run by themselves read it here. */
    sides?: () => NodeSides | undefined
  }) {
    this.#sides = parts.sides ?? (() => undefined)
    this.#registry = parts.registry
    this.#clock = parts.clock
    this.#logger = parts.logger
    this.#node = parts.node
  }

  /** The registry did not take the last beat: gates that start now will not find this node. */
  get failing(): boolean {
    return this.#failing
  }

  /** Never rejects: a registry that is away is tried again. */
  async start(): Promise<void> {
    try {
      const node = { ...this.#node, sides: this.#sides() }
      await this.#registry.announce(node, LEASE_MS)
      if (this.#failing) this.#logger.info('the registry answers again')
      this.#failing = false
    } catch (error) {
      if (!this.#failing) this.#logger.warn({ err: error }, 'the registry does not answer')
      this.#failing = true
    }
    if (!this.#stopped) this.#timer = this.#clock.after(BEAT_MS, () => void this.start())
  }

  /** Never rejects: a node that cannot withdraw is gone when its lease ends. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#timer?.cancel()
    try {
      await this.#registry.withdraw(this.#node)
    } catch (error) {
      this.#logger.warn({ err: error }, 'the registry does not answer: the lease will run out')
    }
  }
}
