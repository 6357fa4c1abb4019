import t from 'tap'
import { fixedRetry } from '../../src/sim/herd-policies.ts'
import { herd } from '../../src/sim/herd.ts'
import { rush } from '../../src/sim/herd-rush.ts'

t.test('all clients of a gate that dies are back soon, with about one try each', async test => {
  const { failures, json, rows } = herd({ quick: true, seed: 7 })
  test.same(failures, [])
  test.equal(rows.length, 8)
  test.ok(Number(json['t99OverIdeal']) >= 1 && Number(json['t99OverIdeal']) <= 1.5)
  test.ok(Number(json['triesPerClient']) >= 1 && Number(json['triesPerClient']) <= 1.2)
})

t.test('a queue that serves those who have gone gets nowhere', async test => {
  const rules = { acceptPerSecond: 100, patienceMs: 5_000, horizonMs: 60_000, sheds: false }
  const many = Array.from({ length: 3_000 }, () => fixedRetry(1_000)(() => 0.5, 0))
  const { t99Ms, wasted } = rush({ diallers: many, ...rules })
  test.equal(t99Ms, undefined)
  test.ok(wasted > 3_000)
  const few = many.slice(0, 400)
  const calm = rush({ diallers: few, ...rules })
  test.equal(calm.tries, 400)
  test.ok(Math.abs((calm.t99Ms ?? 0) - 4_100) <= 150)
})
