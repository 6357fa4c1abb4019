import type { Clock, Logger, Timer } from '@longwire/kit'
import { RoutesUnavailable } from './route-table.ts'
import type { Routes } from './routes.ts'
import type { Sweeper } from './sweeper.ts'

export interface RouteWatchParts {
  readonly routes: Routes
  readonly sweeper: Sweeper
  readonly clock: Clock
  readonly logger: Logger
  /** The table has this life now: gates that have not told it of their sessions are to do so. */
  readonly lives: (life: string) => void
}

const BEAT_MS = 1_000

/** Looks after the route table once a second: has it lost its contents, is there something to sweep. */
export class RouteWatch {
  readonly #parts: RouteWatchParts
  #life = ''
  #timer: Timer | undefined
  #stopped = false

  constructor(parts: RouteWatchParts) {
    this.#parts = parts
  }

  /** Never rejects: a table that is away is looked at again. */
  async start(): Promise<void> {
    const { routes, sweeper, clock, logger, lives } = this.#parts
    try {
      const life = await routes.life()
      if (life !== this.#life) {
        if (this.#life !== '')
          logger.warn({ life }, 'the route table may have lost routes: asking gates for theirs')
        this.#life = life
        lives(life)
      }
      sweeper.beat()
    } catch (error) {
      // Whoever needs a route says that the table is away.
      if (!(error instanceof RoutesUnavailable))
        logger.error({ err: error }, 'looking after the route table failed')
    }
    if (!this.#stopped) this.#timer = clock.after(BEAT_MS, () => void this.start())
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#parts.sweeper.stop()
  }
}
