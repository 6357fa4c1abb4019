import { sleep } from '../statistics.ts'
import type { Fleets } from './fleets.ts'
import type { Publishing } from './publisher.ts'

const SETTLE_MS = 20_000
const POLL_MS = 50

/** Waits until `total` messages have arrived, or for as long as they keep coming. */
export const settled = async (fleets: Fleets, total: number): Promise<void> => {
  let { received } = await fleets.counts()
  for (let waited = 0; received < total && waited < SETTLE_MS; waited += POLL_MS) {
    await sleep(POLL_MS)
    const counts = await fleets.counts()
    if (counts.received > received) waited = 0
    received = counts.received
  }
}

/**
 * Compares what was published with what arrived; a line for each thing that is wrong.
 * `last` holds the last number by user and publisher, as in Verdict.
 */
export const account = async (
  fleets: Fleets,
  publishers: readonly Publishing[],
  last: Uint32Array,
): Promise<string[]> => {
  const verdict = await fleets.verdict()
  const counts = await fleets.counts()
  const wrong: string[] = []
  const expected = last.reduce((sum, number) => sum + number, 0)
  const short = last.reduce(
    (sum, number, index) => sum + Math.max(0, number - verdict.last[index]!),
    0,
  )
  const refused = publishers.reduce((sum, publisher) => sum + publisher.refused, 0)
  const say = (count: number, what: string): void =>
    void (count === 0 || wrong.push(`${count} ${what}`))
  say(refused, `publishes were refused: ${publishers.find(one => one.refused > 0)?.problem ?? ''}`)
  say(short, 'messages never arrived')
  say(verdict.duplicates, 'messages arrived twice')
  say(verdict.disordered, 'messages arrived out of order')
  say(verdict.foreign, 'messages arrived at the wrong user')
  say(counts.gaps, 'gaps were reported')
  say(counts.lost, 'connections were lost')
  if (wrong.length === 0 && verdict.received !== expected) {
    wrong.push(`${verdict.received} messages arrived, ${expected} were published`)
  }
  return wrong
}
