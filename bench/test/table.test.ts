import t from 'tap'
import { percentile, round } from '../src/statistics.ts'
import { renderTable } from '../src/table.ts'

t.test(
  'a table has a column per key, numbers to the right and a dash where a row has none',
  async t => {
    const lines = renderTable([
      { name: 'one', count: 12345 },
      { name: 'second', count: 7, note: 'x' },
    ]).split('\n')
    t.same(lines, [
      '| name   |  count | note |',
      '| ------ | -----: | ---- |',
      '| one    | 12,345 | –    |',
      '| second |      7 | x    |',
    ])
  },
)

t.test('percentiles are values that occurred', async t => {
  const sorted = Float64Array.from({ length: 1000 }, (_, index) => index + 1)
  t.equal(percentile(sorted, 0.5), 500)
  t.equal(percentile(sorted, 0.99), 990)
  t.equal(percentile(sorted, 1), 1000)
  t.equal(percentile(new Float64Array(0), 0.5), 0)
  t.equal(round(1.005, 1), 1)
})
