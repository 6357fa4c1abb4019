import { createHash } from 'node:crypto'
import type { Business } from './draft.ts'

/**
 * Businesses by API key. Keys are compared by their digests, so timing tells nothing about them.
 */
export class Businesses {
  readonly #byKey = new Map<string, Business>()

  /** Throws where a key is empty or used twice. */
  constructor(businesses: readonly Business[]) {
    for (const business of businesses) {
      if (business.key === '')
        throw new Error(`businesses: the key of "${business.name}" is empty; set one`)
      if (!/^[\w.-]{1,32}$/.test(business.name)) {
        throw new Error(
          `businesses: name "${business.name}" may have 1 to 32 letters, digits, ".", "_", "-"`,
        )
      }
      const key = digest(business.key)
      if (this.#byKey.has(key))
        throw new Error(
          `businesses: the key of "${business.name}" belongs to another one too; give each its own`,
        )
      this.#byKey.set(key, business)
    }
  }

  withKey(key: string): Business | undefined {
    return this.#byKey.get(digest(key))
  }
}

const digest = (key: string): string => createHash('sha256').update(key).digest('base64')
