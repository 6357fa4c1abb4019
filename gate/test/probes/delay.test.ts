import t from 'tap'
import { hardDelay, isFull, probeDelay, softDelay } from '../../src/probes/delay.ts'

/** Of the machine that the rule was made for. */
const CAPACITY = 4_000_000
const at = (conns: number, over: { mean?: number; elu?: number; capacity?: number } = {}) => ({
  conns,
  capacity: CAPACITY,
  mean: 0,
  elu: 0,
  ...over,
})

t.test('hard term: from 3,000,000 of 4,000,000 on, 50 ms per further 100,000', async t => {
  const expected: readonly (readonly [conns: number, ms: number])[] = [
    [0, 0],
    [2_999_999, 0],
    [3_000_000, 0],
    [3_000_001, 50],
    [3_050_000, 50],
    [3_100_000, 50],
    [3_100_001, 100],
    [3_200_000, 100],
    [3_500_000, 250],
    [3_900_000, 450],
    [3_919_999, 500],
  ]
  for (const [conns, ms] of expected) t.equal(probeDelay(at(conns)), ms, `${conns} connections`)
})

t.test('hard term: steps begin at the same share of any capacity', async t => {
  for (let capacity = 40; capacity <= 200_000; capacity += 40 * 37)
    for (let step = 0; step < 10; step++) {
      const edge = (capacity * (30 + step)) / 40
      t.equal(hardDelay(at(edge, { capacity })), 50 * step, `${edge} of ${capacity}`)
      t.equal(hardDelay(at(edge + 1, { capacity })), 50 * (step + 1), `${edge} + 1 of ${capacity}`)
    }
  t.equal(hardDelay(at(3_001, { capacity: 4_001 })), 50)
})

t.test('soft term: 10 ms per percent beyond 2 % above the mean, 150 ms at most', async t => {
  const soft = (conns: number, mean: number): number =>
    Math.round(softDelay(at(conns, { mean })) * 1e6) / 1e6
  t.equal(soft(1_000, 0), 0, 'the mean is unknown')
  t.equal(soft(500, 1_000), 0)
  t.equal(soft(1_020, 1_000), 0)
  t.equal(soft(1_030, 1_000), 10)
  t.equal(soft(1_120, 1_000), 100)
  t.equal(soft(1_170, 1_000), 150)
  t.equal(soft(9_000, 1_000), 150)
})

t.test('the terms add up, and a busy event loop adds 200 ms', async t => {
  t.equal(probeDelay(at(100, { elu: 0.85 })), 0)
  t.equal(probeDelay(at(100, { elu: 0.851 })), 200)
  t.equal(probeDelay(at(3_100_000, { mean: 2_000_000, elu: 0.9 })), 150 + 50 + 200)
})

t.test('full from 98 % of the capacity on', async t => {
  t.notOk(isFull(at(3_919_999)))
  t.ok(isFull(at(3_920_000)))
  t.ok(isFull(at(5_000_000)))
})
