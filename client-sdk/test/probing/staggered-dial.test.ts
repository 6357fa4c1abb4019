import t from 'tap'
import type { Candidate } from '../../src/addresses/choose.ts'
import { LongwireError } from '../../src/errors.ts'
import { StaggeredDial } from '../../src/probing/staggered-dial.ts'
import type { Transport, TransportConnection } from '../../src/transport.ts'
import { turn } from '../set-up.ts'
import { VirtualClock } from '../virtual-clock.ts'

const handlers = { received: () => undefined, closed: () => undefined }

/** Dials that come up, or fail, when the test says so. */
class Network implements Transport {
  readonly dialled: string[] = []
  readonly open = new Set<string>()
  readonly #waiting = new Map<string, { up: () => void; fail: () => void }>()

  connect(url: string, _: unknown, signal: AbortSignal): Promise<TransportConnection> {
    this.dialled.push(url.slice(-1))
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(url)
        reject(new LongwireError('ABORTED', 'stop', 'called off'))
      }
      signal.addEventListener('abort', abort, { once: true })
      const close = (): void => void this.open.delete(url)
      this.#waiting.set(url, {
        up: () => {
          this.open.add(url)
          resolve({ write: () => undefined, close })
        },
        fail: () => reject(new LongwireError('UNREACHABLE', 'retry', 'nobody there')),
      })
    })
  }

  async up(name: string): Promise<void> {
    this.#waiting.get(`x://${name}`)?.up()
    await turn()
  }

  async fails(name: string): Promise<void> {
    this.#waiting.get(`x://${name}`)?.fail()
    await turn()
  }

  get waiting(): number {
    return this.#waiting.size
  }
}

const make = (names: string, patienceMs?: number) => {
  const clock = new VirtualClock()
  const network = new Network()
  const candidates: Candidate[] = names.split('').map(name => ({
    url: `x://${name}`,
    banned: false,
    ...(patienceMs === undefined ? {} : { patienceMs }),
  }))
  const missed: string[] = []
  const dial = new StaggeredDial({
    clock,
    candidates,
    transports: { x: network },
    missed: url => missed.push(url.slice(-1)),
  })
  const controller = new AbortController()
  const outcome: { up?: string; error?: unknown } = {}
  dial.connect(dial.url, handlers, controller.signal).then(
    () => (outcome.up = dial.url),
    (error: unknown) => (outcome.error = error),
  )
  return { clock, network, candidates, missed, dial, controller, outcome }
}

t.test('the first that is up stays, and the others are hung up on', async test => {
  const { clock, network, outcome } = make('abcd', 250)
  test.strictSame(network.dialled, ['a'])
  clock.advance(249)
  test.strictSame(network.dialled, ['a'])
  clock.advance(1)
  test.strictSame(network.dialled, ['a', 'b'])
  await network.up('b')
  test.equal(outcome.up, 'x://b')
  await network.up('a')
  test.strictSame([...network.open], ['x://b'])
  clock.advance(60_000)
  test.strictSame(network.dialled, ['a', 'b'])
  test.equal(clock.timers, 0)
})

t.test('a connection that comes up in the same turn as the winner is closed', async test => {
  const { clock, network, outcome } = make('ab', 250)
  clock.advance(250)
  await Promise.all([network.up('a'), network.up('b')])
  test.equal(outcome.up, 'x://a')
  test.strictSame([...network.open], ['x://a'])
})

t.test('never more than three are under way, each for ten seconds', async test => {
  const { clock, network, missed } = make('abcde', 250)
  clock.advance(5_000)
  test.strictSame(network.dialled, ['a', 'b', 'c'])
  clock.advance(5_000)
  await turn()
  test.strictSame(network.dialled, ['a', 'b', 'c', 'd'])
  test.strictSame(missed, ['a'])
})

t.test('the next follows a failure at once; the last failure is that of the dial', async test => {
  const { clock, network, missed, outcome, dial } = make('abc', 1_000)
  await network.fails('a')
  await network.fails('b')
  test.strictSame(network.dialled, ['a', 'b', 'c'])
  test.strictSame(missed, ['a', 'b'])
  await network.fails('c')
  test.match(outcome.error, { code: 'UNREACHABLE' })
  test.equal(dial.url, 'x://c')
  test.strictSame(missed, ['a', 'b'])
  test.equal(clock.timers, 0)
})

t.test('without patience one is dialled, whatever becomes of it', async test => {
  const { clock, network, outcome, missed } = make('ab')
  clock.advance(9_999)
  test.strictSame(network.dialled, ['a'])
  await network.fails('a')
  test.match(outcome.error, { code: 'UNREACHABLE' })
  test.strictSame([network.dialled, missed], [['a'], []])
})

t.test('candidates that change places on the way are each dialled once', async test => {
  const { clock, network, candidates } = make('abc', 250)
  clock.advance(250)
  candidates.splice(1, 0, ...candidates.splice(2, 1))
  clock.advance(250)
  await turn()
  test.strictSame(network.dialled, ['a', 'b', 'c'])
})

t.test('a dial that is called off leaves nothing open', async test => {
  const { clock, network, controller, outcome } = make('abc', 250)
  clock.advance(250)
  controller.abort()
  await turn()
  test.match(outcome.error, { code: 'ABORTED' })
  test.equal(network.waiting, 0)
  test.equal(clock.timers, 0)
})
