import t from 'tap'
import { ackTimeoutMs, createHeartbeat, type Pace } from '../../src/heartbeat/heartbeat.ts'
import { VirtualClock } from '../virtual-clock.ts'

const steady = (ms: number): Pace => ({
  interval: () => ms,
  longest: () => ms,
  answered: () => undefined,
})

const beating = (pace: Pace, roundTripMs = 50) => {
  const clock = new VirtualClock()
  const words: string[] = []
  const origin = clock.monotonic()
  const at = (): number => (clock.monotonic() - origin) / 1000
  const side = {
    ping: (next: number | undefined) =>
      void words.push(`${at()} ping${next === undefined ? '' : ` next ${next}`}`),
    dead: () => void words.push(`${at()} dead`),
  }
  const heartbeat = createHeartbeat(clock, side, pace, roundTripMs)
  return { clock, heartbeat, said: () => words.splice(0).join(', ') }
}

t.test('pings come after the given idle time and announce the next one once', async test => {
  const { clock, heartbeat, said } = beating(steady(100_000))
  clock.advance(60_000)
  heartbeat.active()
  clock.advance(100_000)
  test.equal(said(), '160 ping next 7')
  test.equal(heartbeat.waiting, 100_000)
  heartbeat.pong()
  test.equal(heartbeat.waiting, undefined)
  clock.advance(100_000)
  test.equal(said(), '260 ping')
  heartbeat.stop()
  clock.advance(900_000)
  test.equal(said(), '')
  test.equal(clock.timers, 0)
})

t.test('each interval may be another, and what was idle for it is told', async test => {
  const gaps: number[] = []
  const { clock, heartbeat, said } = beating({
    interval: () => 60_000 * (gaps.length + 1),
    longest: () => 60_000 * (gaps.length + 2),
    answered: gapMs => void gaps.push(gapMs),
  })
  clock.advance(60_000)
  heartbeat.pong()
  clock.advance(120_000)
  heartbeat.active()
  heartbeat.pong()
  test.equal(said(), '60 ping next 8, 180 ping next 12')
  test.same(gaps, [60_000, 180_000])
  heartbeat.stop()
})

t.test('a missing PONG is death, after a time that follows the round trip', async test => {
  test.strictSame([0, 500, 1000, 3000, 9000].map(ackTimeoutMs), [6000, 6000, 7000, 15_000, 20_000])
  const { clock, heartbeat, said } = beating(steady(60_000), 2000)
  clock.advance(60_000)
  clock.advance(10_000)
  heartbeat.pong()
  test.equal(said(), '60 ping next 4')
  clock.advance(60_000)
  clock.advance(14_999)
  test.equal(said(), '130 ping')
  clock.advance(1)
  test.equal(said(), '145 dead', 'the slow PONG moved the round trip from 2 to 3 seconds')
})

t.test('a PONG that was not asked for changes nothing', async test => {
  const { clock, heartbeat, said } = beating(steady(60_000))
  clock.advance(30_000)
  heartbeat.pong()
  clock.advance(30_000)
  test.equal(said(), '60 ping next 4')
})

t.test('a nudge tries a connection that was idle, and waits as a person would', async test => {
  const { clock, heartbeat, said } = beating(steady(600_000))
  clock.advance(30_000)
  heartbeat.nudge()
  test.equal(said(), '', 'it was in use a moment ago')
  clock.advance(1)
  heartbeat.nudge()
  heartbeat.nudge()
  test.match(said(), /^30.001 ping next 40$/)
  clock.advance(3_000)
  test.match(said(), /dead/)
})

t.test('a shorter interval counts from the nudge on', async test => {
  let intervalMs = 600_000
  const { clock, heartbeat, said } = beating({ ...steady(0), interval: () => intervalMs })
  clock.advance(20_000)
  intervalMs = 60_000
  heartbeat.nudge()
  clock.advance(40_000)
  test.match(said(), /^60 ping/)
})

t.test('a device that slept pings as it wakes', async test => {
  const { clock, heartbeat, said } = beating(steady(600_000))
  clock.advance(400_000)
  heartbeat.active()
  clock.leap(3_600_000)
  clock.advance(200_000)
  test.equal(said(), '600 ping next 40', 'the clock on the wall went ahead by an hour')
  heartbeat.stop()
})
