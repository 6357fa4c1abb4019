import t from 'tap'
import type { Table } from '../../src/store/table.ts'
import { mailbox, memoryWorld, message } from './harness.ts'

const KEY = { business: 'shop', key: 'k1', fingerprint: 'f' }

/** All methods of a table, whatever class it is of. */
const bound = (table: Table): Table => ({
  get: key => table.get(key),
  range: (from, to, limit, reverse) => table.range(from, to, limit, reverse),
  insert: groups => table.insert(groups),
  raise: rows => table.raise(rows),
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
