import { Admission, NO_LOOP_DELAY, pause, type Timer } from '@longwire/kit'
import type { Arrivals } from '../arrivals/arrivals.ts'
import { STAGE } from '../arrivals/stages.ts'
import type { Bus } from '../bus/bus.ts'
import type { Allowance, Limiter } from '../limiter/limiter.ts'
import type { LogicOptions } from '../options.ts'
import type { IdSource } from '../paths/s2c.ts'
import { systemResolve } from '../webhooks/guard.ts'
import { C2s, type UpMessage } from './c2s.ts'
import { C2sRoutes, type C2sRoute } from './c2s-routes.ts'
import { CALL_RESULTS, Calls, type CallHook } from './calls.ts'
import { Refs } from './refs.ts'
import { Streams } from './streams.ts'
import { UserRates } from './user-rates.ts'

export interface UpstreamOptions {
  /** Rows of the table (appcode, msgtype) → topic that are there from the start. */
  readonly routes: readonly C2sRoute[]
  readonly hooks: readonly CallHook[]
  /** Messages and calls of one user, over all nodes; perSecond 0: no limit. */
  readonly userRate: Allowance
  /** Of topics that are made for a route. */
  readonly partitions: number
  readonly retentionMs: number
  /** Messages that are on their way at once: so many always, never more, and as many as leave within `ageMs`. */
  readonly inFlightMin: number
  readonly inFlightMax: number
  readonly ageMs: number
  readonly bytesMax: number
  readonly streamsMax: number
  readonly callsMax: number
  readonly retryAfterMs: number
}

export const UPSTREAM: UpstreamOptions = {
  routes: [],
  hooks: [],
  userRate: { perSecond: 50, burst: 200 },
  partitions: 8,
  retentionMs: 7 * 24 * 3_600_000,
  inFlightMin: 512,
  inFlightMax: 32_768,
  ageMs: 1_000,
  bytesMax: 64 * 1024 * 1024,
  streamsMax: 50_000,
  callsMax: 1_024,
  retryAfterMs: 500,
}

export interface UpstreamParts {
  readonly bus: Bus
  readonly ids: IdSource
  readonly limiter: Limiter
  readonly arrivals: Arrivals
}

const FINISH_POLL_MS = 10
const LOOK_MS = 250
const LOOP_MS = 250

/** Everything between a message of a client and its topic or webhook. */
export class Upstream {
  readonly routes: C2sRoutes
  readonly c2s: C2s
  readonly calls: Calls
  readonly bus: Bus
  /** Of each user, over all that a client may send. */
  readonly rates: UserRates
  /** Of messages to topics and between users. */
  readonly admission: Admission
  #timer: Timer | undefined
  readonly #options: LogicOptions
  readonly #limits: UpstreamOptions
  readonly #refs: Refs
  readonly #streams: Streams

  constructor(options: LogicOptions, { bus, ids, limiter, arrivals }: UpstreamParts) {
    const { table, clock, log: logger, metrics } = options
    this.#options = options
    const limits = { ...UPSTREAM, ...options.upstream }
    this.#limits = limits
    this.bus = bus
    this.routes = new C2sRoutes({ table, clock, logger, configured: limits.routes })
    const { routes } = this
    this.#refs = new Refs({ table, clock, logger })
    this.rates = new UserRates(limiter, clock, limits.userRate)
    const { rates } = this
    this.admission = new Admission({
      clock,
      loop: options.loop ?? NO_LOOP_DELAY,
      limits: {
        least: limits.inFlightMin,
        most: limits.inFlightMax,
        ageMs: limits.ageMs,
        loopMs: LOOP_MS,
        retryMs: limits.retryAfterMs,
      },
    })
    const makeTopic = (topic: string): Promise<void> => this.makeTopic(topic)
    const accepted = ({ appcode, msgtype }: UpMessage, { by: business }: C2sRoute): void =>
      arrivals.count(STAGE.upstream, { business, appcode, msgtype }, clock.now())
    const shared = { bus, ids, clock, logger, makeTopic, accepted }
    const count = (name: string, help: string): ReturnType<typeof metrics.counter> =>
      metrics.counter(`longwire_logic_${name}_total`, help)
    this.#streams = new Streams({
      ...shared,
      dropped: count('stream_dropped', 'Messages of streams for which there was no room'),
      queueMax: limits.streamsMax,
    })
    this.c2s = new C2s({
      ...shared,
      ...limits,
      admission: this.admission,
      routes,
      rates,
      refs: this.#refs,
      streams: this.#streams,
      repeated: count('c2s_repeated', 'Messages of clients that came again'),
    })
    this.calls = new Calls({
      routes,
      rates,
      clock,
      logger,
      hooks: limits.hooks,
      msgid: () => ids.msgid(),
      resolve: systemResolve,
      counted: metrics.counters('longwire_logic_calls_total', 'Calls of clients, by result', {
        name: 'result',
        values: CALL_RESULTS,
      }),
      inFlightMax: limits.callsMax,
      retryAfterMs: limits.retryAfterMs,
    })
    const gauge = (name: string, help: string, read: () => number): void =>
      metrics.gauge(`longwire_logic_${name}`, help, read)
    gauge('c2s_in_flight', 'Messages of clients on their way to the bus', () => this.c2s.inFlight)
    gauge('stream_waiting', 'Messages of streams that wait', () => this.#streams.waiting)
    gauge('calls_in_flight', 'Calls of clients under way', () => this.calls.inFlight)
  }

  async makeTopic(topic: string): Promise<void> {
    const { partitions, retentionMs } = this.#limits
    await this.bus.create([{ topic, partitions, retentionMs }])
  }

  async start(): Promise<void> {
    await this.routes.start()
    this.#refs.start()
    this.#look()
  }

  #look(): void {
    this.admission.look()
    this.#timer = this.#options.clock.after(LOOK_MS, () => this.#look())
  }

  /** Resolves when what was taken is where it belongs. */
  async finish(): Promise<void> {
    await this.#streams.drain()
    while (this.c2s.inFlight > 0) await pause(this.#options.clock, FINISH_POLL_MS)
  }

  async stop(): Promise<void> {
    this.#timer?.cancel()
    this.routes.stop()
    this.calls.stop()
    await this.#refs.stop()
  }
}
