import type { NetworkRecord } from './rhythm.ts'

/** PORT: keeps what was learned of networks over restarts. A loss costs a few pings, so nothing waits for it. */
export interface NetworkStore {
  /** What `save` was given last; undefined where there is nothing. */
  load(): Promise<string | undefined>
  save(text: string): Promise<void>
}

const RECORDS_MAX = 32
const KIND = 'longwire networks'
const VERSION = 1

/** What is known of each network, the one used last at the end. */
export class Networks {
  readonly #store: NetworkStore | undefined
  #records = new Map<string, NetworkRecord>()

  constructor(store: NetworkStore | undefined) {
    this.#store = store
  }

  /** Never rejects: what cannot be read is learned anew. */
  async load(): Promise<void> {
    try {
      const text = await this.#store?.load()
      if (text !== undefined) this.#records = parse(text)
    } catch {
      this.#records = new Map()
    }
  }

  get(network: string): NetworkRecord | undefined {
    return this.#records.get(network)
  }

  set(network: string, record: NetworkRecord): void {
    const old = this.#records.get(network)
    this.#records.delete(network)
    this.#records.set(network, record)
    for (const name of this.#records.keys()) {
      if (this.#records.size <= RECORDS_MAX) break
      this.#records.delete(name)
    }
    if (old !== undefined && isSame(old, record)) return
    const kept = { kind: KIND, version: VERSION, networks: [...this.#records] }
    this.#store?.save(JSON.stringify(kept)).catch(() => undefined)
  }
}

const FIELDS = [
  'good',
  'bad',
  'interval',
  'stableSince',
  'failures',
  'strikes',
  'struckAt',
  'again',
] as const

const isSame = (a: NetworkRecord, b: NetworkRecord): boolean =>
  FIELDS.every(field => a[field] === b[field])

/** What is not of this kind and version counts for nothing, and so does each entry that is broken. */
const parse = (text: string): Map<string, NetworkRecord> => {
  const parsed: unknown = JSON.parse(text)
  const records = new Map<string, NetworkRecord>()
  if (!isObject(parsed) || parsed['kind'] !== KIND || parsed['version'] !== VERSION) return records
  const { networks } = parsed
  if (!Array.isArray(networks)) return records
  for (const entry of networks.slice(-RECORDS_MAX)) {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string') continue
    if (isRecord(entry[1])) records.set(entry[0], entry[1])
  }
  return records
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const isRecord = (value: unknown): value is NetworkRecord =>
  isObject(value) &&
  FIELDS.every(field => {
    const number: unknown = Reflect.get(value, field)
    return typeof number === 'number' && Number.isFinite(number) && number >= 0
  })
