import t from 'tap'
import { MUTANT_NAMES } from './mutants.ts'
import { replayOf, simulate } from './simulate.ts'
import type { Outcome } from './worker.ts'

const SEEDS = Number(process.env['LONGWIRE_SEEDS'] ?? 1_000)
/** A mutant has to be noticed within so many worlds. */
const MUTANT_SEEDS = 200

t.setTimeout(900_000)

t.test(
  'whatever links, processes, stores and clocks do, each message arrives once, in order, or is told missing',
  async t => {
    const outcomes = await simulate({ first: 1, seeds: SEEDS })
    const sum = (of: (outcome: Outcome) => number): number =>
      outcomes.reduce((total, one) => total + of(one), 0)
    for (const { failure } of outcomes)
      if (failure !== undefined)
        t.fail(replayOf(failure.seed, {}), { faults: failure.faults, tail: failure.tail })
    t.equal(
      sum(one => one.worlds),
      SEEDS,
      'all worlds came to rest',
    )
    t.ok(sum(one => one.deliveries) > 20 * SEEDS, 'messages were delivered')
    t.ok(sum(one => one.gaps) > SEEDS / 40, 'gaps were told')
    t.ok(sum(one => one.resets) > SEEDS / 40, 'resets were told')
  },
)

/** Worlds that failed once, and why. */
const MENDED = [
  { seed: 11, only: ['gate paused'], was: 'a paused gate had the users of another app kicked' },
] as const

for (const { seed, only, was } of MENDED)
  t.test(`it stays mended that ${was}`, async t => {
    const [outcome] = await simulate({ first: seed, seeds: 1, only })
    t.same(outcome?.failure, undefined, replayOf(seed, { only }))
  })

for (const mutant of MUTANT_NAMES)
  t.test(`a build is noticed where ${mutant}`, async t => {
    const outcomes = await simulate({ first: 1, seeds: MUTANT_SEEDS, mutant })
    const noticed = outcomes.flatMap(({ failure }) => failure ?? [])
    t.ok(noticed.length > 0, noticed[0]?.faults[0] ?? 'no world failed')
  })
