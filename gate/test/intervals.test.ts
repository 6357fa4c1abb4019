import t from 'tap'
import type { Logger } from '@longwire/kit'
import { AddressKey, createLogger } from '@longwire/kit'
import { CMD } from '@longwire/proto'
import { TRUNK, trunkBody } from '@longwire/proto/trunk'
import { Intervals } from '../src/intervals.ts'
import { NetworkScan } from '../src/network-scan.ts'
import { FLAG, SessionTable, STATE } from '../src/session-table.ts'
import { silentConnection } from './support/connection.ts'
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

t.test('what clients learn is tallied by network, those with most sessions first', async t => {
  const table = new SessionTable(20_000, 0)
  const of = (ip: string): number => {
    const key = new AddressKey()
    key.read(ip)
    return AddressKey.wide(key.hi, key.lo)
  }
  const ips = ['203.0.113.7', '203.0.1.1', '2001:db8:1::5', '2001:db8:2::5', 'nonsense']
  const scan = new NetworkScan({ table, networkOf: source => of(ips[source]!) })
  const add = (source: number, seconds: number, count: number): void => {
    for (let n = 0; n < count; n++) {
      const slot = table.acquire(silentConnection, '')
      table.enter(slot, STATE.READY)
      table.source[slot] = source
      table.nextUnits[slot] = seconds / 15
      if (seconds > 0) table.raise(slot, FLAG.LEARNED)
    }
  }
  add(0, 225, 6_000)
  add(1, 300, 2_000)
  add(2, 855, 30)
  add(3, 0, 10)
  add(4, 900, 5)
  scan.tick()
  t.same(scan.usage, [], 'a round takes a while')
  for (let n = 0; n < 4; n++) scan.tick()
  t.match(scan.usage, [
    { network: '203.0.0.0/16', sessions: 8_000, learned: 8_000, learnedMs: 1_950_000_000 },
    { network: '2001:db8::/32', sessions: 40, learned: 30, learnedMs: 30 * 855_000 },
  ])
  t.same(scan.usage[0]?.counts, [0, 0, 0, 6_000, 2_000, 0, 0, 0, 0])
  t.same(scan.usage[1]?.counts, [0, 0, 0, 0, 0, 0, 0, 30, 0])
  t.equal(scan.networks, 2)
  t.equal(scan.leastSeconds, 243.75)
})

t.test('a gate tells logic what the clients of each network have learned', async t => {
  const s = await stage(t)
  const client = await s.dial('tcp')
  await login(client)
  client.writer.pingNext(20, true)
  client.send()
  await client.expect(CMD.PONG)
  await s.pass(16_000)
  const usage = s.logic.of(TRUNK.USAGE).at(-1)
  t.match(trunkBody.Usage.decode(usage!.body).networks, [
    { network: '127.0.0.0/16', sessions: 1, learned: 1, learnedMs: 300_000 },
  ])
  t.equal(await s.metric('longwire_gate_networks'), 1)
})
