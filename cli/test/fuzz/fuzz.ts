import { Worker } from 'node:worker_threads'
import type { FuzzJob, FuzzReport } from './worker.ts'

export interface FuzzOutcome {
  readonly inputs: number
  readonly failures: readonly string[]
  /** Heap after a collection, early and at the end, of the thread that grew most. */
  readonly heapMb: readonly [number, number]
}

/** Beyond this a heap has grown for good. */
const GROWTH_MB = 60
/** No word for so long means that an input is never done. */
const HANG_MS = 120_000

/** Feeds `inputs` inputs on several threads; one seed gives the same inputs again. */
export const fuzz = async (inputs: number, seed: number, threads: number): Promise<FuzzOutcome> => {
  const share = Math.ceil(inputs / threads)
  const outcomes = await Promise.all(
    Array.from({ length: threads }, (_, thread) =>
      one({ seed: seed + thread, inputs: Math.min(share, inputs - thread * share) }),
    ),
  )
  const grown = outcomes.reduce((most, next) =>
    next.heapMb[1] - next.heapMb[0] > most.heapMb[1] - most.heapMb[0] ? next : most,
  )
  return {
    inputs: outcomes.reduce((sum, { inputs }) => sum + inputs, 0),
    failures: outcomes.flatMap(({ failures }) => failures),
    heapMb: grown.heapMb,
  }
}

const one = (job: FuzzJob): Promise<FuzzOutcome> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: job })
    const early: number[] = []
    let fed = 0
    let heapMb = 0
    const end = (failure: string | undefined): void => {
      clearTimeout(patience)
      void worker.terminate()
      const first = early[0] ?? heapMb
      const grown =
        heapMb > first + GROWTH_MB ? `the heap grew from ${first} to ${heapMb} MB` : undefined
      const failures = [failure, grown].flatMap(text =>
        text === undefined ? [] : [`seed ${job.seed}: ${text}`],
      )
      resolve({ inputs: fed, failures, heapMb: [first, heapMb] })
    }
    const hang = (): void => end(`no word for ${HANG_MS} ms after input ${fed}`)
    let patience = setTimeout(hang, HANG_MS)
    worker.on('error', reject)
    worker.on('message', (report: FuzzReport) => {
      clearTimeout(patience)
      patience = setTimeout(hang, HANG_MS)
      fed = report.fed
      heapMb = report.heapMb
      if (early.length < 1) early.push(heapMb)
      if (report.done) end(report.failure)
    })
  })
