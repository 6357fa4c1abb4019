import t from 'tap'
import type { Log } from '../../src/log/log.ts'
import { seqOf } from '../../src/log/rows.ts'
import { mailbox, memoryWorld, message } from './harness.ts'

const END = { appcode: 1, device: 'phone' }
const OTHER = { appcode: 1, device: 'tablet' }

const scene = () => {
  const world = memoryWorld()
  const removed: string[] = []
  const log: Log = world.log({
    onRemoved: (row, acked) => removed.push(`${seqOf(row)} ${acked ? 'acked' : 'expired'}`),
  })
  log.start()
  return { world, removed, log, id: mailbox() }
}

t.test('messages that every end has acknowledged are told of as acked, once', async t => {
  const { world, removed, log, id } = scene()
  for (let seq = 1; seq <= 4; seq++) await world.settle(log.append(id, message()))
  log.acknowledge(id, END, 4)
  log.acknowledge(id, OTHER, 2)
  await world.pass(200_000)
  t.same(removed, ['1 acked', '2 acked'])
  log.acknowledge(id, OTHER, 3)
  await world.pass(200_000)
  t.same(removed, ['1 acked', '2 acked', '3 acked'])
  await world.settle(log.stop())
})

t.test('messages that were too old before an end had them are told of as expired', async t => {
  const { world, removed, log, id } = scene()
  await world.settle(log.append(id, message({ ttlSeconds: 10 })))
  await world.settle(log.append(id, message()))
  log.acknowledge(id, END, 0)
  await world.pass(400_000)
  t.same(removed, ['1 expired'])
  log.acknowledge(id, END, 2)
  await world.pass(200_000)
  t.same(removed, ['1 expired', '2 acked'])
  await world.settle(log.stop())
})

t.test('a purge tells apart what was read and what was not', async t => {
  const { world, removed, log, id } = scene()
  for (let seq = 1; seq <= 3; seq++) await world.settle(log.append(id, message()))
  log.acknowledge(id, END, 1)
  await world.pass(30_000)
  await world.pass(40_000)
  await world.settle(log.expire(id, world.clock.now() - 61_000))
  await world.pass(200_000)
  t.same(removed.toSorted(), ['1 acked', '2 expired', '3 expired'])
  await world.settle(log.stop())
})
