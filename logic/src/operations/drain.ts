import type { Order, World } from './mover.ts'
import { ended, type Drain, type Operation } from './operation.ts'
import {
  bestOf,
  heardOf,
  isDone,
  ordersOf,
  paceOf,
  problemsOf,
  tallyOf,
  wave,
  type Wave,
} from './wave.ts'

/** Empties one gate, which then ends. */
export interface DrainPlan {
  readonly gate: string
  /** Where to; empty: to all others. */
  readonly to: readonly string[]
  readonly deadlineMs: number
  readonly reason: string
}

export interface DrainProgress {
  readonly wave: Wave
  /** What it had, and what it has. */
  readonly sessionsBefore: number
  readonly sessions: number
  /** Sessions that left in a second, so far. */
  readonly perSecond: number
  /** Milliseconds until it will be empty at this rate; −1: not known. */
  readonly remainingMs: number
}

/** Beyond its own deadline a gate has so long to say how it went. */
const LATE_MS = 10_000
/** Later than this it is too late to leave in time at a measured pace. */
const SAFETY = 0.8

export const beginDrain = (id: string, plan: DrainPlan, { now, gates }: World): DrainProgress => {
  const sessions = gates.find(gate => gate.id === plan.gate)?.sessions ?? 0
  return {
    wave: wave(`${id}.1`, now, [{ gate: plan.gate, to: plan.to, which: {} }]),
    sessionsBefore: sessions,
    sessions,
    perSecond: 0,
    remainingMs: -1,
  }
}

export const drainOrders = ({ plan, progress, state }: Drain, world: World): Order[] => {
  // A gate that is empty stays so, until somebody stops it.
  if (state === 'done') return []
  const others = world.gates.filter(({ id }) => id !== plan.gate)
  const to = plan.to.length === 0 ? others : others.filter(({ id }) => plan.to.includes(id))
  const leftMs = Math.max(1_000, progress.wave.beganAt + plan.deadlineMs * SAFETY - world.now)
  // In time comes before gently: whoever is left at the deadline is hung up on, all at once.
  const perSecond = Math.max(paceOf(bestOf(to)), Math.ceil((progress.sessions * 1_000) / leftMs))
  const { reason } = plan
  return ordersOf(progress.wave, world, {
    state: stateOf(state),
    drain: true,
    reason,
    perSecond,
    others,
  })
}

export const stepDrain = (operation: Drain, world: World): Drain => {
  const { plan, progress } = operation
  const now = heardOf(progress.wave, world)
  const gate = world.gates.find(({ id }) => id === plan.gate)
  const sessions =
    now.parts[0]?.told === 0 && gate !== undefined ? gate.sessions : tallyOf(now).sessions
  const stepped: Drain = {
    ...operation,
    progress: { ...progress, ...paceSoFar(progress, sessions, world.now), wave: now, sessions },
  }
  if (gate === undefined) return gone(stepped, world)
  if (operation.state === 'paused') return stepped
  if (isDone(now)) return finished(stepped, world.now)
  if (world.now > now.beganAt + plan.deadlineMs + LATE_MS)
    return ended(stepped, world.now, {
      state: 'failed',
      problem: `${sessions} sessions had not left after ${plan.deadlineMs / 1_000} s${because(now)}`,
      text: `gave up with ${sessions} sessions left`,
    })
  return stepped
}

const because = (found: Wave): string => {
  const problems = problemsOf(found)
  return problems === '' ? '' : ` (${problems})`
}

const paceSoFar = (
  { wave: { beganAt }, sessionsBefore }: DrainProgress,
  sessions: number,
  now: number,
): Pick<DrainProgress, 'perSecond' | 'remainingMs'> => {
  const perSecond = Math.max(0, sessionsBefore - sessions) / Math.max(1, (now - beganAt) / 1_000)
  const remainingMs =
    sessions === 0 ? 0 : perSecond === 0 ? -1 : Math.ceil((sessions / perSecond) * 1_000)
  return { perSecond: Math.round(perSecond * 10) / 10, remainingMs }
}

const finished = (operation: Drain, now: number): Drain => {
  const { sessions, wave } = operation.progress
  const { moved, left, failed } = tallyOf(wave)
  if (sessions === 0)
    return ended(operation, now, {
      state: 'done',
      text: `is empty: ${moved} sessions moved, ${left} left by themselves, ${failed} had to be closed`,
    })
  return ended(operation, now, {
    state: 'failed',
    problem: `${sessions} sessions are left${because(wave)}`,
    text: `ended with ${sessions} sessions left`,
  })
}

/** A gate that was drained ends: that is how most drains end. */
const gone = (operation: Drain, world: World): Drain => {
  const { plan, progress } = operation
  const { moved } = tallyOf(progress.wave)
  if (world.lossOf(plan.gate) === 'left')
    return ended(
      { ...operation, progress: { ...progress, sessions: 0, remainingMs: 0 } },
      world.now,
      { state: 'done', text: `has left; ${moved} sessions were seen to move` },
    )
  return ended(operation, world.now, {
    state: 'failed',
    problem: `the gate died with ${progress.sessions} sessions; their clients dial others by themselves`,
    text: `died with ${progress.sessions} sessions`,
  })
}

/** What gates are told where an operation is in this state. */
export const stateOf = (state: Operation['state']): Order['state'] => {
  if (state === 'running') return 'run'
  return state === 'paused' ? 'pause' : 'cancel'
}
