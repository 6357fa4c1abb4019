import type { Random } from '../clock.ts'

/**
 * One of each of `ranges` contiguous ranges of about equal length, at random: of a list with the least
 * loaded first, some that are idle and some that are near whatever their load.
 */
export const pickFromRanges = <T>(ranked: readonly T[], ranges: number, random: Random): T[] => {
  const count = Math.min(ranges, ranked.length)
  return Array.from({ length: count }, (_, range) => {
    const from = Math.floor((range * ranked.length) / count)
    const to = Math.floor(((range + 1) * ranked.length) / count)
    return ranked[from + Math.floor(random() * (to - from))]!
  })
}
