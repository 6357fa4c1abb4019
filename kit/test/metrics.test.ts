import t from 'tap'
import { createLogger } from '../src/log.ts'
import { createMetrics } from '../src/metrics.ts'

const lines = (text: string): string[] =>
  text.split('\n').filter(line => line !== '' && !line.startsWith('#'))

t.test('a counter counts on over several readings', async t => {
  const metrics = createMetrics({ process: false })
  const counter = metrics.counter('frames_total', 'Frames')
  counter.add()
  counter.add(3)
  t.strictSame(lines(await metrics.text()), ['frames_total 4'])
  counter.add()
  t.strictSame(lines(await metrics.text()), ['frames_total 5'])
})

t.test('the same name twice is the same counter', async t => {
  const metrics = createMetrics({ process: false })
  metrics.counter('frames_total', 'Frames').add()
  metrics.counter('frames_total', 'Frames').add()
  t.strictSame(lines(await metrics.text()), ['frames_total 2'])
})

t.test('labels make separate series', async t => {
  const metrics = createMetrics({ process: false })
  const closed = metrics.counter('closed_total', 'Closed', ['reason'])
  closed.add(1, { reason: 'idle' })
  closed.add(2, { reason: 'drain' })
  t.strictSame(lines(await metrics.text()), [
    'closed_total{reason="idle"} 1',
    'closed_total{reason="drain"} 2',
  ])
})

t.test('a gauge is asked each time, and its name can be taken once', async t => {
  const metrics = createMetrics({ process: false })
  let sessions = 1
  metrics.gauge('sessions', 'Sessions', () => sessions)
  t.strictSame(lines(await metrics.text()), ['sessions 1'])
  sessions = 9
  t.strictSame(lines(await metrics.text()), ['sessions 9'])
  t.throws(() => metrics.gauge('sessions', 'Sessions', () => 0))
})

t.test('two sets of metrics in one process do not meet, and report the process', async t => {
  const one = createMetrics()
  const other = createMetrics()
  one.counter('x_total', 'x').add()
  t.notMatch(await other.text(), 'x_total')
  t.match(await other.text(), 'process_resident_memory_bytes')
})

t.test('a log line is JSON with the level as a word, the process and an ISO time', async t => {
  const written: string[] = []
  const log = createLogger({
    level: 'info',
    name: 'gate-1',
    destination: { write: line => written.push(line) },
  })
  log.debug('not at this level')
  log.info({ uid: 'alice' }, 'session opened')
  t.equal(written.length, 1)
  t.match(JSON.parse(written[0] ?? ''), {
    level: 'info',
    name: 'gate-1',
    uid: 'alice',
    msg: 'session opened',
    time: /^\d{4}-.*Z$/,
  })
})

t.test('the values of a label are told from the beginning', async t => {
  const metrics = createMetrics({ process: false })
  const shed = metrics.counters('shed_total', 'Shed', { name: 'reason', values: ['age', 'bytes'] })
  const age = shed('age')
  age.add()
  age.add(2)
  t.strictSame(lines(await metrics.text()), [
    'shed_total{reason="age"} 3',
    'shed_total{reason="bytes"} 0',
  ])
  shed('bytes').add()
  t.strictSame(lines(await metrics.text()), [
    'shed_total{reason="age"} 3',
    'shed_total{reason="bytes"} 1',
  ])
})

t.test('a histogram counts what was observed, by bucket', async t => {
  const metrics = createMetrics({ process: false })
  metrics.histogram('delay_seconds', 'Delay', [0.1, 1]).observe(0.5)
  metrics.histogram('delay_seconds', 'Delay', [0.1, 1]).observe(0.05)
  t.strictSame(lines(await metrics.text()), [
    'delay_seconds_bucket{le="0.1"} 1',
    'delay_seconds_bucket{le="1"} 2',
    'delay_seconds_bucket{le="+Inf"} 2',
    'delay_seconds_sum 0.55',
    'delay_seconds_count 2',
  ])
})
