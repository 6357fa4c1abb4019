import { parentPort, workerData } from 'node:worker_threads'
import type { Mutant } from './wire.ts'
import { World } from './world.ts'

/** Schedules to run: seeds first, first + stride, … below end. */
export interface Job {
  readonly mutant: Mutant
  readonly first: number
  readonly end: number
  readonly stride: number
}

export interface Outcome {
  /** The first schedule that broke an invariant, and how. */
  readonly failure: string | undefined
  readonly schedules: number
  readonly deliveries: number
  readonly gaps: number
  readonly resets: number
}

const run = async ({ mutant, first, end, stride }: Job): Promise<Outcome> => {
  let schedules = 0
  let deliveries = 0
  let gaps = 0
  let resets = 0
  for (let seed = first; seed < end; seed += stride) {
    const world = new World(seed, mutant)
    const steps = 60 + (seed % 5) * 30
    for (let step = 0; step < steps; step++) await world.step()
    await world.quiesce()
    const { history } = world
    schedules++
    deliveries += history.deliveries
    gaps += history.gaps
    resets += history.resets
    if (history.faults.length === 0) continue
    const failure = `seed ${seed}: ${history.faults.join('; ')} ${world.describe()}`
    return { failure, schedules, deliveries, gaps, resets }
  }
  return { failure: undefined, schedules, deliveries, gaps, resets }
}

// A worker, because tap follows every promise of its own thread, which makes this ten times slower.
const job: unknown = workerData
if (parentPort !== null) parentPort.postMessage(await run(job as Job))
