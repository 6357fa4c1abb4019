import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import type { Job, Outcome } from './runner.ts'
import { MUTANTS } from './wire.ts'

const SCHEDULES = Number(process.env['LONGWIRE_SCHEDULES'] ?? 20_000)
const FIRST = Number(process.env['LONGWIRE_SEED'] ?? 1)
const THREADS = 2

t.setTimeout(600_000)

const run = async (job: Job): Promise<Outcome> => {
  const worker = new Worker(new URL('./runner.js', import.meta.url), { workerData: job })
  const [outcome] = (await once(worker, 'message')) as [Outcome]
  return outcome
}

t.test(
  'whatever links and processes do, each message arrives once, in order, or is told missing',
  async t => {
    const jobs = Array.from({ length: THREADS }, (_, thread) =>
      run({ mutant: 'none', first: FIRST + thread, end: FIRST + SCHEDULES, stride: THREADS }),
    )
    const outcomes = await Promise.all(jobs)
    const sum = (of: (outcome: Outcome) => number): number =>
      outcomes.reduce((total, one) => total + of(one), 0)
    for (const { failure } of outcomes) {
      t.equal(
        failure,
        undefined,
        'replay with LONGWIRE_SEED=<seed> LONGWIRE_SCHEDULES=1 node <this file>',
      )
    }
    t.equal(
      sum(one => one.schedules),
      SCHEDULES,
    )
    t.ok(
      sum(one => one.deliveries) > SCHEDULES,
      `${sum(one => one.deliveries)} deliveries were checked`,
    )
    t.ok(sum(one => one.gaps) >= SCHEDULES / 100, `${sum(one => one.gaps)} gaps were reported`)
    t.ok(
      sum(one => one.resets) >= SCHEDULES / 100,
      `${sum(one => one.resets)} resets were reported`,
    )
  },
)

for (const mutant of MUTANTS) {
  t.test(`the check notices a build with ${mutant}`, async t => {
    const { failure } = await run({ mutant, first: 1, end: 5_000, stride: 1 })
    t.ok(failure, failure ?? 'no schedule failed')
  })
}
