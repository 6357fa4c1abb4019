import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { DisturbanceName } from './disturbances.ts'
import type { MutantName } from './mutants.ts'
import type { Job, Outcome } from './worker.ts'

export interface Range {
  readonly first: number
  readonly seeds: number
  readonly mutant?: MutantName
  readonly only?: readonly DisturbanceName[]
  readonly threads?: number
  readonly trace?: boolean
}

/** Runs the worlds of a range of seeds on several threads; each stops at its first failure, with a mutant all do. */
export const simulate = async (range: Range): Promise<Outcome[]> => {
  const { first, seeds, mutant, only, threads = 2, trace = false } = range
  const failed = new Int32Array(new SharedArrayBuffer(4))
  return Promise.all(
    Array.from({ length: Math.min(threads, seeds) }, (_, thread) =>
      inWorker({
        mutant,
        only,
        trace,
        first: first + thread,
        end: first + seeds,
        stride: threads,
        failed,
      }),
    ),
  )
}

const inWorker = async (job: Job): Promise<Outcome> => {
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: job,
    // What a world leaves behind dies young.
    resourceLimits: { maxYoungGenerationSizeMb: 48 },
  })
  const [outcome] = (await once(worker, 'message')) as [Outcome]
  await worker.terminate()
  return outcome
}

/** The command that shows the same history again. */
export const replayOf = (seed: number, { mutant, only }: Pick<Range, 'mutant' | 'only'>): string =>
  [
    `npm run -s simulate -- --seed ${seed}`,
    ...(only === undefined ? [] : [`--only "${only.join(',')}"`]),
    ...(mutant === undefined ? [] : [`--mutant "${mutant}"`]),
  ].join(' ')
