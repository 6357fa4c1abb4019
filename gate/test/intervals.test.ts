import t from 'tap'
import type { Logger } from '@longwire/kit'
import { createLogger } from '@longwire/kit'
import { CMD } from '@longwire/proto'
import { Intervals } from '../src/intervals.ts'
import { login } from './support/raw-client.ts'
import { stage } from './support/stage.ts'

const watching = (options: { alarmMs?: number; maxMs?: number } = {}) => {
  const lines: string[] = []
  const log: Logger = createLogger({
    level: 'info',
    name: 'gate',
    destination: { write: (line: string) => void lines.push(line) },
  })
  const { alarmMs = 540_000, maxMs = 900_000 } = options
  const histogram = { observe: () => undefined }
  const intervals = new Intervals({ histogram, log, alarmMs, maxMs: () => maxMs })
  const declare = (count: number, seconds: number, learned = true) => {
    for (let each = 0; each < count; each++) intervals.declared(Math.ceil(seconds / 15), learned)
  }
  return { intervals, declare, lines }
}

t.test('an ingress that cuts everybody at 350 s is noticed, once', async t => {
  const { intervals, declare, lines } = watching()
  declare(99, 330)
  t.equal(intervals.alarming, false, 'too few to say')
  declare(101, 330)
  t.equal(intervals.alarming, true)
  t.equal(intervals.meanMs, 330_000)
  t.equal(lines.length, 1)
  t.match(lines[0], /load balancer or proxy/)
  declare(100, 855)
  t.equal(intervals.alarming, false, 'it was mended')
  t.match(lines[1], /longer intervals again/)
})

t.test('what is no alarm', async t => {
  const cases: readonly [string, (s: ReturnType<typeof watching>) => void][] = [
    ['clients that have only begun', s => s.declare(500, 405, false)],
    [
      'many carriers that cut early, while others get through',
      s => {
        for (let each = 0; each < 100; each++) {
          s.declare(3, 285)
          s.declare(1, 855)
        }
      },
    ],
    ['a mean above the threshold', s => s.declare(300, 555)],
  ]
  for (const [name, live] of cases) {
    const watched = watching()
    live(watched)
    t.equal(watched.intervals.alarming, false, name)
  }
  const off = watching({ alarmMs: 0 })
  off.declare(300, 60)
  t.equal(off.intervals.alarming, false, 'switched off')
  const bounded = watching({ maxMs: 300_000 })
  bounded.declare(300, 285)
  t.equal(bounded.intervals.alarming, false, 'more than 300 s is not allowed here')
  bounded.declare(300, 120)
  t.equal(bounded.intervals.alarming, true, 'but more than 120 s is')
})

t.test('operators see declared intervals, how sessions had ended, and the alarm', async t => {
  const { gate, dial, metric } = await stage(t)
  const warned = () => gate.health().find(({ part }) => part === 'ingress')
  t.match(warned(), { problem: '', bearable: true })
  for (let session = 0; session < 100; session++) {
    const client = await dial(session % 2 === 0 ? 'tcp' : 'ws')
    await login(client, { uid: `u${session}`, device: `d${session}` })
    client.writer.pingNext(22, session % 10 !== 0 || session > 50)
    client.send()
    await client.expect(CMD.PONG)
  }
  t.equal(await metric('longwire_gate_ping_interval_seconds_count'), 100)
  t.equal(await metric('longwire_gate_ping_interval_seconds_bucket{le="300"}'), 0)
  t.equal(await metric('longwire_gate_ping_interval_learned_seconds'), 330)
  t.equal(await metric('longwire_gate_ping_interval_alarm'), 0, '94 are too few')
  t.equal(await metric('longwire_gate_prev_state_total{state="unknown"}'), 100)
  for (let session = 0; session < 6; session++) {
    const client = await dial('ws')
    await login(client, { uid: `v${session}`, device: `d${session}` })
    client.writer.pingNext(22, true)
    client.send()
    await client.expect(CMD.PONG)
  }
  t.equal(await metric('longwire_gate_ping_interval_alarm'), 1)
  t.match(warned(), { problem: /cut idle connections/ })
  t.equal(gate.ready(), true, 'bearable')
})
