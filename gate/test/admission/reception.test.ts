import t from 'tap'
import { createLogger, createMetrics, VirtualClock } from '@longwire/kit'
import { CODES } from '@longwire/proto'
import { DEFENCE } from '../../src/admission/defence.ts'
import { Reception } from '../../src/admission/reception.ts'
import { createCounters } from '../../src/counters.ts'

const make = (isLate: () => boolean) => {
  const clock = new VirtualClock()
  const metrics = createMetrics({ process: false })
  const reception = new Reception({
    elsewhere: () => [],
    clock,
    random: () => 0.5,
    counters: createCounters(metrics),
    log: createLogger({ level: 'silent', name: 'test' }),
    limits: { sessions: 1_000_000 },
    defence: DEFENCE,
    isLate,
  })
  reception.queue.measured(200, 1, false)
  return { clock, metrics, reception }
}

t.test(
  'beyond three seconds of what can be taken nobody is let in, where the process is late',
  async t => {
    let late = true
    const { clock, metrics, reception } = make(() => late)
    const arrive = (): number => reception.arrived('127.0.0.1')
    let taken = 0
    while (arrive() >= 0) taken++
    t.equal(taken, 601)
    t.equal(arrive(), -CODES.CROWDED.code)
    t.match(await metrics.text(), 'longwire_gate_refused_total{reason="CROWDED"} 2')
    clock.advance(100)
    let later = 0
    while (arrive() >= 0) later++
    t.equal(later, 20)
    late = false
    t.ok(arrive() >= 0, 'a measure alone turns nobody away')
  },
)
