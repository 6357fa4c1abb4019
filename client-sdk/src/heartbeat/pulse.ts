import { LIMITS, PREV_STATE, type edgeBody } from '@longwire/proto'
import type { Clock } from '../clock.ts'
import type { Environment } from './environment.ts'
import { createHeartbeat, type Heartbeat, type HeartbeatSide, type Pace } from './heartbeat.ts'
import { Networks, type NetworkStore } from './networks.ts'
import { Rhythm, type RhythmBounds } from './rhythm.ts'

/** What the gate says about heartbeats in LOGIN_ACK and HINT, in milliseconds; 0: nothing. */
export interface Hints {
  readonly startMs: number
  readonly maxMs: number
  readonly floorMs: number
  readonly ackTimeoutMs: number
}

/** What the gate said at login. */
export interface Welcome {
  readonly hints: Hints
  /** What became of the session before. */
  readonly prevState: number
  /** What the gate calls the network that it sees the client on; '' where it does not. */
  readonly network: string
}

export const hintsOf = (ack: edgeBody.LoginAck): Hints => ({
  startMs: ack.pingStart * 1000,
  maxMs: ack.pingMax * 1000,
  floorMs: ack.pingFloor * 1000,
  ackTimeoutMs: ack.ackTimeout,
})

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

/** One connection: the network that it is on, and what goes for it. */
interface Beat {
  readonly heartbeat: Heartbeat
  readonly rhythm: Rhythm
  readonly network: string
  /** What the environment called its network as it began. */
  readonly named: string
  hints: Hints
  /** Saves what was learned. */
  readonly keep: () => void
}

/** The heartbeats of a client, one connection after the other, and what they learn of each network. */
export class Pulse {
  readonly #clock: Clock
  readonly #environment: Environment
  readonly #networks: Networks
  #beat: Beat | undefined
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
    const named = this.#environment.network
    // Who does not know where it is goes by where the gate sees it.
    const network = named === '' ? welcome.network : named
    const bounds = boundsFor(welcome.hints)
    const rhythm = new Rhythm(bounds, this.#networks.get(network))
    const keep = (): void => this.#networks.set(network, rhythm.record)
    this.#judge(rhythm, network, welcome.prevState)
    rhythm.connected()
    keep()
    const heartbeat = createHeartbeat(this.#clock, {
      side,
      pace: this.#paceOf(rhythm, keep),
      roundTripMs,
      expectedMs: bounds.startMs,
      alarm: this.#environment.alarm,
    })
    this.#beat = { heartbeat, rhythm, network, named, hints: welcome.hints, keep }
    return heartbeat
  }

  /** The gate says something else now. */
  hinted(hints: Hints): void {
    const beat = this.#beat
    if (beat === undefined) return
    beat.hints = merged(beat.hints, hints)
    beat.rhythm.bound(boundsFor(beat.hints))
    beat.keep()
    beat.heartbeat.retime()
  }

  /** The connection is gone. */
  end(): void {
    const beat = this.#beat
    if (beat === undefined) return
    this.#beat = undefined
    const { heartbeat, network, named } = beat
    const gapMs = heartbeat.waiting
    heartbeat.stop()
    this.#loss =
      gapMs === undefined || named !== this.#environment.network
        ? undefined
        : { network, gapMs, at: this.#clock.monotonic() }
  }

  #paceOf(rhythm: Rhythm, keep: () => void): Pace {
    const clock = this.#clock
    const environment = this.#environment
    return {
      interval: () =>
        rhythm.interval({
          now: clock.now(),
          foreground: environment.foreground,
          calm: environment.charging || isNight(clock.now()),
        }),
      longest: (gapMs: number) => rhythm.longest(gapMs, clock.now()),
      proven: () => rhythm.good,
      learned: () => rhythm.stable,
      answered: (gapMs: number) => {
        rhythm.answered(gapMs, clock.now())
        keep()
      },
      ackTimeoutMs: () => this.#beat?.hints.ackTimeoutMs ?? 0,
    }
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

/** What says nothing leaves what was said before. */
const merged = (before: Hints, after: Hints): Hints => ({
  startMs: after.startMs || before.startMs,
  maxMs: after.maxMs || before.maxMs,
  floorMs: after.floorMs || before.floorMs,
  ackTimeoutMs: after.ackTimeoutMs || before.ackTimeoutMs,
})

const boundsFor = ({ startMs, maxMs, floorMs }: Hints): RhythmBounds => {
  const most = Math.max(INTERVAL_MIN_MS, maxMs > 0 ? maxMs : LIMITS.pingMaxMs)
  const start = Math.max(
    INTERVAL_MIN_MS,
    Math.min(startMs > 0 ? startMs : LIMITS.pingStartMs, most),
  )
  const floor = Math.max(INTERVAL_MIN_MS, floorMs > 0 ? floorMs : FLOOR_MS)
  return {
    floorMs: Math.min(floor, start),
    startMs: start,
    maxMs: most,
    foregroundMs: Math.min(FOREGROUND_MS, most),
  }
}

const isNight = (now: number): boolean => {
  const hour = new Date(now).getHours()
  return hour >= NIGHT_FROM && hour < NIGHT_TO
}
