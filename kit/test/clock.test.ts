import t from 'tap'
import { pause, seededRandom, systemClock, VirtualClock } from '../src/clock.ts'

t.test(
  'timers run in the order they are due, and equal ones in the order they were set',
  async t => {
    const clock = new VirtualClock(0)
    const ran: string[] = []
    clock.after(20, () => ran.push(`c${clock.now()}`))
    clock.after(10, () => ran.push(`a${clock.now()}`))
    clock.after(10, () => ran.push(`b${clock.now()}`))
    clock.advance(15)
    t.strictSame(ran, ['a10', 'b10'])
    t.equal(clock.untilNext(), 5)
    clock.advance(5)
    t.strictSame(ran, ['a10', 'b10', 'c20'])
    t.equal(clock.untilNext(), undefined)
  },
)

t.test('a timer that a timer sets runs in the same advance when due', async t => {
  const clock = new VirtualClock(0)
  const ran: number[] = []
  const again = (): void => {
    ran.push(clock.monotonic())
    if (ran.length < 3) clock.after(10, again)
  }
  clock.after(10, again)
  clock.advance(100)
  t.strictSame(ran, [10, 20, 30])
  t.equal(clock.now(), 100)
})

t.test('a cancelled timer does not run, and cancelling twice is nothing', async t => {
  const clock = new VirtualClock()
  const ran: string[] = []
  const timer = clock.after(1, () => ran.push('cancelled'))
  clock.after(1, () => ran.push('kept'))
  timer.cancel()
  timer.cancel()
  clock.advance(1)
  t.strictSame(ran, ['kept'])
})

t.test('soon runs without time passing, after what is already due', async t => {
  const clock = new VirtualClock(5)
  const ran: string[] = []
  clock.soon(() => ran.push('first'))
  clock.soon(() => ran.push('second'))
  t.strictSame(ran, [])
  clock.advance(0)
  t.strictSame(ran, ['first', 'second'])
  t.equal(clock.now(), 5)
})

t.test('a pause ends in time, or with its signal', async t => {
  const clock = new VirtualClock()
  const ended: string[] = []
  const note =
    (name: string): (() => void) =>
    () =>
      void ended.push(name)
  const stop = new AbortController()
  void pause(clock, 10).then(note('short'))
  void pause(clock, 1_000, stop.signal).then(note('called off'))
  clock.advance(10)
  await Promise.resolve()
  t.same(ended, ['short'])
  stop.abort()
  await pause(clock, 1_000, stop.signal)
  t.same(ended, ['short', 'called off'])
})

t.test('the system clock moves on, and a cancelled timer stays silent', async t => {
  const before = systemClock.monotonic()
  const ran: string[] = []
  systemClock.after(0, () => ran.push('cancelled')).cancel()
  await new Promise<void>(resolve => systemClock.soon(resolve))
  await new Promise<void>(resolve => {
    const hold = setInterval(() => {}, 1_000)
    systemClock.after(2, () => {
      clearInterval(hold)
      resolve()
    })
  })
  t.strictSame(ran, [])
  t.ok(systemClock.monotonic() > before)
  t.ok(Math.abs(systemClock.now() - Date.now()) < 1_000)
})

t.test('the same seed gives the same numbers, another seed others', async t => {
  const take = (seed: number): number[] => {
    const random = seededRandom(seed)
    return Array.from({ length: 5 }, () => random())
  }
  t.strictSame(take(1), take(1))
  t.notSame(take(1), take(2))
})

t.test('seeded numbers lie evenly in [0, 1)', async t => {
  const random = seededRandom(42)
  const buckets = Array.from({ length: 10 }, () => 0)
  for (let n = 0; n < 10_000; n++) {
    const value = random()
    if (value < 0 || value >= 1) t.fail(`${value} is outside [0, 1)`)
    const bucket = Math.floor(value * 10)
    buckets[bucket] = (buckets[bucket] ?? 0) + 1
  }
  for (const count of buckets)
    t.ok(count > 850 && count < 1_150, `a tenth holds ${count} of 10,000`)
})
