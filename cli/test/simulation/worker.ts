import { parentPort, workerData } from 'node:worker_threads'
import type { DisturbanceName } from './disturbances.ts'
import { mutated, type MutantName } from './mutants.ts'
import { World, type WorldOptions } from './world.ts'

/** Seeds to run: first, first + stride, … below end; all until one fails. */
export interface Job {
  readonly mutant: MutantName | undefined
  /** Nothing else goes wrong. */
  readonly only: readonly DisturbanceName[] | undefined
  readonly first: number
  readonly end: number
  readonly stride: number
  /** Not 0 once a thread has failed: where a mutant is to be noticed, one failure is enough. */
  readonly failed: Int32Array
  /** Prints each line of the history as it comes. */
  readonly trace: boolean
}

export interface Failure {
  readonly seed: number
  readonly faults: readonly string[]
  /** The end of the history. */
  readonly tail: readonly string[]
}

export interface Outcome {
  readonly failure: Failure | undefined
  readonly worlds: number
  readonly steps: number
  readonly simulatedMs: number
  readonly deliveries: number
  readonly gaps: number
  readonly moves: number
  readonly resets: number
}

const TAIL_LINES = 60
/** Every so many seeds a world is run again, and has to give the same history. */
const AGAIN = 20

// Most errors are links and services that are away, as they should be: nobody reads where from.
Error.stackTraceLimit = 0

const TRACE_DEPTH = 20

let current: World | undefined
const fault = (error: unknown): void =>
  current?.history.fault('nobody', error instanceof Error ? (error.stack ?? '') : String(error))
process.on('uncaughtException', fault)
process.on('unhandledRejection', fault)

const runWorld = async (options: WorldOptions, trace: boolean): Promise<World> => {
  const world = new World(options)
  current = world
  // oxlint-disable-next-line no-console -- a trace is for people
  if (trace) world.history.echo = line => console.log(line)
  if (trace) Error.stackTraceLimit = TRACE_DEPTH
  await world.run()
  return world
}

export const run = async ({
  mutant,
  only,
  first,
  end,
  stride,
  failed,
  trace,
}: Job): Promise<Outcome> => {
  const options = {
    ...(only === undefined ? {} : { only }),
    ...(mutant === undefined ? {} : mutated(mutant)),
  }
  const total = { worlds: 0, steps: 0, simulatedMs: 0, deliveries: 0, gaps: 0, resets: 0, moves: 0 }
  for (let seed = first; seed < end; seed += stride) {
    if (mutant !== undefined && Atomics.load(failed, 0) !== 0) break
    const world = await runWorld({ ...options, seed }, trace)
    const { history, scheduler } = world
    if (seed % AGAIN === 0 && mutant === undefined && !trace) {
      const again = await runWorld({ ...options, seed }, false)
      if (again.history.hash !== history.hash)
        history.fault('world', `its history is ${history.hash}, and ${again.history.hash} again`)
    }
    total.worlds++
    total.steps += scheduler.steps
    total.simulatedMs += scheduler.now
    total.deliveries += history.deliveries
    total.gaps += history.gaps
    total.moves += history.moves
    total.resets += history.resets
    if (history.faults.length === 0) continue
    Atomics.store(failed, 0, 1)
    return { ...total, failure: { seed, faults: history.faults, tail: history.tail(TAIL_LINES) } }
  }
  return { ...total, failure: undefined }
}

// A worker, because tap follows every promise of its own thread, which makes this ten times slower.
const job: unknown = workerData
if (parentPort !== null) parentPort.postMessage(await run(job as Job))
