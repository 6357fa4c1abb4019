import type { GateView } from './mover.ts'

/** So many sessions from one gate to another. */
export interface Flow {
  readonly from: string
  readonly to: string
  readonly count: number
}

/** A gate as far as it matters who is how full. */
export type Fill = Pick<GateView, 'id' | 'conns' | 'capacity'>

/** What gates were in earlier rounds: one that gave never takes, and the other way round. */
export interface Roles {
  readonly gave: readonly string[]
  readonly took: readonly string[]
}

export const NO_ROLES: Roles = { gave: [], took: [] }

const fillOf = ({ conns, capacity }: Fill): number => conns / capacity

/** How far the fullest gate is from the emptiest, as a share of capacity: 0 to 1. */
export const spreadOf = (gates: readonly Fill[]): number => {
  const fills = gates.map(fillOf)
  return fills.length < 2 ? 0 : Math.max(...fills) - Math.min(...fills)
}

/**
 * What makes gates equally full: each that has more than its part gives to one that has less, the
 * largest to whoever lacks most. A gate gives to one at most: what is left is for the next round.
 */
export const flowsOf = (gates: readonly Fill[], { gave, took }: Roles): Flow[] => {
  const capacity = gates.reduce((sum, gate) => sum + gate.capacity, 0)
  if (capacity === 0) return []
  const mean = gates.reduce((sum, gate) => sum + gate.conns, 0) / capacity
  const over = gates.map(({ id, conns, capacity: own }) => ({ id, by: conns - mean * own }))
  const givers = over
    .filter(({ id, by }) => by >= 1 && !took.includes(id))
    .sort((a, b) => b.by - a.by || (a.id < b.id ? -1 : 1))
  const takers = over
    .filter(({ id, by }) => by <= -1 && !gave.includes(id))
    .sort((a, b) => a.by - b.by || (a.id < b.id ? -1 : 1))
  const flows: Flow[] = []
  for (const { id, by } of givers) {
    const taker = takers.reduce<Needy | undefined>(
      (best, each) => (best === undefined || each.by < best.by ? each : best),
      undefined,
    )
    const count = taker === undefined ? 0 : Math.floor(Math.min(by, -taker.by))
    if (taker === undefined || count < 1) break
    flows.push({ from: id, to: taker.id, count })
    taker.by += count
  }
  return flows
}

interface Needy {
  readonly id: string
  /** Connections beyond its part: below zero. */
  by: number
}

/** All flows until nobody has anything to give: what rounds come to where nobody comes or goes. */
export const planOf = (gates: readonly Fill[], spread: number): Flow[] => {
  const all: Flow[] = []
  let now = gates
  let roles = NO_ROLES
  while (spreadOf(now) > spread && all.length < gates.length * 2) {
    const flows = flowsOf(now, roles)
    if (flows.length === 0) break
    all.push(...flows)
    roles = rolesAfter(roles, flows)
    now = now.map(gate => ({ ...gate, conns: gate.conns + netOf(gate.id, flows) }))
  }
  return all
}

export const rolesAfter = ({ gave, took }: Roles, flows: readonly Flow[]): Roles => ({
  gave: [...new Set([...gave, ...flows.map(({ from }) => from)])],
  took: [...new Set([...took, ...flows.map(({ to }) => to)])],
})

const netOf = (id: string, flows: readonly Flow[]): number =>
  flows.reduce(
    (sum, { from, to, count }) => sum + (to === id ? count : 0) - (from === id ? count : 0),
    0,
  )
