import { pickFromRanges } from '@longwire/client/internal'
import { hardDelay, isFull, type Pressure, probeDelay } from '@longwire/gate/internal'
import type { Seeded } from '../seeded.ts'

/** What one client has when it chooses a gate. */
export interface Situation {
  /** Gates, as its list has them. */
  readonly list: readonly number[]
  /** Dials that failed since its last session. */
  readonly tries: number
  readonly random: Seeded
  /** Milliseconds to a gate and back, another number each time. */
  readonly roundTrip: (gate: number) => number
  /** How a gate is as a probe reaches it; undefined: it is down. */
  readonly probe: (gate: number) => Pressure | undefined
}

export interface Choice {
  readonly gate: number
  /** Until it is made. */
  readonly ms: number
}

export interface Policy {
  readonly name: string
  /** The order of lists. */
  readonly list: 'shuffled' | 'in turn' | 'by load'
  /** Lists tell what was known up to so many seconds ago. */
  readonly staleSeconds: number
  readonly choose: (situation: Situation) => Choice
}

/** Without an answer until then the list decides. */
const SILENCE_MS = 1_500
/** From the second failed dial on. */
const RETRIES_WITH_FEWER = 2
const FRESH_SECONDS = 5

const inOrder = ({ list, tries }: Situation): Choice => ({
  gate: list[Math.min(tries, list.length - 1)]!,
  ms: 0,
})

/** The race of the SDK, with answers held by the rule `delayOf` of the gate. */
const race =
  (delayOf: (pressure: Pressure) => number): Policy['choose'] =>
  situation => {
    const { list, tries, random, roundTrip, probe } = situation
    let winner: Choice | undefined
    const ranges = tries >= RETRIES_WITH_FEWER ? 2 : 3
    for (const gate of pickFromRanges(list, ranges, () => random.next())) {
      const pressure = probe(gate)
      if (pressure === undefined || isFull(pressure)) continue
      const ms = roundTrip(gate) + delayOf(pressure)
      if (ms < (winner?.ms ?? SILENCE_MS)) winner = { gate, ms }
    }
    return winner ?? { ...inOrder(situation), ms: SILENCE_MS }
  }

export const LONGWIRE: Policy = {
  name: 'Longwire',
  list: 'by load',
  staleSeconds: FRESH_SECONDS,
  choose: race(probeDelay),
}

export const RANDOM: Policy = {
  name: 'random',
  list: 'shuffled',
  staleSeconds: FRESH_SECONDS,
  choose: ({ list, random }) => ({ gate: random.pick(list), ms: 0 }),
}

export const OTHERS: readonly Policy[] = [
  { name: 'round robin', list: 'in turn', staleSeconds: FRESH_SECONDS, choose: inOrder },
  {
    name: 'least connections of a minute ago',
    list: 'by load',
    staleSeconds: 60,
    choose: inOrder,
  },
  {
    name: 'rule of Meizu alone',
    list: 'by load',
    staleSeconds: FRESH_SECONDS,
    choose: race(hardDelay),
  },
  {
    name: 'race without delay',
    list: 'by load',
    staleSeconds: FRESH_SECONDS,
    choose: race(() => 0),
  },
]
