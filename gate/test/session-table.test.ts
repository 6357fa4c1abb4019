import t from 'tap'
import { FLAG, SessionTable, STATE } from '../src/session-table.ts'
import { silentConnection } from './support/connection.ts'

t.test('a slot is cleared and gets a new generation with every use', async t => {
  const table = new SessionTable(10, 41)
  table.now = 1_000
  const slot = table.acquire(silentConnection, '1.2.3.4')
  t.equal(table.generation[slot], 42)
  t.same([table.state[slot], table.since[slot], table.lastRx[slot]], [STATE.OPEN, 1_000, 1_000])
  table.sent[slot] = 7
  table.uid[slot] = 'u1'
  table.raise(slot, FLAG.SLOW)
  table.release(slot)
  t.equal(table.size, 0)
  t.equal(table.acquire(silentConnection, ''), slot)
  t.same(
    [table.generation[slot], table.sent[slot], table.flags[slot], table.uid[slot]],
    [43, 0, 0, ''],
  )
})

t.test('it grows by doubling, keeps its rows, and stops at its limit', async t => {
  const table = new SessionTable(3_000, 5)
  const slots = new Set<number>()
  for (let count = 0; count < 3_000; count++) {
    const slot = table.acquire(silentConnection, '')
    table.head[slot] = slot + 0.5
    slots.add(slot)
  }
  t.equal(slots.size, 3_000)
  t.equal(table.capacity, 3_000)
  t.equal(table.acquire(silentConnection, ''), -1)
  t.ok([...slots].every(slot => table.head[slot] === slot + 0.5 && table.generation[slot] === 6))
})

t.test('a slot number and a generation together name a session', async t => {
  const table = new SessionTable(10, 0)
  const slot = table.acquire(silentConnection, '')
  const generation = table.generation[slot] ?? 0
  t.notOk(table.live(slot, generation), 'not before LOGIN')
  table.enter(slot, STATE.READY)
  t.equal(table.ready, 1)
  t.ok(table.live(slot, generation))
  t.notOk(table.live(slot, generation + 1))
  t.notOk(table.live(4_000_000_000, generation))
  table.release(slot)
  t.equal(table.ready, 0)
  t.notOk(table.live(slot, generation))
})
