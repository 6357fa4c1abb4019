import { createLogger, seededRandom } from '@longwire/kit'
import t from 'tap'
import { expiredEvent } from '../../src/events/event.ts'
import { EventLog } from '../../src/events/event-log.ts'
import type { LogOptions } from '../../src/log/create-log.ts'
import type { Loss } from '../../src/log/losses.ts'
import { TableUnavailable, type Table } from '../../src/store/table.ts'
import { mailbox, memoryWorld, message } from './harness.ts'

const END = { appcode: 1, device: 'phone' }
const OTHER = { appcode: 2, device: 'desk' }
const ASKED = { tellExpired: true, business: 'shop', ttlSeconds: 10 }

const scene = (over: Partial<LogOptions> = {}) => {
  const world = memoryWorld()
  const told: string[] = []
  const onLost = async (losses: readonly Loss[]): Promise<void> => {
    for (const { message: lost, reason, ends, readBy } of losses)
      told.push(`${lost.seq} ${reason} ${readBy}/${ends}`)
  }
  const log = world.log({ onLost, ...over })
  log.start()
  t.teardown(() => world.settle(log.stop()))
  return { world, told, log, id: mailbox() }
}

t.test('a sender who asked for it is told once of what expired unread', async t => {
  const { world, told, log, id } = scene()
  await world.settle(log.append(id, message({ ...ASKED, appcode: 1 })))
  await world.settle(log.append(id, message({ ttlSeconds: 10 })))
  await world.settle(log.append(id, message(ASKED)))
  await world.settle(log.enrol(id, END, 0))
  await world.settle(log.enrol(id, OTHER, 0))
  log.acknowledge(id, OTHER, 3)
  await world.pass(600_000)
  t.same(told, ['1 ttl 0/1', '3 ttl 1/2'], 'the ends that it was for, and who has read it')
})

t.test(
  'what every end has read that it was for did not expire, whoever else is behind',
  async t => {
    const { world, told, log, id } = scene()
    await world.settle(log.append(id, message({ ...ASKED, appcode: 1 })))
    await world.settle(log.enrol(id, END, 0))
    await world.settle(log.enrol(id, OTHER, 0))
    log.acknowledge(id, END, 1)
    await world.pass(600_000)
    t.same(told, [])
  },
)

t.test('nobody has ever logged in: that is told too', async t => {
  const { world, told, log, id } = scene()
  await world.settle(log.append(id, message(ASKED)))
  await world.pass(600_000)
  t.same(told, ['1 ttl 0/0'])
})

t.test(
  'a purge, a mailbox that is too full, and a newer message have their own reasons',
  async t => {
    const { world, told, log, id } = scene({ limits: { maxMessages: 3, maxBytes: 1_000_000 } })
    const LONG = { ...ASKED, ttlSeconds: 86_400 }
    await world.settle(log.enrol(id, END, 0))
    for (let n = 0; n < 4; n++) await world.settle(log.append(id, message(LONG)))
    await world.pass(100_000)
    t.same(told.splice(0), ['1 trimmed 0/1', '2 trimmed 0/1'])
    await world.settle(log.append(id, message({ ...ASKED, collapse: 'score' })))
    await world.settle(log.append(id, message({ ...LONG, collapse: 'score' })))
    await world.pass(600_000)
    t.ok(told.includes('5 replaced 0/1'), told.join())
  },
)

t.test('until it could be told the message stays, and the next look tells', async t => {
  let fails = 2
  const told: number[] = []
  const { world, log, id } = scene({
    onLost: async losses => {
      if (fails-- > 0) throw new TableUnavailable('away')
      told.push(...losses.map(({ message: { seq } }) => seq))
    },
  })
  await world.settle(log.append(id, message(ASKED)))
  await world.pass(1_200_000)
  t.same(told, [1])
})

t.test('however often nodes look and die in between, there is one event', async t => {
  const world = memoryWorld()
  const events = new EventLog({
    table: world.table,
    clock: world.clock,
    random: seededRandom(1),
    logger: createLogger({ level: 'silent', name: 'logic' }),
    limits: { maxMessages: 1_000, maxBytes: 1_000_000 },
    graceMs: 60_000,
    retentionMs: 86_400_000,
  })
  let tellings = 0
  const onLost = async (losses: readonly Loss[]): Promise<void> => {
    tellings++
    await Promise.all(losses.map(loss => events.append(expiredEvent(loss, world.clock.now()))))
  }
  /** Dies where it should remove the message it has told of. */
  const { table } = world
  const dying: Table = {
    get: key => table.get(key),
    range: (from, to, limit, reverse) => table.range(from, to, limit, reverse),
    insert: groups => table.insert(groups),
    raise: rows => table.raise(rows),
    replace: rows => table.replace(rows),
    swap: (key, rev, doc) => table.swap(key, rev, doc),
    remove: async keys => {
      if (keys.some(key => key.startsWith('messages/im/'))) throw new TableUnavailable('killed')
      return table.remove(keys)
    },
    close: () => table.close(),
  }
  const first = world.log({ table: dying, onLost })
  const id = mailbox()
  await world.settle(first.append(id, message(ASKED)))
  first.start()
  await world.pass(600_000)
  await world.settle(first.stop())
  const others = [world.log({ onLost }), world.log({ onLost })]
  for (const log of others) log.start()
  await world.pass(600_000)
  for (const log of others) await world.settle(log.stop())
  t.ok(tellings >= 2, `it was told ${tellings} times`)
  const page = await world.settle(events.read(0, 100, () => true))
  t.match(page.events, [{ kind: 'expired', business: 'shop', uid: id.uid, reason: 'ttl' }])
  t.equal(page.events.length, 1)
  t.same(await world.table.range('messages/im/', 'messages/im0', 10), [], 'and it is gone')
  await world.settle(events.stop())
})
