import type { Test } from 'tap'
import { mailboxKeys, rowKey } from '../../src/log/rows.ts'
import { mailbox, message, readAll, type World } from '../log/harness.ts'

const GRACE_MS = 60_000
const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, n) => first + n)

/** Part of the contract of a log: what goes because there is too much of it, or its time is over. */
export const limitSuite = async (t: Test, world: World): Promise<void> => {
  await t.test(
    'a mailbox with too many messages loses the oldest, and readers are told',
    async test => {
      const id = mailbox()
      const log = world.log({ limits: { maxMessages: 20, maxBytes: 1_000_000 } })
      for (let n = 0; n < 30; n++) await world.settle(log.append(id, message()))
      await world.pass(1_000)
      const { head, floor } = await world.settle(log.heads(id))
      test.equal(head, 30)
      test.ok(floor >= 10 && floor <= 12, `floor ${floor}`)
      test.match(await world.settle(log.read(id, 1, 0, 5, 1_000)), {
        from: 0,
        gapFloor: floor,
        next: floor + 5,
        more: true,
      })
      test.same(await world.settle(readAll(log, id)), range(floor + 1, 30))
      test.same(await world.settle(readAll(world.log(), id, 1, floor)), range(floor + 1, 30))
      await world.pass(2 * GRACE_MS)
      const rows = await world.settle(
        world.table.range(mailboxKeys(id).rows, mailboxKeys(id).rowsEnd, 100),
      )
      test.equal(rows.length, 30 - floor, 'the rows go after the grace')
      test.match(await world.settle(log.read(id, 1, 0, 50, 1_000)), {
        gapFloor: floor,
        next: 30,
        more: false,
      })
    },
  )

  await t.test('and so does one with too many bytes, also after a restart', async test => {
    const id = mailbox()
    const limits = { maxMessages: 1_000_000, maxBytes: 1_000 }
    for (let n = 0; n < 30; n++) {
      const log = world.log({ limits })
      await world.settle(log.append(id, message({ content: new Uint8Array(100) })))
      await world.pass(10)
    }
    const seqs = await world.settle(readAll(world.log(), id))
    test.ok(seqs.length >= 8 && seqs.length <= 10, `${seqs.length} kept`)
    test.same(seqs, range(31 - seqs.length, 30))
  })

  await t.test(
    'expired messages are not read; the sweeper takes them, and the head stays',
    async test => {
      const id = mailbox()
      const keys = mailboxKeys(id)
      const log = world.log({ sweep: { pageRows: 5_000, pauseMs: GRACE_MS } })
      for (const ttlSeconds of [10, 100_000, 10, 10])
        await world.settle(log.append(id, message({ ttlSeconds })))
      const [late] = await world.settle(world.table.range(keys.rows, keys.rowsEnd, 1))
      await world.pass(11_000)
      test.same(await world.settle(readAll(log, id)), [2])
      log.start()
      await world.pass(4 * GRACE_MS)
      await world.settle(log.stop())
      const rows = await world.settle(world.table.range(keys.rows, keys.rowsEnd, 100))
      test.same(
        rows.map(row => [row.key, 'msgcontent' in row.doc]),
        [
          [rowKey(keys, 2), true],
          [rowKey(keys, 3), false],
          [rowKey(keys, 4), false],
        ],
        'behind a message that is to be read, seqs stay taken',
      )
      const writes = [1, 3].map(seq => [{ key: rowKey(keys, seq), doc: late?.doc ?? {} }])
      test.same(await world.settle(world.table.insert(writes)), [1, 0])
      test.same(await world.settle(readAll(log, id)), [2], 'what arrives too late is not read')
      test.match(await world.settle(log.heads(id)), { head: 4, floor: 0 })
      test.match(await world.settle(log.read(id, 1, 2, 10, 1_000)), {
        next: 4,
        head: 4,
        gapFloor: -1,
        messages: [],
      })
      test.equal((await world.settle(world.log().append(id, message()))).seq, 5)
      world.log().acknowledge(id, { appcode: 1, device: 'd' }, 4)
      await world.pass(2 * GRACE_MS)
      const left = await world.settle(world.table.range(keys.rows, keys.rowsEnd, 100))
      test.same(
        left.map(row => row.key),
        [rowKey(keys, 5)],
        'stubs go with what is read',
      )
    },
  )

  await t.test('where all has expired nothing is left, and no gap is told', async test => {
    const id = mailbox()
    const keys = mailboxKeys(id)
    const limits = { maxMessages: 30, maxBytes: 1_000_000 }
    const log = world.log({ limits, sweep: { pageRows: 5_000, pauseMs: GRACE_MS } })
    await world.settle(log.append(id, message({ ttlSeconds: 600 })))
    const short = range(2, 30).map(() => log.append(id, message({ ttlSeconds: 10 })))
    await world.settle(Promise.all(short))
    log.start()
    await world.pass(4 * GRACE_MS)
    const stubs = await world.settle(world.table.range(keys.rows, keys.rowsEnd, 100))
    test.equal(stubs.filter(row => 'msgcontent' in row.doc).length, 1)
    test.equal((await world.settle(log.read(id, 1, 0, 1, 1_000))).next, 30, 'one look is enough')
    await world.pass(13 * GRACE_MS)
    await world.settle(log.stop())
    test.same(await world.settle(world.table.range(keys.rows, keys.rowsEnd, 100)), [])
    const nothing = { next: 30, head: 30, gapFloor: -1, more: false, messages: [] }
    test.match(await world.settle(log.read(id, 1, 0, 50, 1_000)), nothing)
    test.match(await world.settle(log.heads(id)), { head: 30, floor: 0 })
    for (const one of [log, world.log({ limits })])
      await world.settle(Promise.all(range(1, 15).map(() => one.append(id, message()))))
    await world.pass(1_000)
    test.match(
      await world.settle(log.heads(id)),
      { head: 60, floor: 0 },
      'room for as many as ever',
    )
    test.same(await world.settle(readAll(log, id)), range(31, 60))
  })
}
