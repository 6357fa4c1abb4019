import t from 'tap'
import type { Candidate } from '../../src/addresses/choose.ts'
import type { Prober } from '../../src/probing/prober.ts'
import { raceChooser } from '../../src/probing/race.ts'
import { turn } from '../set-up.ts'
import { VirtualClock } from '../virtual-clock.ts'

/** Gates that answer when the test says so. */
class Gates implements Prober {
  readonly asked: string[] = []
  readonly #waiting = new Map<string, { answer: (heldMs: number) => void; fail: () => void }>()
  calledOff = 0

  knows(url: string): boolean {
    return url !== 'unknown'
  }

  probe({ url, signal }: Parameters<Prober['probe']>[0]): Promise<number> {
    this.asked.push(url)
    signal.addEventListener('abort', () => this.calledOff++)
    return new Promise((resolve, reject) =>
      this.#waiting.set(url, { answer: resolve, fail: () => reject(new Error('no')) }),
    )
  }

  async answers(url: string, heldMs = 0): Promise<void> {
    this.#waiting.get(url)?.answer(heldMs)
    await turn()
  }

  async fails(url: string): Promise<void> {
    this.#waiting.get(url)?.fail()
    await turn()
  }
}

const make = (urls: readonly string[], { banned = '', tries = 0, ranges = 3 } = {}) => {
  const clock = new VirtualClock()
  const gates = new Gates()
  // Always the first of a range.
  const chooser = raceChooser({ clock, random: () => 0, prober: gates, appcode: 1, ranges })
  const candidates = urls.map(url => ({ url, banned: banned.includes(url) }))
  const controller = new AbortController()
  const course: { order?: readonly Candidate[] } = {}
  const { signal } = controller
  chooser.choose(candidates, { tries, signal }).then(
    order => (course.order = order),
    () => undefined,
  )
  const order = (): string | undefined => course.order?.map(({ url }) => url).join('')
  return { clock, gates, course, order, controller }
}

t.test('three gates are asked, and the first to answer comes first', async test => {
  const { clock, gates, course, order } = make(['a', 'b', 'c', 'd', 'e', 'f'])
  test.strictSame(gates.asked, ['a', 'c', 'e'])
  clock.advance(40)
  await gates.answers('e')
  test.equal(order(), 'eabcdf')
  test.equal(course.order?.[0]?.patienceMs, 250)
  clock.advance(10)
  await gates.answers('c')
  test.equal(order(), 'ecabdf', 'the second comes second')
  await gates.answers('a')
  test.equal(order(), 'ecabdf')
})

t.test(
  'the patience of a slow path is twice its round trip, without what the gate held back',
  async test => {
    const { clock, gates, course } = make(['a', 'b', 'c'])
    clock.advance(500)
    await gates.answers('b', 200)
    test.equal(course.order?.[0]?.patienceMs, 600)
  },
)

t.test('banned gates are not asked, unless there is no other', async test => {
  test.strictSame(make(['a', 'b', 'c', 'd'], { banned: 'ab' }).gates.asked, ['c', 'd'])
  test.strictSame(make(['a', 'b'], { banned: 'ab' }).gates.asked, ['a', 'b'])
})

t.test('two are asked from the second failed dial on', async test => {
  test.equal(make(['a', 'b', 'c', 'd'], { tries: 1 }).gates.asked.length, 3)
  test.strictSame(make(['a', 'b', 'c', 'd'], { tries: 2 }).gates.asked, ['a', 'c'])
})

t.test('where there is nothing to choose nobody is asked', async test => {
  const { gates, order, clock } = make(['a', 'unknown'])
  await turn()
  test.equal(order(), 'aunknown')
  test.strictSame(gates.asked, [])
  test.equal(clock.timers, 0)
})

t.test('silence: after 1.5 s in the order of the list, one a second', async test => {
  const { clock, gates, course, order } = make(['a', 'b', 'c', 'd'])
  clock.advance(1_499)
  await turn()
  test.equal(order(), undefined)
  clock.advance(1)
  await turn()
  test.equal(order(), 'abcd')
  test.equal(course.order?.[0]?.patienceMs, 1_000)
  test.equal(gates.calledOff, 3)
  await gates.answers('c')
  test.equal(order(), 'abcd', 'too late')
  test.equal(clock.timers, 0)
})

t.test('where all fail nobody waits for silence', async test => {
  const { clock, gates, order } = make(['a', 'b', 'c'])
  for (const url of ['a', 'b']) await gates.fails(url)
  test.equal(order(), undefined)
  await gates.fails('c')
  test.equal(order(), 'abc')
  test.equal(clock.timers, 0)
})

t.test('a prober that throws has not answered', async test => {
  const clock = new VirtualClock()
  const prober = {
    knows: () => true,
    probe: (): Promise<number> => {
      throw new Error('no random numbers here')
    },
  }
  const chooser = raceChooser({ clock, random: () => 0, prober, appcode: 1, ranges: 3 })
  const candidates = ['a', 'b'].map(url => ({ url, banned: false }))
  const { signal } = new AbortController()
  const order = await chooser.choose(candidates, { tries: 0, signal })
  test.strictSame(
    order.map(({ url }) => url),
    ['a', 'b'],
  )
})

t.test('one answer is enough where the others fail', async test => {
  const { gates, order, clock } = make(['a', 'b', 'c'])
  await gates.fails('a')
  await gates.fails('b')
  await gates.answers('c')
  test.equal(order(), 'cab')
  clock.advance(1_500)
  test.equal(gates.calledOff, 3)
})

t.test('a race that is called off leaves nothing behind', async test => {
  const { clock, gates, controller } = make(['a', 'b', 'c'])
  controller.abort()
  await turn()
  test.equal(gates.calledOff, 3)
  test.equal(clock.timers, 0)
})
