import { settlesWithin, type Clock } from '../clock.ts'
import { byAddress } from './by-name.ts'
import type { Answer, Dispatchers } from './dispatcher.ts'
import type { History } from './history.ts'
import { AddressRecords, type AddressList, type AddressStore } from './records.ts'

/** The addresses of a host name. */
export type Resolve = (host: string) => Promise<readonly string[]>

export interface BookParts {
  readonly clock: Clock
  /** Gates by name: all there is without a dispatcher, else what is dialled where that does not answer. */
  readonly urls: readonly string[]
  /** Gates by IP, embedded in the app: the last resort. */
  readonly gates: readonly string[]
  readonly dispatchers: Dispatchers | undefined
  readonly store: AddressStore | undefined
  /** Undefined: names are dialled as they are. */
  readonly resolve: Resolve | undefined
}

export interface Need {
  readonly network: string
  /** Dials that failed since the last login. */
  readonly tries: number
  readonly signal: AbortSignal
}

/** After so many dials that failed in a row the dispatcher is asked again. */
const TRIES_PER_LIST = 3
/** It is asked no more often than this, whatever happens. */
const ASK_MS = 10_000
const RESOLVE_MS = 2_000
/** An answer with less than half of the gates is believed when it has come so often in a row. */
const SHRUNK_MAX = 3
/** Dispatchers need not agree what time it is; an older list than this is an old one. */
const OLD_MS = 2 * 3_600_000

/**
 * Where gates are, per network: what the dispatcher said last, then the dispatcher itself, by name and by
 * IP, then names of gates, then the IPs embedded in the app. Who has a list does not ask again until
 * it is a day old, three dials have failed, or a gate sent it away.
 */
export class AddressBook {
  readonly #parts: BookParts
  readonly #records: AddressRecords
  #asking: Promise<boolean> | undefined
  #askedAt = -Infinity
  /** The last time it was asked no dispatcher answered. */
  #failed = false
  #idle = new AbortController()

  constructor(parts: BookParts) {
    this.#parts = parts
    this.#records = new AddressRecords(parts.store)
  }

  /** Never rejects. */
  load(): Promise<void> {
    return this.#records.load()
  }

  /** Nobody needs an address any more: what is asked meanwhile is called off. */
  close(): void {
    this.#idle.abort()
    this.#idle = new AbortController()
  }

  /** Best first. Never rejects; empty where nothing is known. */
  async candidates({ network, tries, signal }: Need): Promise<readonly string[]> {
    const { dispatchers, urls, gates } = this.#parts
    if (dispatchers === undefined) return [...new Set([...urls, ...gates])]
    const known = this.#records.list(network)
    const isDue = known === undefined || (tries > 0 && tries % TRIES_PER_LIST === 0)
    if (isDue) await this.#ask(network, signal)
    else if (this.#isOld(known)) this.refresh(network)
    const list = (this.#records.list(network) ?? this.#records.newest())?.urls ?? []
    if (list.length > 0 && !(this.#failed && tries >= TRIES_PER_LIST)) return list
    return [...new Set([...(await this.#withoutDispatcher(signal)), ...list])]
  }

  /** The TCP port of the host of `url` that answers probes; undefined: none is known. */
  probePort(network: string, url: string): number | undefined {
    return (this.#records.list(network) ?? this.#records.newest())?.probePorts[url]
  }

  /** Asks the dispatcher, and nobody waits for it. */
  refresh(network: string): void {
    void this.#ask(network, this.#idle.signal)
  }

  history(network: string, url: string): History {
    return this.#records.history(network, url)
  }

  note(network: string, url: string, history: History): void {
    this.#records.setHistory(network, url, history)
  }

  #isOld({ at, ttlMs, shrunk }: AddressList): boolean {
    const now = this.#parts.clock.now()
    // A clock that was set back makes no list younger.
    return shrunk > 0 || now < at || now - at > ttlMs
  }

  /** True: there is an answer. Never rejects; those who ask meanwhile share it. */
  #ask(network: string, signal: AbortSignal): Promise<boolean> {
    const { dispatchers, clock } = this.#parts
    if (dispatchers === undefined) return Promise.resolve(false)
    if (this.#asking !== undefined) return this.#asking
    const now = clock.monotonic()
    if (now - this.#askedAt < ASK_MS) return Promise.resolve(false)
    this.#askedAt = now
    const asking = dispatchers
      .ask(signal)
      .then(
        answer => this.#take(network, answer),
        () => false,
      )
      .then(taken => {
        this.#failed = !taken && !signal.aborted
        if (signal.aborted) this.#askedAt = -Infinity
        this.#asking = undefined
        return taken
      })
    this.#asking = asking
    return asking
  }

  #take(network: string, answer: Answer): boolean {
    const { urls, probePorts, ttlMs, madeAt } = answer
    const known = this.#records.list(network)
    const at = this.#parts.clock.now()
    // Nobody is to bring back where gates were once.
    if (known !== undefined && madeAt < known.madeAt - OLD_MS) return false
    if (known !== undefined && urls.length * 2 < known.urls.length) {
      const shrunk = known.shrunk + 1
      if (shrunk < SHRUNK_MAX) {
        const both = [...new Set([...urls, ...known.urls])]
        const ports = { ...known.probePorts, ...probePorts }
        this.#records.setList(network, { ...known, urls: both, probePorts: ports, shrunk })
        return true
      }
    }
    if (urls.length === 0) return false
    this.#records.setList(network, { urls, probePorts, at, ttlMs, madeAt, shrunk: 0 })
    return true
  }

  /** Names as they resolve now, and embedded addresses; names that nobody could resolve where there is nothing else. */
  async #withoutDispatcher(signal: AbortSignal): Promise<readonly string[]> {
    const { urls, gates, resolve, clock } = this.#parts
    if (resolve === undefined) return [...urls, ...gates]
    const found: string[] = []
    const asked = urls.map(async url => {
      found.push(...(await byAddress(url, resolve)))
    })
    if (!signal.aborted) await settlesWithin(clock, RESOLVE_MS, Promise.allSettled(asked))
    return found.length + gates.length > 0 ? [...found, ...gates] : urls
  }
}
