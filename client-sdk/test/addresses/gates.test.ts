import t from 'tap'
import { AddressBook } from '../../src/addresses/book.ts'
import type { Chooser } from '../../src/addresses/choose.ts'
import { Gates } from '../../src/addresses/gates.ts'
import { LongwireError } from '../../src/errors.ts'
import { VirtualClock } from '../virtual-clock.ts'

const { signal } = new AbortController()
const unreachable = new LongwireError('UNREACHABLE', 'retry', 'nobody answers')
const busy = new LongwireError('BUSY', 'retry', 'come back later')

const gatesOf = (urls: readonly string[], chooser?: Chooser) => {
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
