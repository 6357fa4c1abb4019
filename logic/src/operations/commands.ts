import type { World } from './mover.ts'
import { ended, isOver, noting, type Operation, type Release } from './operation.ts'
import { lackOf, nameOfStage, toBack, toStage } from './release.ts'
import { EVERYBODY } from './release-plan.ts'

export const COMMANDS = ['pause', 'resume', 'abort', 'promote'] as const
export type CommandName = (typeof COMMANDS)[number]

export interface Command {
  readonly name: CommandName
  /** The name of the key. */
  readonly by: string
  readonly reason: string
  /** promote: to everybody, over all stages. */
  readonly all: boolean
}

/** Why it cannot be done now. */
export class NotNow extends Error {
  override readonly name = 'NotNow'
}

/** What the operation is after that. Throws {@link NotNow}; what was done already is done once more in vain. */
export const commanded = (operation: Operation, command: Command, world: World): Operation => {
  if (isOver(operation)) {
    if (command.name === 'abort' && operation.state === 'aborted') return operation
    throw new NotNow(`it is over: ${operation.state}`)
  }
  switch (command.name) {
    case 'pause':
      return paused(operation, command, world)
    case 'resume':
      return resumed(operation, command, world)
    case 'abort':
      return aborted(operation, command, world)
    case 'promote':
      if (operation.kind === 'release') return promoted(operation, command, world)
      throw new NotNow(`only a release is promoted; this is a ${operation.kind}`)
  }
}

const said = <O extends Operation>(operation: O, command: Command, now: number): O => {
  const why = command.reason === '' ? '' : `: ${command.reason}`
  const what = `${command.name}${command.all ? ' --all' : ''}${why}`
  return noting(operation, { at: now, by: command.by, text: what })
}

const paused = (operation: Operation, command: Command, { now }: World): Operation => {
  if (operation.state === 'paused') return operation
  if (operation.kind !== 'release') return said({ ...operation, state: 'paused' }, command, now)
  const { phase } = operation.progress
  if (phase === 'back' || phase === 'complete' || phase === 'aborted')
    throw new NotNow(
      phase === 'back' ? 'it moves back, which nothing stops' : 'it moves nobody any more',
    )
  const progress = { ...operation.progress, pausedAt: now }
  return said({ ...operation, state: 'paused', progress }, command, now)
}

const resumed = (operation: Operation, command: Command, { now }: World): Operation => {
  if (operation.state === 'running') return operation
  if (operation.kind !== 'release') return said({ ...operation, state: 'running' }, command, now)
  const { progress } = operation
  const { phase, holdSince, pausedAt } = progress
  const next = {
    ...progress,
    ...(phase === 'held' ? { phase: 'waiting' as const, since: now } : {}),
    // What was held before the pause counts; the pause does not.
    ...(phase === 'holding' ? { holdSince: holdSince + Math.max(0, now - pausedAt) } : {}),
    strikes: 0,
  }
  return said({ ...operation, state: 'running', problem: '', progress: next }, command, now)
}

const aborted = (operation: Operation, command: Command, world: World): Operation => {
  const { now } = world
  const why = command.reason === '' ? `aborted by ${command.by}` : command.reason
  if (operation.kind !== 'release')
    return ended(said(operation, command, now), now, { state: 'aborted', text: why })
  const { phase, aborting } = operation.progress
  if (phase === 'aborted')
    return ended(said(operation, command, now), now, {
      state: 'aborted',
      text: 'ended before the new gates were stopped',
    })
  if (aborting) return operation
  return toBack(said(operation, command, now), world, { why, by: '', aborting: true })
}

const promoted = (operation: Release, command: Command, world: World): Operation => {
  const { plan, progress } = operation
  const { phase, stage } = progress
  const { now } = world
  if (phase === 'complete')
    return ended(said(operation, command, now), now, {
      state: 'done',
      text: 'ended before the old gates were stopped',
    })
  if (phase !== 'moving' && phase !== 'holding' && phase !== 'waiting')
    throw new NotNow(
      phase === 'held' ? 'it moved back: resume it first' : `it is ${phase}: start another one`,
    )
  const last = plan.stages.length
  const next = command.all ? last : phase === 'waiting' ? stage : stage + 1
  if (next > last) throw new NotNow(`${nameOfStage(plan, last)} is the last stage`)
  const lack = lackOf(plan, plan.stages[next] ?? EVERYBODY, world.gates)
  if (lack !== '') throw new NotNow(lack)
  const running: Release = { ...operation, state: 'running', problem: '' }
  return toStage(said(running, command, now), next, world)
}
