import type { Clock } from '../clock.ts'
import { LongwireError } from '../errors.ts'
import type { AddressBook } from './book.ts'
import type { Candidate, Chooser } from './choose.ts'
import { failed, isBanned, succeeded } from './history.ts'

export interface GatesParts {
  readonly clock: Clock
  readonly book: AddressBook
  /** The network in use; '' where unknown. */
  readonly network: () => string
  readonly chooser: Chooser
}

/**
 * Which gates to dial now. The one that was left is asked first, then those that have not failed since
 * the last login, in the order of the chooser; when all have failed a new round begins.
 */
export class Gates {
  readonly #clock: Clock
  readonly #chooser: Chooser
  readonly #book: AddressBook
  readonly #network: () => string
  /** Failed since the last login, or left because they are being emptied. */
  readonly #missed = new Set<string>()
  /** What there was to choose from the last time. */
  #known: readonly string[] = []
  /** Where the last login was. */
  #old: string | undefined
  #tries = 0
  /** What a gate said is to be dialled next, and the one of them where the last login was. */
  #preferred: readonly Candidate[] = []
  #learned: string | undefined

  constructor({ clock, book, network, chooser }: GatesParts) {
    this.#clock = clock
    this.#chooser = chooser
    this.#book = book
    this.#network = network
  }

  /** Takes up what is kept of addresses. Never rejects. */
  load(): Promise<void> {
    return this.#book.load()
  }

  /** Nobody dials any more. */
  close(): void {
    this.#book.close()
  }

  /** Best first, never empty. Rejects with UNREACHABLE where no gate is known. */
  async next(signal: AbortSignal): Promise<readonly Candidate[]> {
    const preferred = this.#preferred.filter(({ url }) => !this.#missed.has(url))
    if (preferred.length > 0) return preferred
    const all = await this.#candidates(signal)
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
    const isKnown = this.#known.includes(url)
    this.#old = url
    this.#learned = isKnown ? undefined : url
    this.#preferred = []
    this.#tries = 0
    this.#missed.clear()
    const network = this.#network()
    this.#book.note(network, url, succeeded(this.#book.history(network, url)))
  }

  /** A dial failed there, or its gate refused the login for now. */
  missed(url: string, error: LongwireError): void {
    this.#tries++
    this.#missed.add(url)
    if (!isItsFault(error)) return
    const network = this.#network()
    this.#book.note(network, url, failed(this.#book.history(network, url), this.#clock.now()))
  }

  /** The gate there asks to be left. */
  left(url: string): void {
    this.#missed.add(url)
    this.#book.refresh(this.#network())
  }

  /** These are dialled next, in their order, until each has been tried. */
  prefer(candidates: readonly Candidate[]): void {
    if (candidates.length === 0) return
    for (const { url } of candidates) this.#missed.delete(url)
    this.#preferred = candidates
  }

  /** Whether there is a gate to go to that has not failed. */
  get more(): boolean {
    const preferred = this.#preferred.map(({ url }) => url)
    return [...preferred, ...this.#known].some(url => !this.#missed.has(url))
  }

  async #candidates(signal: AbortSignal): Promise<Candidate[]> {
    const network = this.#network()
    const listed = await this.#book.candidates({ network, tries: this.#tries, signal })
    const learned = this.#learned
    const urls = learned === undefined || listed.includes(learned) ? listed : [learned, ...listed]
    this.#known = urls
    const now = this.#clock.now()
    const all = urls.map(url => ({
      url,
      banned: isBanned(this.#book.history(network, url), now),
      probePort: this.#book.probePort(network, url),
    }))
    return [...all.filter(({ banned }) => !banned), ...all.filter(({ banned }) => banned)]
  }
}

/** Whether an address is to blame, rather than the token, the app or what the gate has to do. */
const isItsFault = ({ code }: LongwireError): boolean =>
  code === 'UNREACHABLE' || code === 'TIMEOUT' || code === 'CLOSED'
