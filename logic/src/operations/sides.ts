import type { NodeInfo, NodeSides } from '@longwire/kit'
import { BUCKETS, bucketOf } from '@longwire/proto'
import type { GateView } from './mover.ts'
import type { Release } from './operation.ts'
import { isIn, isNew, type EndTraits } from './release-plan.ts'
import { cohortOf } from './release.ts'

export const ruleOf = (release: Release): NodeSides => {
  const { gates, version } = release.plan
  const { share, appcodes, agents } = cohortOf(release)
  return {
    release: release.id,
    since: release.progress.since,
    gates,
    version,
    cohort: { share, appcodes, agents },
  }
}

export type Side = 'new' | 'old'

/** What is known of an end that wants to know which side is its own; undefined: it does not say. */
export interface Asking {
  readonly bucket: number | undefined
  readonly appcode: number | undefined
  readonly agent: string | undefined
}

/** Which gates a client is told of. One that does not say who it is belongs on the new ones when all do. */
export const sideOf = ({ cohort }: NodeSides, asking: Asking): Side => {
  const { bucket = BUCKETS - 1, appcode = 0, agent = '' } = asking
  const end: EndTraits = { bucket, appcode, agent }
  return isIn(cohort, end) ? 'new' : 'old'
}

/** Whether a gate is of this side. */
export const isOfSide = (
  rule: NodeSides,
  side: Side,
  { name, version = '' }: Pick<NodeInfo, 'name' | 'version'>,
): boolean => isNew(rule, { name, version }) === (side === 'new')

/** Gates of the right side for an end that logs in elsewhere; undefined: it is right, or there are none. */
export const rightGates = (
  rule: NodeSides,
  end: { readonly uid: string; readonly appcode: number; readonly agent: string },
  { gate, gates }: { readonly gate: string; readonly gates: readonly GateView[] },
): GateView[] | undefined => {
  const here = gates.find(({ id }) => id === gate)
  const side = sideOf(rule, { ...end, bucket: bucketOf(end.uid) })
  if (here === undefined || isOfSide(rule, side, here)) return undefined
  const right = gates.filter(
    each => each.listed && each.urls.length > 0 && isOfSide(rule, side, each),
  )
  return right.length === 0 ? undefined : right
}
