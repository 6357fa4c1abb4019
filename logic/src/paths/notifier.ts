import type { Clock, Logger, Random } from '@longwire/kit'
import { URGENCY } from '@longwire/proto'
import { holdUrgency } from '@longwire/proto/trunk'
import type { Arrivals } from '../arrivals/arrivals.ts'
import { STAGE } from '../arrivals/stages.ts'
import type { Log } from '../log/log.ts'
import { RoutesUnavailable, type Route, type UserKey } from '../routes/route-table.ts'
import type { Routes } from '../routes/routes.ts'
import { TableUnavailable } from '../store/table.ts'
import { newsOf, type HeadNews } from '../trunk/head-news.ts'
import type { Hint } from '../trunk/trunk.ts'

/** Where hints go. */
interface HintSink {
  /** False where it was dropped. */
  deliver(route: Route, hint: Hint): boolean
  head(route: Route, news: HeadNews): boolean
  resync(): void
}

export interface NotifierParts {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly log: Log
  readonly arrivals: Arrivals
  readonly routes: Routes
  readonly sink: HintSink
  /** Larger contents are hinted at without content: the client pulls them. */
  readonly inlineBytes: number
  /** Users that are remembered while the route table is away; beyond, all gates are told to ask. */
  readonly pendingMax: number
}

interface Waiting {
  readonly user: UserKey
  readonly hint: Hint
  /** Only say how far the mailbox reaches. */
  readonly headOnly: boolean
  readonly done: () => void
}

const BACKOFF_MS = { first: 100, max: 5_000 } as const
const RETRY_BATCH = 256

/** Tells gates about stored messages: one lookup of routes per turn, whatever came in during it. */
export class Notifier {
  readonly #parts: NotifierParts
  #batch: Waiting[] = []
  /** Users whose hint could not be sent because the route table was away. */
  readonly #pending = new Map<string, UserKey>()
  #resyncOwed = false
  #down = false
  #retrying = false
  #backoffMs: number = BACKOFF_MS.first
  #stopped = false

  constructor(parts: NotifierParts) {
    this.#parts = parts
  }

  /** The route table is known not to answer. */
  get down(): boolean {
    return this.#down
  }

  get pending(): number {
    return this.#pending.size
  }

  /** Calls `done` once the hint was sent, or needs no more memory. */
  notify(user: UserKey, hint: Hint, headOnly: boolean, done: () => void): void {
    this.#batch.push({ user, hint, headOnly, done })
    if (this.#batch.length === 1) this.#parts.clock.soon(this.#onSoon)
  }

  stop(): void {
    this.#stopped = true
  }

  readonly #onSoon = (): void => {
    const batch = this.#batch
    this.#batch = []
    this.#parts.routes.lookup(batch.map(userOf)).then(
      found => this.#send(batch, found),
      (error: unknown) => this.#postpone(batch, error),
    )
  }

  #send(batch: readonly Waiting[], found: readonly (readonly Route[])[]): void {
    const { sink, inlineBytes, arrivals, clock } = this.#parts
    const now = clock.now()
    for (let index = 0; index < batch.length; index++) {
      const { hint, headOnly, done } = batch[index]!
      const whole = !headOnly && hint.content.length <= inlineBytes
      for (const route of found[index]!) {
        if (hint.appcode !== 0 && hint.appcode !== route.appcode) continue
        const sent = whole ? sink.deliver(route, hint) : sink.head(route, newsOfHint(hint))
        if (sent && !headOnly) arrivals.count(whole ? STAGE.inline : STAGE.notified, hint, now)
      }
      done()
    }
  }

  /** The messages are stored and answered for: their users must hear of them later. */
  #postpone(batch: readonly Waiting[], error: unknown): void {
    if (!(error instanceof RoutesUnavailable))
      this.#parts.logger.error({ err: error }, 'looking up routes failed')
    if (!this.#down)
      this.#parts.logger.warn(
        'the route table does not answer: publishing is refused until it does',
      )
    this.#down = true
    for (const { user, done } of batch) {
      if (this.#pending.size < this.#parts.pendingMax)
        this.#pending.set(`${user.system}\n${user.uid}`, user)
      else this.#resyncOwed = true
      done()
    }
    this.#retryLater()
  }

  #retryLater(): void {
    if (this.#retrying || this.#stopped) return
    this.#retrying = true
    const { clock, random } = this.#parts
    clock.after(this.#backoffMs * (0.5 + random() / 2), () => void this.#retry())
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MS.max)
  }

  /** Never rejects. */
  async #retry(): Promise<void> {
    try {
      // Also where nobody is left to be told: what was postponed last may not have been remembered.
      while ((this.#pending.size > 0 || this.#down) && !this.#stopped) {
        const batch = [...this.#pending].slice(0, RETRY_BATCH)
        // Taken out first: who is postponed again meanwhile has to be asked for again.
        for (const [key] of batch) this.#pending.delete(key)
        try {
          await this.#headsOf(batch.map(([, user]) => user))
        } catch (error) {
          for (const [key, user] of batch) this.#pending.set(key, user)
          throw error
        }
        if (this.#resyncOwed) this.#pending.clear()
      }
      if (this.#resyncOwed) this.#parts.sink.resync()
      this.#resyncOwed = false
      this.#retrying = false
    } catch (error) {
      if (!(error instanceof RoutesUnavailable || error instanceof TableUnavailable)) {
        this.#parts.logger.error({ err: error }, 'sending put-off hints failed')
      }
      this.#retrying = false
      this.#retryLater()
    }
  }

  async #headsOf(users: readonly UserKey[]): Promise<void> {
    const { routes, log, sink, logger } = this.#parts
    const found = await routes.lookup(users)
    if (this.#down) logger.info('the route table answers again')
    this.#down = false
    this.#backoffMs = BACKOFF_MS.first
    for (let index = 0; index < users.length; index++) {
      const ends = found[index]!
      if (ends.length === 0) continue
      const news = newsOf(await log.heads(users[index]!))
      for (const route of ends) sink.head(route, news)
    }
  }
}

const userOf = (waiting: Waiting): UserKey => waiting.user

const newsOfHint = ({ epoch, seq, prev, hold }: Hint): HeadNews => ({
  epoch,
  head: seq,
  calm: holdUrgency(hold) > URGENCY.NORMAL ? seq - prev : 0,
  hold,
})
