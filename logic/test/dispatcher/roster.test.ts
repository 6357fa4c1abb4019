import { seededRandom, type NodeInfo } from '@longwire/kit'
import t from 'tap'
import { Roster } from '../../src/dispatcher/roster.ts'

const gate = (name: string): NodeInfo => ({
  role: 'gate',
  name,
  incarnation: 'a',
  address: '127.0.0.1:1',
})
const gates = (names: string): NodeInfo[] => names.split('').map(gate)
const set = () => {
  const roster = new Roster({ holdMs: 10_000 })
  const names = (): string =>
    roster.gates
      .map(({ name }) => name)
      .sort()
      .join('')
  return { roster, names, look: (live: string, now: number) => roster.look(gates(live), now) }
}

t.test('gates come and go at once, one by one', async t => {
  const { look, names } = set()
  look('abc', 0)
  t.equal(names(), 'abc')
  look('ab', 500)
  t.equal(names(), 'ab')
  look('abd', 600)
  t.equal(names(), 'abd')
  look('ad', 5_000)
  look('d', 9_000)
  t.equal(names(), 'd', 'half is not more than half')
})

t.test('more than half at once stay until that stood for as long as it takes', async t => {
  const { roster, look, names } = set()
  look('abcde', 0)
  look('ab', 500)
  t.equal(names(), 'abcde')
  t.equal(roster.held, 3)
  look('af', 5_000)
  t.equal(names(), 'abcdef', 'what is new is given out')
  look('ab', 10_400)
  t.equal(names(), 'abcdef')
  look('ab', 10_500)
  t.equal(names(), 'ab')
  t.equal(roster.held, 0)
})

t.test('a registry that was emptied and filled again was never seen', async t => {
  const { roster, look, names } = set()
  look('abcd', 0)
  look('', 100)
  look('a', 600)
  look('abc', 1_100)
  t.equal(names(), 'abc')
  look('', 1_200)
  t.equal(names(), 'abc', 'the time begins anew')
  look('', 11_100)
  t.equal(names(), 'abc')
  look('', 11_200)
  t.equal(names(), '', 'at last it is believed')
  t.equal(roster.held, 0)
})

t.test('one after the other, but soon, is at once as well', async t => {
  const { look, names } = set()
  look('abcdefghij', 0)
  for (const [at, live] of [
    [200, 'abcdefghi'],
    [400, 'abcdefgh'],
    [600, 'abcdefg'],
    [800, 'abcdef'],
    [1_000, 'abcde'],
    [1_200, 'abcd'],
    [1_400, 'abc'],
  ] as const)
    look(live, at)
  t.equal(names(), 'abcde')
})

t.test('whatever is lost, the list is never halved within the time it takes', async t => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = seededRandom(seed)
    const { roster, look } = set()
    const all = 'abcdefghijklmnop'
    let live = all
    look(live, 0)
    let last = roster.gates.length
    let lossAt = 0
    for (let now = 500; now < 60_000; now += 500) {
      if (random() < 0.1)
        live = all
          .split('')
          .filter(() => random() < random())
          .join('')
      look(live, now)
      const size = roster.gates.length
      if (size * 2 < last) {
        t.ok(now - lossAt >= 10_000, `seed ${seed}: ${last} to ${size} at ${now}`)
        lossAt = now
      }
      if (live.length * 2 >= last) lossAt = now
      for (const name of live)
        if (!roster.gates.some(each => each.name === name))
          t.fail(`seed ${seed}: ${name} is missing`)
      last = size
    }
  }
})
