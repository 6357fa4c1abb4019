import type { Clock, Timer } from '../clock.ts'
import type { Cause, Environment } from './environment.ts'

/** What is to be done about a change of the environment. */
export interface AttentionSide {
  /** Somebody waits, or the connection may be dead: try it at once. `moved`: it belongs to another network. */
  try(moved: boolean): void
  /** The device is awake: what is nearly due may be done now. */
  awake(): void
  /** Nothing is urgent, but the interval may be another one. */
  retime(): void
  /** After one of these: what the gate was told of the device may be wrong by now. */
  changed(): void
}

/** A network that changes says so several times. */
const SETTLE_MS = 500

/** Tells what a change of the environment asks for. */
export class Attention {
  readonly #clock: Clock
  readonly #environment: Environment
  readonly #side: AttentionSide
  #foreground: boolean
  #network: string
  #settling: Timer | undefined
  readonly #unwatch: () => void

  constructor(clock: Clock, environment: Environment, side: AttentionSide) {
    this.#clock = clock
    this.#environment = environment
    this.#side = side
    this.#foreground = environment.foreground
    this.#network = environment.network
    this.#unwatch = environment.watch(cause => this.#changed(cause))
  }

  stop(): void {
    this.#settling?.cancel()
    this.#unwatch()
  }

  #changed(cause: Cause | undefined): void {
    const { foreground, network } = this.#environment
    const left = this.#foreground && !foreground
    const moved = this.#network !== network
    this.#foreground = foreground
    this.#network = network
    if (cause === 'network' || moved) this.#settle()
    else if (cause === 'awake') this.#side.awake()
    else if (cause !== 'resumed' && left) this.#side.retime()
    else this.#side.try(false)
    this.#side.changed()
  }

  #settle(): void {
    this.#settling?.cancel()
    this.#settling = this.#clock.after(SETTLE_MS, () => this.#side.try(true))
  }
}
