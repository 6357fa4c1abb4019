import type { Counter, Metrics } from '@longwire/kit'

/** How a probe came: a datagram, a PROBE frame over TCP or WebSocket, GET /probe, the port for probes. */
const PATHS = ['udp', 'frame', 'http', 'port'] as const
export type ProbePath = (typeof PATHS)[number]

/**
 * size, magic: it is no probe. rate: too many of one address. load: too many of all. held: too many
 * answers wait. full, draining, backlog: this gate wants nobody. left: who asked has gone. unsent: the kernel took no datagram.
 */
const DROPS = [
  'size',
  'magic',
  'rate',
  'load',
  'held',
  'full',
  'draining',
  'backlog',
  'left',
  'unsent',
] as const
export type ProbeDrop = (typeof DROPS)[number]

export interface ProbeCounters {
  readonly probes: (path: ProbePath) => Counter
  readonly answers: (path: ProbePath) => Counter
  readonly dropped: (reason: ProbeDrop) => Counter
}

export const probeCounters = (metrics: Metrics): ProbeCounters => {
  const path = { name: 'path', values: PATHS }
  return {
    probes: metrics.counters('longwire_gate_probes_total', 'probes received, by path', path),
    answers: metrics.counters(
      'longwire_gate_probe_answers_total',
      'probes answered, by path',
      path,
    ),
    dropped: metrics.counters(
      'longwire_gate_probes_dropped_total',
      'probes that got no answer, by reason',
      { name: 'reason', values: DROPS },
    ),
  }
}
