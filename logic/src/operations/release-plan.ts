import { BUCKETS } from '@longwire/proto'
import type { GateView } from './mover.ts'

/** How a new version comes to everybody, step by step. */
export interface ReleasePlan {
  readonly name: string
  /** Gates whose names are like one of these (`*`: anything) are new … */
  readonly gates: readonly string[]
  /** … and so are those that run this version; '': whatever they run. */
  readonly version: string
  readonly stages: readonly Stage[]
  readonly health: HealthRules
}

export interface Stage extends Cohort {
  /** Milliseconds without anything wrong after which the next stage begins. */
  readonly holdMs: number
}

/** Ends that belong on the new gates. */
export interface Cohort {
  /** By uid, of BUCKETS: those below it. */
  readonly share: number
  /** Of these appcodes; empty: of all. */
  readonly appcodes: readonly number[]
  /** With clients whose name and version begin like one of these; empty: with any. */
  readonly agents: readonly string[]
}

export const NOBODY: Cohort = { share: 0, appcodes: [], agents: [] }
export const EVERYBODY: Cohort = { share: BUCKETS, appcodes: [], agents: [] }

export const isEverybody = ({ share, appcodes, agents }: Cohort): boolean =>
  share === BUCKETS && appcodes.length === 0 && agents.length === 0

/** What is known of an end that asks or logs in. */
export interface EndTraits {
  readonly bucket: number
  readonly appcode: number
  readonly agent: string
}

export const isIn = ({ share, appcodes, agents }: Cohort, end: EndTraits): boolean =>
  end.bucket < share &&
  (appcodes.length === 0 || appcodes.includes(end.appcode)) &&
  (agents.length === 0 || agents.some(prefix => end.agent.startsWith(prefix)))

export const isNew = (
  { gates, version }: Pick<ReleasePlan, 'gates' | 'version'>,
  gate: Pick<GateView, 'name' | 'version'>,
): boolean =>
  (gates.length === 0 || gates.some(pattern => isLike(pattern, gate.name))) &&
  (version === '' || gate.version === version)

const isLike = (pattern: string, name: string): boolean => {
  const parts = pattern.split('*').map(part => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(name)
}

/** What makes a stage fail; a rule that is undefined is not looked at. */
export interface HealthRules {
  /** Seconds that are looked back on. */
  readonly windowSeconds: number
  /** Of each rule: what has fewer samples on the new gates says nothing. */
  readonly minimumSample: number
  /** Requests of clients that failed, of all. */
  readonly errorRate: Rule | undefined
  /** Sessions that were lost without anybody's wish, of all, in a minute. */
  readonly reconnectRate: Rule | undefined
  /** Milliseconds in which 99 % of what was delivered is acknowledged. */
  readonly latencyMs: Rule | undefined
  /** Messages that were acknowledged, of those delivered. */
  readonly arrivalRate: ArrivalRule | undefined
  /** Milliseconds that the event loop is late. */
  readonly lagMs: Rule | undefined
  /** Megabytes of memory. */
  readonly rssMb: Rule | undefined
}

/** Fails where the new gates are over this, and over so many times what the old ones have. */
export interface Rule {
  readonly over: number
  readonly times: number
}

/** Fails where the new gates are below this, and by so much below the old ones. */
export interface ArrivalRule {
  readonly under: number
  readonly below: number
}

export const HEALTH: HealthRules = {
  windowSeconds: 60,
  minimumSample: 100,
  errorRate: { over: 0.01, times: 2 },
  reconnectRate: { over: 0.02, times: 3 },
  latencyMs: { over: 500, times: 2 },
  arrivalRate: { under: 0.98, below: 0.02 },
  lagMs: { over: 200, times: 3 },
  rssMb: { over: 1_024, times: 2 },
}
