import { LIMITS, PREV_STATE } from '@longwire/proto'
import type { Clock } from '../clock.ts'
import type { Environment } from './environment.ts'
import { createHeartbeat, type Heartbeat, type HeartbeatSide } from './heartbeat.ts'
import { Networks, type NetworkStore } from './networks.ts'
import { Rhythm, type RhythmBounds } from './rhythm.ts'

/** What the gate said at login. */
export interface Welcome {
  /** Milliseconds; 0: nothing said. */
  readonly startMs: number
  readonly maxMs: number
  /** What became of the session before. */
  readonly prevState: number
}

const FLOOR_MS = 45_000
const FOREGROUND_MS = 270_000
const INTERVAL_MIN_MS = 2 * LIMITS.pingMinMs
/** A new connection must come this soon after the loss to say that the network itself was well. */
const EVIDENCE_MS = 30_000
const NIGHT_FROM = 2
const NIGHT_TO = 6

interface Loss {
  readonly network: string
  readonly gapMs: number
  readonly at: number
}

/** The heartbeats of a client, one connection after the other, and what they learn of each network. */
export class Pulse {
  readonly #clock: Clock
  readonly #environment: Environment
  readonly #networks: Networks
  /** The network that the session at hand began on. */
  #network = ''
  /** A ping that was not answered; whether the network was to blame shows at the next login. */
  #loss: Loss | undefined

  constructor(clock: Clock, environment: Environment, store: NetworkStore | undefined) {
    this.#clock = clock
    this.#environment = environment
    this.#networks = new Networks(store)
  }

  /** Never rejects. */
  load(): Promise<void> {
    return this.#networks.load()
  }

  /** A session begins. `roundTripMs` is that of its LOGIN. */
  begin(side: HeartbeatSide, welcome: Welcome, roundTripMs: number): Heartbeat {
    const clock = this.#clock
    const environment = this.#environment
    const { network } = environment
    this.#network = network
    const rhythm = new Rhythm(boundsFor(welcome), this.#networks.get(network))
    const keep = (): void => this.#networks.set(network, rhythm.record)
    this.#judge(rhythm, network, welcome.prevState)
    rhythm.connected()
    keep()
    const pace = {
      interval: () =>
        rhythm.interval({
          now: clock.now(),
          foreground: environment.foreground,
          calm: environment.charging || isNight(clock.now()),
        }),
      longest: (gapMs: number) => rhythm.longest(gapMs, clock.now()),
      answered: (gapMs: number) => {
        rhythm.answered(gapMs, clock.now())
        keep()
      },
    }
    return createHeartbeat(clock, side, pace, roundTripMs)
  }

  /** The connection of `heartbeat` is gone. */
  end(heartbeat: Heartbeat): void {
    const gapMs = heartbeat.waiting
    heartbeat.stop()
    const network = this.#network
    this.#loss =
      gapMs === undefined || network !== this.#environment.network
        ? undefined
        : { network, gapMs, at: this.#clock.monotonic() }
  }

  /** A restarted or overloaded gate, or a phone without network, says nothing about idle times. */
  #judge(rhythm: Rhythm, network: string, prevState: number): void {
    const loss = this.#loss
    this.#loss = undefined
    if (loss === undefined || loss.network !== network) return
    if (this.#clock.monotonic() - loss.at > EVIDENCE_MS) return
    if (prevState !== PREV_STATE.OPEN && prevState !== PREV_STATE.RESET_BY_PEER) return
    rhythm.failed(loss.gapMs, this.#clock.now())
  }
}

const boundsFor = ({ startMs, maxMs }: Welcome): RhythmBounds => {
  const most = Math.max(INTERVAL_MIN_MS, maxMs > 0 ? maxMs : LIMITS.pingMaxMs)
  const start = Math.max(
    INTERVAL_MIN_MS,
    Math.min(startMs > 0 ? startMs : LIMITS.pingStartMs, most),
  )
  return {
    floorMs: Math.min(FLOOR_MS, start),
    startMs: start,
    maxMs: most,
    foregroundMs: Math.min(FOREGROUND_MS, most),
  }
}

const isNight = (now: number): boolean => {
  const hour = new Date(now).getHours()
  return hour >= NIGHT_FROM && hour < NIGHT_TO
}
