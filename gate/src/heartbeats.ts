import type { Logger } from '@longwire/kit'
import type { Counters } from './counters.ts'
import { Hinting } from './hints.ts'
import { Intervals } from './intervals.ts'
import type { GateLimits } from './limits.ts'
import type { Outbox } from './outbox.ts'
import type { SessionTable } from './session-table.ts'

/** What a gate says about heartbeats, and what it hears of them. */
export interface Heartbeats {
  readonly hinting: Hinting
  readonly intervals: Intervals
}

export const createHeartbeats = ({
  table,
  outbox,
  limits,
  log,
  counters,
}: {
  readonly table: SessionTable
  readonly outbox: Outbox
  readonly limits: GateLimits
  readonly log: Logger
  readonly counters: Counters
}): Heartbeats => {
  const told = (): void => counters.hints.add()
  const hinting = new Hinting({ table, outbox, limits, log, told })
  const intervals = new Intervals({
    histogram: counters.intervals,
    log,
    alarmMs: limits.alarmMeanMs,
    maxMs: () => hinting.current.maxMs,
  })
  return { hinting, intervals }
}
