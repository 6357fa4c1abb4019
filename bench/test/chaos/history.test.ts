import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { HistoryWriter, readHistory } from '../../src/chaos/history.ts'

t.test('events are read as they were written, from where the last reader stopped', async t => {
  const path = join(t.testdir(), 'history')
  const writer = new HistoryWriter(path)
  writer.write('send', 7, 3, 0, '1,2')
  writer.write('send', 8, 3, 2_000, '')
  writer.write('acked', 7, 12)
  writer.write('recv', 5, 12, 7, 3)
  const first = readHistory(path)
  t.match(first.events, [
    { op: 'send', id: 7, user: 3, ttlMs: 0, appcodes: [1, 2] },
    { op: 'send', id: 8, user: 3, ttlMs: 2_000, appcodes: [] },
    { op: 'acked', id: 7, seq: 12 },
    { op: 'recv', end: 5, seq: 12, id: 7, user: 3 },
  ])
  t.ok(first.events.every(({ t: at }) => at > 0))
  writer.write('gap', 5, 13, 14)
  writer.write('opened', 5, 12)
  appendFileSync(path, 'recv 12')
  const second = readHistory(path, first.size)
  t.match(second.events, [
    { op: 'gap', end: 5, from: 13, to: 14 },
    { op: 'opened', end: 5, seq: 12 },
  ])
  t.equal(second.events.length, 2, 'a line that was cut off is no event')
  appendFileSync(path, '\nnonsense 1\n')
  t.throws(() => readHistory(path), /not a line of a history: "recv 12"|nonsense/)
})
