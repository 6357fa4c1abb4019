/** Entry of a forked load process: clients that choose their gate by probes. */
import { ProbingCrowd, type ProbingCrowdOptions } from './probing-crowd.ts'
import { answer } from './remote.ts'

/** What it can be asked, once. */
export interface ProbingRequest {
  readonly kind: 'connect'
  readonly options: ProbingCrowdOptions
}

answer(({ options }: ProbingRequest) => new ProbingCrowd(options).connect())
