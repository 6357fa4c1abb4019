import type { Side } from '../operations/sides.ts'
import { nodeId, type NodeInfo, type PublicAddress } from '@longwire/kit'
import { isIP } from 'node:net'

/** What can be dialled. */
export const TRANSPORTS = ['tcp', 'tls', 'ws', 'wss'] as const
export type TransportName = (typeof TRANSPORTS)[number]

/** One line of an answer. */
export interface Entry {
  readonly url: string
  /** Share of its capacity that is taken, to four digits. */
  readonly load: number
  /** TCP port of the same host that answers probes. */
  readonly probe?: number
}

/** What distinguishes one answer from another; undefined: of no matter. */
export interface Wish {
  readonly transport: TransportName | undefined
  readonly net: string | undefined
  readonly appcode: number | undefined
  /** Hosts as names where there are any, for browsers; otherwise as IPs where there are any. */
  readonly names: boolean
  /** Of a release that runs; undefined: none does. */
  readonly side: Side | undefined
}

export interface Ranked {
  readonly appcodes: readonly number[]
  readonly addresses: readonly Address[]
  readonly load: number
}

/** An address, looked at once for all answers that have it. */
interface Address {
  readonly url: string
  readonly net: string | undefined
  readonly scheme: string
  readonly isName: boolean
  readonly probe: number | undefined
}

/** A gate that is as full as this is not given out, as long as there are others. */
const FULL = 0.98

/** Least loaded first. A gate that does not say its load counts as loaded as the others are on average. */
export const rank = (gates: readonly NodeInfo[]): readonly Ranked[] => {
  const told = gates.map(loadOf).filter(load => load !== undefined)
  const mean = told.reduce((sum, load) => sum + load, 0) / Math.max(1, told.length)
  const all = gates.map(gate => ({ gate, load: loadOf(gate) ?? mean, id: nodeId(gate) }))
  const roomy = all.filter(({ load }) => load < FULL)
  return (roomy.length > 0 ? roomy : all)
    .sort((a, b) => a.load - b.load || (a.id < b.id ? -1 : 1))
    .map(({ gate: { reach }, load }) => ({
      appcodes: reach?.appcodes ?? [],
      addresses: (reach?.addresses ?? []).flatMap(addressOf),
      load: Math.round(load * 10_000) / 10_000,
    }))
}

const loadOf = ({ load }: NodeInfo): number | undefined =>
  load === undefined || !(load.capacity > 0) ? undefined : load.conns / load.capacity

const PARTS = /^(\w+):\/\/(\[[^\]]+\]|[^:/#]+)/

const addressOf = ({ url, net, probe }: PublicAddress): Address[] => {
  const [, scheme, host] = PARTS.exec(url) ?? []
  if (scheme === undefined || host === undefined) return []
  return [{ url, net, scheme, isName: isIP(host.replaceAll(/^\[|\]$/g, '')) === 0, probe }]
}

/** The addresses of `ranked` for a wish: those of its own network and of none come before those of others. */
export const entriesFor = (ranked: readonly Ranked[], wish: Wish, most: number): Entry[] => {
  const near: Entry[] = []
  const far: Entry[] = []
  for (const gate of ranked) {
    if (near.length >= most) break
    if (!isFor(gate, wish.appcode)) continue
    const addresses = addressesFor(gate, wish)
    const own = addresses.filter(({ net }) => net === undefined || net === wish.net)
    const [list, chosen] = own.length > 0 ? [near, own] : [far, addresses]
    for (const { url, probe } of chosen)
      list.push({ url, load: gate.load, ...(probe === undefined ? {} : { probe }) })
  }
  return [...near, ...far].slice(0, most)
}

const isFor = ({ appcodes }: Ranked, appcode: number | undefined): boolean =>
  appcodes.length === 0 || (appcode !== undefined && appcodes.includes(appcode))

const addressesFor = ({ addresses }: Ranked, wish: Wish): readonly Address[] => {
  const { transport, names } = wish
  const all =
    transport === undefined ? addresses : addresses.filter(({ scheme }) => scheme === transport)
  const wanted = all.filter(({ isName }) => isName === names)
  return wanted.length > 0 ? wanted : all
}
