import type { Clock } from '@longwire/kit'
import t from 'tap'
import type { Test } from 'tap'
import { createLog } from '../../src/log/create-log.ts'
import type { Appended, MailboxId, NewMessage } from '../../src/log/log.ts'
import { mailboxKeys, messageRow, recordKey, recordRow, rowKey } from '../../src/log/rows.ts'
import type { Fault, Operation } from '../../src/store/memory.ts'
import { TableUnavailable } from '../../src/store/table.ts'
import { mailbox, memoryWorld, message, readAll } from './harness.ts'

const GRACE_MS = 60_000
const END = { appcode: 1, device: 'd' }

/** A world in which the next calls of an operation meet the faults given. */
const faultyWorld = (): ReturnType<typeof memoryWorld> & {
  next(operation: Operation, ...faults: Fault[]): void
} => {
  const planned = new Map<Operation, Fault[]>()
  const world = memoryWorld({ fault: operation => planned.get(operation)?.shift() })
  return { ...world, next: (operation, ...faults) => void planned.set(operation, faults) }
}

const pick = (
  table: ReturnType<typeof memoryWorld>['table'],
): Parameters<typeof createLog>[0]['table'] => ({
  get: key => table.get(key),
  range: (from, to, limit, reverse) => table.range(from, to, limit, reverse),
  insert: groups => table.insert(groups),
  raise: rows => table.raise(rows),
  replace: rows => table.replace(rows),
  swap: (key, rev, doc) => table.swap(key, rev, doc),
  remove: keys => table.remove(keys),
  close: () => table.close(),
})

const keyedMessage = (): NewMessage =>
  message({ idempotency: { business: 'b', key: 'k', fingerprint: 'f' } })

const crashCase = async (test: Test, left: string, happened: string): Promise<void> => {
  const world = memoryWorld()
  const id = mailbox()
  const keys = mailboxKeys(id)
  const [one, two] = [world.log(), world.log()]
  await world.settle(one.append(id, message()))
  const attempt = keyedMessage()
  const place = { seq: 2, now: world.clock.now(), bytesTotal: 100 }
  const rows = [recordRow(keys, attempt, place), messageRow(keys, attempt, place)]
  await world.settle(
    world.table.insert([rows.slice(0, left === 'nothing' ? 0 : left === 'the record' ? 1 : 2)]),
  )

  let delivered: number[] = []
  if (happened.startsWith('another row')) await world.settle(two.append(id, message()))
  if (happened.endsWith('trimmed')) {
    delivered = await deliveries(world, id)
    const { head } = await world.settle(two.heads(id))
    two.acknowledge(id, END, head)
    await world.pass(3 * GRACE_MS)
    test.match(await world.settle(two.heads(id)), { floor: head })
  }
  const repeats = happened.startsWith('two') ? [one, two] : [one]
  const answers = await world.settle(
    Promise.all(repeats.map(log => log.append(id, keyedMessage()))),
  )
  const again = await world.settle(two.append(id, keyedMessage()))
  test.ok(again.repeated)
  test.ok(answers.every(({ seq, msgid }) => seq === again.seq && msgid === again.msgid))
  if (left !== 'nothing') test.equal(again.msgid, attempt.msgid)
  const found = new Set([...delivered, ...(await deliveries(world, id, again))])
  test.equal(found.size, 1, 'one row, delivered once')
  test.ok(found.has(again.seq))
}

/** Seqs of the rows of the keyed attempt that a reader gets. */
const deliveries = async (
  world: ReturnType<typeof memoryWorld>,
  id: MailboxId,
  answer?: Appended,
): Promise<number[]> => {
  const page = await world.settle(world.log().read(id, 1, 0, 100, 1_000_000))
  const rows = await world.settle(
    world.table.range(mailboxKeys(id).rows, mailboxKeys(id).rowsEnd, 100),
  )
  const keyed = new Set(
    rows.filter(row => row.doc['idem'] !== undefined).map(row => row.doc['msgid']),
  )
  return page.messages
    .filter(({ msgid }) => keyed.has(msgid) || msgid === answer?.msgid)
    .map(({ seq }) => seq)
}

await t.test('a writer that was held up', async held => {
  await held.test(
    'before its row landed where another was read and trimmed: it goes anew',
    async test => {
      const world = faultyWorld()
      const [slow, quick] = [world.log(), world.log()]
      const id = mailbox()
      await world.settle(slow.append(id, message()))
      world.next('insert', { delayMs: 3 * GRACE_MS })
      const late = message()
      const appending = slow.append(id, late)
      await world.pass(1)
      for (let n = 0; n < 5; n++) await world.settle(quick.append(id, message()))
      quick.acknowledge(id, END, 6)
      await world.pass(2 * GRACE_MS)
      test.match(await world.settle(quick.heads(id)), { head: 6, floor: 6 })
      test.match(await world.settle(appending), { seq: 7, msgid: late.msgid, repeated: false })
      test.same(await world.settle(readAll(quick, id, 1, 6)), [7])
      test.same(
        await world.settle(world.table.get(rowKey(mailboxKeys(id), 2))),
        undefined,
        'the row that nobody would read is gone',
      )
    },
  )

  await held.test('with an idempotency key: the key follows to the new row', async test => {
    const world = faultyWorld()
    const [slow, quick] = [world.log(), world.log()]
    const id = mailbox()
    await world.settle(slow.append(id, message()))
    world.next('insert', { delayMs: 3 * GRACE_MS })
    const keyed = (): NewMessage =>
      message({ idempotency: { business: 'b', key: 'k', fingerprint: 'f' } })
    const appending = slow.append(id, keyed())
    await world.pass(1)
    for (let n = 0; n < 2; n++) await world.settle(quick.append(id, message()))
    quick.acknowledge(id, END, 3)
    const first = await world.settle(appending)
    test.match(first, { seq: 4, repeated: false })
    test.match(await world.settle(quick.append(id, keyed())), {
      seq: 4,
      msgid: first.msgid,
      repeated: true,
    })
    test.same(await world.settle(readAll(quick, id, 1, 3)), [4])
  })

  await held.test('after its row landed, and nothing was removed: the row counts', async test => {
    const world = faultyWorld()
    const [slow, quick] = [world.log(), world.log()]
    const id = mailbox()
    await world.settle(slow.append(id, message({ appcode: 2 })))
    world.next('insert', { answerMs: 30_000 })
    const appending = slow.append(id, message())
    await world.pass(1)
    await world.settle(quick.append(id, message()))
    test.match(await world.settle(appending), { seq: 2, prev: 1, repeated: false })
    test.same(await world.settle(readAll(quick, id)), [2, 3])
    test.match(await world.settle(slow.append(id, message())), { seq: 4, prev: 3 })
  })

  await held.test('a head is read again when it was not looked at for long', async test => {
    const world = memoryWorld()
    const [one, two] = [world.log(), world.log()]
    const id = mailbox()
    await world.settle(one.append(id, message()))
    await world.settle(two.append(id, message()))
    two.acknowledge(id, END, 2)
    await world.pass(3 * GRACE_MS)
    test.match(await world.settle(one.append(id, message())), { seq: 3, prev: 2 })
  })
})

await t.test('what others remove meanwhile', async meanwhile => {
  await meanwhile.test(
    'a forced trim leaves the rows in place, so that no late row can land among them',
    async test => {
      const world = faultyWorld()
      const limits = { maxMessages: 5, maxBytes: 1_000_000 }
      const [slow, quick] = [world.log({ limits }), world.log({ limits })]
      const id = mailbox()
      await world.settle(slow.append(id, message()))
      world.next('insert', { delayMs: 15_000 })
      const late = message()
      const appending = slow.append(id, late)
      await world.pass(1)
      for (let n = 0; n < 20; n++) await world.settle(quick.append(id, message()))
      await world.pass(10_000)
      test.ok((await world.settle(quick.heads(id))).floor > 2)
      test.match(await world.settle(appending), { seq: 22, msgid: late.msgid })
    },
  )

  await meanwhile.test(
    'a trim between two looks at the table does not turn a head back',
    async test => {
      const world = faultyWorld()
      const [one, two] = [world.log(), world.log()]
      const id = mailbox()
      for (let n = 0; n < 3; n++) await world.settle(one.append(id, message()))
      one.acknowledge(id, END, 3)
      await world.pass(GRACE_MS - 5_000)
      test.match(await world.settle(one.heads(id)), { floor: 0 })
      world.next('range', { delayMs: 15_000 }, { delayMs: 15_000 })
      const [appended, heads] = await world.settle(
        Promise.all([two.append(id, message()), one.heads(id)]),
      )
      test.match(appended, { seq: 4 })
      test.ok(heads.head >= 3)
      test.match(await world.settle(one.heads(id)), { floor: 3, head: 4 })
    },
  )

  await meanwhile.test('expired rows stay for the grace as well', async test => {
    const world = faultyWorld()
    const [slow, quick] = [world.log(), world.log({ sweep: { pageRows: 100, pauseMs: 1_000 } })]
    const id = mailbox()
    await world.settle(slow.append(id, message()))
    quick.start()
    world.next('insert', { delayMs: 15_000 })
    const appending = slow.append(id, message())
    await world.pass(1)
    for (let n = 0; n < 3; n++) await world.settle(quick.append(id, message({ ttlSeconds: 1 })))
    await world.pass(14_000)
    test.match(await world.settle(appending), { seq: 5 })
    await world.pass(3 * GRACE_MS)
    test.same(await world.settle(readAll(quick, id)), [1, 5])
    const { rows, rowsEnd } = mailboxKeys(id)
    const left = await world.settle(world.table.range(rows, rowsEnd, 9))
    test.same(
      left.map(({ doc }) => 'msgcontent' in doc),
      [true, false, false, false, true],
    )
    await world.settle(quick.stop())
  })

  await meanwhile.test('a wall clock that jumps ahead does not cut the grace short', async test => {
    const world = faultyWorld()
    const ahead: Clock = {
      now: () => world.clock.now() + 3_600_000,
      monotonic: () => world.clock.monotonic(),
      after: (ms, task) => world.clock.after(ms, task),
      soon: task => world.clock.soon(task),
    }
    const [slow, quick] = [world.log(), world.log()]
    const sweeping = world.log({ clock: ahead, sweep: { pageRows: 100, pauseMs: 1_000 } })
    const id = mailbox()
    await world.settle(slow.append(id, message()))
    world.next('insert', { delayMs: 10_000 })
    const late = slow.append(id, message())
    await world.pass(1)
    await world.settle(quick.append(id, message()))
    await world.settle(quick.append(id, message({ ttlSeconds: 1 })))
    quick.acknowledge(id, END, 3)
    sweeping.start()
    await world.pass(9_000)
    test.match(await world.settle(late), { seq: 4 })
    test.same(await world.settle(readAll(quick, id, 1, 3)), [4], 'what was answered is read')
    await world.pass(3 * GRACE_MS)
    test.match(await world.settle(quick.heads(id)), { floor: 3, head: 4 })
    await world.settle(sweeping.stop())
  })

  await meanwhile.test('a repeat meets a row that is only just being born', async test => {
    const world = faultyWorld()
    const log = world.log()
    const id = mailbox()
    const keys = mailboxKeys(id)
    const attempt = keyedMessage()
    const place = { seq: 1, now: world.clock.now(), bytesTotal: 1 }
    await world.settle(world.table.insert([[recordRow(keys, attempt, place)]]))
    world.next('range', {}, {}, { delayMs: 100 }, { delayMs: 100 })
    const repeat = log.append(id, keyedMessage())
    await world.pass(50)
    await world.settle(world.table.insert([[messageRow(keys, attempt, place)]]))
    test.match(await world.settle(repeat), { seq: 1, msgid: attempt.msgid, repeated: true })
    test.same(await world.settle(readAll(log, id)), [1])
  })

  await meanwhile.test(
    'a repeat that was held up writes anew what nobody would read',
    async test => {
      const world = faultyWorld()
      const [one, two] = [world.log(), world.log()]
      const id = mailbox()
      const keys = mailboxKeys(id)
      await world.settle(one.append(id, message()))
      const attempt = keyedMessage()
      const place = { seq: 2, now: world.clock.now(), bytesTotal: 1 }
      await world.settle(world.table.insert([[recordRow(keys, attempt, place)]]))
      await world.settle(two.heads(id))
      world.next('insert', {}, { delayMs: 3 * GRACE_MS })
      const repeat = two.append(id, keyedMessage())
      await world.pass(10)
      for (let n = 0; n < 2; n++) await world.settle(one.append(id, message()))
      one.acknowledge(id, END, 3)
      test.match(await world.settle(repeat), { seq: 4, msgid: attempt.msgid, repeated: false })
      test.same(await world.settle(readAll(one, id, 1, 3)), [4])
      test.equal(await world.settle(world.table.get(rowKey(keys, 2))), undefined)
    },
  )

  await meanwhile.test('a page whose rows were trimmed while it was read says so', async test => {
    const world = faultyWorld()
    const [one, two] = [world.log(), world.log()]
    const id = mailbox()
    for (let n = 0; n < 3; n++) await world.settle(one.append(id, message()))
    one.acknowledge(id, END, 2)
    await world.pass(GRACE_MS - 5_000)
    world.next('range', { delayMs: 15_000 })
    test.match(await world.settle(two.read(id, 2, 0, 10, 1_000)), {
      gapFloor: 2,
      next: 3,
      messages: [{ seq: 3 }],
    })
  })

  await meanwhile.test(
    'a reader that comes back while its mailbox is cut is told of all that it misses',
    async test => {
      const world = faultyWorld()
      const log = world.log({ limits: { maxMessages: 5, maxBytes: 1_000_000 } })
      const id = mailbox()
      for (let n = 0; n < 10; n++) await world.settle(log.append(id, message()))
      await world.pass(500)
      const { epoch } = await world.settle(log.heads(id))
      world.next('get', { answerMs: 1_000 })
      const resuming = log.resume(id, 1, { epoch, seq: 10 }, 50, 10_000)
      await world.pass(1)
      for (let n = 0; n < 20; n++) await world.settle(log.append(id, message()))
      await world.pass(500)
      const { floor } = await world.settle(log.heads(id))
      test.ok(floor > 20)
      const { page } = await world.settle(resuming)
      test.match(page, { gapFloor: floor, messages: [{ seq: floor + 1 }] })
    },
  )

  await meanwhile.test(
    'a repeat whose row is trimmed while it is looked for is a repeat',
    async test => {
      const world = faultyWorld()
      const [one, two] = [world.log(), world.log()]
      const id = mailbox()
      const first = await world.settle(one.append(id, keyedMessage()))
      await world.settle(two.append(id, message()))
      one.acknowledge(id, END, 2)
      world.next('get', {}, { delayMs: 2 * GRACE_MS })
      test.match(await world.settle(two.append(id, keyedMessage())), {
        seq: 1,
        msgid: first.msgid,
        repeated: true,
      })
      test.match(await world.settle(two.heads(id)), { head: 2, floor: 2 })
    },
  )
})

await t.test(
  'when the store does not answer, an append is refused and promises nothing',
  async away => {
    for (const fail of ['before', 'after'] as const) {
      await away.test(`${fail} it has the row`, async test => {
        const world = faultyWorld()
        const log = world.log()
        const id = mailbox()
        await world.settle(log.append(id, message()))
        world.next('insert', { fail })
        await test.rejects(world.settle(log.append(id, message())), TableUnavailable)
        const seq = fail === 'before' ? 2 : 3
        test.equal((await world.settle(log.append(id, message()))).seq, seq)
        test.equal((await world.settle(readAll(log, id))).length, seq)
      })
    }

    await away.test('while a head is read', async test => {
      const world = faultyWorld()
      const log = world.log()
      const id = mailbox()
      world.next('range', { fail: 'before' })
      const both = await world.settle(
        Promise.allSettled([log.append(id, message()), log.append(id, message())]),
      )
      for (const outcome of both)
        test.ok(outcome.status === 'rejected' && outcome.reason instanceof TableUnavailable)
      test.equal((await world.settle(log.append(id, message()))).seq, 1)
    })

    await away.test('cursors are kept and written later', async test => {
      const world = faultyWorld()
      const log = world.log()
      const id = mailbox()
      world.next('raise', { fail: 'before' }, { fail: 'before' })
      log.acknowledge(id, END, 5)
      await world.pass(5_000)
      log.acknowledge(id, END, 4)
      await world.pass(5_000)
      test.match(await world.settle(world.table.get(`${mailboxKeys(id).ends}1/d`)), { acked: 5 })
    })
  },
)

await t.test('a fault of the program in the background is not kept quiet', async test => {
  const world = faultyWorld()
  const faults: unknown[] = []
  const table = { ...pick(world.table), raise: () => Promise.reject(new TypeError('a bug')) }
  const log = createLog({
    table,
    clock: world.clock,
    random: Math.random,
    limits: { maxMessages: 9, maxBytes: 9 },
    onFault: error => faults.push(error),
  })
  log.acknowledge(mailbox(), END, 1)
  await world.pass(2_500)
  test.match(faults, [{ message: 'a bug' }])
  test.throws(() => world.log({ graceMs: 20_000 }), RangeError)
})

/**
 * What an attempt can have left behind before its process died, and what others did since. Whatever it
 * is, a repeat leads to exactly one row, and the next repeat to the same answer.
 */
await t.test('what a crash can leave of an append with an idempotency key', async crash => {
  const kept = ['nothing', 'the record', 'the record and the row'] as const
  const since = [
    'nothing',
    'another row',
    'another row, read and trimmed',
    'two repeats at once',
  ] as const
  for (const left of kept) {
    for (const happened of since) {
      await crash.test(`left: ${left}; since then: ${happened}`, test =>
        crashCase(test, left, happened),
      )
    }
  }

  await crash.test('a row that landed below the floor, and was never read', async test => {
    const world = memoryWorld()
    const id = mailbox()
    const keys = mailboxKeys(id)
    await world.settle(world.table.raise([{ key: keys.meta, fields: { head: 5, floor: 5 } }]))
    const attempt = keyedMessage()
    const place = { seq: 3, now: world.clock.now(), bytesTotal: 1 }
    await world.settle(
      world.table.insert([[recordRow(keys, attempt, place), messageRow(keys, attempt, place)]]),
    )
    const log = world.log()
    test.match(await world.settle(log.append(id, keyedMessage())), {
      seq: 6,
      msgid: attempt.msgid,
      repeated: false,
    })
    test.match(await world.settle(log.append(id, keyedMessage())), {
      seq: 6,
      msgid: attempt.msgid,
      repeated: true,
    })
  })

  await crash.test('a mark of the trimmer on a record that was gone', async test => {
    const world = memoryWorld()
    const id = mailbox()
    await world.settle(
      world.table.raise([{ key: recordKey(keyedMessage()), fields: { done: 1, at: 5 } }]),
    )
    test.match(await world.settle(world.log().append(id, keyedMessage())), {
      seq: 1,
      repeated: false,
    })
    test.match(await world.settle(world.log().append(id, keyedMessage())), {
      seq: 1,
      repeated: true,
    })
  })
})
