import {
  NO_ROLES,
  flowsOf,
  planOf,
  rolesAfter,
  spreadOf,
  type Flow,
  type Roles,
} from './balance.ts'
import { stateOf } from './drain.ts'
import type { GateView, Order, Selection, World } from './mover.ts'
import { ended, noting, type Rebalance } from './operation.ts'
import { heardOf, isDone, ordersOf, problemsOf, roomOf, tallyOf, wave, type Wave } from './wave.ts'

export interface RebalancePlan {
  /** auto: from full gates to empty ones, until they differ little. Otherwise once, as told. */
  readonly auto: boolean
  /** Ids of gates; auto: those it is about. */
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly which: Selection
  /** auto: it is good where the fullest and the emptiest differ by no more, as a share of capacity. */
  readonly spread: number
  /** 0: what the others take. */
  readonly perSecond: number
  readonly reason: string
}

export interface RebalanceProgress {
  readonly round: number
  /** The orders of this round; none before the first, or while loads settle. */
  readonly wave: Wave | undefined
  /** Until then gates tell each other how full they are now. */
  readonly settlesAt: number
  readonly roles: Roles
  /** Of the rounds before. */
  readonly moved: number
  readonly failed: number
  readonly spread: number
}

/** Beats of gates tell what they have once a second; clients that were moved need a moment as well. */
const SETTLE_MS = 5_000
const ROUNDS_MAX = 32

export const beginRebalance = (
  id: string,
  plan: RebalancePlan,
  { now, gates }: World,
): RebalanceProgress => ({
  round: plan.auto ? 0 : 1,
  wave: plan.auto
    ? undefined
    : wave(
        `${id}.1`,
        now,
        plan.from.map(gate => ({ gate, to: plan.to, which: plan.which })),
      ),
  settlesAt: now,
  roles: NO_ROLES,
  moved: 0,
  failed: 0,
  spread: spreadOf(about(plan, gates)),
})

/** Gates that it is about and that say how full they are. */
const about = ({ from }: Pick<RebalancePlan, 'from'>, gates: readonly GateView[]): GateView[] =>
  gates.filter(({ id, capacity, listed }) => listed && capacity > 0 && from.includes(id))

/** What it would move, as far as that is known before gates are asked. */
export const rebalanceFlows = (plan: RebalancePlan, gates: readonly GateView[]): Flow[] => {
  if (plan.auto) return planOf(about(plan, gates), plan.spread)
  const takers = gates.filter(({ id }) => plan.to.includes(id))
  const room = takers.map(gate => Math.max(1, roomOf(gate)))
  const all = room.reduce((sum, each) => sum + each, 0)
  return gates
    .filter(({ id }) => plan.from.includes(id))
    .flatMap(gate => {
      const { share = 0, count = 0 } = plan.which
      const part = share === 0 ? gate.sessions : Math.round((gate.sessions * share) / 10_000)
      const most = count === 0 ? part : Math.min(count, part)
      return takers.map(({ id }, index) => ({
        from: gate.id,
        to: id,
        count: Math.round((most * room[index]!) / all),
      }))
    })
    .filter(({ count }) => count > 0)
}

export const rebalanceOrders = ({ plan, progress, state }: Rebalance, world: World): Order[] => {
  if (progress.wave === undefined) return []
  const { reason, perSecond } = plan
  return ordersOf(progress.wave, world, {
    state: stateOf(state),
    reason,
    perSecond: perSecond === 0 ? undefined : perSecond,
  })
}

export const stepRebalance = (operation: Rebalance, world: World): Rebalance => {
  const { plan, progress, state } = operation
  const now = progress.wave === undefined ? undefined : heardOf(progress.wave, world)
  const spread = spreadOf(about(plan, world.gates))
  const stepped: Rebalance = { ...operation, progress: { ...progress, wave: now, spread } }
  if (state === 'paused') return stepped
  if (now === undefined) return world.now < progress.settlesAt ? stepped : round(stepped, world)
  if (!isDone(now)) return stepped
  return plan.auto ? settling(stepped, now, world.now) : finished(stepped, now, world.now)
}

const finished = (operation: Rebalance, found: Wave, now: number): Rebalance => {
  const { matching, moved, left, failed } = tallyOf(found)
  const problems = problemsOf(found)
  const text = `moved ${moved} of ${matching} sessions; ${left} left by themselves, ${failed} stayed`
  const stuck = moved === 0 && failed > 0
  if (stuck || problems !== '')
    return ended(operation, now, {
      state: 'failed',
      problem: problems === '' ? 'no session could be moved' : problems,
      text,
    })
  return ended(operation, now, { state: 'done', text })
}

const settling = (operation: Rebalance, found: Wave, now: number): Rebalance => {
  const { progress } = operation
  const { moved, failed } = tallyOf(found)
  const problems = problemsOf(found)
  if (moved === 0)
    return ended(operation, now, {
      state: 'failed',
      problem: problems === '' ? 'no session could be moved' : problems,
      text: `round ${progress.round} moved nobody`,
    })
  const settled = {
    ...progress,
    wave: undefined,
    settlesAt: now + SETTLE_MS,
    moved: progress.moved + moved,
    failed: progress.failed + failed,
  }
  const text = `round ${progress.round}: moved ${moved}, ${failed} stayed`
  return noting({ ...operation, progress: settled }, { at: now, by: '', text })
}

const round = (operation: Rebalance, { now, gates }: World): Rebalance => {
  const { id, plan, progress } = operation
  const fills = about(plan, gates)
  const spread = `${(100 * progress.spread).toFixed(1)} % of capacity`
  const sum = `moved ${progress.moved} sessions in ${progress.round} rounds`
  if (progress.spread <= plan.spread)
    return ended(operation, now, { state: 'done', text: `${sum}: gates differ by ${spread}` })
  const flows = flowsOf(fills, progress.roles)
  // Whoever gave does not take: what is left comes from clients that come and go by themselves.
  if (flows.length === 0 || progress.round >= ROUNDS_MAX)
    return ended(operation, now, {
      state: 'done',
      text: `${sum}: gates differ by ${spread}, and nothing more would last`,
    })
  const next = progress.round + 1
  const parts = flows.map(({ from, to, count }) => ({
    gate: from,
    to: [to],
    which: { ...plan.which, count },
  }))
  const started = {
    ...progress,
    round: next,
    wave: wave(`${id}.${next}`, now, parts),
    roles: rolesAfter(progress.roles, flows),
  }
  const each = flows.map(({ from, to, count }) => `${count} from ${from} to ${to}`).join(', ')
  const note = { at: now, by: '', text: `round ${next}: ${each}` }
  return noting({ ...operation, progress: started }, note)
}
