import t from 'tap'
import { ackTimeoutMs, createHeartbeat, type HeartbeatHints } from '../src/heartbeat.ts'
import { VirtualClock } from './virtual-clock.ts'

const beating = (hints: HeartbeatHints, roundTripMs = 50) => {
  const clock = new VirtualClock()
  const words: string[] = []
  const origin = clock.monotonic()
  const at = (): number => (clock.monotonic() - origin) / 1000
  const side = {
    ping: (next: number | undefined) =>
      void words.push(`${at()} ping${next === undefined ? '' : ` next ${next}`}`),
    dead: () => void words.push(`${at()} dead`),
  }
  const heartbeat = createHeartbeat(clock, side, hints, roundTripMs)
  return { clock, heartbeat, said: () => words.splice(0).join(', ') }
}

t.test('pings come after the given idle time and announce the next one once', async test => {
  const { clock, heartbeat, said } = beating({ startMs: 100_000, maxMs: 900_000 })
  clock.advance(60_000)
  heartbeat.active()
  clock.advance(100_000)
  test.equal(said(), '160 ping next 7')
  heartbeat.pong()
  clock.advance(100_000)
  test.equal(said(), '260 ping')
  heartbeat.stop()
  clock.advance(900_000)
  test.equal(said(), '')
  test.equal(clock.timers, 0)
})

t.test('hints are bounded, and have defaults', async test => {
  for (const [startMs, maxMs, expected] of [
    [0, 0, '270 ping next 18'],
    [600_000, 300_000, '300 ping next 20'],
    [1000, 900_000, '10 ping next 1'],
  ] as const) {
    const { clock, said } = beating({ startMs, maxMs })
    clock.advance(300_000)
    test.equal(said().split(', ')[0], expected)
  }
})

t.test('a missing PONG is death, after a time that follows the round trip', async test => {
  test.strictSame([0, 500, 1000, 3000, 9000].map(ackTimeoutMs), [6000, 6000, 7000, 15_000, 20_000])
  const { clock, heartbeat, said } = beating({ startMs: 60_000, maxMs: 900_000 }, 2000)
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
  const { clock, heartbeat, said } = beating({ startMs: 60_000, maxMs: 900_000 })
  clock.advance(30_000)
  heartbeat.pong()
  clock.advance(30_000)
  test.equal(said(), '60 ping next 4')
})
