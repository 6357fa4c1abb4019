import type { NetworkStore } from '../heartbeat/networks.ts'
import { isPort } from './dispatcher.ts'
import { NO_HISTORY, type History } from './history.ts'

/** Keeps addresses of gates over restarts, so that an app need not ask where they are. */
export type AddressStore = NetworkStore

/** What the dispatcher said on one network. */
export interface AddressList {
  /** As it ranked them. */
  readonly urls: readonly string[]
  /** Of some of them: the TCP port of the same host that answers probes. */
  readonly probePorts: Readonly<Record<string, number>>
  /** When it was asked, ms since 1970 by the clock of the device. */
  readonly at: number
  readonly ttlMs: number
  /** When the list was made, by the clock of the dispatcher. */
  readonly madeAt: number
  /** How often in a row the answer was less than half of what there is. */
  readonly shrunk: number
}

const NETWORKS_MAX = 32
const HISTORIES_MAX = 256

interface Network {
  list: AddressList | undefined
  readonly histories: Map<string, History>
}

/** What is known of addresses on each network, the one used last at the end. */
export class AddressRecords {
  readonly #store: AddressStore | undefined
  #networks = new Map<string, Network>()

  constructor(store: AddressStore | undefined) {
    this.#store = store
  }

  /** Never rejects: what cannot be read is asked anew. */
  async load(): Promise<void> {
    try {
      const text = await this.#store?.load()
      if (text !== undefined) this.#networks = parse(text)
    } catch {
      this.#networks = new Map()
    }
  }

  list(network: string): AddressList | undefined {
    return this.#networks.get(network)?.list
  }

  /** The newest of all networks. */
  newest(): AddressList | undefined {
    const lists = [...this.#networks.values()].map(({ list }) => list)
    return lists.reduce(
      (best, list) => ((list?.at ?? 0) > (best?.at ?? 0) ? list : best),
      undefined,
    )
  }

  setList(network: string, list: AddressList): void {
    this.#touch(network).list = list
    this.#save()
  }

  history(network: string, url: string): History {
    return this.#networks.get(network)?.histories.get(url) ?? NO_HISTORY
  }

  setHistory(network: string, url: string, history: History): void {
    const { histories } = this.#touch(network)
    const before = histories.get(url)
    // The one used last is at the end.
    histories.delete(url)
    histories.set(url, history)
    for (const oldest of histories.keys()) {
      if (histories.size <= HISTORIES_MAX) break
      histories.delete(oldest)
    }
    if (before === undefined || !isSame(before, history)) this.#save()
  }

  #touch(network: string): Network {
    const found = this.#networks.get(network) ?? { list: undefined, histories: new Map() }
    this.#networks.delete(network)
    this.#networks.set(network, found)
    for (const oldest of this.#networks.keys()) {
      if (this.#networks.size <= NETWORKS_MAX) break
      this.#networks.delete(oldest)
    }
    return found
  }

  #save(): void {
    const networks = [...this.#networks].map(([name, { list, histories }]) => ({
      name,
      list,
      histories: [...histories].map(([url, { bits, failures, bannedUntil }]) => [
        url,
        bits,
        failures,
        bannedUntil,
      ]),
    }))
    this.#store?.save(JSON.stringify({ version: 1, networks })).catch(() => undefined)
  }
}

const isSame = (a: History, b: History): boolean =>
  a.bits === b.bits && a.failures === b.failures && a.bannedUntil === b.bannedUntil

const parse = (text: string): Map<string, Network> => {
  const networks = new Map<string, Network>()
  const parsed: unknown = JSON.parse(text)
  if (!isObject(parsed) || parsed['version'] !== 1 || !Array.isArray(parsed['networks']))
    return networks
  for (const entry of parsed['networks'].slice(-NETWORKS_MAX)) {
    if (!isObject(entry) || typeof entry['name'] !== 'string') continue
    const rows: unknown = entry['histories']
    const histories = (Array.isArray(rows) ? rows : []).flatMap(historyOf)
    networks.set(entry['name'], {
      list: listOf(entry['list']),
      histories: new Map(histories.slice(-HISTORIES_MAX)),
    })
  }
  return networks
}

const listOf = (value: unknown): AddressList | undefined => {
  if (!isObject(value) || !Array.isArray(value['urls'])) return undefined
  const { urls, at, ttlMs, madeAt, shrunk } = value
  const list = {
    at: positive(at),
    ttlMs: positive(ttlMs),
    madeAt: positive(madeAt),
    shrunk: positive(shrunk),
  }
  if (Object.values(list).includes(-1) || !urls.every(url => typeof url === 'string'))
    return undefined
  return { urls, probePorts: portsOf(value['probePorts']), ...list }
}

const portsOf = (value: unknown): Record<string, number> =>
  isObject(value)
    ? Object.fromEntries(
        Object.entries(value).filter((entry): entry is [string, number] => isPort(entry[1])),
      )
    : {}

const historyOf = (row: unknown): [string, History][] => {
  if (!Array.isArray(row) || typeof row[0] !== 'string') return []
  const history = {
    bits: positive(row[1]),
    failures: positive(row[2]),
    bannedUntil: positive(row[3]),
  }
  return Object.values(history).includes(-1) ? [] : [[row[0], history]]
}

const positive = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : -1

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
