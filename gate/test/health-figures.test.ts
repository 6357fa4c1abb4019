import t from 'tap'
import { HealthFigures } from '../src/health-figures.ts'

t.test('counters only rise, and what its clients wanted is not lost', t => {
  const health = new HealthFigures()
  for (let n = 0; n < 10; n++) health.answered(n !== 3)
  health.delivered(7)
  for (const reason of ['PEER_RESET', 'IDLE_TIMEOUT', 'PEER_CLOSED', 'INTERNAL'])
    health.ended(reason, false)
  for (const reason of ['LOGGED_OUT', 'SUPERSEDED', 'DRAINING', 'MOVED', 'REVOKED'])
    health.ended(reason, false)
  health.ended('PEER_CLOSED', true)
  const figures = health.figures(0, 12.6)
  t.match(figures, { requests: 10, errors: 1, lost: 4, delivered: 7, acked: 0, latencyMs: 0 })
  t.equal(figures.lagMs, 13)
  t.ok(figures.rssMb > 10 && figures.rssMb < 10_000)
  t.ok(JSON.stringify(figures).length < 300)
  t.end()
})

t.test('latency is beyond what clients may gather, 99 % of them, and is forgotten', t => {
  const health = new HealthFigures()
  const latency = (now: number): number => health.figures(now, 0).latencyMs
  latency(0)
  for (let n = 0; n < 990; n++) health.acked(1, 2_010)
  t.ok(latency(1_000) >= 10 && latency(1_000) <= 12, "two seconds are the client's own")
  for (let n = 0; n < 9; n++) health.acked(1, 9_000)
  t.ok(latency(2_000) <= 12, 'fewer than one in a hundred')
  for (let n = 0; n < 10; n++) health.acked(1, 2_800)
  t.ok(latency(3_000) >= 800 && latency(3_000) < 960)
  t.ok(latency(16_000) >= 800, 'in the window before this one')
  health.acked(1, 100)
  t.ok(latency(31_000) <= 1, 'that was long ago')
  t.equal(latency(62_000), 0)
  health.acked(1, 1e12)
  t.ok(Number.isFinite(latency(63_000)))
  t.end()
})
