import type { BlockList } from 'node:net'
import { AddressKey, blockList, within } from '@longwire/kit'
import { fullAfter, waitOf } from '../admission/rate.ts'
import type { ProbeLimits } from './limits.ts'

/** Buckets of addresses; those that fall into one share it. */
const BUCKETS = 16_384

/**
 * How many probes are answered. Sources of datagrams are easily forged, so nothing is remembered by
 * name: a fixed number of buckets, chosen by a hash that outsiders cannot foresee.
 */
export class ProbeRate {
  readonly #limits: ProbeLimits
  readonly #exempt: BlockList
  readonly #seed: number
  readonly #key: AddressKey = new AddressKey()
  readonly #fullAt: Float64Array = new Float64Array(BUCKETS)
  #allFullAt = 0

  constructor(limits: ProbeLimits, exempt: readonly string[], seed: number) {
    this.#limits = limits
    this.#exempt = blockList(exempt)
    this.#seed = seed | 0
  }

  /** Counts one more. `rate`: too many of this address; `load`: too many of all; undefined: take it. */
  refusal(ip: string, now: number): 'rate' | 'load' | undefined {
    const { address, all } = this.#limits
    const bucket = this.#bucket(ip)
    const fullAt = fullAfter(this.#fullAt[bucket]!, now, 1, address)
    const isTooMany = waitOf(fullAt, now, address) > 0
    if (isTooMany && !within(this.#exempt, ip)) return 'rate'
    const allFullAt = fullAfter(this.#allFullAt, now, 1, all)
    if (waitOf(allFullAt, now, all) > 0) return 'load'
    if (!isTooMany) this.#fullAt[bucket] = fullAt
    this.#allFullAt = allFullAt
    return undefined
  }

  #bucket(ip: string): number {
    this.#key.read(ip)
    let hash = Math.imul(this.#key.hi ^ this.#seed, 0x85eb_ca6b)
    hash = Math.imul(hash ^ (hash >>> 15) ^ this.#key.lo, 0xc2b2_ae35)
    hash = Math.imul(hash ^ (hash >>> 13), 0x27d4_eb2f)
    return ((hash ^ (hash >>> 16)) >>> 0) % BUCKETS
  }
}
