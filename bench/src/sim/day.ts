import type { Seeded } from '../seeded.ts'

/** What happens to a phone, in the order of time. Seconds. */
export interface Happening {
  readonly at: number
  /**
   * push: the server has something to say. up: the app sends. open and shut: a person looks at the app.
   * outage: the phone is without network until `until`. break: the server ends the connection unheard.
   */
  readonly kind: 'push' | 'up' | 'open' | 'shut' | 'outage' | 'break'
  readonly until?: number
}

export const DAY = 86_400
const HOUR = 3600
/** The person sleeps from midnight until then. */
const MORNING = 8 * HOUR
const PUSH_EVERY = { asleep: 5 * HOUR, awake: 0.5 * HOUR }
const SITTINGS_A_DAY = 8
const OUTAGES_A_DAY = 3
const BREAKS_A_DAY = 1

const waiting = (random: Seeded, mean: number): number => -mean * Math.log(1 - random.next())

/** The days of one phone. */
export const happenings = (random: Seeded, days: number): readonly Happening[] => {
  const end = days * DAY
  const all: Happening[] = []
  for (let at = 0; at < end;) {
    at += waiting(random, at % DAY < MORNING ? PUSH_EVERY.asleep : PUSH_EVERY.awake)
    if (at < end) all.push({ at, kind: 'push' })
  }
  for (let sitting = 0; sitting < days * SITTINGS_A_DAY; sitting++) {
    const day = Math.floor(sitting / SITTINGS_A_DAY)
    const from = day * DAY + MORNING + random.next() * 15.5 * HOUR
    const to = from + 60 + waiting(random, 180)
    all.push({ at: from, kind: 'open' }, { at: to, kind: 'shut' })
    for (let at = from + 10; at < to; at += 10 + random.next() * 40) all.push({ at, kind: 'up' })
  }
  for (let at = waiting(random, DAY / OUTAGES_A_DAY); at < end;) {
    all.push({ at, kind: 'outage', until: at + waiting(random, 60) })
    at += waiting(random, DAY / OUTAGES_A_DAY)
  }
  for (let at = waiting(random, DAY / BREAKS_A_DAY); at < end;) {
    all.push({ at, kind: 'break' })
    at += waiting(random, DAY / BREAKS_A_DAY)
  }
  return all.sort((a, b) => a.at - b.at)
}
