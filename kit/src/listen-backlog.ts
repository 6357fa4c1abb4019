import { readFile } from 'node:fs/promises'
import type { Clock, Timer } from './clock.ts'

const FILE = '/proc/net/netstat'
const LOOK_MS = 1_000
/** For so long after a connection was dropped the backlog counts as full. */
const FULL_FOR_MS = 2_000

/** Connections that the kernel has dropped since it started because a backlog was full; undefined: it does not say. */
export const listenOverflows = (netstat: string): number | undefined => {
  const lines = netstat.split('\n').filter(line => line.startsWith('TcpExt:'))
  const [names, values] = lines.map(line => line.split(' '))
  const value = values?.[names?.indexOf('ListenOverflows') ?? -1]
  return value === undefined ? undefined : Number(value)
}

export interface ListenBacklogOptions {
  readonly clock: Clock
  /** Of Linux when left out. */
  readonly read?: () => Promise<string>
}

/**
 * Whether connections wait in the kernel in vain: those that a full backlog dropped lately. Linux counts
 * them for all sockets of the host (or container) together; elsewhere nothing is known.
 */
export class ListenBacklog {
  readonly #clock: Clock
  readonly #read: () => Promise<string>
  #timer: Timer | undefined
  #stopped = false
  #overflows: number | undefined
  #fullUntil = -Infinity

  constructor({ clock, read = () => readFile(FILE, 'latin1') }: ListenBacklogOptions) {
    this.#clock = clock
    this.#read = read
  }

  get full(): boolean {
    return this.#clock.monotonic() < this.#fullUntil
  }

  /** Looks once a second from now on, as long as there is something to see. */
  async start(): Promise<void> {
    const before = this.#overflows
    this.#overflows = await this.#read().then(listenOverflows, () => undefined)
    const now = this.#overflows
    if (now === undefined || this.#stopped) return
    if (before !== undefined && now > before)
      this.#fullUntil = this.#clock.monotonic() + FULL_FOR_MS
    this.#timer = this.#clock.after(LOOK_MS, () => void this.start())
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }
}
