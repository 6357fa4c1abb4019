import t from 'tap'
import { Rhythm, type NetworkRecord } from '../../src/heartbeat/rhythm.ts'

const S = 1000
const DAY = 86_400 * S
const BOUNDS = { floorMs: 45 * S, startMs: 270 * S, maxMs: 900 * S, foregroundMs: 270 * S }
const background = (now: number, calm = false) => ({ now, foreground: false, calm })

/** Idles on a network that forgets a connection after `forgetsMs`; returns how many were lost. */
const idle = (rhythm: Rhythm, forgetsMs: number, from: number, to: number): number => {
  let lost = 0
  let now = from
  while (now < to) {
    const gap = rhythm.interval(background(now, true))
    now += gap
    if (gap < forgetsMs) rhythm.answered(gap, now)
    else {
      lost++
      rhythm.failed(gap, now)
      now += 10 * S
      rhythm.connected()
    }
  }
  return lost
}

t.test(
  'a day of idling finds what the network allows, and little is lost on the way',
  async test => {
    for (const seconds of [
      50, 60, 75, 90, 120, 180, 240, 275, 300, 450, 600, 750, 900, 1800, 3600,
    ]) {
      const rhythm = new Rhythm(BOUNDS)
      const lost = idle(rhythm, seconds * S, 0, DAY)
      const share = rhythm.record.interval / Math.min(seconds * S, BOUNDS.maxMs)
      test.ok(share >= 0.84 && share <= 0.96, `${seconds} s: ${share}`)
      test.ok(lost <= (seconds > 900 ? 0 : 10), `${seconds} s: ${lost} lost`)
      test.ok(rhythm.stable)
    }
  },
)

t.test('one failure may be chance, two in a row are a bound', async test => {
  const rhythm = new Rhythm(BOUNDS)
  rhythm.interval(background(0))
  rhythm.answered(270 * S, 0)
  test.equal(rhythm.interval(background(0)), 405 * S)
  rhythm.failed(405 * S, 0)
  test.equal(rhythm.record.bad, 0)
  rhythm.connected()
  test.equal(rhythm.interval(background(0)), 0.95 * 270 * S, 'the first ping is a safe one')
  rhythm.answered(0.95 * 270 * S, 0)
  test.equal(rhythm.interval(background(0)), 405 * S, 'then it is tried again')
  rhythm.failed(405 * S, 0)
  test.equal(rhythm.record.bad, 405 * S)
})

t.test('a ping that was brought forward teaches nothing', async test => {
  const rhythm = new Rhythm(BOUNDS)
  rhythm.interval(background(0))
  rhythm.answered(200 * S, 0)
  test.equal(rhythm.record.good, 0)
  test.equal(rhythm.interval(background(0)), 270 * S)
})

t.test('in the foreground the interval is short, and what was learned stays', async test => {
  const rhythm = new Rhythm(BOUNDS)
  idle(rhythm, 3600 * S, 0, DAY)
  const { record } = rhythm
  test.equal(record.interval, 855 * S)
  test.equal(rhythm.interval({ now: DAY, foreground: true, calm: false }), 270 * S)
  test.same(rhythm.record, record)
})

t.test(
  'a network that became worse is learned anew, after two strikes within a day',
  async test => {
    for (const seconds of [120, 300, 600, 1800]) {
      const rhythm = new Rhythm(BOUNDS)
      idle(rhythm, seconds * S, 0, 2 * DAY)
      const lost = idle(rhythm, (seconds / 2) * S, 2 * DAY, 9 * DAY)
      const share = rhythm.record.interval / Math.min((seconds / 2) * S, BOUNDS.maxMs)
      test.ok(share >= 0.84 && share <= 0.96, `${seconds} s: ${share}`)
      test.ok(lost <= 8, `${seconds} s: ${lost} lost`)
    }
    const rhythm = new Rhythm(BOUNDS)
    idle(rhythm, 600 * S, 0, DAY)
    const { interval } = rhythm.record
    rhythm.failed(interval, DAY)
    rhythm.connected()
    test.equal(rhythm.interval(background(DAY)), 0.6 * interval, 'one strike: careful once')
    rhythm.answered(0.6 * interval, DAY)
    rhythm.failed(interval, 2.5 * DAY)
    test.equal(rhythm.record.interval, interval, 'a strike of long ago does not count')
    rhythm.failed(interval, 3 * DAY)
    test.ok(rhythm.record.interval < interval)
  },
)

t.test('a network that became better is found out after a week, in a calm hour', async test => {
  const rhythm = new Rhythm(BOUNDS)
  idle(rhythm, 300 * S, 0, DAY)
  const { interval } = rhythm.record
  const week = DAY + 8 * DAY
  rhythm.answered(interval, week)
  test.equal(rhythm.interval(background(week)), interval, 'not while somebody may notice')
  test.ok(rhythm.interval(background(week, true)) > interval)
  idle(rhythm, 600 * S, week, week + DAY)
  test.ok(rhythm.record.interval > 1.3 * interval)
})

t.test('what is kept is taken up again', async test => {
  const rhythm = new Rhythm(BOUNDS)
  idle(rhythm, 300 * S, 0, DAY)
  const kept: unknown = JSON.parse(JSON.stringify(rhythm.record))
  const again = new Rhythm(BOUNDS, kept as NetworkRecord)
  test.equal(again.interval(background(DAY)), rhythm.record.interval)
  test.equal(idle(again, 300 * S, DAY, 3 * DAY), 0)
})

t.test('what is announced is what is kept, until a second look is near', async test => {
  const rhythm = new Rhythm(BOUNDS)
  idle(rhythm, 300 * S, 0, DAY)
  const { interval, stableSince } = rhythm.record
  test.equal(rhythm.longest(interval, DAY), interval)
  const near = stableSince + 7 * DAY - BOUNDS.maxMs
  const longest = rhythm.longest(interval, near)
  test.ok(longest > interval)
  rhythm.answered(interval, near)
  test.ok(rhythm.interval(background(near + BOUNDS.maxMs, true)) <= longest)
})

t.test('an interval never leaves its bounds, and the longest is never exceeded', async test => {
  const rhythm = new Rhythm({ ...BOUNDS, maxMs: 300 * S })
  let now = 0
  for (let beat = 0; beat < 200; beat++) {
    const gap = rhythm.interval(background(now, true))
    test.ok(gap >= 45 * S && gap <= 300 * S)
    const longest = rhythm.longest(gap, now)
    now += gap
    if (beat % 7 === 3) rhythm.failed(gap, now)
    else {
      rhythm.answered(gap, now)
      test.ok(rhythm.interval(background(now, true)) <= longest)
    }
  }
})
