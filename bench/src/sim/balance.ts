import { seeded } from '../seeded.ts'
import type { Outcome, Row } from '../scenario.ts'
import { round } from '../statistics.ts'
import { LONGWIRE, OTHERS, type Policy, RANDOM } from './gate-policies.ts'
import {
  CRASH_AT,
  END_AT,
  GATES,
  GateWorld,
  REJOIN_AT,
  type Sample,
  SESSION,
} from './gate-world.ts'

const FILL = 0.625
const FULLER = 0.875
const HOUR = 3_600
/** From here on the gates count as balanced again after one came back empty. */
const BALANCED = 0.1
const NEVER = Infinity

interface Figures {
  readonly name: string
  /** Mean over the hour before the crash. */
  readonly cv: number
  readonly fill: number
  readonly cvAfterCrash: number
  /** After the gate came back, in lengths of a session. */
  readonly rejoin: number
  readonly roundTripMs: number
  readonly peakPerSecond: number
  readonly refused: number
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const between = (samples: readonly Sample[], from: number, to: number): readonly Sample[] =>
  samples.filter(({ at }) => at >= from && at < to)

const simulate = (policy: Policy, capacity: number, fill: number, seed: number): Figures => {
  const clients = Math.round(GATES * capacity * fill)
  const world = new GateWorld(policy, seeded(seed), { capacity, clients }).run()
  const { samples, sessions, roundTripsMs, peakPerSecond, refused } = world
  const steady = between(samples, CRASH_AT - HOUR, CRASH_AT)
  const back = between(samples, REJOIN_AT + 120, END_AT).find(({ cv }) => cv < BALANCED)
  return {
    name: policy.name,
    cv: meanOf(steady.map(({ cv }) => cv)),
    fill: Math.max(...steady.map(each => each.fill)),
    cvAfterCrash: between(samples, CRASH_AT + 600, END_AT)[0]?.cv ?? 0,
    rejoin: back === undefined ? NEVER : (back.at - REJOIN_AT) / SESSION,
    roundTripMs: roundTripsMs / sessions,
    peakPerSecond,
    refused,
  }
}

const percent = (share: number): number => round(100 * share, 1)

const rowOf = (at62: Figures, at87: Figures): Row => ({
  'chosen by': at62.name,
  'CV % at 62 % full': percent(at62.cv),
  'fullest gate %': percent(at62.fill),
  'CV % 10 min after a crash': percent(at62.cvAfterCrash),
  'CV < 10 % after the return, sessions': at62.rejoin === NEVER ? 'never' : round(at62.rejoin, 2),
  'most logins/s of a gate': round(at62.peakPerSecond, 0),
  'mean round trip ms': round(at62.roundTripMs, 0),
  'CV % at 87 % full': percent(at87.cv),
})

/** Clients of three providers that choose among twelve gates: how evenly, and how near. */
export const balance = ({ quick, seed }: { quick: boolean; seed: number }): Outcome => {
  const capacity = quick ? 2_000 : 8_000
  const policies = quick ? [LONGWIRE, RANDOM] : [LONGWIRE, RANDOM, ...OTHERS]
  const at62 = policies.map(policy => simulate(policy, capacity, FILL, seed))
  const at87 = policies.map(policy => simulate(policy, capacity, FULLER, seed))
  const [ours, random] = at62
  const [fuller] = at87
  if (ours === undefined || random === undefined || fuller === undefined)
    throw new Error('nothing was simulated')
  const rttVsRandom = ours.roundTripMs / random.roundTripMs
  const failed = (isBad: boolean, text: string): string[] => (isBad ? [text] : [])
  return {
    rows: at62.map((figures, index) => rowOf(figures, at87[index]!)),
    notes: [
      `${GATES} gates of ${capacity} connections, a third at each of three providers whose clients are 50, 30 and 20 % of ${Math.round(GATES * capacity * FILL)} (and of ${Math.round(GATES * capacity * FULLER)}); sessions last 2 h on average, round trips about 30 ms and 50 ms more to another provider; seed ${seed}.`,
      'CV: standard deviation of the connections of gates, as a share of their mean, over an hour. One gate crashes after 4 h and comes back empty after 8 h.',
      'Lists are sorted by load and kept for a day; the formula is that of the gate, the ranges are those of the SDK.',
    ],
    failures: [
      ...failed(ours.cv > 0.08, `CV ${percent(ours.cv)} % at 62 % full, not 8 %`),
      ...failed(fuller.cv > 0.02, `CV ${percent(fuller.cv)} % at 87 % full, not 2 %`),
      ...failed(rttVsRandom > 0.7, `${round(rttVsRandom, 2)} of the round trip of random, not 0.7`),
      ...failed(
        ours.rejoin > 0.65,
        `balanced ${round(ours.rejoin, 2)} sessions after the return, not 0.65`,
      ),
    ],
    json: {
      cvAt62: round(ours.cv, 4),
      cvAt87: round(fuller.cv, 4),
      rttVsRandom: round(rttVsRandom, 3),
      rejoinSessions: round(ours.rejoin, 3),
    },
  }
}
