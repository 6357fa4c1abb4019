import type { Test } from 'tap'
import type { Limiter } from '../../src/limiter/limiter.ts'

export interface LimiterContract {
  /** A fresh limiter, and a way to let its time pass. */
  make(): { limiter: Limiter; pass(ms: number): Promise<void> }
}

const SLOW = { perSecond: 0.001, burst: 5 }

/** What every Limiter does. Rates are so slow or leases so long that no machine is too slow for them. */
export const limiterContract = (t: Test, { make }: LimiterContract): void => {
  t.test('a bucket gives what is there, then says how long to wait', async t => {
    const { limiter } = make()
    t.same(await limiter.take('b', SLOW, 2), { granted: 2, left: 3, waitMs: 0 })
    t.same(await limiter.take('b', SLOW, 10), { granted: 3, left: 0, waitMs: 0 })
    const none = await limiter.take('b', SLOW, 1)
    t.match(none, { granted: 0, left: 0 })
    t.ok(none.waitMs > 900_000 && none.waitMs <= 1_000_000, `wait ${none.waitMs}`)
    t.match(await limiter.take('another', SLOW, 1), { granted: 1 })
  })

  t.test('a bucket fills again at its rate, up to its burst', async t => {
    const { limiter, pass } = make()
    const fast = { perSecond: 20, burst: 3 }
    t.match(await limiter.take('b', fast, 3), { granted: 3 })
    await pass(60)
    t.match(await limiter.take('b', fast, 1), { granted: 1 })
    await pass(1_000)
    t.match(await limiter.take('b', fast, 100), { granted: 3 })
  })

  t.test('calls at once share what there is', async t => {
    const { limiter } = make()
    const all = await Promise.all(Array.from({ length: 20 }, () => limiter.take('b', SLOW, 1)))
    t.equal(
      all.reduce((sum, { granted }) => sum + granted, 0),
      5,
    )
  })

  t.test('a gauge is the sum of what its holders said last', async t => {
    const { limiter } = make()
    t.equal(await limiter.hold('g', 'gate-1', 3, 60_000), 3)
    t.equal(await limiter.hold('g', 'gate-2', 4, 60_000), 7)
    t.equal(await limiter.hold('g', 'gate-1', 1, 60_000), 5)
    t.equal(await limiter.hold('g', 'gate-2', 0, 60_000), 1)
    t.equal(await limiter.hold('h', 'gate-2', 9, 60_000), 9, 'another gauge')
    t.equal(await limiter.hold('g', 'gate-1', 0, 60_000), 0)
  })

  t.test('a holder that says nothing for its lease falls out', async t => {
    const { limiter, pass } = make()
    await limiter.hold('g', 'dead', 100, 2_000)
    t.equal(await limiter.hold('g', 'alive', 1, 600_000), 101)
    await pass(2_010)
    t.equal(await limiter.hold('g', 'alive', 2, 50), 2)
    await pass(60)
    t.equal(await limiter.hold('g', 'other', 1, 50), 1)
  })

  t.test('random takes never give more than the bucket holds', async t => {
    const { limiter } = make()
    const allowance = { perSecond: 0.000_1, burst: 1_000 }
    let got = 0
    for (let round = 0; round < 60; round++) {
      const grants = await Promise.all([1, 7, 30].map(most => limiter.take('b', allowance, most)))
      for (const { granted } of grants) got += granted
    }
    t.equal(got, 1_000)
  })
}
