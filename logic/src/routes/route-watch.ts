import type { Timer } from '@longwire/kit'
import { RoutesUnavailable } from './route-table.ts'
import { Sweeper, type SweeperParts } from './sweeper.ts'

const BEAT_MS = 1_000

/** Looks after the route table once a second: has it lost its contents, is there something to sweep. */
export class RouteWatch {
  readonly #parts: SweeperParts
  readonly #sweeper: Sweeper
  readonly #lives: (life: string) => void
  #life = ''
  #doubts = 0
  #timer: Timer | undefined
  #stopped = false

  /** `lives`: the table has this life now; gates that have not told it of their sessions are to do so. */
  constructor(parts: SweeperParts, lives: (life: string) => void) {
    this.#parts = parts
    this.#sweeper = new Sweeper(parts)
    this.#lives = lives
  }

  /** Its routes are to be removed. */
  died(gate: string): void {
    this.#sweeper.died(gate)
  }

  /** Never rejects: a table that is away is looked at again. */
  async start(): Promise<void> {
    const { routes, clock, logger, node } = this.#parts
    try {
      const life = await routes.life()
      if (life !== this.#life) {
        if (this.#life !== '')
          logger.warn({ life }, 'the route table may have lost routes: asking gates for theirs')
        this.#life = life
        this.#lives(life)
      }
      if (routes.doubtful) {
        routes.doubtful = false
        this.#lives(`${life} ${node.name}@${node.incarnation} ${++this.#doubts}`)
      }
      this.#sweeper.beat()
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
    this.#sweeper.stop()
  }
}
