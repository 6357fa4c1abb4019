import t from 'tap'
import { balance } from '../../src/sim/balance.ts'

t.test(
  'the race of the SDK among gates that hold their answers keeps the gates even, and near',
  async test => {
    const { failures, json, rows } = balance({ quick: true, seed: 7 })
    test.same(failures, [])
    test.equal(rows.length, 2)
    test.ok(Number(json['cvAt62']) <= 0.08)
    test.ok(Number(json['cvAt87']) <= 0.02)
    test.ok(Number(json['rttVsRandom']) <= 0.7)
    test.ok(Number(json['rejoinSessions']) <= 0.65)
  },
)
