import t from 'tap'
import { pickFromRanges } from '../../src/probing/ranges.ts'
import { seededRandom } from '../virtual-clock.ts'

t.test(
  'one of each range, every member of a range at times, in the order of the list',
  async test => {
    const random = seededRandom(5)
    const list = Array.from({ length: 10 }, (_, n) => n)
    const seen = [new Set<number>(), new Set<number>(), new Set<number>()]
    for (let n = 0; n < 500; n++)
      pickFromRanges(list, 3, random).forEach((picked, range) => seen[range]!.add(picked))
    test.strictSame(
      seen.map(set => [...set].sort((a, b) => a - b)),
      [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8, 9],
      ],
    )
  },
)

t.test('a list shorter than the number of ranges is taken whole', async test => {
  const random = seededRandom(5)
  test.strictSame(pickFromRanges(['a', 'b'], 3, random), ['a', 'b'])
  test.strictSame(pickFromRanges([], 3, random), [])
})
