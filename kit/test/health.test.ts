import t from 'tap'
import { readinessOf } from '../src/health.ts'

t.test('a process is ready when no part has a problem that it cannot bear', async t => {
  t.strictSame(
    readinessOf({
      '': [
        { part: 'node', problem: '' },
        { part: 'overload', problem: 'publishes are shed', bearable: true },
      ],
    }),
    {
      ready: true,
      causes: [],
      warnings: [{ part: 'overload', problem: 'publishes are shed' }],
      parts: { node: 'ok', overload: 'publishes are shed' },
    },
  )
})

t.test('parts of several roles in one process are told apart', async t => {
  t.match(
    readinessOf({
      '': [{ part: 'trunk', problem: '' }],
      gate: [{ part: 'trunk', problem: 'no logic node is linked' }],
    }),
    {
      ready: false,
      causes: [{ part: 'gate.trunk', problem: 'no logic node is linked' }],
      warnings: [],
      parts: { trunk: 'ok', 'gate.trunk': 'no logic node is linked' },
    },
  )
})
