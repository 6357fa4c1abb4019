import t from 'tap'
import { AddressBook } from '../../src/addresses/book.ts'
import { drawn, inOrder, type Chooser } from '../../src/addresses/choose.ts'
import { Gates } from '../../src/addresses/gates.ts'
import { LongwireError } from '../../src/errors.ts'
import { seededRandom, VirtualClock } from '../virtual-clock.ts'

const { signal } = new AbortController()
const unreachable = new LongwireError('UNREACHABLE', 'retry', 'nobody answers')
const busy = new LongwireError('BUSY', 'retry', 'come back later')

const gatesOf = (urls: readonly string[], chooser: Chooser = inOrder) => {
  const clock = new VirtualClock()
  const book = new AddressBook({
    clock,
    urls,
    gates: [],
    dispatchers: undefined,
    store: undefined,
    resolve: undefined,
  })
  const gates = new Gates({ clock, book, network: () => '', chooser })
  const first = async (): Promise<string> => (await gates.next(signal))[0]!.url
  return { clock, gates, first }
}

t.test('gates are dialled in turn, the old one first', async test => {
  const { gates, first } = gatesOf(['a', 'b', 'c'])
  const dialled: string[] = []
  for (let n = 0; n < 5; n++) {
    const url = await first()
    dialled.push(url)
    gates.missed(url, unreachable)
  }
  test.strictSame(dialled, ['a', 'b', 'c', 'a', 'b'])
  test.equal(await first(), 'c')
  gates.reached('c')
  test.equal(await first(), 'c', 'where the connection was')
  gates.missed('c', unreachable)
  test.equal(await first(), 'a')
})

t.test('a gate that is being emptied is left', async test => {
  const { gates, first } = gatesOf(['a', 'b'])
  gates.reached('a')
  gates.left('a')
  test.equal(await first(), 'b')
})

t.test('what fails three times of eight is dialled last for six minutes', async test => {
  const { clock, gates, first } = gatesOf(['a', 'b'])
  for (let n = 0; n < 3; n++) {
    gates.missed('a', unreachable)
    gates.reached('b')
    gates.left('b')
  }
  gates.reached('b')
  gates.left('b')
  test.equal(await first(), 'a', 'the only one left')
  gates.missed('a', busy)
  test.equal(await first(), 'b', 'a new round: the one that is banned comes last')
  gates.missed('b', busy)
  test.equal(await first(), 'a')
  clock.advance(6 * 60_000)
  gates.missed('a', busy)
  test.equal(await first(), 'a', 'the ban is over')
})

t.test('the chooser sees what has not failed since the last login, and how often', async test => {
  const seen: unknown[] = []
  const { gates, first } = gatesOf(['a', 'b', 'c'], {
    choose: async (candidates, { tries }) => {
      seen.push([tries, ...candidates.map(({ url }) => url)])
      return [...candidates].reverse()
    },
  })
  test.equal(await first(), 'c')
  gates.missed('c', unreachable)
  test.equal(await first(), 'b')
  test.strictSame(seen, [
    [0, 'a', 'b', 'c'],
    [1, 'a', 'b'],
  ])
})

t.test('where no gate is known that is said', async test => {
  await test.rejects(gatesOf([]).first(), { code: 'UNREACHABLE', action: 'retry' })
})

t.test(
  'without probes the better of two that are drawn is dialled, banned ones last',
  async test => {
    const seed = 3
    const chooser = drawn(seededRandom(seed))
    const candidates = ['a', 'b', 'c', 'd', 'e'].map(url => ({ url, banned: url === 'e' }))
    const firsts = new Map<string, number>()
    for (let run = 0; run < 2_000; run++) {
      const order = await chooser.choose(candidates, { tries: 0, signal })
      if (order.at(-1)?.url !== 'e' || new Set(order).size !== 5)
        test.fail(`seed ${seed}: ${JSON.stringify(order)}`)
      firsts.set(order[0]!.url, (firsts.get(order[0]!.url) ?? 0) + 1)
    }
    const shares = ['a', 'b', 'c', 'd'].map(url => (firsts.get(url) ?? 0) / 2_000)
    // Of 4 the better of two: 1/2, 1/3, 1/6, 0.
    for (const [rank, share] of [1 / 2, 1 / 3, 1 / 6, 0].entries())
      test.ok(Math.abs(shares[rank]! - share) < 0.05, `seed ${seed}: ${shares.join(' ')}`)
  },
)
