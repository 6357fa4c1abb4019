import type { Clock } from '../clock.ts'
import type { Probe, Prober } from './prober.ts'
import type { UdpProber } from './udp-prober.ts'

/** Without any datagram within this time UDP is taken to be blocked: longer where it has worked, for gates hold answers. */
const BLOCKED_AFTER_MS = 400
const BLOCKED_AGAIN_AFTER_MS = 1_000

/** By UDP, and by `other` as well where no datagram comes through: some networks drop UDP. */
export const fallbackProber = (clock: Clock, udp: UdpProber, other: Prober): Prober => ({
  knows: url => udp.knows(url) || other.knows(url),
  probe(probe) {
    if (!udp.knows(probe.url)) return other.probe(probe)
    if (!other.knows(probe.url)) return udp.probe(probe)
    return bothWays(clock, udp, other, probe)
  },
})

// oxlint-disable-next-line max-params -- two ways, and what they are for
const bothWays = async (
  clock: Clock,
  udp: UdpProber,
  other: Prober,
  probe: Probe,
): Promise<number> => {
  const settled = new AbortController()
  const { signal } = settled
  const abort = (): void => settled.abort()
  probe.signal.addEventListener('abort', abort, { once: true })
  const before = udp.answers
  const first = udp.probe({ ...probe, signal })
  const second = new Promise<number>((resolve, reject) => {
    const fallBack = (): void => {
      timer.cancel()
      // Datagrams come through, so this gate holds its answer or has none.
      if (udp.answers > before || signal.aborted) reject(new Error('no need'))
      else other.probe({ ...probe, signal }).then(resolve, reject)
    }
    const timer = clock.after(before > 0 ? BLOCKED_AGAIN_AFTER_MS : BLOCKED_AFTER_MS, fallBack)
    signal.addEventListener('abort', () => timer.cancel(), { once: true })
    first.catch(fallBack)
  })
  try {
    return await Promise.any([first, second])
  } finally {
    probe.signal.removeEventListener('abort', abort)
    settled.abort()
  }
}
