import t from 'tap'
import { Admission, LOAD_FULL } from '../src/admission.ts'
import { Backlog } from '../src/backlog.ts'
import { VirtualClock } from '../src/clock.ts'
import { LoopMeter } from '../src/loop-delay.ts'
import { createMetrics } from '../src/metrics.ts'

const LIMITS = { least: 100, most: 10_000, ageMs: 300, loopMs: 250, retryMs: 1_000 }
const LOOK_MS = 50
const PER_MS = 10

/** A server that finishes 10 entries each millisecond, first come first served. */
const server = (loop = { ms: 0 }) => {
  const clock = new VirtualClock()
  const admission = new Admission({ clock, loop, limits: LIMITS })
  const queue: { readonly ticket: number; readonly at: number }[] = []
  const ages: number[] = []
  let shed = 0
  const offer = (count: number): void => {
    for (let left = count; left > 0; left--) {
      if (admission.full) {
        admission.refused()
        shed++
      } else queue.push({ ticket: admission.enter(), at: clock.monotonic() })
    }
  }
  const run = (ms: number, perMs: number): void => {
    ages.length = 0
    shed = 0
    for (let passed = 1; passed <= ms; passed++) {
      clock.advance(1)
      offer(perMs)
      for (const { ticket, at } of queue.splice(0, PER_MS)) {
        admission.leave(ticket)
        ages.push(clock.monotonic() - at)
      }
      if (passed % LOOK_MS === 0) admission.look()
    }
  }
  return {
    admission,
    run,
    worst: () => ages.reduce((most, age) => Math.max(most, age), 0),
    served: () => ages.length,
    shed: () => shed,
  }
}

t.test('the age of the oldest is known, whatever leaves in between', async t => {
  const backlog = new Backlog()
  t.equal(backlog.oldestMs(5), 0)
  const first = backlog.enter(1_000)
  const second = backlog.enter(1_100)
  const third = backlog.enter(1_200)
  backlog.leave(second)
  t.equal(backlog.oldestMs(1_300), 290, 'to 10 ms')
  backlog.leave(first)
  t.equal(backlog.oldestMs(1_300), 90)
  backlog.leave(third)
  t.same([backlog.oldestMs(9_999), backlog.size, backlog.left], [0, 0, 3])
})

t.test('entries older than the buckets reach are old, and leave like the others', async t => {
  const backlog = new Backlog()
  const stuck = backlog.enter(0)
  const late = Array.from({ length: 100 }, (_, n) => backlog.enter(39_000 + n * 1_000))
  t.ok(backlog.oldestMs(138_000) > 40_000)
  for (const ticket of late) backlog.leave(ticket)
  t.equal(backlog.size, 1)
  backlog.leave(stuck)
  t.equal(backlog.size, 0)
  backlog.enter(200_000)
  t.equal(backlog.oldestMs(200_100), 90)
})

t.test('what a server can do is never refused, nor is a burst within the age', async t => {
  const { admission, run, shed } = server()
  run(5_000, PER_MS - 1)
  t.equal(shed(), 0)
  run(100, 2 * PER_MS)
  t.equal(shed(), 0)
  run(1_000, 0)
  t.equal(admission.limit, LIMITS.most)
  t.equal(admission.load, 0)
})

t.test('at twice what it can do the taken keep their age, and nothing lies idle', async t => {
  const { admission, run, worst, served, shed } = server()
  run(2_000, 2 * PER_MS)
  run(10_000, 2 * PER_MS)
  t.equal(served(), 10_000 * PER_MS, 'it works at its capacity')
  t.equal(shed(), 10_000 * PER_MS)
  t.ok(worst() <= LIMITS.ageMs * 0.55, `the oldest was ${worst()} ms old`)
  t.ok(admission.shedding)
  t.ok(admission.load >= LOAD_FULL, `load ${admission.load}`)
  t.equal(admission.retryMs, 2_000, 'half are refused: they come again half as often')
})

t.test('ten times as much changes nothing for the taken', async t => {
  const { admission, run, worst, served } = server()
  run(2_000, 10 * PER_MS)
  run(5_000, 10 * PER_MS)
  t.equal(served(), 5_000 * PER_MS)
  t.ok(worst() <= LIMITS.ageMs, `the oldest was ${worst()} ms old`)
  t.equal(admission.retryMs, 10_000)
})

t.test('the limit comes to rest instead of swinging', async t => {
  const { admission, run } = server()
  run(3_000, 2 * PER_MS)
  const seen: number[] = []
  for (let look = 0; look < 100; look++) {
    run(LOOK_MS, 2 * PER_MS)
    seen.push(admission.limit)
  }
  t.equal(new Set(seen).size, 1, `limits ${[...new Set(seen)].join(', ')}`)
})

t.test('after an overload everything is as before', async t => {
  const { admission, run, shed } = server()
  run(5_000, 3 * PER_MS)
  run(10_000, PER_MS - 1)
  t.equal(shed(), 0)
  t.equal(admission.limit, LIMITS.most)
  t.notOk(admission.shedding)
  t.equal(admission.retryMs, LIMITS.retryMs)
})

t.test('a late event loop takes the limit back, but never below the least', async t => {
  const loop = { ms: 0 }
  const { admission, run } = server(loop)
  run(1_000, 1)
  loop.ms = 400
  run(LOOK_MS, 1)
  t.equal(admission.limit, LIMITS.most, 'once may be chance')
  run(LOOK_MS, 1)
  t.ok(admission.limit < LIMITS.most && admission.limit >= LIMITS.least)
})

t.test(
  'what a late loop takes away is missing for the work: age and delay together stay bounded',
  async t => {
    const loop = { ms: 0 }
    const { run, worst, served } = server(loop)
    loop.ms = 120
    run(3_000, 2 * PER_MS)
    run(5_000, 2 * PER_MS)
    t.equal(served(), 5_000 * PER_MS)
    t.ok(worst() + loop.ms <= LIMITS.ageMs, `${worst()} ms and ${loop.ms} ms of delay`)
  },
)

t.test('a standstill leaves the least', async t => {
  const clock = new VirtualClock()
  const admission = new Admission({ clock, loop: { ms: 0 }, limits: LIMITS })
  for (let look = 0; look < 20; look++) {
    admission.enter()
    clock.advance(LOOK_MS)
    admission.look()
  }
  t.equal(admission.limit, LIMITS.least)
  t.notOk(admission.full, '20 are under way')
})

t.test('another measure of strain counts like age', async t => {
  const clock = new VirtualClock()
  let bytes = 0.5
  const admission = new Admission({ clock, loop: { ms: 0 }, limits: LIMITS, strain: () => bytes })
  const look = (): void => {
    clock.advance(LOOK_MS)
    admission.look()
  }
  look()
  t.equal(admission.limit, LIMITS.most)
  bytes = 1.5
  for (let times = 0; times < 20; times++) look()
  t.equal(admission.limit, LIMITS.least)
  t.ok(admission.load > LOAD_FULL)
})

t.test('the delay of the loop is how late its own timer fires', async t => {
  class StallingClock extends VirtualClock {
    stalled = 0
    override monotonic(): number {
      return super.monotonic() + this.stalled
    }
  }
  const clock = new StallingClock()
  const metrics = createMetrics({ process: false })
  const meter = new LoopMeter(clock, metrics)
  meter.start()
  clock.advance(1_000)
  t.equal(meter.ms, 0)
  clock.stalled = 300
  clock.advance(25)
  t.equal(meter.ms, 300)
  clock.advance(1_000)
  t.ok(meter.ms < 5, 'it is forgotten')
  t.match(await metrics.text(), 'longwire_event_loop_delay_seconds_bucket{le="0.5"} 81')
  meter.stop()
  t.equal(clock.untilNext(), undefined)
})
