import { AddressKey } from '@longwire/kit'
import { widened } from '../columns.ts'

/** Whether limits hold for an address; looked up once. */
export const STANDING = { UNKNOWN: 0, LIMITED: 1, EXEMPT: 2 } as const

/**
 * What a gate remembers of each address that dials it, in typed arrays: about 60 bytes per address.
 *
 * An address with open connections is always remembered, so the table never holds more rows than there
 * are connections plus `spare`; of the others the one that was seen last longest ago makes room.
 */
export class Sources {
  /** Rows in use. */
  size = 0
  /** Open connections, and those on their way to one. */
  open: Int32Array = new Int32Array(0)
  /** When the bucket of its accepts is full again, see rate.ts. */
  acceptsFullAt: Float64Array = new Float64Array(0)
  strikes: Float32Array = new Float32Array(0)
  struckAt: Float64Array = new Float64Array(0)
  bans: Uint8Array = new Uint8Array(0)
  bannedUntil: Float64Array = new Float64Array(0)
  /** A row of {@link STANDING}. */
  standing: Uint8Array = new Uint8Array(0)

  readonly #spareMax: number
  readonly #seed: number
  readonly #key: AddressKey = new AddressKey()
  #capacity = 0
  /** Rows without connections. */
  #spare = 0
  #hi: Uint32Array = new Uint32Array(0)
  #lo: Uint32Array = new Uint32Array(0)
  #heads: Int32Array = new Int32Array(0)
  #next: Int32Array = new Int32Array(0)
  /** Rows without connections from the one seen longest ago to the one seen last. */
  #older: Int32Array = new Int32Array(0)
  #newer: Int32Array = new Int32Array(0)
  #oldest = NONE
  #newest = NONE

  /** `seed` keeps outsiders from choosing addresses that fall into one bucket. */
  constructor(spareMax: number, seed: number) {
    this.#spareMax = Math.max(1, spareMax)
    this.#seed = seed | 0
    this.#resize(Math.min(FIRST_CAPACITY, this.#spareMax))
  }

  /** The row of an address, made where it is new. It stays valid while it has connections. */
  of(ip: string): number {
    this.#key.read(ip)
    const { hi, lo } = this.#key
    for (let id = this.#heads[this.#bucket(hi, lo)]!; id !== NONE; id = this.#next[id]!) {
      if (this.#hi[id] !== hi || this.#lo[id] !== lo) continue
      if (this.open[id] === 0) {
        this.#unlinkSpare(id)
        this.#linkSpare(id)
      }
      return id
    }
    return this.#add(hi, lo)
  }

  /** The address of a row, for people to read. */
  nameOf(id: number): string {
    return AddressKey.format(this.#hi[id]!, this.#lo[id]!)
  }

  /** The network (/24, or /48 of IPv6) of a row's address; '' where that is not known. */
  networkOf(id: number): string {
    return AddressKey.network(this.#hi[id]!, this.#lo[id]!)
  }

  /** As {@link AddressKey.wide}, of a row's address. */
  wideNetworkOf(id: number): number {
    return AddressKey.wide(this.#hi[id]!, this.#lo[id]!)
  }

  /** Calls `each` with every row that has at least `least` connections. */
  eachBusy(least: number, each: (id: number) => void): void {
    for (let id = 0; id < this.size; id++) if (this.open[id]! >= least) each(id)
  }

  pin(id: number): void {
    if (this.open[id] === 0) this.#unlinkSpare(id)
    this.open[id] = this.open[id]! + 1
  }

  unpin(id: number): void {
    this.open[id] = this.open[id]! - 1
    if (this.open[id] === 0) this.#linkSpare(id)
  }

  #add(hi: number, lo: number): number {
    const id = this.#room()
    this.#hi[id] = hi
    this.#lo[id] = lo
    this.open[id] = this.strikes[id] = this.bans[id] = this.standing[id] = 0
    this.acceptsFullAt[id] = this.struckAt[id] = this.bannedUntil[id] = 0
    const bucket = this.#bucket(hi, lo)
    this.#next[id] = this.#heads[bucket]!
    this.#heads[bucket] = id
    this.#linkSpare(id)
    return id
  }

  #room(): number {
    if (this.#spare < this.#spareMax) {
      if (this.size === this.#capacity) this.#resize(this.#capacity * 2)
      return this.size++
    }
    const id = this.#oldest
    this.#unlinkSpare(id)
    this.#unchain(id)
    return id
  }

  #unchain(id: number): void {
    const bucket = this.#bucket(this.#hi[id]!, this.#lo[id]!)
    let at = this.#heads[bucket]!
    if (at === id) {
      this.#heads[bucket] = this.#next[id]!
      return
    }
    while (this.#next[at] !== id) at = this.#next[at]!
    this.#next[at] = this.#next[id]!
  }

  #linkSpare(id: number): void {
    this.#spare++
    this.#older[id] = this.#newest
    this.#newer[id] = NONE
    if (this.#newest === NONE) this.#oldest = id
    else this.#newer[this.#newest] = id
    this.#newest = id
  }

  #unlinkSpare(id: number): void {
    this.#spare--
    const older = this.#older[id]!
    const newer = this.#newer[id]!
    if (older === NONE) this.#oldest = newer
    else this.#newer[older] = newer
    if (newer === NONE) this.#newest = older
    else this.#older[newer] = older
  }

  #bucket(hi: number, lo: number): number {
    let hash = Math.imul(hi ^ this.#seed, 0x85eb_ca6b)
    hash = Math.imul(hash ^ (hash >>> 15) ^ lo, 0xc2b2_ae35)
    hash = Math.imul(hash ^ (hash >>> 13), 0x27d4_eb2f)
    return ((hash ^ (hash >>> 16)) >>> 0) % this.#heads.length
  }

  #resize(capacity: number): void {
    this.open = widened(new Int32Array(capacity), this.open)
    this.acceptsFullAt = widened(new Float64Array(capacity), this.acceptsFullAt)
    this.strikes = widened(new Float32Array(capacity), this.strikes)
    this.struckAt = widened(new Float64Array(capacity), this.struckAt)
    this.bans = widened(new Uint8Array(capacity), this.bans)
    this.bannedUntil = widened(new Float64Array(capacity), this.bannedUntil)
    this.standing = widened(new Uint8Array(capacity), this.standing)
    this.#hi = widened(new Uint32Array(capacity), this.#hi)
    this.#lo = widened(new Uint32Array(capacity), this.#lo)
    this.#older = widened(new Int32Array(capacity), this.#older)
    this.#newer = widened(new Int32Array(capacity), this.#newer)
    this.#next = new Int32Array(capacity)
    this.#heads = new Int32Array(capacity).fill(NONE)
    this.#capacity = capacity
    for (let id = 0; id < this.size; id++) {
      const bucket = this.#bucket(this.#hi[id]!, this.#lo[id]!)
      this.#next[id] = this.#heads[bucket]!
      this.#heads[bucket] = id
    }
  }
}

const NONE = -1
const FIRST_CAPACITY = 1_024
