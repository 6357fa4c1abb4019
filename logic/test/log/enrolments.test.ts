import t from 'tap'
import { Enrolments } from '../../src/log/enrolments.ts'
import { TableUnavailable, type Table } from '../../src/store/table.ts'
import { memoryWorld } from './harness.ts'

t.test('the first is written at once, and what comes right behind it together', async t => {
  const world = memoryWorld()
  const { clock, table } = world
  const writes: number[] = []
  const counted: Table = {
    ...table,
    insert(groups) {
      writes.push(groups.length)
      return table.insert(groups)
    },
  }
  const enrolments = new Enrolments(counted, clock)
  const add = (name: string): Promise<void> =>
    enrolments.add({ key: `ends/${name}`, doc: { acked: 0 } })
  const began = clock.monotonic()
  await world.settle(add('a'))
  t.equal(clock.monotonic(), began)
  await world.settle(Promise.all(['b', 'c', 'a', 'd'].map(add)))
  t.same(writes, [1, 4])
  t.ok(await table.get('ends/d'))
  const late = ['e', 'f'].map(add)
  enrolments.stop()
  await world.settle(Promise.all(late))
  t.same(writes, [1, 4, 2], 'nobody waits once it is stopped')
  t.notOk(clock.untilNext(), 'no timer stays behind')
})

t.test('who waits is told of a store that fails, and the next one is not', async t => {
  const world = memoryWorld()
  const { clock, table } = world
  let down = true
  const flaky: Table = {
    ...table,
    async insert(groups) {
      if (down) throw new TableUnavailable('down')
      return table.insert(groups)
    },
  }
  const enrolments = new Enrolments(flaky, clock)
  const row = { key: 'ends/a', doc: { acked: 0 } }
  await t.rejects(world.settle(enrolments.add(row)), TableUnavailable)
  down = false
  await world.settle(enrolments.add(row))
  t.ok(await table.get('ends/a'))
})
