import type { Clock } from '../clock.ts'
import { LongwireError } from '../errors.ts'
import { inOrder, type Candidate, type Chooser } from './choose.ts'
import { failed, isBanned, NO_HISTORY, succeeded, type History } from './history.ts'

export interface GatesParts {
  readonly clock: Clock
  readonly urls: readonly string[]
  readonly chooser?: Chooser | undefined
}

/**
 * Which gates to dial now. The one that was left is asked first, then those that have not failed since
 * the last login, in the order of the chooser; when all have failed a new round begins.
 */
export class Gates {
  readonly #clock: Clock
  readonly #chooser: Chooser
  readonly #urls: readonly string[]
  readonly #histories = new Map<string, History>()
  /** Failed since the last login, or left because they are being emptied. */
  readonly #missed = new Set<string>()
  /** Where the last login was. */
  #old: string | undefined
  #tries = 0

  constructor({ clock, urls, chooser }: GatesParts) {
    this.#clock = clock
    this.#chooser = chooser ?? inOrder
    this.#urls = urls
  }

  /** Best first, never empty. Rejects with UNREACHABLE where no gate is known. */
  async next(signal: AbortSignal): Promise<readonly Candidate[]> {
    const all = this.#candidates()
    const old = all.find(({ url }) => url === this.#old && !this.#missed.has(url))
    if (old !== undefined) return [old]
    const fresh = all.filter(({ url }) => !this.#missed.has(url))
    if (fresh.length === 0) this.#missed.clear()
    const candidates = fresh.length === 0 ? all : fresh
    if (candidates.length === 0)
      throw new LongwireError('UNREACHABLE', 'retry', 'no gate is known to dial')
    return this.#chooser.choose(candidates, { tries: this.#tries, signal })
  }

  /** A login succeeded there. */
  reached(url: string): void {
    this.#old = url
    this.#tries = 0
    this.#missed.clear()
    this.#note(url, succeeded(this.#historyOf(url)))
  }

  /** A dial failed there, or its gate refused the login for now. */
  missed(url: string, error: LongwireError): void {
    this.#tries++
    this.#missed.add(url)
    if (isItsFault(error)) this.#note(url, failed(this.#historyOf(url), this.#clock.now()))
  }

  /** The gate there asks to be left. */
  left(url: string): void {
    this.#missed.add(url)
  }

  /** Whether there is a gate to go to that has not failed. */
  get more(): boolean {
    return this.#urls.some(url => !this.#missed.has(url))
  }

  #candidates(): Candidate[] {
    const now = this.#clock.now()
    const all = this.#urls.map(url => ({ url, banned: isBanned(this.#historyOf(url), now) }))
    return [...all.filter(({ banned }) => !banned), ...all.filter(({ banned }) => banned)]
  }

  #historyOf(url: string): History {
    return this.#histories.get(url) ?? NO_HISTORY
  }

  #note(url: string, history: History): void {
    this.#histories.set(url, history)
  }
}

/** Whether an address is to blame, rather than the token, the app or what the gate has to do. */
const isItsFault = ({ code }: LongwireError): boolean =>
  code === 'UNREACHABLE' || code === 'TIMEOUT' || code === 'CLOSED'
