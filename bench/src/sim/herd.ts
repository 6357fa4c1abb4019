import { reconnectWindow } from '@longwire/gate/internal'
import type { Outcome, Row } from '../scenario.ts'
import { seeded } from '../seeded.ts'
import { round } from '../statistics.ts'
import { fixedRetry, fullJitter, longwire, type Policy } from './herd-policies.ts'
import { rush, type Aftermath } from './herd-rush.ts'

const PATIENCE_MS = 5_000
const HORIZON_MS = 300_000
/** name, policy, whether the gates turn away early. */
const POLICIES: readonly (readonly [string, Policy, boolean])[] = [
  ['Longwire', longwire(), true],
  ['Longwire, window half as long', longwire(0.5), true],
  ['Longwire, window twice as long', longwire(2), true],
  ['Longwire, nobody turned away', longwire(), false],
  ['every second', fixedRetry(1_000), true],
  ['every second, nobody turned away', fixedRetry(1_000), false],
  ['full jitter 1 to 60 s', fullJitter(1_000, 60_000), true],
  ['full jitter 1 to 60 s, nobody turned away', fullJitter(1_000, 60_000), false],
]

const seconds = (ms: number | undefined): string =>
  ms === undefined ? `> ${HORIZON_MS / 1_000}` : (ms / 1_000).toFixed(1)

/** All clients of a gate that dies come to the gates that are left. */
export const herd = ({ quick, seed }: { quick: boolean; seed: number }): Outcome => {
  const clients = quick ? 30_000 : 300_000
  const acceptPerSecond = quick ? 1_000 : 10_000
  const idealMs = (clients / acceptPerSecond) * 1_000
  const windowMs = reconnectWindow(clients, acceptPerSecond)
  const play = (policy: Policy, sheds: boolean): Aftermath => {
    const random = seeded(seed)
    const diallers = Array.from({ length: clients }, () => policy(() => random.next(), windowMs))
    const rules = { patienceMs: PATIENCE_MS, horizonMs: HORIZON_MS, acceptPerSecond, sheds }
    return rush({ diallers, ...rules })
  }
  const played = POLICIES.map(([name, policy, sheds]) => ({ name, ...play(policy, sheds) }))
  const rows: Row[] = played.map(({ name, t50Ms, t99Ms, tries, peak, wasted, refused }) => ({
    clients: name,
    'half back s': seconds(t50Ms),
    '99 % back s': seconds(t99Ms),
    'tries each': round(tries / clients, 2),
    'most tries in a second': peak,
    'turned away': refused,
    'served for nothing': wasted,
  }))
  const [ours] = played
  if (ours === undefined) throw new Error('nothing was simulated')
  const t99OverIdeal = (ours.t99Ms ?? Infinity) / idealMs
  const triesPerClient = ours.tries / clients
  return {
    rows,
    notes: [
      `${clients.toLocaleString('en-US')} clients lose their gate, the others take ${acceptPerSecond.toLocaleString('en-US')} a second: ${idealMs / 1_000} s would be ideal. A client gives up after ${PATIENCE_MS / 1_000} s. Seed ${seed}.`,
      `Longwire: the reconnect plan of the SDK, with a window of ${windowMs / 1_000} s as a gate reckons it. Each first asks its old gate, whose host is silent; that is not counted as a try.`,
      'Turned away: the rule of the gate, before anything is done for a connection.',
    ],
    failures: [
      ...(t99OverIdeal > 1.5
        ? [`99 % are back after ${round(t99OverIdeal, 2)} of the ideal, not 1.5`]
        : []),
      ...(triesPerClient > 1.2 ? [`${round(triesPerClient, 2)} tries each, not 1.2`] : []),
    ],
    json: { t99OverIdeal: round(t99OverIdeal, 3), triesPerClient: round(triesPerClient, 3) },
  }
}
