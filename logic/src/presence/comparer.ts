import type { Clock, Logger, Timer } from '@longwire/kit'
import { RoutesUnavailable, type UserKey } from '../routes/route-table.ts'
import { TableUnavailable } from '../store/table.ts'
import { pathOf } from './markers.ts'
import type { Presence } from './presence.ts'

const STEP_MS = 100

/**
 * Users whose sessions gates have just named: somebody may have died between their login and its
 * event, so what was told of them is compared with their routes, so many a second.
 */
export class Comparer {
  readonly #presence: Presence
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #perStep: number
  readonly #usersMax: number
  readonly #users = new Map<string, UserKey>()
  #timer: Timer | undefined
  #stopped = false

  constructor(
    presence: Presence,
    parts: { readonly clock: Clock; readonly logger: Logger },
    bounds: { readonly perSecond: number; readonly usersMax: number },
  ) {
    this.#presence = presence
    this.#clock = parts.clock
    this.#logger = parts.logger
    this.#perStep = Math.max(1, Math.ceil((bounds.perSecond * STEP_MS) / 1_000))
    this.#usersMax = bounds.usersMax
  }

  add(user: UserKey): void {
    if (this.#stopped || this.#users.size >= this.#usersMax) return
    this.#users.set(pathOf(user), user)
    this.#timer ??= this.#clock.after(STEP_MS, () => void this.#step())
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  /** Never rejects. */
  async #step(): Promise<void> {
    const batch = [...this.#users.entries()].slice(0, this.#perStep)
    for (const [name] of batch) this.#users.delete(name)
    try {
      await this.#presence.compare(batch.map(([, user]) => user))
    } catch (error) {
      for (const [name, user] of batch) this.#users.set(name, user)
      if (!(error instanceof TableUnavailable) && !(error instanceof RoutesUnavailable))
        this.#logger.error({ err: error }, 'comparing presence failed')
    }
    this.#timer = undefined
    if (this.#users.size === 0 || this.#stopped) return
    this.#timer = this.#clock.after(STEP_MS, () => void this.#step())
  }
}
