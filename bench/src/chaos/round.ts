import type { Row } from '../scenario.ts'
import { round as rounded, sharedNow, sleep } from '../statistics.ts'
import type { Arena } from './arena.ts'
import { checkHistory, type Verdict } from './check.ts'
import { FAULTS, type ChaosFault } from './faults.ts'
import type { Event } from './history.ts'
import { measure, type Figures, type Span, type Times } from './measure.ts'
import { PING_MS, type Crew } from './plan.ts'
import type { Seeded } from '../seeded.ts'

/** How long the phases of a round take, in milliseconds. */
export interface Pace {
  readonly beforeMs: number
  readonly outageMs: number
  readonly afterMs: number
}

export interface RoundResult {
  readonly row: Row
  readonly verdict: Verdict
  readonly fault: string
  /** What was seen in it, where messages went wrong. */
  readonly events: readonly Event[]
  /** What was wrong with messages, or never came right. */
  readonly failures: readonly string[]
  readonly recoveries: readonly Recovered[]
}

/** What was as before again, and how soon or how nearly. */
export interface Recovered {
  readonly what: string
  readonly unit: 's' | 'ms' | 'MiB'
  readonly value: number
  readonly most: number
}

export const tooMuch = ({ value, most }: Recovered): boolean => value > most

const ROUTES_MS = 10_000
const ROUTES_GIVE_UP_MS = 60_000
const ROUTES_SAMPLE = 40
const POLL_MS = 250
const MEBIBYTE = 2 ** 20
/** R10: memory that a slow client may cost its gate; what all gates may grow by in that time without any. */
const SLOW_CLIENT_BYTES = 64 * 1024
const NOISE_BYTES = 8 * MEBIBYTE

/**
 * Publishes, lets some clients leave, strikes, lets them come back, publishes on, then waits until every
 * client has read all it is due and judges what everybody saw.
 */
export const playRound = async (
  arena: Arena,
  play: { readonly number: number; readonly fault: string; readonly pace: Pace },
  random: Seeded,
  since: Float64Array | undefined,
): Promise<RoundResult> => {
  const { number, pace } = play
  const fault = FAULTS[play.fault]!
  await arena.publish(number)
  await sleep(pace.beforeMs / 2)
  await arena.roam('leave')
  await sleep(pace.beforeMs / 2)
  const memory = new GateMemory(arena)
  const calmAt = sharedNow()
  const { target, struck } = await strikes(arena, fault, { random, outageMs: pace.outageMs })
  const faultAt = struck[0].from
  const mendedAt = struck.at(-1)!.to
  const grown = memory.grown()
  const routes = fault.recoveries.includes('routes')
    ? routesBack(arena, random, mendedAt)
    : undefined
  const home = arena.roam('connect')
  await sleep(pace.afterMs)
  await home
  const endAt = sharedNow()
  const refusals = await arena.stopPublishing()
  const stuck = await arena.settle(number)
  const routeSeconds = await routes
  // A repetition that is still under way has a moment to arrive.
  await sleep(POLL_MS)
  const events = arena.events()
  const verdict = checkHistory(events, arena.ends, {
    // What waited in a process that was paused comes when it goes on.
    lateMs: 1_000 + mendedAt - faultAt,
    ...(since === undefined ? {} : { since }),
  })
  const aside = fault.recoveries.includes('others') ? arena.endsOf('stalled') : new Set<number>()
  const times: Times =
    fault.turns === undefined
      ? { struck: [{ from: faultAt, to: endAt }], seen: { from: 0, to: endAt }, endAt }
      : { struck, seen: { from: calmAt, to: mendedAt }, endAt }
  const figures = measure(events, times, aside)
  const failures = [
    ...verdict.violations,
    ...stuck,
    ...refusals.map(text => `refused: ${text}`),
    ...arena.cluster.deaths(),
  ]
  return {
    verdict,
    failures: isClean(verdict) && failures.length === 0 ? [] : failures,
    fault: play.fault,
    // A run of many rounds need not hold what went well.
    events: isClean(verdict) ? [] : events,
    recoveries: recoveriesOf(fault, figures, { routeSeconds, grown, slowClients: aside.size }),
    row: rowOf(play, target, verdict, { ...figures, routeSeconds, grown, fault }),
  }
}

/** Once, or in turn with times of the same length without it. */
const strikes = async (
  arena: Arena,
  fault: ChaosFault,
  { random, outageMs }: { readonly random: Seeded; readonly outageMs: number },
): Promise<{ target: string; struck: readonly [Span, ...Span[]] }> => {
  const { cluster } = arena
  const stage = { cluster, random, outageMs, crew: (name: Crew) => arena.crew(name) }
  const once = async (): Promise<Span & { readonly target: string }> => {
    if (fault.turns !== undefined) await sleep(outageMs)
    const from = sharedNow()
    const target = await fault.strike(stage)
    return { from, to: sharedNow(), target }
  }
  const first = await once()
  const struck: [Span, ...Span[]] = [first]
  while (struck.length < (fault.turns ?? 1)) struck.push(await once())
  return { target: first.target, struck }
}

const isClean = ({ lost, repeated, outOfOrder, wrong, late }: Verdict): boolean =>
  lost + repeated + outOfOrder + wrong + late === 0

/** Resident memory of the gates, most of all against where it began. */
class GateMemory {
  readonly #arena: Arena
  readonly #began: readonly number[]

  constructor(arena: Arena) {
    this.#arena = arena
    this.#began = arena.cluster.gates.map(gate => gate.rss())
  }

  /** Bytes that all gates together have grown by. */
  grown(): number {
    return this.#arena.cluster.gates.reduce(
      (sum, gate, index) => sum + Math.max(0, gate.rss() - this.#began[index]!),
      0,
    )
  }
}

/** Seconds until the routes of clients that never left are found again. */
const routesBack = async (arena: Arena, random: Seeded, mendedAt: number): Promise<number> => {
  const stayed = arena.ends.filter(({ roams, crew }) => !roams && crew === 'apps')
  const sample = Array.from({ length: ROUTES_SAMPLE }, () => random.pick(stayed))
  while (sharedNow() - mendedAt < ROUTES_GIVE_UP_MS) {
    if (await arena.routed(sample)) break
    await sleep(POLL_MS)
  }
  return rounded((sharedNow() - mendedAt) / 1000, 2)
}

interface Aside {
  readonly routeSeconds: number | undefined
  readonly grown: number
  readonly slowClients: number
}

const recoveriesOf = (
  { recoveries, backSeconds }: ChaosFault,
  figures: Figures,
  { routeSeconds, grown, slowClients }: Aside,
): Recovered[] => {
  const all: Recovered[] = []
  const seconds = (what: string, value: number | undefined, most: number): void => {
    if (value !== undefined) all.push({ what, unit: 's', value, most })
  }
  if (recoveries.includes('clients'))
    seconds('99 % of the clients back', figures.backSeconds, backSeconds ?? 10)
  if (recoveries.includes('publish')) seconds('publishing back', figures.publishSeconds, 5)
  if (recoveries.includes('routes')) seconds('routes back', routeSeconds, ROUTES_MS / 1000)
  if (recoveries.includes('detection'))
    seconds('half-open links noticed', figures.noticedSeconds, (PING_MS * 1.5 + 5_000) / 1000)
  if (!recoveries.includes('others')) return all
  const most = rounded(figures.calmMs * 1.2, 1)
  all.push({ what: 'p99 of the others', unit: 'ms', value: figures.struckMs, most })
  const bytes = NOISE_BYTES + slowClients * SLOW_CLIENT_BYTES
  const grew = { value: rounded(grown / MEBIBYTE, 1), most: rounded(bytes / MEBIBYTE, 1) }
  all.push({ what: 'gates grew', unit: 'MiB', ...grew })
  return all
}

const rowOf = (
  { number, fault }: { readonly number: number; readonly fault: string },
  target: string,
  verdict: Verdict,
  figures: Figures & {
    readonly routeSeconds: number | undefined
    readonly grown: number
    readonly fault: ChaosFault
  },
): Row => {
  const shows = (recovery: 'routes' | 'others' | 'detection'): boolean =>
    figures.fault.recoveries.includes(recovery)
  return {
    round: number,
    fault,
    hit: target,
    accepted: verdict.accepted,
    delivered: verdict.delivered,
    expired: verdict.expired,
    lost: verdict.lost,
    repeated: verdict.repeated,
    'out of order': verdict.outOfOrder,
    'wrong, late': verdict.wrong + verdict.late,
    'clients cut': figures.cut,
    '99 % back s': figures.backSeconds ?? '–',
    'publish back s': figures.publishSeconds,
    'routes back s': figures.routeSeconds ?? '–',
    'noticed s': shows('detection') ? (figures.noticedSeconds ?? '–') : '–',
    // Nobody stays connected when all gates are killed.
    'receipt p99 ms': figures.struckMs === 0 ? '–' : `${figures.calmMs} → ${figures.struckMs}`,
    'gates grew MiB': shows('others') ? rounded(figures.grown / MEBIBYTE, 1) : '–',
  }
}
