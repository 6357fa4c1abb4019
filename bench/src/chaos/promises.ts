import type { Row } from '../scenario.ts'
import { FAULTS } from './faults.ts'
import { tooMuch, type Recovered, type RoundResult } from './round.ts'

/** `3.1 s (at most 10 s)`. */
export const recoveryText = ({ what, unit, value, most }: Recovered): string =>
  `${what}: ${value} ${unit}, at most ${most} ${unit}`

/** One row for each promise and what it is about: the worst of all rounds beside what must hold. */
export const promiseRows = (results: readonly RoundResult[]): Row[] => {
  const byPromise = grouped(results, ({ fault }) => FAULTS[fault]!.promise)
  const promises = [...byPromise.keys()].sort((a, b) => numberOf(a) - numberOf(b))
  return promises.flatMap(promise => rowsOf(promise, byPromise.get(promise) ?? []))
}

const numberOf = (promise: string): number => Number(promise.slice(1)) || Infinity

const grouped = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

const rowsOf = (promise: string, results: readonly RoundResult[]): Row[] => {
  const sum = (of: (result: RoundResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0)
  const failed = sum(({ failures }) => (failures.length > 0 ? 1 : 0))
  const common = {
    promise,
    faults: [...new Set(results.map(({ fault }) => fault))].join(', '),
    rounds: results.length,
    accepted: sum(({ verdict }) => verdict.accepted),
    lost: sum(({ verdict }) => verdict.lost),
    repeated: sum(({ verdict }) => verdict.repeated),
    'out of order': sum(({ verdict }) => verdict.outOfOrder),
  }
  const recoveries = grouped(
    results.flatMap(result => result.recoveries),
    ({ what }) => what,
  )
  if (recoveries.size === 0)
    return [
      { ...common, recovery: '–', worst: '–', 'at most': '–', held: failed === 0 ? 'yes' : 'NO' },
    ]
  return [...recoveries].map(([what, all]) => {
    const worst = all.reduce((a, b) => (b.value / b.most > a.value / a.most ? b : a))
    const held = failed === 0 && !all.some(tooMuch)
    return {
      ...common,
      recovery: what,
      worst: `${worst.value} ${worst.unit}`,
      'at most': `${worst.most} ${worst.unit}`,
      held: held ? 'yes' : 'NO',
    }
  })
}
