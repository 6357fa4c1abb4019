import { CODES } from '@longwire/proto'
import type { trunkBody } from '@longwire/proto/trunk'
import type { Hangup } from './hangup.ts'
import { type SessionTable, STATE } from './session-table.ts'

type Revocation = trunkBody.Revocation.$Properties

export interface RevocationsParts {
  readonly table: SessionTable
  readonly hangup: Hangup
  /** How long a revocation is remembered for logins that were checked before it was known. */
  readonly keepMs: number
  readonly now: number
}

/**
 * Ends the sessions that logic says are revoked. Many revocations cost one walk over the sessions.
 *
 * Two generations take turns: the older is forgotten whole.
 */
export class Revocations {
  readonly #parts: RevocationsParts
  #young: Generation = new Generation()
  #old: Generation = new Generation()
  #turnedAt: number
  #walkDue = false
  #walkedAt = -Infinity

  constructor(parts: RevocationsParts) {
    this.#parts = parts
    this.#turnedAt = parts.now
  }

  take(revocation: Revocation): void {
    if (revocation.lifted === true) {
      this.#young.drop(revocation)
      this.#old.drop(revocation)
    } else {
      // Every logic node tells of every revocation.
      if (this.#old.has(revocation)) return
      if (this.#young.add(revocation)) this.#walkDue = true
    }
  }

  /** Why the session may not be, or undefined. */
  of(slot: number): string | undefined {
    const { table } = this.#parts
    if (this.#young.size + this.#old.size === 0) return undefined
    const found = this.#young.find(table, slot) ?? this.#old.find(table, slot)
    return found === undefined ? undefined : found.message || CODES.REVOKED.remedy
  }

  /** Ends the sessions of what came since the last call. */
  tick(): void {
    const { table, hangup, keepMs } = this.#parts
    if (this.#walkDue && table.now - this.#walkedAt >= WALK_MS) {
      this.#walkDue = false
      this.#walkedAt = table.now
      for (let slot = 0; slot < table.capacity; slot++) {
        if (table.state[slot] !== STATE.READY) continue
        const revoked = this.of(slot)
        if (revoked !== undefined) hangup.kickFor(slot, 'REVOKED', revoked)
      }
    }
    if (table.now - this.#turnedAt < keepMs) return
    this.#turnedAt = table.now
    this.#old = this.#young
    this.#young = new Generation()
  }
}

/** A walk over a million sessions takes some 65 ms. */
const WALK_MS = 1_000

class Generation {
  size = 0
  readonly #ofUid = new Map<string, Revocation[]>()
  /** By the upper half of the token's hash. */
  readonly #ofToken = new Map<number, Revocation[]>()

  has(revocation: Revocation): boolean {
    return this.#listOf(revocation).some(known => known.id === revocation.id)
  }

  /** False where it is known. */
  add(revocation: Revocation): boolean {
    if (this.has(revocation)) return false
    this.#listOf(revocation).push(revocation)
    this.size++
    return true
  }

  drop(revocation: Revocation): void {
    const list = this.#listOf(revocation)
    const at = list.findIndex(known => known.id === revocation.id)
    if (at < 0) return
    list.splice(at, 1)
    this.size--
  }

  find(table: SessionTable, slot: number): Revocation | undefined {
    if (this.size === 0) return undefined
    const high = table.tokenHigh[slot]!
    const low = table.tokenLow[slot]!
    const ofToken =
      (high | low) === 0
        ? undefined
        : this.#ofToken.get(high)?.find(({ tokenLow = 0 }) => tokenLow === low)
    return ofToken ?? this.#ofUid.get(table.uid[slot]!)?.find(each => isAbout(each, table, slot))
  }

  #listOf({ uid = '', tokenHigh = 0 }: Revocation): Revocation[] {
    return uid === '' || uid === null
      ? listIn(this.#ofToken, tokenHigh ?? 0)
      : listIn(this.#ofUid, uid)
  }
}

const isAbout = (revocation: Revocation, table: SessionTable, slot: number): boolean => {
  const before = revocation.issuedBefore ?? 0
  if (before !== 0 && table.issuedAt[slot]! >= before) return false
  return revocation.appcodes?.includes(table.appcode[slot]!) === true
}

const listIn = <K>(lists: Map<K, Revocation[]>, key: K): Revocation[] => {
  const known = lists.get(key)
  if (known !== undefined) return known
  const list: Revocation[] = []
  lists.set(key, list)
  return list
}
