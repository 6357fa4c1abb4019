import { NEXT_UNIT_MS } from '@longwire/proto'
import { AddressKey } from '@longwire/kit'
import type { trunkBody } from '@longwire/proto/trunk'
import { TICK_MS } from './limits.ts'
import { FLAG, type SessionTable, STATE } from './session-table.ts'

/** What sessions of one network have learned. */
export interface NetworkTally {
  /** A number that {@link NetworkScanParts.networkOf} gives. */
  readonly network: number
  sessions: number
  /** Those of them that have settled on an interval, and the sum of these in 15 s units. */
  learned: number
  units: number
  /** Of the learned ones: how many up to 60, 120, 180, 240, 300, 450, 600 and 900 s, and beyond. */
  readonly counts: number[]
}

const LEARNED_SECONDS = [60, 120, 180, 240, 300, 450, 600, 900] as const

export interface NetworkScanParts {
  readonly table: SessionTable
  /** The /16 of an IPv4 source or the /32 of an IPv6 one, as a number; −1: not known. */
  readonly networkOf: (source: number) => number
}

/** Sessions looked at in one tick: a million take a minute. */
const SLOTS_PER_TICK = 5_000
/** Ticks between two rounds: 10 s, so that a session costs next to nothing. */
const REST_TICKS: number = 10_000 / TICK_MS
/** Networks tallied in one round; sessions of further ones are left out. */
const NETWORKS_MAX = 8_192
/** Networks told of: those with most sessions. */
const NETWORKS_TOLD = 64
/** Fewer learned intervals than this say nothing of a network. */
const LEARNED_LEAST = 20

/**
 * Goes through all sessions every ten seconds, a few at a time, and tallies per network how long its clients have found that a
 * connection may be idle. Nothing is kept per session for it but one bit.
 */
export class NetworkScan {
  /** Of the last whole round: the networks with most sessions first. */
  told: readonly NetworkTally[] = []
  /** Networks in the last whole round. */
  networks = 0
  /** Shortest mean of those that say something, in seconds; 0: there are none. */
  leastSeconds = 0
  readonly #parts: NetworkScanParts
  #tallies = new Map<number, NetworkTally>()
  #at = 0
  #rest = 0

  constructor(parts: NetworkScanParts) {
    this.#parts = parts
  }

  /** As USAGE tells it. */
  get usage(): trunkBody.NetworkUsage.$Properties[] {
    return this.told.map(({ network, sessions, learned, units, counts }) => ({
      network: AddressKey.formatWide(network),
      sessions,
      learned,
      learnedMs: units * NEXT_UNIT_MS,
      counts,
    }))
  }

  tick(): void {
    if (this.#at === 0 && this.#rest > 0) {
      this.#rest--
      return
    }
    const { table } = this.#parts
    const end = Math.min(this.#at + SLOTS_PER_TICK, table.capacity)
    for (let slot = this.#at; slot < end; slot++)
      if (table.state[slot] === STATE.READY) this.#count(slot)
    this.#at = end < table.capacity ? end : 0
    if (this.#at === 0) this.#conclude()
  }

  #count(slot: number): void {
    const { table, networkOf } = this.#parts
    const network = networkOf(table.source[slot]!)
    if (network < 0) return
    let tally = this.#tallies.get(network)
    if (tally === undefined) {
      if (this.#tallies.size >= NETWORKS_MAX) return
      const counts = Array.from({ length: LEARNED_SECONDS.length + 1 }, () => 0)
      tally = { network, sessions: 0, learned: 0, units: 0, counts }
      this.#tallies.set(network, tally)
    }
    tally.sessions++
    if (!table.has(slot, FLAG.LEARNED)) return
    const units = table.nextUnits[slot]!
    tally.learned++
    tally.units += units
    const seconds = (units * NEXT_UNIT_MS) / 1_000
    const bucket = LEARNED_SECONDS.findIndex(bound => seconds <= bound)
    const at = bucket < 0 ? LEARNED_SECONDS.length : bucket
    tally.counts[at] = tally.counts[at]! + 1
  }

  #conclude(): void {
    this.#rest = REST_TICKS
    const all = [...this.#tallies.values()]
    this.#tallies = new Map()
    this.networks = all.length
    const means = all.filter(({ learned }) => learned >= LEARNED_LEAST).map(meanSecondsOf)
    this.leastSeconds = means.reduce((least, mean) => Math.min(least, mean), means[0] ?? 0)
    this.told = all.sort((a, b) => b.sessions - a.sessions).slice(0, NETWORKS_TOLD)
  }
}

const meanSecondsOf = ({ units, learned }: NetworkTally): number =>
  (units * NEXT_UNIT_MS) / 1_000 / learned
