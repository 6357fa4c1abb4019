import type { Metrics } from '@longwire/kit'
import type { Outbox } from '../outbox.ts'
import type { SessionTable } from '../session-table.ts'
import { FrameProber } from './frame-prober.ts'
import { HttpProber } from './http-prober.ts'
import { probeCounters } from './probe-counters.ts'
import { Probes, type ProbesParts } from './probes.ts'
import { TcpProber } from './tcp-prober.ts'
import { UdpProber } from './udp-prober.ts'

export interface ProbingParts extends Omit<ProbesParts, 'counters'> {
  readonly metrics: Metrics
  readonly table: SessionTable
  readonly outbox: Outbox
}

/** All ways to probe a gate, with one queue of answers behind them. */
export class Probing {
  readonly frames: FrameProber
  readonly http: HttpProber
  readonly udp: UdpProber
  readonly port: TcpProber
  readonly #probes: Probes

  constructor({ metrics, table, outbox, ...rest }: ProbingParts) {
    const counters = probeCounters(metrics)
    const { held } = rest.limits
    const probes = new Probes({ ...rest, counters })
    this.#probes = probes
    this.frames = new FrameProber({ table, outbox, probes, held })
    this.http = new HttpProber(probes)
    this.udp = new UdpProber(probes, counters, held)
    this.port = new TcpProber({ probes, clock: rest.clock, connectionsMax: held })
    const help = 'answers to probes that wait for their time'
    metrics.gauge('longwire_gate_probes_held', help, () => probes.held)
    metrics.gauge(
      'longwire_gate_probe_delay_seconds',
      'for how long an answer to a probe would be held now',
      () => probes.delayMs / 1_000,
    )
  }

  async close(): Promise<void> {
    this.#probes.stop()
    await Promise.all([this.udp.close(), this.port.close()])
  }
}
