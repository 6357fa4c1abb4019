import { systemClock } from '@longwire/kit'
import t from 'tap'
import { embeddedBus } from '../../src/bus/embedded/bus.ts'
import { openLmdb } from '../../src/store/lmdb.ts'
import { memoryTable } from '../../src/store/memory.ts'
import { openMongo } from '../../src/store/mongo.ts'
import type { Table } from '../../src/store/table.ts'
import { busContract, record, take, textOf, until } from '../contract/bus.ts'
import { silent, StillClock } from '../rig.ts'
import { mongoServers } from '../store/mongo-servers.ts'

t.setTimeout(180_000)
t.jobs = 3

const open = async (table: Table) => embeddedBus({ table, clock: systemClock, logger: silent() })

t.test('the bus in memory', async test => {
  const table = memoryTable({ clock: systemClock })
  await busContract(test, { open: () => open(table), memberGoneMs: 6_000 })
})

t.test('the bus on LMDB', async test => {
  const table = await openLmdb(test.testdir())
  test.teardown(() => table.close())
  await busContract(test, { open: () => open(table), memberGoneMs: 6_000 })
})

const mongo = mongoServers[0]!
t.test('the bus on MongoDB', mongo.skip === undefined ? {} : { skip: mongo.skip }, async test => {
  const table = await openMongo(mongo.url, { database: `lw_bus_${process.pid}` })
  test.teardown(async () => {
    await table.drop()
    await table.close()
  })
  await busContract(test, { open: () => open(table), memberGoneMs: 6_000 })
})

t.test('who dies without a word is replaced; its late commits have no effect', async test => {
  const table = memoryTable({ clock: systemClock })
  let dead = false
  // A process that stands still: it reads, but what it writes never comes to anything.
  const frozen: Table = {
    get: key => table.get(key),
    range: (from, to, limit, reverse) => table.range(from, to, limit, reverse),
    insert: groups => table.insert(groups),
    replace: rows => table.replace(rows),
    swap: (key, rev, doc) => table.swap(key, rev, doc),
    remove: keys => table.remove(keys),
    close: () => table.close(),
    raise: rows => (dead ? new Promise(() => undefined) : table.raise(rows)),
  }
  const [dying, living] = [await open(frozen), await open(table)]
  await living.create([{ topic: 't', partitions: 2, retentionMs: 60_000 }])
  await living.publish(['a', 'b', 'c', 'd'].map(key => record('t', key, key)))
  const commits: (() => void)[] = []
  const first = take(dying, 'g', ['t'], {
    handle: async batch => {
      commits.push(() => batch.commit(batch.records.at(-1)!.offset + 100))
    },
  })
  await until('it has everything', () => commits.length === 2)
  dead = true
  const second = take(living, 'g', ['t'])
  await until('another one took over', () => second.consumer.owned.length === 2)
  await until('all came again', () => second.records.length === 4)
  for (const commit of commits) commit()
  await until('it was written', async () =>
    (await living.offsets('g')).every(({ lag }) => lag === 0),
  )
  await until('the dead one noticed', () => first.consumer.owned.length === 0)
  const ends = (await living.offsets('g')).map(({ offset, end }) => end - offset)
  test.same(ends, [0, 0])
  await second.consumer.close()
})

t.test('records are kept for their retention, and offsets go on', async test => {
  const clock = new StillClock()
  const table = memoryTable({ clock })
  const parts = { table, logger: silent() }
  const bus = embeddedBus({ ...parts, clock })
  await bus.create([{ topic: 't', partitions: 1, retentionMs: 60_000 }])
  const publish = (text: string): Promise<void> => bus.publish([record('t', 'k', text)])
  const offsets = async () => (await bus.topics())[0]?.partitions[0]
  await publish('old')
  await publish('older than the retention too')
  clock.advance(61_000)
  await until('all but the last are gone', async () => (await offsets())?.start === 1)
  test.same(await offsets(), { start: 1, end: 2 }, 'the last one says where the end is')
  await publish('new')
  clock.advance(31_000)
  await until('now it went too', async () => (await offsets())?.start === 2)
  const now = embeddedBus({ ...parts, clock: systemClock })
  const taken = take(now, 'g', ['t'])
  await until('what is left came', () => taken.records.length > 0)
  test.same(taken.records.map(textOf), ['new'])
  test.equal(taken.records[0]?.offset, 2)
  await now.close()
  await bus.close()
})
