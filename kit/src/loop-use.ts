import { type EventLoopUtilization, performance } from 'node:perf_hooks'

/** Share of the time since it was last asked for which the event loop was busy: 0 to 1. */
export type LoopUse = () => number

/** Of this thread. */
export const loopUse = (): LoopUse => {
  let before: EventLoopUtilization = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    return utilization
  }
}
