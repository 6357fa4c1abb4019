import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import { EdgeCodec, type Target, TrunkCodec } from './codecs.ts'
import { Dice } from './mutator.ts'
import { Strangers } from './strangers.ts'

export interface FuzzJob {
  readonly seed: number
  readonly inputs: number
}

/** What a worker tells as it goes; the last one has `done`. */
export interface FuzzReport {
  readonly fed: number
  readonly done: boolean
  readonly failure: string | undefined
  readonly heapMb: number
}

/** Inputs of one target in a row, and of one cluster before it makes room for another. */
const RUN = 500
const RUNS_PER_CLUSTER = 40
const REPORT_EVERY = 25_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const faults: string[] = []
const fault = (error: unknown): void => {
  faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
}
process.on('uncaughtException', fault)
process.on('unhandledRejection', fault)

const report = (fed: number, done: boolean, failure: string | undefined): void => {
  collect()
  const heapMb = Math.round(process.memoryUsage().heapUsed / 1e5) / 10
  parentPort?.postMessage({ fed, done, failure, heapMb } satisfies FuzzReport)
}

const feed = async (target: Target, inputs: number): Promise<void> => {
  for (let count = 0; count < inputs; count++) await target.feed()
  await target.settle?.()
  if (faults.length > 0) throw new Error(faults.join('\n'))
}

/** Five in ten go to the edge codec, three to the trunk's, two to the doors of a gate and a logic node. */
const run = async ({ seed, inputs }: FuzzJob): Promise<void> => {
  const dice = new Dice(seed)
  const edge = new EdgeCodec(dice)
  const trunk = new TrunkCodec(dice)
  let strangers = new Strangers(dice)
  let reported = 0
  let fed = 0
  for (let round = 0; fed < inputs; round++) {
    const kind = round % 10
    if (kind === 9 && Math.floor(round / 10) % RUNS_PER_CLUSTER === 0)
      strangers = new Strangers(dice)
    const target = kind < 5 ? edge : kind < 8 ? trunk : strangers
    const count = Math.min(RUN, inputs - fed)
    try {
      await feed(target, count)
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return report(
        fed,
        true,
        `${target.constructor.name}, inputs ${fed} to ${fed + count}: ${text}`,
      )
    }
    fed += count
    if (fed - reported < REPORT_EVERY) continue
    reported = fed
    report(fed, false, undefined)
  }
  report(fed, true, undefined)
}

const job: unknown = workerData
if (parentPort !== null) await run(job as FuzzJob)
