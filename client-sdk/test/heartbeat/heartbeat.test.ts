import t from 'tap'
import { ackTimeoutMs, createHeartbeat, type Pace } from '../../src/heartbeat/heartbeat.ts'
import { VirtualClock } from '../virtual-clock.ts'

const steady = (ms: number): Pace => ({
  interval: () => ms,
  longest: () => ms,
  proven: () => 0,
  learned: () => false,
  answered: () => undefined,
  ackTimeoutMs: () => 0,
})

const beating = (
  pace: Pace,
  {
    roundTripMs = 50,
    expectedMs = 3_600_000,
    late,
  }: { roundTripMs?: number; expectedMs?: number; late?: () => number } = {},
) => {
  const clock = new VirtualClock()
  const words: string[] = []
  const origin = clock.monotonic()
  const at = (): number => (clock.monotonic() - origin) / 1000
  const side = {
    ping: (next: number | undefined, learned: boolean) => {
      const said = next === undefined ? '' : ` next ${next}${learned ? ' learned' : ''}`
      words.push(`${at()} ping${said}`)
    },
    dead: () => void words.push(`${at()} dead`),
  }
  const alarm =
    late === undefined
      ? undefined
      : (ms: number, task: () => void) => clock.after(ms + late(), task)
  const heartbeat = createHeartbeat(clock, { side, pace, roundTripMs, expectedMs, alarm })
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
    ...steady(0),
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
  const { clock, heartbeat, said } = beating(steady(60_000), { roundTripMs: 2000 })
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

t.test('a gate that expects a ping earlier is told at once, which proves nothing', async test => {
  const gaps: number[] = []
  const pace = { ...steady(600_000), answered: (gapMs: number) => void gaps.push(gapMs) }
  const { clock, heartbeat, said } = beating(pace, { expectedMs: 270_000 })
  await new Promise(setImmediate)
  test.equal(said(), '0 ping next 40')
  test.equal(heartbeat.waiting, undefined, 'and its failure would blame nobody')
  heartbeat.pong()
  test.same(gaps, [])
  clock.advance(600_000)
  test.equal(said(), '600 ping')
  test.equal(heartbeat.waiting, 600_000)
  heartbeat.stop()
  const known = beating(steady(270_000), { expectedMs: 270_000 })
  await new Promise(setImmediate)
  test.equal(known.said(), '')
  known.heartbeat.stop()
})

t.test('an interval that grows under way waits until the gate has been told', async test => {
  let intervalMs = 300_000
  const pace = { ...steady(0), interval: () => intervalMs, longest: () => intervalMs }
  const { clock, heartbeat, said } = beating(pace, { expectedMs: 300_000 })
  clock.advance(100_000)
  intervalMs = 600_000
  heartbeat.retime()
  clock.advance(200_000)
  test.equal(said(), '300 ping next 40')
  heartbeat.pong()
  clock.advance(600_000)
  test.equal(said(), '900 ping')
  heartbeat.stop()
})

t.test('a ping that is nearly due goes along when the device is awake', async test => {
  const { clock, heartbeat, said } = beating(steady(400_000))
  clock.advance(339_000)
  heartbeat.awake()
  test.equal(said(), '', 'too early: before 0.85 of the interval')
  clock.advance(1_000)
  heartbeat.awake()
  heartbeat.awake()
  test.equal(said(), '340 ping next 27')
  test.equal(heartbeat.waiting, 340_000)
  heartbeat.stop()
})

t.test('the gate may say how long to wait for its answer', async test => {
  const { clock, said } = beating({ ...steady(60_000), ackTimeoutMs: () => 9_000 })
  clock.advance(68_999)
  test.equal(said(), '60 ping next 4')
  clock.advance(1)
  test.equal(said(), '69 dead')
})

t.test('what fails after a sleep or for a person blames nobody', async test => {
  let late = 61_000
  const slept = beating(steady(100_000), { late: () => late })
  slept.clock.advance(161_000)
  test.equal(slept.heartbeat.waiting, undefined, 'the alarm was a minute late')
  slept.clock.advance(5_000)
  test.match(slept.said(), /^161 ping next 7, 166 dead$/, 'and the answer is waited for 5 s')
  late = 0
  const looked = beating(steady(100_000))
  looked.clock.advance(50_000)
  looked.heartbeat.nudge()
  test.equal(looked.heartbeat.waiting, undefined)
  looked.heartbeat.stop()
})

t.test('alarms that are late twice show the pace of the platform', async test => {
  let provenMs = 600_000
  const pace = { ...steady(500_000), proven: () => provenMs }
  const { clock, heartbeat, said } = beating(pace, { late: () => 40_000 })
  clock.advance(540_000)
  heartbeat.pong()
  clock.advance(540_000)
  heartbeat.pong()
  test.equal(said(), '540 ping next 36, 1080 ping', 'the gate is told of the longer wait')
  test.equal(heartbeat.dozing, false, 'the network bears it')
  provenMs = 520_000
  test.equal(heartbeat.dozing, true, 'it does not any more')
  heartbeat.nudge()
  test.equal(heartbeat.dozing, false, 'somebody looks: all begins anew')
  heartbeat.stop()
})

t.test('the gate is told to wait for timers that a hidden page gets once a minute', async test => {
  const { clock, heartbeat, said } = beating(steady(60_000), { late: () => 45_000 })
  clock.advance(105_000)
  test.equal(said(), '105 ping next 7')
  heartbeat.stop()
})
