import type { Resolve } from './addresses/book.ts'
import type { Chooser } from './addresses/choose.ts'
import type { Environment } from './heartbeat/environment.ts'
import type { RaceSurroundings } from './probing/race.ts'
import type { Transport } from './transport.ts'

/** What an entry of the package brings. */
export interface Surroundings {
  readonly transports: Readonly<Record<string, Transport>>
  readonly environment: Environment
  /** How gates are chosen where probes are wanted. */
  readonly race: (parts: RaceSurroundings) => Chooser
  /** How names are resolved; undefined where what dials them does that. */
  readonly resolve?: Resolve | undefined
}
