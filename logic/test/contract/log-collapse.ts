import type { Test } from 'tap'
import { CollapseKeysExceeded, type Appended, type Log, type MailboxId } from '../../src/log/log.ts'
import type { Table } from '../../src/store/table.ts'
import { mailbox, message, readAll, type World } from '../log/harness.ts'

const HOUR_MS = 3600 * 1000

/** The table of a process that dies when it says which of a key's rows is the newest. */
const dyingBeforeItSays = (table: Table): Table => ({
  get: key => table.get(key),
  range: (from, to, limit, reverse) => table.range(from, to, limit, reverse),
  insert: groups => table.insert(groups),
  raise: rows =>
    rows.some(({ key }) => key.startsWith('collapse/'))
      ? Promise.reject(new Error('killed'))
      : table.raise(rows),
  replace: rows => table.replace(rows),
  swap: (key, rev, doc) => table.swap(key, rev, doc),
  remove: keys => table.remove(keys),
  close: () => table.close(),
})

/** Part of the contract of a log: newer messages take the place of older ones of their key. */
export const collapseSuite = async (t: Test, world: World): Promise<void> => {
  const one = world.log()
  const two = world.log()
  t.teardown(() => world.settle(Promise.all([one.stop(), two.stop()])))
  const send = (log: Log, id: MailboxId, collapse: string, over = {}): Promise<Appended> =>
    world.settle(log.append(id, message({ collapse, business: 'b', ...over })))
  const read = (id: MailboxId, appcode = 1): Promise<number[]> =>
    world.settle(readAll(two, id, appcode))

  await t.test(
    'an end that was away reads the newest of each key, and what has none',
    async test => {
      const id = mailbox()
      await send(one, id, 'score')
      await send(one, id, 'weather')
      await world.settle(one.append(id, message()))
      await send(two, id, 'score')
      const { seq } = await send(one, id, 'score')
      test.equal(seq, 5)
      test.same(await read(id), [2, 3, 5])
      const page = await world.settle(two.read(id, 1, 0, 50, 10_000))
      test.match(page, { from: 0, next: 5, head: 5, gapFloor: -1, more: false }, 'holes, no gap')
    },
  )

  await t.test('a key is one of its business and of the ends it was sent to', async test => {
    const id = mailbox()
    await send(one, id, 'k', { appcode: 1 })
    await send(one, id, 'k', { appcode: 2 })
    await send(one, id, 'k', { appcode: 0 })
    await send(one, id, 'k', { appcode: 1, business: 'other' })
    test.same(await read(id, 1), [1, 3, 4])
    test.same(await read(id, 2), [2, 3])
    await send(one, id, 'k', { appcode: 1 })
    test.same(await read(id, 1), [3, 4, 5])
  })

  await t.test('what was read before stays read, and only the newer one follows', async test => {
    const id = mailbox()
    await send(one, id, 'k')
    const page = await world.settle(two.read(id, 1, 0, 50, 10_000))
    test.same(
      page.messages.map(({ seq }) => seq),
      [1],
    )
    await send(one, id, 'k')
    test.same(await world.settle(readAll(two, id, 1, page.next)), [2])
  })

  await t.test('of many at once, through two writers, the last one is left', async test => {
    const id = mailbox()
    const logs = [one, two]
    const sent = await world.settle(
      Promise.all(
        Array.from({ length: 40 }, (_, n) =>
          logs[n % 2]!.append(id, message({ collapse: `k${n % 2}`, business: 'b' })),
        ),
      ),
    )
    const newest = (parity: number): number =>
      Math.max(...sent.filter((_, n) => n % 2 === parity).map(({ seq }) => seq))
    test.same(
      await read(id),
      [newest(0), newest(1)].sort((a, b) => a - b),
    )
  })

  await t.test(
    'a writer that dies between its row and the word of it spoils nothing',
    async test => {
      const id = mailbox()
      const dying = world.log({ table: dyingBeforeItSays(world.table) })
      await send(one, id, 'k')
      await test.rejects(send(dying, id, 'k'), { message: 'killed' })
      test.same(await read(id), [1, 2], 'it was not answered for: both are there')
      await send(two, id, 'k')
      test.same(await read(id), [3], 'the next one takes the place of both')
      const idempotency = { business: 'b', key: `${id.uid}-key`, fingerprint: 'f' }
      await test.rejects(send(dying, id, 'k', { idempotency }), { message: 'killed' })
      const repeated = await send(one, id, 'k', { idempotency })
      test.match(repeated, { seq: 4, repeated: true }, 'repeated, it is the first one')
      test.same(await read(id), [4])
      await world.settle(dying.stop())
    },
  )

  await t.test('an older one that was put off does not come back', async test => {
    const id = mailbox()
    await send(one, id, 'k')
    await send(one, id, 'k', { ttlSeconds: 10 })
    await world.pass(20_000)
    test.same(await read(id), [], 'the newest has expired')
  })

  await t.test(
    'sixteen keys of a mailbox may wait; more are refused until some are read',
    async test => {
      const id = mailbox()
      for (let n = 1; n <= 16; n++) await send(one, id, `k${n}`)
      await test.rejects(send(one, id, 'k17'), CollapseKeysExceeded)
      await send(one, id, 'k3')
      test.equal((await world.settle(one.heads(id))).head, 17, 'what was refused left nothing')
      one.acknowledge(id, { appcode: 1, device: 'd' }, 17)
      await world.pass(3 * 60_000)
      await send(one, id, 'k17')
      test.same(await read(id), [18])
    },
  )

  await t.test('keys that are over make room, and go', async test => {
    const id = mailbox()
    for (let n = 1; n <= 16; n++) await send(one, id, `k${n}`, { ttlSeconds: 60 })
    await world.pass(2 * HOUR_MS)
    await send(one, id, 'k17')
    const prefix = `collapse/${id.system}/${id.uid}/`
    const entries = await world.settle(world.table.range(prefix, `${prefix}~`, 100))
    test.equal(entries.length, 1)
  })
}
