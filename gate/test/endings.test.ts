import { PREV_STATE } from '@longwire/proto'
import t from 'tap'
import { Endings } from '../src/endings.ts'

const make = (entriesMax = 1_000): Endings => new Endings({ keepMs: 600_000, entriesMax, now: 0 })

t.test('an ending is known for ten minutes and forgotten later', async t => {
  const endings = make()
  endings.add(1, 77, PREV_STATE.RESET_BY_PEER, 1_000)
  t.equal(endings.find(1, 77), PREV_STATE.RESET_BY_PEER)
  t.equal(endings.find(1, 78), undefined)
  endings.add(2, 1, PREV_STATE.CLOSED_BY_PEER, 600_500)
  t.equal(endings.find(1, 77), PREV_STATE.RESET_BY_PEER)
  endings.add(3, 1, PREV_STATE.CLOSED_BY_PEER, 1_201_000)
  t.equal(endings.find(1, 77), undefined)
  t.equal(endings.find(2, 1), PREV_STATE.CLOSED_BY_PEER)
})

t.test('it is bounded: the oldest half goes when there are too many', async t => {
  const endings = make(100)
  for (let slot = 0; slot < 10_000; slot++)
    endings.add(slot, 4_000_000_000, PREV_STATE.CLOSED_BY_PEER, slot)
  t.ok(endings.size <= 100)
  t.equal(endings.find(9_999, 4_000_000_000), PREV_STATE.CLOSED_BY_PEER)
  t.equal(endings.find(0, 4_000_000_000), undefined)
})

t.test('after a long silence nothing old is told', async t => {
  const endings = make()
  endings.add(1, 1, PREV_STATE.CLOSED_BY_PEER, 1)
  endings.add(2, 1, PREV_STATE.CLOSED_BY_PEER, 5_000_000)
  t.equal(endings.find(1, 1), undefined)
})

t.test('many are found, each with its own state, and none that never was', async t => {
  const endings = new Endings({ keepMs: 1_000, entriesMax: 200_000, now: 0 })
  const generation = 4_294_967_290
  for (let slot = 0; slot < 50_000; slot++) endings.add(slot, generation + (slot % 3), slot % 7, 0)
  let wrong = 0
  for (let slot = 0; slot < 50_000; slot++) {
    if (endings.find(slot, generation + (slot % 3)) !== slot % 7) wrong++
    if (endings.find(slot, generation + 3) !== undefined) wrong++
  }
  t.equal(wrong, 0)
  t.equal(endings.size, 50_000)
  endings.add(0, 0, 4, 0)
  t.equal(endings.find(0, 0), 4)
  endings.add(0, 0, 5, 0)
  t.equal(endings.find(0, 0), 5, 'the later one counts')
  t.equal(endings.size, 50_001)
})
