import t from 'tap'
import { Beats } from '../../src/load/beats.ts'

const TICK = Beats.tickMs

/** Sessions that come up with each of so many ticks. */
const turns = (beats: Beats, ticks: number): number[][] =>
  Array.from({ length: ticks }, () => {
    const due: number[] = []
    beats.tick(session => due.push(session))
    return due.sort((a, b) => a - b)
  })

t.test('each session comes up once, not before its time, and a tick late at most', async t => {
  const beats = new Beats(4)
  beats.set(0, 3 * TICK)
  beats.set(1, TICK)
  beats.set(2, 2 * TICK + 1)
  beats.set(3, 0)
  t.strictSame(turns(beats, 5), [[1, 3], [], [0, 2], [], []])
})

t.test('one that comes up may be set again, also far ahead', async t => {
  const beats = new Beats(2)
  const seen: number[] = []
  beats.set(0, TICK)
  beats.set(1, TICK)
  for (let tick = 1; tick <= 5_000; tick++)
    beats.tick(session => {
      seen.push(tick)
      beats.set(session, 4_000 * TICK)
    })
  t.strictSame(seen, [1, 1, 4_001, 4_001])
})
