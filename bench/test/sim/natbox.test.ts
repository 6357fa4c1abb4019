import t from 'tap'
import { natbox } from '../../src/sim/natbox/natbox.ts'
import { Street } from '../../src/sim/natbox/street.ts'

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

t.test('a hint shortens what was learned at once, and gives it back', async test => {
  const street = new Street(7)
  test.teardown(() => street.close())
  const house = { mode: 'silent', idleMs: 3_600_000 } as const
  await street.open(
    [
      { ...house, transport: 'tcp' },
      { ...house, transport: 'ws' },
    ],
    900_000,
  )
  const intervals = () => street.houses.map(each => each.interval() / 1_000)
  await street.pass(3_600_000)
  test.same(intervals(), [855, 855])
  street.hint(60_000)
  await street.pass(10_000)
  test.same(intervals(), [60, 60])
  await street.pass(1_800_000)
  street.hint(900_000)
  await street.pass(3_600_000)
  test.same(intervals(), [855, 855])
  test.same(
    street.houses.map(each => each.logins()),
    [1, 1],
    'the gate took nobody for gone',
  )
})
