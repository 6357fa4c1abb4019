import type { Logger, Metrics } from '@longwire/kit'
import type { Reception } from './admission/reception.ts'
import type { Counters } from './counters.ts'
import { Hinting } from './hints.ts'
import { Intervals } from './intervals.ts'
import type { GateLimits } from './limits.ts'
import { NetworkScan } from './network-scan.ts'
import type { Outbox } from './outbox.ts'
import type { SessionTable } from './session-table.ts'

/** What a gate says about heartbeats, and what it hears of them. */
export interface Heartbeats {
  readonly hinting: Hinting
  readonly intervals: Intervals
  /** The same by network. */
  readonly networks: NetworkScan
  /** Four times a second. */
  tick(): void
}

export const createHeartbeats = ({
  table,
  outbox,
  limits,
  log,
  counters,
  reception,
}: {
  readonly table: SessionTable
  readonly outbox: Outbox
  readonly limits: GateLimits
  readonly log: Logger
  readonly counters: Counters
  readonly reception: Reception
}): Heartbeats => {
  const told = (): void => counters.hints.add()
  const hinting = new Hinting({ table, outbox, limits, log, told })
  const intervals = new Intervals({
    histogram: counters.intervals,
    log,
    alarmMs: limits.alarmMeanMs,
    maxMs: () => hinting.current.maxMs,
  })
  const networks = new NetworkScan({ table, networkOf: source => reception.wideNetworkOf(source) })
  const tick = (): void => {
    hinting.tick()
    networks.tick()
  }
  return { hinting, intervals, networks, tick }
}

export const addHeartbeatGauges = (
  metrics: Metrics,
  { hinting, intervals, networks }: Heartbeats,
): void => {
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.gauge(`longwire_gate_${name}`, help, read)
  gauge('hinting', 'slots that a round of HINT has still to look at', () => hinting.pending)
  gauge(
    'ping_interval_learned_seconds',
    'mean of the latest intervals that clients have learned; 0: none yet',
    () => intervals.meanMs / 1_000,
  )
  gauge(
    'ping_interval_least_seconds',
    'the shortest mean interval that clients of one network (/16, IPv6 /32) have learned, of those with 20 that have; 0: none yet',
    () => networks.leastSeconds,
  )
  gauge('networks', 'networks (/16, IPv6 /32) that sessions are from', () => networks.networks)
  gauge(
    'ping_interval_alarm',
    '1: so short that something in front of this gate seems to cut idle connections',
    () => Number(intervals.alarming),
  )
}
