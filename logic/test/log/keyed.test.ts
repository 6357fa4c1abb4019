import t from 'tap'
import type { Table } from '../../src/store/table.ts'
import { mailboxKeys, messageRow, recordRow, rowKey, seqOf } from '../../src/log/rows.ts'
import { mailbox, memoryWorld, message, readAll } from './harness.ts'

const KEY = { business: 'shop', key: 'k1', fingerprint: 'f' }

/** All methods of a table, whatever class it is of. */
const bound = (table: Table): Table => ({
  get: key => table.get(key),
  range: (from, to, limit, reverse) => table.range(from, to, limit, reverse),
  insert: groups => table.insert(groups),
  raise: rows => table.raise(rows),
  replace: rows => table.replace(rows),
  swap: (key, rev, doc) => table.swap(key, rev, doc),
  remove: keys => table.remove(keys),
  close: () => table.close(),
})

t.test('a repeat is no second message while the first is being trimmed', async t => {
  const world = memoryWorld()
  const id = mailbox()
  const writer = world.log()
  const meta = `mailboxes/${id.system}/${id.uid}`
  let rowWasRead = false
  let trimmed = false
  // The trimmer works between any two reads of the repeat: done, then the floor, as it does.
  const table: Table = {
    ...bound(world.table),
    async get(key) {
      if (key.startsWith('messages/')) rowWasRead = true
      if (key === meta && rowWasRead && !trimmed) {
        trimmed = true
        await world.table.raise([{ key: 'idempotency/shop/k1', fields: { done: 1 } }])
        await world.table.raise([{ key: meta, fields: { floor: 1, head: 1 } }])
      }
      return world.table.get(key)
    },
  }
  const repeater = world.log({ table })
  const first = await world.settle(writer.append(id, message({ idempotency: KEY })))
  const again = await world.settle(repeater.append(id, message({ idempotency: KEY })))
  t.ok(trimmed)
  t.match(again, { seq: first.seq, msgid: first.msgid, repeated: true })
  t.equal((await world.settle(writer.heads(id))).head, 1)
})

t.test(
  'what lands while two trim, where one has trimmed, is not held to have been seen',
  async t => {
    const world = memoryWorld()
    const id = mailbox()
    const keys = mailboxKeys(id)
    const attempt = message({ idempotency: KEY })
    const place = { seq: 2, now: world.clock.now(), bytesTotal: 1 }
    let trimming = false
    // Another process trims between what this one reads of the mailbox and of its rows.
    const table: Table = {
      ...bound(world.table),
      async get(key) {
        const doc = await world.table.get(key)
        if (key === keys.meta && trimming) {
          trimming = false
          await world.table.raise([{ key, fields: { floor: 2, head: 2 } }])
          await world.table.remove([rowKey(keys, 1), rowKey(keys, 2)])
          await world.table.insert([[messageRow(keys, attempt, place)]])
        }
        return doc
      },
    }
    const log = world.log({ table })
    for (let seq = 1; seq <= 4; seq++) await world.settle(log.append(id, message()))
    await world.settle(world.table.insert([[recordRow(keys, attempt, place)]]))
    log.acknowledge(id, { appcode: 1, device: 'phone' }, 4)
    await world.pass(30_000)
    trimming = true
    await world.pass(60_000)
    t.notOk(trimming)
    t.match(await world.settle(log.heads(id)), { head: 4, floor: 4 })
    const repeat = await world.settle(log.append(id, message({ idempotency: KEY })))
    t.match(repeat, { seq: 5, msgid: attempt.msgid, repeated: false })
    t.match(await world.settle(log.read(id, 1, 4, 10, 1_000)), { messages: [{ seq: 5 }] })
  },
)

for (const front of [true, false])
  t.test(
    `a row that lands where another has expired, ${front ? 'with nothing' : 'with a message'} before it, is not read`,
    async t => {
      const world = memoryWorld()
      const [one, two] = [world.log(), world.log({ sweep: { pageRows: 100, pauseMs: 1_000 } })]
      const id = mailbox()
      const keys = mailboxKeys(id)
      await world.settle(one.append(id, message({ ttlSeconds: front ? 1 : 86_400 })))
      const attempt = message({ idempotency: KEY })
      const place = { seq: 2, now: world.clock.now(), bytesTotal: 1 }
      await world.settle(world.table.insert([[recordRow(keys, attempt, place)]]))
      for (const ttlSeconds of [1, 86_400])
        await world.settle(one.append(id, message({ ttlSeconds })))
      const repeat = await world.settle(two.append(id, message({ idempotency: KEY })))
      t.match(repeat, { seq: 4, msgid: attempt.msgid, repeated: false })
      two.start()
      await world.pass(3 * 60_000)
      const [landed] = await world.settle(world.table.insert([[messageRow(keys, attempt, place)]]))
      t.equal(landed, front ? 1 : 0)
      const kept = front ? [3, 4] : [1, 3, 4]
      for (const log of [one, two, world.log()]) t.same(await world.settle(readAll(log, id)), kept)
      t.match(await world.settle(one.append(id, message({ idempotency: KEY }))), {
        seq: 4,
        repeated: true,
      })
      await world.pass(3 * 60_000)
      const rows = await world.settle(world.table.range(keys.rows, keys.rowsEnd, 9))
      t.same(rows.map(seqOf), front ? [3, 4] : [1, 2, 3, 4], 'and does not stay')
      await world.settle(two.stop())
    },
  )
