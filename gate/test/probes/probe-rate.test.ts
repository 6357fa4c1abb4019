import t from 'tap'
import { PROBE_LIMITS } from '../../src/probes/limits.ts'
import { ProbeRate } from '../../src/probes/probe-rate.ts'

const make = (exempt: readonly string[] = []): ProbeRate =>
  new ProbeRate(
    { ...PROBE_LIMITS, address: { perSecond: 2, burst: 3 }, all: { perSecond: 10, burst: 5 } },
    exempt,
    1,
  )

t.test('an address has its own rate, and an IPv6 /64 counts as one', async t => {
  const rate = make()
  for (let n = 0; n < 3; n++) t.equal(rate.refusal('10.0.0.1', 1_000), undefined)
  t.equal(rate.refusal('10.0.0.1', 1_000), 'rate')
  t.equal(rate.refusal('10.0.0.2', 1_000), undefined)
  t.equal(rate.refusal('10.0.0.1', 1_500), undefined, 'one came back')
  const other = make()
  for (let n = 0; n < 3; n++) t.equal(other.refusal(`2001:db8::${n}`, 1_000), undefined)
  t.equal(other.refusal('2001:db8::9', 1_000), 'rate')
})

t.test('forged addresses do not get beyond the rate of all', async t => {
  const rate = make()
  const answered = Array.from({ length: 1_000 }, (_, n) =>
    rate.refusal(`10.1.${n >> 8}.${n & 255}`, 1_000),
  ).filter(reason => reason === undefined)
  t.equal(answered.length, 5)
})

t.test('an exempt address has no rate of its own, but shares that of all', async t => {
  const rate = make(['127.0.0.0/8'])
  const reasons = Array.from({ length: 7 }, () => rate.refusal('127.0.0.1', 1_000))
  t.strictSame(reasons, [...Array.from({ length: 5 }, () => undefined), 'load', 'load'])
})
