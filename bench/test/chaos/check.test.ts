import t from 'tap'
import { checkHistory, type ChaosEnd, type Verdict } from '../../src/chaos/check.ts'
import type { Event } from '../../src/chaos/history.ts'
import { seeded, type Seeded } from '../../src/seeded.ts'

const USERS = 20
const MESSAGES = 300
const TTL_MS = 2_000

/** Every user has a phone, every other one a browser too. */
const ENDS: readonly ChaosEnd[] = Array.from({ length: USERS }, (_, user) =>
  user % 2 === 0
    ? [
        { user, appcode: 1 },
        { user, appcode: 2 },
      ]
    : [{ user, appcode: 1 }],
).flat()

type Recv = Event & { op: 'recv' }

/** A history without fault: clients come, messages of a user one after the other, one app that dies. */
const goodHistory = (random: Seeded): Event[] => {
  const events: Event[] = ENDS.map((_, end) => ({ op: 'up', t: 1, end }))
  const heads = new Map<number, number>()
  const clocks = new Map<number, number>()
  for (let id = 1; id <= MESSAGES; id++) {
    const user = random.below(USERS)
    const sentAt = (clocks.get(user) ?? 10) + random.next() * 20
    const ackedAt = sentAt + 1 + random.next() * 5
    const seq = (heads.get(user) ?? 0) + 1
    const appcodes = random.pick([[1], [1, 2], []])
    const ttlMs = random.below(10) === 0 ? TTL_MS : 0
    const outcome = random.below(20)
    events.push({ op: 'send', t: sentAt, id, user, appcodes, ttlMs })
    clocks.set(user, ackedAt + 0.01)
    if (outcome === 0) {
      events.push({ op: 'failed', t: ackedAt, id })
      continue
    }
    heads.set(user, seq)
    if (outcome === 1) events.push({ op: 'unknown', t: ackedAt, id })
    else events.push({ op: 'acked', t: ackedAt, id, seq })
    ENDS.forEach((end, index) => {
      if (end.user !== user || (appcodes.length > 0 && !appcodes.includes(end.appcode))) return
      events.push({ op: 'recv', t: ackedAt + 0.005, end: index, seq, id, user })
    })
  }
  return events
}

const bad = ({ lost, repeated, outOfOrder, wrong, late }: Verdict): number =>
  lost + repeated + outOfOrder + wrong + late

const receipts = (events: readonly Event[]): Recv[] =>
  events.filter((event): event is Recv => event.op === 'recv')

const acked = (events: readonly Event[]): ReadonlySet<number> =>
  new Set(events.flatMap(event => (event.op === 'acked' ? [event.id] : [])))

/** Each takes a good history and returns one with a single fault. */
const MUTATIONS: Readonly<Record<string, (events: Event[], random: Seeded) => Event[]>> = {
  loss: (events, random) => {
    const answered = acked(events)
    const lasting = new Set(
      events.flatMap(event =>
        event.op === 'send' && event.ttlMs === 0 && answered.has(event.id) ? [event.id] : [],
      ),
    )
    const victim = random.pick(receipts(events).filter(({ id }) => lasting.has(id)))
    return events.filter(event => event !== victim)
  },
  duplicate: (events, random) => {
    const victim = random.pick(receipts(events))
    return [...events, { ...victim, t: victim.t + random.next() * 100 }]
  },
  swap: (events, random) => {
    const all = receipts(events)
    const first = random.pick(
      all.filter(one => all.some(other => other.end === one.end && other.seq > one.seq)),
    )
    const second = random.pick(all.filter(one => one.end === first.end && one.seq > first.seq))
    return events.map(event => {
      if (event === first) return { ...first, t: second.t }
      return event === second ? { ...second, t: first.t } : event
    })
  },
  'foreign message': (events, random) => [
    ...events,
    { ...random.pick(receipts(events)), id: MESSAGES + 1, seq: 10_000, t: 100_000 },
  ],
  'wrong uid': (events, random) => {
    const victim = random.pick(receipts(events))
    const others = ENDS.map((end, index) => ({ ...end, index })).filter(
      end => end.user !== victim.user,
    )
    return events.map(event =>
      event === victim ? { ...victim, end: random.pick(others).index } : event,
    )
  },
  'wrong appcode': (events, random) => {
    const one = events.flatMap(event =>
      event.op === 'send' && event.user % 2 === 0 && event.appcodes.join() === '1'
        ? [event.id]
        : [],
    )
    const victim = random.pick(receipts(events).filter(({ id }) => one.includes(id)))
    return [...events, { ...victim, end: victim.end + 1, t: 100_000 }]
  },
  'another content': (events, random) => {
    const victim = random.pick(receipts(events))
    return events.map(event => (event === victim ? { ...victim, id: 0 } : event))
  },
  early: (events, random) => {
    const victim = random.pick(receipts(events))
    const sent = events.find(event => event.op === 'send' && event.id === victim.id)
    return events.map(event =>
      event === victim ? { ...victim, t: (sent?.t ?? 0) - 0.001 } : event,
    )
  },
  late: (events, random) => {
    const answered = acked(events)
    const perishable = events.flatMap(event =>
      event.op === 'send' && event.ttlMs > 0 && answered.has(event.id) ? [event.id] : [],
    )
    const all = receipts(events)
    const last = all.filter(
      ({ end, seq, id }) =>
        perishable.includes(id) && !all.some(other => other.end === end && other.seq > seq),
    )
    const victim = random.pick(
      last.length > 0 ? last : all.filter(({ id }) => perishable.includes(id)),
    )
    return events.map(event =>
      event === victim ? { ...victim, t: victim.t + TTL_MS + 1_100 } : event,
    )
  },
  'a refused message': (events, random) => {
    const refused = random.pick(
      events.filter((event): event is Event & { op: 'failed' } => event.op === 'failed'),
    )
    const sent = events.find(
      (event): event is Event & { op: 'send' } => event.op === 'send' && event.id === refused.id,
    )
    const user = sent?.user ?? 0
    const end = ENDS.findIndex(one => one.user === user && one.appcode === 1)
    const seq = 10_000
    return [...events, { op: 'recv', t: 100_000, end, seq, id: refused.id, user }]
  },
  'two seqs': (events, random) => {
    const read = new Set(receipts(events).map(({ id }) => id))
    const answer = random.pick(
      events.filter(
        (event): event is Event & { op: 'acked' } => event.op === 'acked' && read.has(event.id),
      ),
    )
    return events.map(event => (event === answer ? { ...answer, seq: answer.seq + 0.5 } : event))
  },
  reset: (events, random) => [...events, { op: 'reset', t: 50, end: random.below(ENDS.length) }],
}

t.test('histories without fault are passed', async t => {
  let accepted = 0
  for (let seed = 0; seed < 100; seed++) {
    const verdict = checkHistory(goodHistory(seeded(seed)), ENDS)
    if (bad(verdict) > 0) t.fail(`seed ${seed}: ${verdict.violations.join('; ')}`)
    accepted += verdict.accepted
  }
  t.ok(accepted > 100 * MESSAGES * 0.8)
})

for (const [name, mutate] of Object.entries(MUTATIONS)) {
  t.test(`one fault in each of 1,000 histories is found 1,000 times: ${name}`, async t => {
    const missed: number[] = []
    for (let seed = 0; seed < 1_000; seed++) {
      const random = seeded(seed + 1)
      const mutated = mutate(goodHistory(random), random)
      if (bad(checkHistory(mutated, ENDS)) === 0) missed.push(seed)
    }
    t.same(missed, [], 'seeds whose fault was missed')
  })
}

t.test(
  'an app that died sees again what its saved cursor does not cover, and only that',
  async t => {
    const ends = [{ user: 0, appcode: 1 }]
    const sent = (id: number): Event[] => [
      { op: 'send', t: id, id, user: 0, appcodes: [], ttlMs: 0 },
      { op: 'acked', t: id + 0.1, id, seq: id },
    ]
    const got = (id: number, t: number): Event => ({ op: 'recv', t, end: 0, seq: id, id, user: 0 })
    const before: Event[] = [
      ...[1, 2, 3].flatMap(id => [...sent(id), got(id, id + 0.2)]),
      { op: 'saved', t: 3.5, end: 0, seq: 2 },
    ]
    const again = (cursor: number): Event => ({ op: 'opened', t: 4, end: 0, seq: cursor })
    t.equal(bad(checkHistory([...before, again(2), got(3, 5)], ends)), 0)
    t.equal(
      bad(checkHistory([...before, again(3)], ends)),
      0,
      'the line about a save may be missing',
    )
    t.match(checkHistory([...before, again(1), got(2, 5), got(3, 6)], ends), { repeated: 1 })
    t.match(checkHistory([...before, got(3, 5)], ends), { repeated: 1 }, 'without having died')
    t.match(checkHistory([...before, again(2), got(3, 5), got(3, 6)], ends), { repeated: 1 })
  },
)

t.test(
  'an answer may come after the message; messages under way at once have no order',
  async t => {
    const ends = [{ user: 0, appcode: 1 }]
    const events: Event[] = [
      { op: 'send', t: 1, id: 1, user: 0, appcodes: [], ttlMs: 0 },
      { op: 'send', t: 2, id: 2, user: 0, appcodes: [], ttlMs: 0 },
      { op: 'recv', t: 3, end: 0, seq: 1, id: 2, user: 0 },
      { op: 'recv', t: 4, end: 0, seq: 2, id: 1, user: 0 },
      { op: 'acked', t: 5, id: 2, seq: 1 },
      { op: 'acked', t: 6, id: 1, seq: 2 },
    ]
    t.match(checkHistory(events, ends), {
      accepted: 2,
      delivered: 2,
      outOfOrder: 0,
      violations: [],
    })
    const later = { op: 'send', t: 5.5, id: 1, user: 0, appcodes: [], ttlMs: 0 } as const
    const second: Event[] = [{ op: 'acked', t: 5.2, id: 2, seq: 2 }, later]
    const answered: Event = { op: 'acked', t: 6, id: 1, seq: 1 }
    t.match(checkHistory([events[1]!, ...second, answered], ends), { outOfOrder: 1 })
  },
)

t.test('rounds follow each other: what an earlier one delivered does not come again', async t => {
  const ends = [{ user: 0, appcode: 1 }]
  const first: Event[] = [
    { op: 'send', t: 1, id: 1, user: 0, appcodes: [], ttlMs: 0 },
    { op: 'acked', t: 2, id: 1, seq: 1 },
    { op: 'recv', t: 3, end: 0, seq: 1, id: 1, user: 0 },
  ]
  const { lastSeqs } = checkHistory(first, ends)
  t.same([...lastSeqs], [1])
  const again: Event[] = [{ op: 'recv', t: 13, end: 0, seq: 1, id: 1, user: 0 }]
  t.match(checkHistory(again, ends, { since: lastSeqs }), { repeated: 1 })
})

t.test('a million events take seconds, not minutes', async t => {
  const events: Event[] = []
  const users = 1_000
  const ends = Array.from({ length: users }, (_, user) => ({ user, appcode: 1 }))
  for (let id = 1; id <= 333_333; id++) {
    const user = id % users
    const seq = Math.floor(id / users) + 1
    events.push({ op: 'send', t: id, id, user, appcodes: [1], ttlMs: 0 })
    events.push({ op: 'acked', t: id + 0.1, id, seq })
    events.push({ op: 'recv', t: id + 0.2, end: user, seq, id, user })
  }
  t.match(checkHistory(events.reverse(), ends), { accepted: 333_333, lost: 0, violations: [] })
})
