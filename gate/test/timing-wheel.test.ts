import { seededRandom } from '@longwire/kit'
import t from 'tap'
import { TimingWheel } from '../src/timing-wheel.ts'

const make = (ids = 16, size = 8): TimingWheel =>
  new TimingWheel({ tickMs: 1_000, size, now: 500, ids })

t.test('an entry fires within a tick of its time, and once', async t => {
  const wheel = make()
  const fired: number[] = []
  wheel.schedule(3, 2_600)
  const due = (id: number): number => {
    fired.push(id)
    return Infinity
  }
  wheel.advance(2_599, due)
  t.same(fired, [])
  wheel.advance(3_600, due)
  t.same(fired, [3])
  wheel.advance(60_000, due)
  t.same(fired, [3])
})

t.test('an earlier time moves an entry, a later one leaves it', async t => {
  const wheel = make()
  const fired: number[] = []
  const due = (id: number): number => {
    fired.push(id)
    return Infinity
  }
  wheel.schedule(1, 5_500)
  wheel.schedule(1, 2_500)
  wheel.schedule(1, 7_500)
  wheel.advance(2_500, due)
  t.same(fired, [1])
})

t.test('a deadline beyond the reach of the wheel is looked at once per turn and kept', async t => {
  const wheel = make(4, 8)
  const looks: number[] = []
  let now = 500
  wheel.schedule(0, 30_500)
  for (; now < 40_000 && looks.at(-1) !== 30_500; now += 1_000) {
    wheel.advance(now, () => {
      looks.push(now)
      return now >= 30_500 ? Infinity : 30_500
    })
  }
  t.equal(looks.at(-1), 30_500)
  t.ok(looks.length <= 5, `${looks.length} looks`)
})

t.test('entries may remove and file each other while they fire', async t => {
  const wheel = make()
  const fired: number[] = []
  for (const id of [1, 2, 3]) wheel.schedule(id, 1_500)
  wheel.advance(1_500, id => {
    fired.push(id)
    for (const other of [1, 2, 3]) if (other !== id) wheel.remove(other)
    wheel.schedule(7, 1_500)
    return Infinity
  })
  t.equal(fired.length, 1)
  wheel.advance(2_500, id => {
    fired.push(id)
    return Infinity
  })
  t.equal(fired[1], 7)
})

t.test('growing keeps what is filed', async t => {
  const wheel = make(2)
  const fired: number[] = []
  wheel.schedule(1, 2_500)
  wheel.grow(100)
  wheel.schedule(99, 2_500)
  wheel.advance(2_500, id => {
    fired.push(id)
    return Infinity
  })
  t.same(new Set(fired), new Set([1, 99]))
  t.equal(fired.length, 2)
})

t.test('against a plain list: nothing fires early, late, or never', async t => {
  const seed = Math.floor(Math.random() * 2 ** 32)
  const random = seededRandom(seed)
  const ids = 200
  const wheel = make(ids, 16)
  const wanted = new Map<number, number>()
  let now = 500
  for (let step = 0; step < 5_000; step++) {
    const id = Math.floor(random() * ids)
    if (random() < 0.2) {
      wheel.remove(id)
      wanted.delete(id)
    } else {
      const at = now + Math.floor(random() * 40_000)
      wanted.set(id, at)
      wheel.schedule(id, at)
    }
    now += Math.floor(random() * 300)
    wheel.advance(now, fired => {
      const at = wanted.get(fired)
      if (at === undefined) throw new Error(`seed ${seed}: ${fired} fired though removed`)
      if (at > now) return at
      if (now - at > 1_300) throw new Error(`seed ${seed}: ${fired} fired ${now - at} ms late`)
      wanted.delete(fired)
      return Infinity
    })
  }
  t.ok(
    [...wanted.values()].every(at => at > now - 1_300),
    `seed ${seed}: none is overdue`,
  )
})
