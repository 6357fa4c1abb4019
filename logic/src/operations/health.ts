import type { NodeHealth } from '@longwire/kit'
import type { GateView } from './mover.ts'
import type { HealthRules, Rule } from './release-plan.ts'

export const MEASURES = [
  'errorRate',
  'reconnectRate',
  'latencyMs',
  'arrivalRate',
  'lagMs',
  'rssMb',
] as const
export type Measure = (typeof MEASURES)[number]

/** One side of a comparison; undefined: there is not enough to say. */
export interface Reading {
  readonly value: number | undefined
  readonly sample: number
}

export interface Finding {
  readonly measure: Measure
  readonly fresh: Reading
  readonly old: Reading
  /** Why the new gates are not good enough; '': they are, as far as is known. */
  readonly problem: string
}

interface Sample {
  readonly at: number
  readonly gates: ReadonlyMap<string, Seen>
}
interface Seen extends NodeHealth {
  readonly isNew: boolean
  readonly sessions: number
}

/** What gates have published of late, side by side. Only who has watched for a while can tell. */
export class HealthWatch {
  #samples: Sample[] = []

  /** Forgets what was before: another stage has other ends on the new gates. */
  clear(): void {
    this.#samples = []
  }

  /** Once a second. `now` in milliseconds. */
  look(now: number, gates: readonly GateView[], isNew: (gate: GateView) => boolean): void {
    const seen = new Map<string, Seen>()
    for (const gate of gates)
      if (gate.health !== undefined)
        seen.set(gate.id, { ...gate.health, isNew: isNew(gate), sessions: gate.sessions })
    this.#samples.push({ at: now, gates: seen })
  }

  judge(now: number, rules: HealthRules): Finding[] {
    const since = now - rules.windowSeconds * 1_000
    this.#samples = this.#samples.filter(({ at }) => at >= since)
    const fresh = this.#sums(true)
    const old = this.#sums(false)
    const found: Finding[] = []
    for (const measure of MEASURES) {
      const rule = rules[measure]
      if (rule === undefined) continue
      const ours = readingOf(measure, fresh, rules.minimumSample)
      const theirs = readingOf(measure, old, rules.minimumSample)
      const problem = problemOf(measure, rule, ours.value, theirs.value)
      found.push({ measure, fresh: ours, old: theirs, problem })
    }
    return found
  }

  /** What one side did within the window: differences of counters, the worst of the rest. */
  #sums(isNew: boolean): Sums {
    const first = new Map<string, Seen>()
    const sums: Sums = { ...NO_SUMS }
    let at = 0
    for (const sample of this.#samples) {
      const stepMs = at === 0 ? 0 : sample.at - at
      at = sample.at
      for (const [id, seen] of sample.gates) {
        if (seen.isNew !== isNew) continue
        if (!first.has(id)) first.set(id, seen)
        sums.sessionMinutes += (seen.sessions * stepMs) / 60_000
      }
    }
    const last = this.#samples.at(-1)
    for (const [id, seen] of last?.gates ?? []) {
      const before = first.get(id)
      if (seen.isNew !== isNew || before === undefined) continue
      for (const field of COUNTERS) sums[field] += Math.max(0, seen[field] - before[field])
      sums.gates++
      sums.lagMs = Math.max(sums.lagMs, seen.lagMs)
      sums.rssMb = Math.max(sums.rssMb, seen.rssMb)
      // A gate on which nothing was acknowledged of late says nothing of how long that takes.
      if (seen.acked > before.acked) sums.latencyMs = Math.max(sums.latencyMs, seen.latencyMs)
    }
    return sums
  }
}

const COUNTERS = ['requests', 'errors', 'lost', 'delivered', 'acked'] as const

interface Sums {
  gates: number
  requests: number
  errors: number
  lost: number
  delivered: number
  acked: number
  sessionMinutes: number
  latencyMs: number
  lagMs: number
  rssMb: number
}
const NO_SUMS: Sums = {
  gates: 0,
  requests: 0,
  errors: 0,
  lost: 0,
  delivered: 0,
  acked: 0,
  sessionMinutes: 0,
  latencyMs: 0,
  lagMs: 0,
  rssMb: 0,
}

const readingOf = (measure: Measure, sums: Sums, minimum: number): Reading => {
  const of = (value: number, sample: number): Reading => ({
    value: sample >= minimum ? Math.round(value * 10_000) / 10_000 : undefined,
    sample: Math.floor(sample),
  })
  switch (measure) {
    case 'errorRate':
      return of(sums.errors / Math.max(1, sums.requests), sums.requests)
    case 'reconnectRate':
      return of(sums.lost / Math.max(1, sums.sessionMinutes), sums.sessionMinutes)
    case 'arrivalRate':
      return of(Math.min(1, sums.acked / Math.max(1, sums.delivered)), sums.delivered)
    case 'latencyMs':
      return of(sums.latencyMs, sums.acked)
    case 'lagMs':
    case 'rssMb':
      // These are of the process, whatever its clients do.
      return { value: sums.gates > 0 ? sums[measure] : undefined, sample: sums.gates }
  }
}

const problemOf = (
  measure: Measure,
  rule: NonNullable<HealthRules[Measure]>,
  ours: number | undefined,
  theirs: number | undefined,
): string => {
  if (ours === undefined) return ''
  const beside = theirs === undefined ? '' : `, ${theirs} on the old ones`
  if ('under' in rule) {
    const isLow = ours < rule.under && (theirs === undefined || ours < theirs - rule.below)
    return isLow ? `${measure} is ${ours} on the new gates${beside}: under ${rule.under}` : ''
  }
  return isHigh(rule, ours, theirs)
    ? `${measure} is ${ours} on the new gates${beside}: over ${rule.over}`
    : ''
}

const isHigh = ({ over, times }: Rule, ours: number, theirs: number | undefined): boolean =>
  ours > over && (theirs === undefined || ours > theirs * times)
