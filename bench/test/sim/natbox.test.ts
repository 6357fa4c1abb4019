import t from 'tap'
import { natbox } from '../../src/sim/natbox/natbox.ts'

t.setTimeout(300_000)

t.test('behind real NATs clients learn what they allow, and get every push once', async test => {
  const { failures, rows, json } = await natbox({ hours: 2.5, seed: 7, seconds: [90, 600, 1_200] })
  test.same(failures, [])
  test.equal(rows.length, 6)
  test.ok(Number(json['pushed']) > 30)
  test.equal(json['came'], json['pushed'])
  test.ok(
    rows.filter(row => Number(row['forgotten']) > 0).length === 4,
    'where more is allowed than may be asked for nothing is lost',
  )
})
