import { createHash } from 'node:crypto'
import type { Business } from './draft.ts'

/**
 * Businesses by API key. Keys are compared by their digests, so timing tells nothing about them.
 */
export class Businesses {
  #byKey: ReadonlyMap<string, Business>

  /** Throws where a key is empty or used twice. */
  constructor(businesses: readonly Business[]) {
    this.#byKey = checked(businesses)
  }

  /** These from now on; throws as the constructor does, and then changes nothing. */
  replace(businesses: readonly Business[]): void {
    this.#byKey = checked(businesses)
  }

  named(name: string): Business | undefined {
    for (const business of this.#byKey.values()) if (business.name === name) return business
    return undefined
  }

  withKey(key: string): Business | undefined {
    return this.#byKey.get(digest(key))
  }
}

const checked = (businesses: readonly Business[]): ReadonlyMap<string, Business> => {
  const byKey = new Map<string, Business>()
  for (const business of businesses) {
    if (business.key === '')
      throw new Error(`businesses: the key of "${business.name}" is empty; set one`)
    if (!/^[\w.-]{1,32}$/.test(business.name)) {
      throw new Error(
        `businesses: name "${business.name}" may have 1 to 32 letters, digits, ".", "_", "-"`,
      )
    }
    const key = digest(business.key)
    if (byKey.has(key))
      throw new Error(
        `businesses: the key of "${business.name}" belongs to another one too; give each its own`,
      )
    byKey.set(key, business)
  }
  return byKey
}

const digest = (key: string): string => createHash('sha256').update(key).digest('base64')
