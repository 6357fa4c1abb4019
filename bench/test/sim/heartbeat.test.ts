import t from 'tap'
import { heartbeat } from '../../src/sim/heartbeat.ts'

t.test('the heartbeat of the SDK keeps its promises on the mix of networks', async test => {
  const { failures, json, rows } = heartbeat({ quick: true, seed: 7 })
  test.same(failures, [])
  test.equal(rows.length, 5)
  test.ok(Number(json['natDropsPerDay']) <= 0.25)
  test.ok(Number(json['pingsVsFixed60']) <= 0.2)
  test.ok(Number(json['pingsVsFixed180']) <= 0.5)
  test.same(heartbeat({ quick: true, seed: 7 }).json, json, 'one seed, one outcome')
})
