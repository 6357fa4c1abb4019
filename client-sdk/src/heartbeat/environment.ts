import type { Timer } from '../clock.ts'

/**
 * What happened. `network`: it is back, or another one. `resumed`: the app, page or device had stood still.
 * `awake`: the device is awake for something else (screen on, another alarm), nothing is different.
 */
export type Cause = 'network' | 'resumed' | 'awake'

/**
 * PORT: what the device knows and a connection does not. There are adapters for Node, for browsers and for
 * React Native; an app on another platform brings its own.
 */
export interface Environment {
  /**
   * Names the network in use, the same each time it is joined (a Wi-Fi, a carrier); '' where unknown: then
   * the gate names it by the address that it sees.
   */
  readonly network: string
  /** A person looks at the app. */
  readonly foreground: boolean
  /** Nobody ever does, as with a server: it is not in the background for that, and pushes need not wait. */
  readonly unattended?: boolean
  /** Power is no matter: what was learned of the network may be put to the test. */
  readonly charging: boolean
  /** Its system lets it use the network but for a few moments, as Doze of Android does. @default false */
  readonly doze?: boolean
  /** The network in use counts bytes, as those of carriers do: what is of little matter may wait. @default false */
  readonly metered?: boolean
  /** Calls `changed` whenever one of these may have, or with a cause, until the returned function is called. */
  watch(changed: (cause?: Cause) => void): () => void
  /**
   * Calls `task` once, `ms` from now, and wakes the device for it: such as an exact alarm of Android. Left
   * out: a timer of the clock, which may fire late where the device sleeps.
   */
  readonly alarm?: (ms: number, task: () => void) => Timer
}

/** A process that runs in the background for good, on one network, of which nothing is known. */
export const plainEnvironment: Environment = {
  network: '',
  foreground: false,
  unattended: true,
  charging: false,
  watch: () => () => undefined,
}
