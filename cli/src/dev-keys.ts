import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What `longwire all` makes up so that nothing has to be configured for a trial. */
export interface DevKeys {
  /** Signs the tokens of clients, HS256. */
  readonly secret: string
  /** API key for backends. */
  readonly key: string
}

const fileIn = (data: string): string => join(data, 'dev-keys.json')

/** Undefined where none were made, or where they cannot be read. */
export const readDevKeys = (data: string): DevKeys | undefined => {
  try {
    const value: unknown = JSON.parse(readFileSync(fileIn(data), 'utf8'))
    if (typeof value !== 'object' || value === null) return undefined
    const { secret, key } = value as Partial<Record<keyof DevKeys, unknown>>
    return typeof secret === 'string' && typeof key === 'string' ? { secret, key } : undefined
  } catch {
    return undefined
  }
}

/** The keys of a data directory, made once; only their owner may read the file. */
export const devKeysOf = (data: string): DevKeys => {
  const known = readDevKeys(data)
  if (known !== undefined) return known
  const made = {
    secret: randomBytes(32).toString('hex'),
    key: `dev_${randomBytes(18).toString('base64url')}`,
  }
  mkdirSync(data, { recursive: true })
  writeFileSync(fileIn(data), `${JSON.stringify(made, undefined, 2)}\n`, { mode: 0o600 })
  return made
}
