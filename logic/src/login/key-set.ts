import type { Clock } from '@longwire/kit'

export interface KeySetParts<K> {
  readonly url: string
  readonly clock: Clock
  /** Throws where the answer is no key set. */
  readonly parse: (answer: unknown) => K
}

const FETCH_MS = 3_000
/** A set is asked for again after this, beside the logins. */
const FRESH_MS = 10 * 60_000
/** While the server of keys is away, the keys at hand are good for this long. */
const KEPT_MS = 24 * 3600_000
/** A key that the set does not have makes it be fetched again, this often at most. */
const COOLDOWN_MS = 30_000

/**
 * The keys that a URL publishes. They rotate there: a token with a new key fetches the set again, and
 * a key that is no longer in it is forgotten. Nothing new is trusted while the URL does not answer.
 */
export class KeySet<K> {
  readonly #parts: KeySetParts<K>
  #keys: K | undefined
  /** When `#keys` were fetched, and when a fetch was last begun. */
  #fetchedMs = 0
  #triedMs = -Infinity
  #failed = false
  #fetching: Promise<K> | undefined

  constructor(parts: KeySetParts<K>) {
    this.#parts = parts
  }

  /** The keys as far as they are known; rejects where there are none. */
  async known(): Promise<K> {
    const now = this.#parts.clock.monotonic()
    if (this.#keys === undefined || now - this.#fetchedMs > KEPT_MS) return this.#fetch()
    if (now - this.#fetchedMs > FRESH_MS && now - this.#triedMs > COOLDOWN_MS)
      this.#fetch().catch(() => undefined)
    return this.#keys
  }

  /** For a token whose key is not among them; rejects where the URL does not answer. */
  async newest(): Promise<K> {
    const now = this.#parts.clock.monotonic()
    if (this.#keys === undefined || now - this.#triedMs > COOLDOWN_MS) return this.#fetch()
    if (this.#fetching !== undefined) return this.#fetching
    if (this.#failed) throw new Error('the key set could not be fetched a moment ago')
    return this.#keys
  }

  #fetch(): Promise<K> {
    this.#triedMs = this.#parts.clock.monotonic()
    this.#fetching ??= this.#ask().finally(() => {
      this.#fetching = undefined
    })
    return this.#fetching
  }

  async #ask(): Promise<K> {
    const { url, clock, parse } = this.#parts
    const abort = new AbortController()
    const timer = clock.after(FETCH_MS, () => abort.abort())
    try {
      const response = await fetch(url, { redirect: 'manual', signal: abort.signal })
      if (response.status !== 200) throw new Error(`the key set was answered ${response.status}`)
      const keys = parse(await response.json())
      this.#keys = keys
      this.#fetchedMs = clock.monotonic()
      this.#failed = false
      return keys
    } catch (error) {
      this.#failed = true
      throw error
    } finally {
      timer.cancel()
    }
  }
}
