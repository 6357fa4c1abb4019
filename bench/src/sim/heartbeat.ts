import { Rhythm } from '@longwire/client/internal'
import { seeded } from '../seeded.ts'
import type { Outcome, Row } from '../scenario.ts'
import { round } from '../statistics.ts'
import { DAY, happenings } from './day.ts'
import { Phone, type Tally } from './phone.ts'
import { fixed, longwire, mars, type Strategy } from './strategies.ts'

/** Share of phones, and after how many seconds their network forgets an idle connection. */
const NETWORKS: readonly (readonly [share: number, seconds: number])[] = [
  [0.05, 90],
  [0.1, 240],
  [0.2, 300],
  [0.15, 600],
  [0.1, 900],
  [0.2, 1800],
  [0.2, 3600],
]
const MAX = 900
const STRATEGIES: readonly (readonly [string, () => Strategy])[] = [
  ['Longwire', () => longwire(MAX)],
  ['every 60 s', () => fixed(60)],
  ['every 180 s', () => fixed(180)],
  ['every 270 s', () => fixed(270)],
  ['rule of Mars', mars],
]
const DAYS = 14
/** Networks without noise, on which the interval must come close to what is possible. */
const PLAIN = [50, 60, 75, 90, 120, 180, 240, 275, 300, 350, 450, 600, 750, 900, 1200, 1800, 3600]

const forgetsOf = (share: number): number => {
  let sum = 0
  for (const [part, seconds] of NETWORKS) {
    sum += part
    if (share < sum) return seconds
  }
  return NETWORKS.at(-1)?.[1] ?? MAX
}

interface Figures {
  readonly pingsPerHour: number
  readonly dropsPerDay: number
  readonly latePercent: number
}

const simulate = (make: () => Strategy, phones: number, days: number, seed: number): Figures => {
  const tally: Tally = { pings: 0, forgotten: 0, pushes: 0, late: 0 }
  for (let phone = 0; phone < phones; phone++) {
    const random = seeded(seed + phone * 7919)
    const plan = happenings(random, days)
    new Phone(make(), random, forgetsOf((phone + 0.5) / phones), tally).live(plan, days * DAY)
  }
  return {
    pingsPerHour: tally.pings / (phones * days * 24),
    dropsPerDay: tally.forgotten / (phones * days),
    latePercent: (100 * tally.late) / tally.pushes,
  }
}

const rhythmUpTo = (maxSeconds: number): Rhythm =>
  new Rhythm({
    floorMs: 45_000,
    startMs: 270_000,
    maxMs: maxSeconds * 1000,
    foregroundMs: 270_000,
  })

/** Idles on a network without noise from one time to another; returns how many connections it forgot. */
const idle = (rhythm: Rhythm, seconds: number, from: number, to: number): number => {
  let lost = 0
  let now = from * 1000
  while (now < to * 1000) {
    const gap = rhythm.interval({ now, foreground: false, calm: false })
    now += gap
    if (gap < seconds * 1000) rhythm.answered(gap, now)
    else {
      lost++
      rhythm.failed(gap, now)
      now += 10_000
      rhythm.connected()
    }
  }
  return lost
}

const shareOf = (rhythm: Rhythm, seconds: number): number => rhythm.record.interval / 1000 / seconds

/** How close the interval comes to what a network without noise allows, after a day of idling. */
const convergence = (): { least: number; most: number; drops: number } => {
  const shares: number[] = []
  let drops = 0
  for (const seconds of PLAIN) {
    const rhythm = rhythmUpTo(MAX)
    drops = Math.max(drops, idle(rhythm, seconds, 0, DAY))
    shares.push(shareOf(rhythm, Math.min(seconds, MAX)))
  }
  return { least: Math.min(...shares), most: Math.max(...shares), drops }
}

/** The most connections that are lost while a network that forgets twice as early from now on is learned anew. */
const relearning = (): { drops: number; least: number } => {
  let drops = 0
  let least = 1
  for (const seconds of PLAIN.filter(each => each >= 120)) {
    const rhythm = rhythmUpTo(MAX)
    idle(rhythm, seconds, 0, DAY)
    drops = Math.max(drops, idle(rhythm, seconds / 2, DAY, 8 * DAY))
    least = Math.min(least, shareOf(rhythm, Math.min(seconds / 2, MAX)))
  }
  return { drops, least }
}

/** Minutes after which well-known networks forget, and the least share of it that is reached. */
const KNOWN_MINUTES = [2, 4, 5, 30]
const knownNetworks = (): number =>
  Math.min(
    ...KNOWN_MINUTES.map(minutes => {
      const rhythm = rhythmUpTo(Math.max(MAX, minutes * 60))
      idle(rhythm, minutes * 60, 0, DAY)
      return shareOf(rhythm, minutes * 60)
    }),
  )

/** Phones on networks that forget idle connections sooner or later: pings against lost connections. */
export const heartbeat = ({ quick, seed }: { quick: boolean; seed: number }): Outcome => {
  const phones = quick ? 400 : 2_000
  const figures = STRATEGIES.map(([name, make]) => ({
    name,
    ...simulate(make, phones, DAYS, seed),
  }))
  const rows: Row[] = figures.map(({ name, pingsPerHour, dropsPerDay, latePercent }) => ({
    heartbeat: name,
    'pings/h': round(pingsPerHour, 2),
    'connections forgotten/day': round(dropsPerDay, 2),
    'pushes over 60 s late %': round(latePercent, 2),
  }))
  const [ours, everyMinute, everyThree] = figures
  if (ours === undefined || everyMinute === undefined || everyThree === undefined)
    throw new Error('nothing was simulated')
  const plain = convergence()
  const halved = relearning()
  const known = knownNetworks()
  const share = ours.pingsPerHour / everyMinute.pingsPerHour
  const ofThree = ours.pingsPerHour / everyThree.pingsPerHour
  return {
    rows,
    notes: [
      `${phones} phones, ${DAYS} days, seed ${seed}; networks forget after ${NETWORKS.map(([part, seconds]) => `${seconds} s (${part * 100} %)`).join(', ')}, and up to 20 s more.`,
      `Without noise the interval after a day is ${round(plain.least, 2)} to ${round(plain.most, 2)} of what the network allows (at most ${MAX} s), with ${plain.drops} connections lost while learning at worst.`,
      `A network that forgets twice as early from one day to the next costs ${halved.drops} connections at worst until it is learned anew.`,
      `Where nothing bounds it, networks of ${KNOWN_MINUTES.join(', ')} minutes are used up to ${round(known, 2)} at least; pings are ${round(100 * (1 - ofThree), 0)} % fewer than every 180 s.`,
      'The mix of networks is a guess from published figures: it shows an order, not what a given carrier does.',
    ],
    failures: [
      ...(ours.dropsPerDay > 0.25
        ? [`${ours.dropsPerDay} connections forgotten a day, not 0.25`]
        : []),
      ...(share > 0.2 ? [`${share} of the pings of every 60 s, not 0.2`] : []),
      ...(ofThree > 0.5 ? [`${ofThree} of the pings of every 180 s, not 0.5`] : []),
      ...(plain.drops > 10 ? [`${plain.drops} connections lost while learning, not 10`] : []),
      ...(halved.drops > 8 || halved.least < 0.84
        ? [
            `a network that changed costs ${halved.drops} connections, and ${halved.least} is reached`,
          ]
        : []),
      ...(known < 0.85 ? [`${known} of what well-known networks allow, not 0.85`] : []),
      ...(plain.least < 0.84 || plain.most > 0.96 ? ['the interval does not converge'] : []),
    ],
    json: {
      natDropsPerDay: round(ours.dropsPerDay, 3),
      pingsPerHour: round(ours.pingsPerHour, 2),
      pingsVsFixed60: round(share, 3),
      pingsVsFixed180: round(ofThree, 3),
    },
  }
}
