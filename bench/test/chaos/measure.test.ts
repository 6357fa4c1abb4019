import t from 'tap'
import type { Event } from '../../src/chaos/history.ts'
import { measure, type Times } from '../../src/chaos/measure.ts'

const FAULT = 10_000
const END = 20_000
const times: Times = {
  struck: [{ from: FAULT, to: END }],
  seen: { from: 0, to: END },
  endAt: END,
}

const published = (id: number, at: number, tookMs: number): Event[] => [
  { op: 'send', t: at, id, user: 0, appcodes: [], ttlMs: 0 },
  { op: 'acked', t: at + tookMs, id, seq: id },
]

t.test('clients are back when 99 % of those that lost their connection are', async t => {
  const events: Event[] = [{ op: 'down', t: FAULT - 1, end: 1_000 }]
  for (let end = 0; end < 200; end++) {
    events.push({ op: 'down', t: FAULT + 10 + end, end })
    events.push({ op: 'up', t: end < 198 ? FAULT + 1_000 : FAULT + 9_000, end })
    events.push({ op: 'down', t: FAULT + 15_000, end })
  }
  const figures = measure(events, times, new Set())
  t.equal(figures.cut, 200, 'who left before the fault does not count, nobody counts twice')
  t.equal(figures.backSeconds, 1)
  t.equal(figures.noticedSeconds, 0.21)
  t.match(measure([], times, new Set()), { cut: 0, backSeconds: undefined })
})

t.test('publishing is back after the last window in which it was slow', async t => {
  const steady = Array.from({ length: 40 }, (_, index) =>
    published(index + 1, FAULT - 5_000 + index * 250, 5),
  ).flat()
  t.equal(measure(steady, times, new Set()).publishSeconds, 0)
  const stalled = [...steady, ...published(100, FAULT + 1_600, 900)]
  t.equal(measure(stalled, times, new Set()).publishSeconds, 2)
  const early = [...steady, ...published(100, FAULT - 900, 900)]
  t.equal(measure(early, times, new Set()).publishSeconds, 0, 'what was sent before the fault')
  const fence = [...steady, ...published(100, END + 1, 900)]
  t.equal(measure(fence, times, new Set()).publishSeconds, 0, 'what was sent after the end')
})

t.test('the time to receipt is that of clients that were connected all the time', async t => {
  const events: Event[] = [
    ...published(1, FAULT - 100, 5),
    { op: 'recv', t: FAULT - 80, end: 0, seq: 1, id: 1, user: 0 },
    ...published(2, FAULT + 100, 5),
    { op: 'recv', t: FAULT + 130, end: 0, seq: 2, id: 2, user: 0 },
    { op: 'recv', t: FAULT + 5_000, end: 1, seq: 2, id: 2, user: 0 },
    { op: 'down', t: FAULT + 50, end: 1 },
    { op: 'recv', t: FAULT + 6_000, end: 2, seq: 2, id: 2, user: 0 },
  ]
  t.match(measure(events, times, new Set([2])), { calmMs: 20, struckMs: 30 })
})

t.test(
  'what others notice of a fault that comes and goes is told by the times with it and without it',
  async t => {
    const received = (id: number, at: number, tookMs: number): Event[] => [
      ...published(id, at, 1),
      { op: 'recv', t: at + tookMs, end: 0, seq: id, id, user: 0 },
    ]
    const comesAndGoes: Times = {
      struck: [
        { from: FAULT, to: FAULT + 1_000 },
        { from: FAULT + 2_000, to: FAULT + 3_000 },
      ],
      seen: { from: FAULT - 1_000, to: FAULT + 3_000 },
      endAt: END,
    }
    const events = [
      ...received(1, FAULT - 1_500, 500),
      ...received(2, FAULT - 500, 7),
      ...received(3, FAULT, 11),
      ...received(4, FAULT + 1_000, 8),
      ...received(5, FAULT + 2_999, 12),
      ...received(6, FAULT + 3_000, 500),
    ]
    t.match(measure(events, comesAndGoes, new Set()), { calmMs: 8, struckMs: 12 })
    const burst = [
      ...received(7, FAULT - 1, 5),
      ...received(8, END - 1, 6),
      ...received(9, END, 500),
    ]
    t.match(
      measure(burst, times, new Set()),
      { calmMs: 5, struckMs: 6 },
      'the last message to all is no part of it',
    )
  },
)
