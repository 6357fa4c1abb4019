import { fallbackProber } from './fallback-prober.ts'
import { frameProber } from './frame-prober.ts'
import type { Prober } from './prober.ts'
import type { RaceSurroundings } from './race.ts'
import { UdpProber } from './udp-prober.ts'

/** One socket serves all clients of a process. */
const udp = new UdpProber()

/** What Node can probe by: UDP, and PROBE frames where that is blocked. */
export const nodeProber = ({
  clock,
  transports,
}: Pick<RaceSurroundings, 'clock' | 'transports'>): Prober =>
  fallbackProber(clock, udp, frameProber(transports))
