import t from 'tap'
import { promiseRows } from '../../src/chaos/promises.ts'
import type { Recovered, RoundResult } from '../../src/chaos/round.ts'

const back = (value: number): Recovered => ({ what: 'back', unit: 's', value, most: 10 })
const result = (
  fault: string,
  recoveries: readonly Recovered[],
  failures: readonly string[] = [],
): RoundResult => ({
  fault,
  recoveries,
  failures,
  events: [],
  row: {},
  verdict: {
    accepted: 100,
    delivered: 150,
    expired: 1,
    lost: failures.length,
    repeated: 0,
    outOfOrder: 0,
    wrong: 0,
    late: 0,
    violations: failures,
    suspects: [],
    lastSeqs: new Float64Array(0),
  },
})

t.test('each promise shows the worst of its rounds beside what must hold', async t => {
  const rows = promiseRows([
    result('storm', [{ ...back(31), most: 30 }]),
    result('gate-kill', [back(3)]),
    result('gate-kill', [back(4.5)]),
    result('logic-pause', []),
    result('gate-pause', [], ['lost: one']),
  ])
  t.match(rows, [
    {
      promise: 'R1',
      rounds: 2,
      accepted: 200,
      lost: 0,
      worst: '4.5 s',
      'at most': '10 s',
      held: 'yes',
    },
    { promise: 'R13', faults: 'logic-pause, gate-pause', lost: 1, recovery: '–', held: 'NO' },
    { promise: 'R14', worst: '31 s', 'at most': '30 s', held: 'NO' },
  ])
})
