import { numberIn, textIn } from '../log/rows.ts'
import type { Doc } from '../store/table.ts'
import type { DrainPlan, DrainProgress } from './drain.ts'
import type { RebalancePlan, RebalanceProgress } from './rebalance.ts'
import type { ReleasePlan } from './release-plan.ts'
import type { ReleaseProgress } from './release.ts'

export const OPERATION_STATES = ['running', 'paused', 'done', 'failed', 'aborted'] as const
export type OperationState = (typeof OPERATION_STATES)[number]

/** One line of the audit log that is not written there yet. */
export interface Note {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Who: the name of a key, or '' for the operation itself. */
  readonly by: string
  readonly text: string
}

interface Common {
  readonly id: string
  readonly state: OperationState
  /** What went wrong; '': nothing. */
  readonly problem: string
  /** How it went, once it is over. */
  readonly outcome: string
  /** The name of the key it was begun with. */
  readonly by: string
  readonly createdAt: number
  readonly endedAt: number
  /** Lines of the audit log that there were before `notes`. */
  readonly noted: number
  readonly notes: readonly Note[]
  /** Of its document. */
  readonly rev: number
}

export interface Drain extends Common {
  readonly kind: 'drain'
  readonly plan: DrainPlan
  readonly progress: DrainProgress
}
export interface Rebalance extends Common {
  readonly kind: 'rebalance'
  readonly plan: RebalancePlan
  readonly progress: RebalanceProgress
}
export interface Release extends Common {
  readonly kind: 'release'
  readonly plan: ReleasePlan
  readonly progress: ReleaseProgress
}
/** Something that moves sessions, as it is stored: what is next follows from this and the cluster alone. */
export type Operation = Drain | Rebalance | Release

export const isOver = ({ state }: Pick<Operation, 'state'>): boolean =>
  state === 'done' || state === 'failed' || state === 'aborted'

/** The same operation with one more line for the audit log. */
export const noting = <O extends Operation>(operation: O, note: Note): O => ({
  ...operation,
  notes: [...operation.notes, note],
})

/** The same operation, over. */
export const ended = <O extends Operation>(
  operation: O,
  now: number,
  end: { readonly state: OperationState; readonly problem?: string; readonly text: string },
): O =>
  noting(
    {
      ...operation,
      state: end.state,
      problem: end.problem ?? '',
      outcome: end.text,
      endedAt: now,
    },
    { at: now, by: '', text: end.text },
  )

export const docOf = (operation: Operation): Doc => {
  const { id, kind, state, problem, outcome, by, createdAt, endedAt, noted } = operation
  return {
    id,
    kind,
    state,
    problem,
    outcome,
    by,
    created_at: createdAt,
    ended_at: endedAt,
    noted,
    notes: JSON.stringify(operation.notes),
    plan: JSON.stringify(operation.plan),
    progress: JSON.stringify(operation.progress),
  }
}

export const operationOf = (doc: Doc): Operation =>
  ({
    id: textIn(doc, 'id'),
    kind: textIn(doc, 'kind'),
    state: textIn(doc, 'state'),
    problem: textIn(doc, 'problem'),
    outcome: textIn(doc, 'outcome'),
    by: textIn(doc, 'by'),
    createdAt: numberIn(doc, 'created_at'),
    endedAt: numberIn(doc, 'ended_at'),
    noted: numberIn(doc, 'noted'),
    notes: JSON.parse(textIn(doc, 'notes') || '[]'),
    plan: JSON.parse(textIn(doc, 'plan') || '{}'),
    progress: JSON.parse(textIn(doc, 'progress') || '{}'),
    rev: numberIn(doc, 'rev'),
  }) as Operation
