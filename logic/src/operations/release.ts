import { stateOf } from './drain.ts'
import type { Finding } from './health.ts'
import type { GateView, Order, World } from './mover.ts'
import { ended, noting, type Release } from './operation.ts'
import {
  EVERYBODY,
  NOBODY,
  isEverybody,
  isNew,
  type Cohort,
  type ReleasePlan,
  type Stage,
} from './release-plan.ts'
import { heardOf, isDone, ordersOf, tallyOf, wave, type Part, type Wave } from './wave.ts'

/**
 * waiting: for new gates. moving, holding: at a stage. back: everybody goes to the old gates. held:
 * everybody is there, and somebody has to decide. complete: everybody is on the new gates, for as long
 * as old ones live. aborted: nobody is, for as long as new ones live.
 */
export type Phase = 'waiting' | 'moving' | 'holding' | 'back' | 'held' | 'complete' | 'aborted'

export interface ReleaseProgress {
  readonly phase: Phase
  /** Index of the stage; behind the last one: everybody. */
  readonly stage: number
  /** When the phase began. */
  readonly since: number
  /** Of holding: since when, less the time for which it was paused. */
  readonly holdSince: number
  /** When it was paused last. */
  readonly pausedAt: number
  /** Waves there were. */
  readonly waves: number
  readonly wave: Wave | undefined
  /** New gates that lived in this stage. */
  readonly gates: readonly string[]
  readonly aborting: boolean
  readonly findings: readonly Finding[]
  readonly judgedAt: number
  /** Looks in a row at which something was wrong. */
  readonly strikes: number
  /** Waves that went back. */
  readonly backs: number
  readonly moved: number
  readonly movedBack: number
  readonly failed: number
}

/** What a release sees beside the cluster. */
export interface ReleaseWorld extends World {
  readonly findings: readonly Finding[]
}

/** Every node and every dispatcher knows who belongs where before anybody is moved. */
const KNOWN_MS = 2_500
/** One bad look may be chance. */
const STRIKES = 3
/** Findings are kept this often while nothing is wrong. */
const JUDGED_MS = 5_000
/** New gates are not filled beyond this. */
const FILL = 0.9
/** Times that those who stayed are told again to go back. */
const BACKS_MAX = 5

export const beginRelease = (now: number): ReleaseProgress => ({
  phase: 'waiting',
  stage: 0,
  since: now,
  holdSince: 0,
  pausedAt: 0,
  waves: 0,
  wave: undefined,
  gates: [],
  aborting: false,
  findings: [],
  judgedAt: 0,
  strikes: 0,
  backs: 0,
  moved: 0,
  movedBack: 0,
  failed: 0,
})

const stageOf = ({ stages }: ReleasePlan, stage: number): Cohort => stages[stage] ?? EVERYBODY

/** Who belongs on the new gates now. */
export const cohortOf = ({
  plan,
  progress: { phase, stage },
}: Pick<Release, 'plan' | 'progress'>): Cohort => {
  if (phase === 'moving' || phase === 'holding') return stageOf(plan, stage)
  return phase === 'complete' ? EVERYBODY : NOBODY
}

/** It moves nobody any more, and only says where clients belong: gates may have other operations. */
export const isSettled = ({ progress: { phase } }: Release): boolean =>
  phase === 'complete' || phase === 'aborted'

export const nameOfStage = ({ stages }: ReleasePlan, index: number): string => {
  const stage = stages[index]
  if (stage === undefined) return 'everybody'
  const whom = [
    stage.appcodes.length === 0 ? '' : ` of appcodes ${stage.appcodes.join(', ')}`,
    stage.agents.length === 0 ? '' : ` with ${stage.agents.join(', ')}`,
  ].join('')
  return `stage ${index + 1} of ${stages.length}: ${stage.share / 100} %${whom}`
}

const sidesOf = (
  plan: ReleasePlan,
  gates: readonly GateView[],
): { fresh: GateView[]; old: GateView[] } => ({
  fresh: gates.filter(gate => isNew(plan, gate)),
  old: gates.filter(gate => !isNew(plan, gate)),
})

export const releaseOrders = (
  { plan, progress, state, problem }: Release,
  world: World,
): Order[] => {
  const { wave: current, phase, since } = progress
  if (current === undefined || world.now < since + KNOWN_MS) return []
  const { fresh, old } = sidesOf(plan, world.gates)
  const isFresh = ({ gate }: Part): boolean => fresh.some(({ id }) => id === gate)
  const reason = phase === 'back' ? `${plan.name} moves back: ${problem}` : plan.name
  const orders = (parts: readonly Part[], others: readonly GateView[]): Order[] =>
    ordersOf({ ...current, parts }, world, { state: stateOf(state), reason, others })
  return [
    ...orders(current.parts.filter(isFresh), old),
    ...orders(
      current.parts.filter(part => !isFresh(part)),
      fresh,
    ),
  ]
}

/** What a stage has to move: its ends to the new gates, all others to the old ones. */
const partsOf = (
  plan: ReleasePlan,
  cohort: Cohort,
  gates: readonly GateView[],
): Pick<Part, 'gate' | 'to' | 'which'>[] => {
  const { share, appcodes, agents } = cohort
  const { fresh, old } = sidesOf(plan, gates)
  if (share === 0) return fresh.map(({ id }) => ({ gate: id, to: [], which: {} }))
  const which = { hashFrom: 0, hashTo: share, appcodes, agents }
  return [
    ...old.map(({ id }) => ({ gate: id, to: [], which })),
    ...(isEverybody(cohort)
      ? []
      : fresh.map(({ id }) => ({ gate: id, to: [], which: { ...which, invert: true } }))),
  ]
}

export const stepRelease = (operation: Release, world: ReleaseWorld): Release => {
  const heard = hearing(operation, world)
  const { progress, state } = heard
  const { fresh, old } = sidesOf(heard.plan, world.gates)
  switch (progress.phase) {
    case 'waiting':
      return state === 'running' && fresh.some(({ listed }) => listed)
        ? toStage(heard, progress.stage, world)
        : heard
    case 'moving':
    case 'holding':
      return state === 'running' ? atStage(heard, world) : heard
    case 'back':
      return goingBack(heard, world)
    case 'held':
      return heard
    case 'complete':
      return old.length > 0
        ? heard
        : ended(heard, world.now, { state: 'done', text: 'no old gate is left: it is over' })
    case 'aborted':
      return fresh.length > 0
        ? heard
        : ended(heard, world.now, {
            state: 'aborted',
            problem: heard.problem,
            text: 'no new gate is left: it is over',
          })
  }
}

const hearing = (operation: Release, world: World): Release => {
  const { progress } = operation
  if (progress.wave === undefined) return operation
  return { ...operation, progress: { ...progress, wave: heardOf(progress.wave, world) } }
}

const enter = (
  operation: Release,
  now: number,
  over: Partial<ReleaseProgress> & { readonly phase: Phase },
): Release => {
  const { progress } = operation
  const { wave: done, phase } = progress
  const tally = done === undefined ? undefined : tallyOf(done)
  const moved = tally?.moved ?? 0
  const counted =
    done === undefined || over.wave === done
      ? {}
      : phase === 'back'
        ? { movedBack: progress.movedBack + moved }
        : { moved: progress.moved + moved, failed: progress.failed + (tally?.failed ?? 0) }
  return { ...operation, progress: { ...progress, ...counted, since: now, ...over } }
}

/** Begins a stage; where the new gates have no room for it somebody has to start more first. */
export const toStage = (operation: Release, stage: number, { now, gates }: World): Release => {
  const { id, plan, progress } = operation
  const cohort = stageOf(plan, stage)
  const { fresh } = sidesOf(plan, gates)
  const name = nameOfStage(plan, stage)
  const lack = lackOf(plan, cohort, gates)
  // Where it is it stays: who belongs on the new gates already goes on belonging there.
  if (lack !== '')
    return noting(
      { ...operation, state: 'paused', problem: lack, progress: { ...progress, pausedAt: now } },
      { at: now, by: '', text: `pauses before ${name}: ${lack}` },
    )
  const waves = progress.waves + 1
  const next = enter(operation, now, {
    phase: 'moving',
    stage,
    waves,
    wave: wave(`${id}.${waves}`, now, partsOf(plan, cohort, gates)),
    gates: fresh.map(each => each.id),
    findings: [],
    strikes: 0,
  })
  const text = `${name}, on ${fresh.map(each => each.id).join(', ')}`
  return noting({ ...next, problem: '' }, { at: now, by: '', text })
}

/** Why the new gates cannot take these; '': they can. */
export const lackOf = (
  plan: ReleasePlan,
  { share }: Cohort,
  gates: readonly GateView[],
): string => {
  const { fresh } = sidesOf(plan, gates)
  if (fresh.length === 0) return 'no new gate lives'
  // Whoever does not say its capacity cannot be said to be full.
  if (fresh.some(({ capacity }) => capacity === 0)) return ''
  const wanted = Math.ceil((gates.reduce((sum, gate) => sum + gate.sessions, 0) * share) / 10_000)
  const room = Math.floor(fresh.reduce((sum, gate) => sum + gate.capacity * FILL, 0))
  return wanted <= room
    ? ''
    : `the new gates hold ${room} sessions well, and ${wanted} would come: start more of them, then resume`
}

const atStage = (operation: Release, world: ReleaseWorld): Release => {
  const judged = judging(operation, world)
  const { progress, plan } = judged
  if (progress.phase === 'back') return judged
  if (progress.phase === 'moving') {
    if (progress.wave === undefined || !isDone(progress.wave)) return judged
    const isLast = progress.stage >= plan.stages.length
    const { moved, matching, failed } = tallyOf(progress.wave)
    const text = `moved ${moved} of ${matching} sessions, ${failed} stayed`
    const next = enter(judged, world.now, {
      phase: isLast ? 'complete' : 'holding',
      holdSince: world.now,
      wave: undefined,
    })
    return noting(next, {
      at: world.now,
      by: '',
      text: isLast ? `${text}; all belong on the new gates until the old ones are stopped` : text,
    })
  }
  return isHeldLongEnough(judged, world.now) ? afterHold(judged, world) : judged
}

const isHeldLongEnough = ({ plan, progress }: Release, now: number): boolean => {
  const stage: Stage | undefined = plan.stages[progress.stage]
  return (
    stage !== undefined &&
    now >= progress.holdSince + stage.holdMs &&
    progress.strikes === 0 &&
    isSeenEnough(progress.findings)
  )
}

/** Something that clients do was seen often enough to be judged. */
const isSeenEnough = (findings: readonly Finding[]): boolean => {
  const ofClients = findings.filter(({ measure }) => measure !== 'lagMs' && measure !== 'rssMb')
  return ofClients.length === 0 || ofClients.some(({ fresh }) => fresh.value !== undefined)
}

const afterHold = (operation: Release, world: World): Release => {
  const { plan, progress } = operation
  const next = progress.stage + 1
  const here = plan.stages[progress.stage] ?? EVERYBODY
  if (next < plan.stages.length || isEverybody(here)) return toStage(operation, next, world)
  return noting(
    { ...operation, state: 'paused', problem: '' },
    { at: world.now, by: '', text: 'all stages are passed: promote it to everybody, or abort it' },
  )
}

const judging = (operation: Release, world: ReleaseWorld): Release => {
  const { progress } = operation
  const { now, findings } = world
  const died = progress.gates.filter(
    id => !world.gates.some(gate => gate.id === id) && world.lossOf(id) !== 'left',
  )
  const wrong = [
    ...died.map(id => `new gate ${id} died`),
    ...findings.map(({ problem }) => problem).filter(problem => problem !== ''),
  ]
  const strikes = wrong.length === 0 ? 0 : progress.strikes + 1
  const isDue = strikes !== progress.strikes || now >= progress.judgedAt + JUDGED_MS
  const seen = isDue ? { findings, judgedAt: now, strikes } : {}
  const { fresh } = sidesOf(operation.plan, world.gates)
  const gates = [...new Set([...progress.gates, ...fresh.map(({ id }) => id)])].filter(
    id => died.includes(id) || fresh.some(gate => gate.id === id),
  )
  const judged: Release = { ...operation, progress: { ...progress, ...seen, gates } }
  return strikes < STRIKES ? judged : toBack(judged, world, { why: wrong.join('; '), by: '' })
}

/** Sends everybody to the old gates. */
export const toBack = (
  operation: Release,
  { now, gates }: World,
  { why, by, aborting = false }: { why: string; by: string; aborting?: boolean },
): Release => {
  const { id, plan, progress } = operation
  const waves = progress.waves + 1
  const next = enter(operation, now, {
    phase: 'back',
    waves,
    wave: wave(`${id}.${waves}`, now, partsOf(plan, NOBODY, gates)),
    backs: 1,
    aborting: aborting || progress.aborting,
  })
  return noting(
    { ...next, state: 'running', problem: why },
    { at: now, by, text: `moves back: ${why}` },
  )
}

const goingBack = (operation: Release, world: World): Release => {
  const { id, plan, progress } = operation
  const { now, gates } = world
  const { fresh, old } = sidesOf(plan, gates)
  if (progress.wave !== undefined && !isDone(progress.wave)) return operation
  const sessions = fresh.reduce((sum, gate) => sum + gate.sessions, 0)
  if (sessions > 0 && old.length > 0 && progress.backs < BACKS_MAX) {
    const waves = progress.waves + 1
    const again = wave(`${id}.${waves}`, now, partsOf(plan, NOBODY, gates))
    return enter(operation, now, { phase: 'back', waves, wave: again, backs: progress.backs + 1 })
  }
  const { aborting } = progress
  const next = enter(operation, now, {
    phase: aborting ? 'aborted' : 'held',
    wave: undefined,
    strikes: 0,
    pausedAt: now,
  })
  const stayed = sessions === 0 ? '' : `, ${sessions} did not`
  const then = aborting ? 'stop the new gates' : 'it waits for resume or abort'
  return noting(
    { ...next, state: aborting ? 'running' : 'paused' },
    {
      at: now,
      by: '',
      text: `${next.progress.movedBack} sessions went back${stayed}; ${then}`,
    },
  )
}
