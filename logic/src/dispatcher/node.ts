import {
  RegistryUnavailable,
  readinessOf,
  settlesWithin,
  type Clock,
  type Logger,
  type Metrics,
  type NodeSides,
  type PartHealth,
  type Registry,
} from '@longwire/kit'
import type { Api } from '../api/app.ts'
import { Detector } from '../presence/detector.ts'
import { Dispatcher, DISPATCHER, type DispatcherOptions } from './dispatcher.ts'

export interface DispatcherNodeOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  readonly registry: Registry
  /** `host:port`; port 0 picks a free one. */
  readonly address: string
  readonly forwarders?: readonly string[] | undefined
  /** What is left out is as in DISPATCHER. */
  readonly dispatcher?: Partial<DispatcherOptions> | undefined
}

/** A process that only tells apps where gates are. It keeps nothing, so any number of them may run. */
export interface DispatcherNode {
  /** Resolves to the URL it listens at. */
  start(): Promise<string>
  /** Is not ready any more, and ends connections with their next answer. */
  drain(withinMs?: number): Promise<boolean>
  stop(): Promise<void>
}

const NO_LINKS: ReadonlyMap<string, number> = new Map()
const DRAIN_MS = 10_000

/** Throws where the options make no sense. */
export const createDispatcher = (options: DispatcherNodeOptions): DispatcherNode =>
  new DispatcherProcess(options)

class DispatcherProcess implements DispatcherNode {
  readonly #options: DispatcherNodeOptions
  readonly #dispatcher: Dispatcher
  readonly #detector: Detector
  #api: Api | undefined
  #closed: Promise<void> | undefined
  #sides: NodeSides | undefined
  #reading: Promise<void> = Promise.resolve()

  constructor(options: DispatcherNodeOptions) {
    this.#options = options
    const parts = { ...options, logger: options.log }
    this.#dispatcher = new Dispatcher({ ...DISPATCHER, ...options.dispatcher }, parts)
    this.#detector = new Detector({
      ...parts,
      links: () => NO_LINKS,
      onLook: gates => {
        this.#dispatcher.look(gates.map(({ node }) => node))
        this.#reading = this.#readSides()
      },
    })
  }

  async start(): Promise<string> {
    const { metrics, log: logger, address, forwarders = [] } = this.#options
    await this.#detector.start()
    await this.#reading
    await this.#dispatcher.made
    const { createDispatcherApi } = await import('../api/dispatcher-server.ts')
    this.#api = await createDispatcherApi({
      dispatcher: this.#dispatcher,
      metrics,
      logger,
      forwarders,
      readiness: async () => readinessOf({ '': this.#health() }),
      draining: () => this.#closed !== undefined,
    })
    return this.#api.listen(address)
  }

  /** Answers are short: what is under way is finished. */
  drain(withinMs: number = DRAIN_MS): Promise<boolean> {
    this.#closed ??= this.#api?.close() ?? Promise.resolve()
    return settlesWithin(this.#options.clock, withinMs, this.#closed)
  }

  async stop(): Promise<void> {
    this.#detector.stop()
    await this.#reading
    await this.drain()
  }

  /** Logic nodes say where clients belong while a release runs. Never rejects. */
  async #readSides(): Promise<void> {
    const { registry, log: logger } = this.#options
    try {
      const said = (await registry.list('logic')).flatMap(({ sides }) => sides ?? [])
      const [latest] = said.sort((a, b) => b.since - a.since)
      if (JSON.stringify(latest) === JSON.stringify(this.#sides)) return
      this.#sides = latest
      this.#dispatcher.direct(latest)
    } catch (error) {
      if (!(error instanceof RegistryUnavailable))
        logger.error({ err: error }, 'logic nodes could not be read')
    }
  }

  #health(): PartHealth[] {
    const { knows, failing } = this.#detector
    return [
      { part: 'draining', problem: this.#closed === undefined ? '' : 'is draining' },
      // What it said last is given out for as long as it is away.
      { part: 'registry', problem: failing ? 'does not answer' : '', bearable: knows },
      this.#dispatcher.health(),
    ]
  }
}
