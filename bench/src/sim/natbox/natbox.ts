import type { Outcome, Row } from '../../scenario.ts'
import { seeded } from '../../seeded.ts'
import { round } from '../../statistics.ts'
import { Street, type House, type HouseOptions } from './street.ts'

const MAX_MS = 900_000
const HOUR_MS = 3_600_000
const LATE_MS = 60_000
/** On average so often something is pushed to a house. */
const PUSH_EVERY_MS = 15 * 60_000
/** By then every client has learned its network; and so long a run shows what learning costs in all. */
const LEARNED_MS = 1.5 * HOUR_MS
const LONG_HOURS = 24
/** Time at the end in which nothing is pushed, so that all that was pushed can come. */
const REST_MS = 0.75 * HOUR_MS

export interface NatboxOptions {
  readonly hours: number
  readonly seed: number
  /** After how long the NATs forget. */
  readonly seconds: readonly number[]
}

const housesFor = (seconds: readonly number[]): HouseOptions[] =>
  seconds.flatMap((each, index) =>
    (['reset', 'silent'] as const).map((mode, other) => ({
      mode,
      idleMs: each * 1_000,
      transport: (index + other) % 2 === 0 ? ('tcp' as const) : ('ws' as const),
    })),
  )

/** A real gate and real clients of the SDK over real sockets, behind NATs that forget. */
export const natbox = async ({ hours, seed, seconds }: NatboxOptions): Promise<Outcome> => {
  const street = new Street(seed)
  const random = seeded(seed + 1)
  const pushed: number[][] = []
  let number = 0
  try {
    await street.open(housesFor(seconds), MAX_MS)
    const end = street.clock.monotonic() + hours * HOUR_MS
    const { length: houses } = street.houses
    for (;;) {
      const waitMs = -(PUSH_EVERY_MS / houses) * Math.log(1 - random.next())
      if (street.clock.monotonic() + waitMs > end - REST_MS) break
      await street.pass(waitMs)
      const house = random.below(houses)
      ;(pushed[house] ??= []).push(number++)
      await street.push(house)
    }
    await street.pass(Math.max(0, end - street.clock.monotonic()))
    return outcomeOf(street.houses, pushed, { hours, seed, seconds })
  } finally {
    await street.close()
  }
}

const outcomeOf = (
  houses: readonly House[],
  pushed: readonly (readonly number[])[],
  { hours, seed }: NatboxOptions,
): Outcome => {
  const failures: string[] = []
  let late = 0
  let lateThen = 0
  let all = 0
  const rows = houses.map((house, index): Row => {
    const name = `${house.idleMs / 1_000} s, ${house.mode}, ${house.transport}`
    const share = house.interval() / Math.min(house.idleMs, MAX_MS)
    const sent = pushed[index] ?? []
    const came = house.received.map(each => each.number)
    const tardy = house.received.filter(({ lateMs }) => lateMs > LATE_MS)
    late += tardy.length
    lateThen += tardy.filter(({ sentMs }) => sentMs > LEARNED_MS).length
    all += sent.length
    if (share < 0.84 || share > 0.96) failures.push(`${name}: learned ${share} of it`)
    if (came.join() !== sent.join())
      failures.push(`${name}: ${sent.length} were pushed, ${came.length} came`)
    if (house.logins() !== house.nat.forgotten + 1)
      failures.push(`${name}: ${house.logins()} logins, forgotten ${house.nat.forgotten} times`)
    if (house.nat.forgotten > 10) failures.push(`${name}: forgotten ${house.nat.forgotten} times`)
    return {
      'NAT forgets after': name,
      'interval s': round(house.interval() / 1_000, 0),
      'of what is possible': round(share, 2),
      forgotten: house.nat.forgotten,
      logins: house.logins(),
      pushed: sent.length,
      came: came.length,
      'over 60 s late': tardy.length,
    }
  })
  const latePercent = (100 * late) / Math.max(1, all)
  if (lateThen > 0)
    failures.push(`${lateThen} pushes came over 60 s late though the networks were learned`)
  if (hours >= LONG_HOURS && latePercent > 0.5)
    failures.push(`${latePercent} % of all pushes came over 60 s late`)
  return {
    rows,
    notes: [
      `${hours} simulated hours, seed ${seed}; real sockets, gate, logic and SDK. Each client begins without knowledge of its network.`,
    ],
    failures,
    json: {
      latePercent: round(latePercent, 3),
      pushed: all,
      came: houses.reduce((sum, { received }) => sum + received.length, 0),
    },
  }
}
