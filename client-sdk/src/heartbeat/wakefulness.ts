import { AWAKE, LIMITS } from '@longwire/proto'
import type { Clock, Timer } from '../clock.ts'
import type { Environment } from './environment.ts'
import type { Heartbeat } from './heartbeat.ts'

/** Added to what the device is doing, where its network counts bytes. */
export const METERED = 4

/** What gates are told of the device: in LOGIN, and on a PING when it changes. */
export class Wakefulness {
  readonly #clock: Clock
  readonly #environment: Environment
  #heartbeat: Heartbeat | undefined
  #told = 0
  #pingedAt = 0
  #timer: Timer | undefined
  #ping: (() => void) | undefined

  constructor(clock: Clock, environment: Environment) {
    this.#clock = clock
    this.#environment = environment
  }

  /** A LOGIN leaves: what it is to say of the device: of AWAKE, and {@link METERED}. */
  login(): number {
    this.#told = this.#now()
    return this.#told
  }

  /** A session begins. `ping` is to send a PING, beside those of `heartbeat`, whose alarms may show that it dozes. */
  begin(ping: () => void, heartbeat?: Heartbeat): void {
    this.end()
    this.#heartbeat = heartbeat
    this.#ping = ping
    this.#pingedAt = -Infinity
    this.changed()
  }

  /** A PING leaves: what it is to say of the device, undefined: nothing new. */
  pinging(): number | undefined {
    this.#pingedAt = this.#clock.monotonic()
    const told = this.#told
    return this.login() === told ? undefined : this.#told
  }

  /** The environment may have changed. PINGs must not follow each other too closely. */
  changed(): void {
    if (this.#ping === undefined || this.#timer !== undefined || !this.#isNews()) return
    const waitMs = this.#pingedAt + LIMITS.pingMinMs - this.#clock.monotonic()
    if (waitMs <= 0) this.#ping()
    else this.#timer = this.#clock.after(waitMs + MARGIN_MS, () => this.#say())
  }

  /** The session is over. */
  end(): void {
    this.#ping = this.#heartbeat = undefined
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #say(): void {
    this.#timer = undefined
    if (this.#isNews()) this.#ping?.()
  }

  #isNews(): boolean {
    return this.#now() !== this.#told
  }

  #now(): number {
    return this.#awake() + (this.#environment.metered === true ? METERED : 0)
  }

  /** Of AWAKE. */
  #awake(): number {
    const { foreground, unattended = false, doze = false } = this.#environment
    if (foreground || unattended) return AWAKE.FOREGROUND
    return doze || this.#heartbeat?.dozing === true ? AWAKE.DOZE : AWAKE.BACKGROUND
  }
}

/** What a network may take off the distance between two PINGs. */
const MARGIN_MS = 250
