/** How the last dials of one address went. */
export interface History {
  /** The newest of eight results is bit 0; 1: it failed. */
  readonly bits: number
  /** Failures in a row. */
  readonly failures: number
  /** ms since 1970; 0: it is not banned. */
  readonly bannedUntil: number
}

const RESULTS = 0xff
const FAILED_MAX = 3
const BAN_MS = 6 * 60_000
const BAN_MAX_MS = 30 * 60_000

export const NO_HISTORY: History = { bits: 0, failures: 0, bannedUntil: 0 }

export const succeeded = ({ bits }: History): History => ({
  bits: (bits << 1) & RESULTS,
  failures: 0,
  bannedUntil: 0,
})

/** From three failures of eight on it is banned for 6 minutes, and 6 more with each that follows, up to 30. */
export const failed = (before: History, now: number): History => {
  const bits = ((before.bits << 1) | 1) & RESULTS
  const failures = before.failures + 1
  const history = { bits, failures, bannedUntil: 0 }
  const bad = ones(bits)
  if (bad < FAILED_MAX) return history
  // The ban that this failure would be alone, had the ones before it not been in a row.
  const further = Math.max(0, Math.min(failures, bad) - FAILED_MAX)
  return { ...history, bannedUntil: now + Math.min(BAN_MAX_MS, BAN_MS * (1 + further)) }
}

/** A clock that was set back makes no ban longer than the longest. */
export const isBanned = ({ bannedUntil }: History, now: number): boolean =>
  bannedUntil > now && bannedUntil - now <= BAN_MAX_MS

const ones = (bits: number): number => {
  let count = 0
  for (let left = bits; left !== 0; left &= left - 1) count++
  return count
}
