import type { LogicOptions } from '../options.ts'
import type { Loss } from '../log/losses.ts'
import type { UserKey } from '../routes/route-table.ts'
import type { Routes } from '../routes/routes.ts'
import { Detector, type LiveGate } from './detector.ts'
import { PresenceNode } from './node.ts'
import { Online } from './online.ts'

/** Links to gates, as far as they tell who lives. */
export interface GateLinks {
  /** Milliseconds since each linked gate was heard. */
  linked(): ReadonlyMap<string, number>
  /** Asks all gates for their sessions. */
  resync(): void
}

/** What a node knows of who lives and who is online. */
export class Watch {
  readonly detector: Detector
  readonly online: Online
  /** Undefined: nobody is told. */
  readonly presence: PresenceNode | undefined

  constructor(
    options: LogicOptions,
    parts: {
      readonly routes: Routes
      readonly links: () => GateLinks
      /** Told of every gate that died. */
      readonly died: (gate: string) => void
      /** Told of the gates that live, again and again. */
      readonly looked: (gates: readonly LiveGate[]) => void
      readonly msgid: () => string
      readonly graceMs: number
    },
  ) {
    const { log: logger, presence: config } = options
    const { routes, links, died } = parts
    this.detector = new Detector({
      ...options,
      logger,
      links: () => links().linked(),
      onDown: gate => died(gate.id),
      onLook: parts.looked,
    })
    this.online = new Online(routes, this.detector)
    const { detector, online } = this
    const resync = (): void => links().resync()
    this.presence =
      config === undefined || (config.appcodes.length === 0 && config.expired !== true)
        ? undefined
        : new PresenceNode(config, { ...options, ...parts, logger, detector, online, resync })
  }

  /** A gate has just named a session of this user. */
  readonly named = (user: UserKey): void => this.presence?.named(user)

  /** Where there is a stream of events, messages that expired are told in it. */
  readonly lost = async (losses: readonly Loss[]): Promise<void> => this.presence?.lost(losses)

  async start(): Promise<void> {
    await this.detector.start()
    this.presence?.start()
  }

  async stop(): Promise<void> {
    this.detector.stop()
    await this.presence?.stop()
  }
}
