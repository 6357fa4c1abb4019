import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Clock, Timer } from './clock.ts'

export interface HeapOptions {
  readonly clock: Clock
  /** How often to look. */
  readonly everyMs?: number
  /** Only while the event loop was busy for less than this share of the time. */
  readonly quietShare?: number
  /** Only where the heap has grown by this much since it was last collected. */
  readonly grownBytes?: number
}

const DEFAULTS = { everyMs: 2_000, quietShare: 0.01, grownBytes: 4 * 1024 * 1024 } as const

type Collect = () => void

/** V8 lets a process collect its garbage only by a flag, which a running one can still set. */
const collector = (): Collect => {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return typeof found === 'function' ? (found as Collect) : () => {}
}

/**
 * Collects garbage when nobody would notice. A burst of logins leaves a heap several times the size of
 * what lives in it, and V8 has no reason to tidy up in a process that then only waits. Returns how to
 * stop.
 */
export const tidyHeapWhenQuiet = (options: HeapOptions): (() => void) => {
  const { clock, everyMs, quietShare, grownBytes } = { ...DEFAULTS, ...options }
  const collect = collector()
  let tidied = 0
  let last = performance.eventLoopUtilization()
  let timer: Timer
  const look = (): void => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    if (utilization < quietShare && process.memoryUsage().heapTotal - tidied > grownBytes) {
      collect()
      tidied = process.memoryUsage().heapTotal
    }
    timer = clock.after(everyMs, look)
  }
  timer = clock.after(everyMs, look)
  return () => timer.cancel()
}
