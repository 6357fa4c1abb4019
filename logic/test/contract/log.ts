import { collapseSuite } from './log-collapse.ts'
import type { Test } from 'tap'
import { IdempotencyConflict } from '../../src/log/log.ts'
import type { Appended, Log, MailboxId } from '../../src/log/log.ts'
import { mailboxKeys, rowKey } from '../../src/log/rows.ts'
import { mailbox, message, readAll } from '../log/harness.ts'
import { limitSuite } from './log-limits.ts'
import { resumeSuite } from './log-resume.ts'
import type { World } from '../log/harness.ts'

const GRACE_MS = 60_000
const HOUR_MS = 3_600_000

/** What the log does on every table. */
export const logContract = async (t: Test, world: World): Promise<void> => {
  await t.test('append and read', append => appendSuite(append, world))
  await t.test('readers that come back', resume => resumeSuite(resume, world))
  await t.test('two logs on one table', two => sharedSuite(two, world))
  await t.test('idempotency keys', keys => keySuite(keys, world))
  await t.test('trimming', trim => trimSuite(trim, world))
  await t.test('limits and expiry', limits => limitSuite(limits, world))
  await t.test('collapse keys', collapse => collapseSuite(collapse, world))
}

const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))
const range = (first: number, last: number): number[] => times(last - first + 1, n => first + n)

const appendMany = (log: Log, id: MailboxId, count: number, size = 10): Promise<Appended[]> =>
  Promise.all(times(count, () => log.append(id, message({ content: new Uint8Array(size) }))))

const appendSuite = async (t: Test, world: World): Promise<void> => {
  const log = world.log()
  t.teardown(() => world.settle(log.stop()))

  await t.test('what was appended is read, from any seq, by every end', async test => {
    const id = mailbox()
    const from = { uid: 'sender', appcode: 9 }
    const sent = message({
      appcode: 3,
      msgtype: 12,
      content: new Uint8Array([0, 1, 255]),
      ttlSeconds: 60,
      from,
    })
    const first = await world.settle(log.append(id, sent))
    test.match(first, { seq: 1, prev: 0, msgid: sent.msgid, logid: sent.logid, repeated: false })
    test.ok(first.epoch > 0)
    const page = await world.settle(log.read(id, 3, 0, 10, 1_000))
    const now = world.clock.now()
    test.match(page, { from: 0, next: 1, head: 1, gapFloor: -1, more: false })
    test.match(page.messages, [
      {
        seq: 1,
        appcode: 3,
        msgtype: 12,
        msgid: sent.msgid,
        logid: sent.logid,
        sentAt: now,
        expiresAt: now + 60_000,
        fromUid: 'sender',
        fromAppcode: 9,
      },
    ])
    test.same([...(page.messages[0]?.content ?? [])], [0, 1, 255])
    test.match(await world.settle(log.read(id, 3, 1, 10, 1_000)), {
      from: 1,
      next: 1,
      head: 1,
      more: false,
      messages: [],
    })
    const { epoch } = first
    test.same(await world.settle(log.heads(id)), { head: 1, urgentTo: 1, floor: 0, epoch })
  })

  await t.test('seqs follow each other without holes, in the order of the calls', async test => {
    const id = mailbox()
    const appended = await world.settle(appendMany(log, id, 400))
    test.same(
      appended.map(({ seq }) => seq),
      range(1, 400),
    )
    test.same(await world.settle(readAll(log, id)), range(1, 400))
  })

  await t.test('an empty mailbox has nothing', async test => {
    const id = mailbox()
    test.match(await world.settle(log.heads(id)), { head: 0, floor: 0 })
    test.match(await world.settle(log.read(id, 1, 0, 10, 1_000)), {
      from: 0,
      next: 0,
      head: 0,
      gapFloor: -1,
      more: false,
      messages: [],
    })
  })

  await t.test(
    'an end gets what is for its appcode or for all, and steps over the rest',
    async test => {
      const id = mailbox()
      const appended = await world.settle(
        Promise.all([1, 2, 0, 2, 2].map(appcode => log.append(id, message({ appcode })))),
      )
      test.same(await world.settle(readAll(log, id, 1)), [1, 3])
      test.same(await world.settle(readAll(log, id, 2)), [2, 3, 4, 5])
      test.match(await world.settle(log.read(id, 1, 3, 10, 1_000)), {
        next: 5,
        head: 5,
        more: false,
        messages: [],
      })
      test.same(
        appended.map(({ prev }) => prev),
        [0, 0, 2, 3, 4],
        'prev is the last row that the end may have to read',
      )
    },
  )

  await t.test('prev is careful about what was there before this process', async test => {
    const id = mailbox()
    await world.settle(log.append(id, message({ appcode: 1 })))
    const other = world.log()
    const appended = await world.settle(
      Promise.all([2, 1, 2].map(appcode => other.append(id, message({ appcode })))),
    )
    test.same(
      appended.map(({ prev }) => prev),
      [1, 1, 2],
    )
  })

  await t.test(
    'a page ends at its limit or its bytes, but has one message at least',
    async test => {
      const id = mailbox()
      await world.settle(appendMany(log, id, 10, 100))
      const seqs = async (after: number, limit: number, maxBytes: number): Promise<unknown> => {
        const { messages, next, head, more } = await world.settle(
          log.read(id, 1, after, limit, maxBytes),
        )
        return [messages.map(({ seq }) => seq).join(), next, head, more]
      }
      test.same(await seqs(0, 3, 10_000), ['1,2,3', 3, 10, true])
      test.same(await seqs(3, 100, 350), ['4,5,6', 6, 10, true])
      test.same(await seqs(6, 100, 1), ['7', 7, 10, true])
      test.same(await seqs(7, 3, 300), ['8,9,10', 10, 10, false])
      test.same(await seqs(0, 10, 1_000), ['1,2,3,4,5,6,7,8,9,10', 10, 10, false])
    },
  )

  await t.test('a page that had to step over very many rows ends early and says so', async test => {
    const id = mailbox()
    await world.settle(
      Promise.all(times(60, n => log.append(id, message({ appcode: n === 59 ? 1 : 2 })))),
    )
    const page = await world.settle(log.read(id, 1, 0, 10, 1_000))
    test.match(page, { messages: [], more: true, head: 60 })
    test.ok(page.next >= 10 && page.next < 60)
    test.same(await world.settle(readAll(log, id, 1)), [60])
  })

  await t.test('any uid, empty content, and the largest', async test => {
    const odd = { system: 'a/b %', uid: `/\u0000\ud800\u{1f600}%2f-${mailbox().uid}` }
    const large = new Uint8Array(60 * 1024).fill(5)
    await world.settle(log.append(odd, message({ content: new Uint8Array(0) })))
    await world.settle(log.append(odd, message({ content: large })))
    const page = await world.settle(log.read(odd, 1, 0, 10, 100_000))
    test.same(
      page.messages.map(({ content }) => content.length),
      [0, large.length],
    )
    test.same(await world.settle(readAll(log, { ...odd, uid: `${odd.uid}/` })), [])
  })
}

const sharedSuite = async (t: Test, world: World): Promise<void> => {
  const one = world.log()
  const two = world.log()

  await t.test('writing one mailbox at once lose nothing and leave no hole', async test => {
    const id = mailbox()
    const both = await world.settle(
      Promise.all([appendMany(one, id, 150), appendMany(two, id, 150)]),
    )
    test.same(
      both.flatMap(appended => appended.map(({ seq }) => seq)).sort((a, b) => a - b),
      range(1, 300),
    )
    for (const appended of both) {
      const seqs = appended.map(({ seq }) => seq)
      test.same(
        seqs,
        [...seqs].sort((a, b) => a - b),
        'each in the order of its calls',
      )
    }
    for (const log of [one, two]) test.same(await world.settle(readAll(log, id)), range(1, 300))
  })

  await t.test('see each other’s rows at once', async test => {
    const id = mailbox()
    for (const seq of range(1, 6)) {
      const [writer, reader] = seq % 2 === 0 ? [one, two] : [two, one]
      test.equal((await world.settle(writer.append(id, message()))).seq, seq)
      test.equal((await world.settle(reader.heads(id))).head, seq)
      test.same(await world.settle(readAll(reader, id, 1, seq - 1)), [seq])
    }
  })

  await t.test('have one epoch, unless the mailbox has its own', async test => {
    const id = mailbox()
    const [a, b] = await world.settle(Promise.all([one.heads(id), two.heads(mailbox())]))
    test.equal(a.epoch, b.epoch)
    await world.settle(
      world.table.raise([{ key: mailboxKeys(id).meta, fields: { epoch: 4_000_000_000 } }]),
    )
    test.equal((await world.settle(two.heads(id))).epoch, 4_000_000_000)
    test.equal((await world.settle(two.append(id, message()))).epoch, 4_000_000_000)
  })
}

const keySuite = async (t: Test, world: World): Promise<void> => {
  const one = world.log()
  const two = world.log()
  const keyed = (key: string, fingerprint = 'f'): ReturnType<typeof message> =>
    message({ idempotency: { business: 'shop', key: `${key}-${process.pid}`, fingerprint } })

  await t.test('a repeat is answered with the first result, and writes nothing', async test => {
    const id = mailbox()
    const key = `repeat ${id.uid}`
    const first = await world.settle(one.append(id, keyed(key)))
    test.match(first, { seq: 1, repeated: false })
    for (const log of [one, two]) {
      test.match(await world.settle(log.append(id, keyed(key))), {
        seq: 1,
        msgid: first.msgid,
        logid: first.logid,
        repeated: true,
      })
    }
    test.same(await world.settle(readAll(one, id)), [1])
  })

  await t.test('another message or mailbox under the same key is refused', async test => {
    const id = mailbox()
    await world.settle(one.append(id, keyed(`refused ${id.uid}`)))
    await test.rejects(
      world.settle(two.append(id, keyed(`refused ${id.uid}`, 'other'))),
      IdempotencyConflict,
    )
    await test.rejects(
      world.settle(two.append(mailbox(), keyed(`refused ${id.uid}`))),
      IdempotencyConflict,
    )
    test.equal((await world.settle(one.append(id, keyed(`refused ${id.uid} 2`)))).seq, 2)
  })

  await t.test('of many at once, in one process and in two, one is written', async test => {
    const id = mailbox()
    const appends = times(20, n =>
      (n % 2 === 0 ? one : two).append(id, n % 5 === 4 ? message() : keyed(`many ${id.uid}`)),
    )
    const appended = await world.settle(Promise.all(appends))
    const same = appended.filter((_, n) => n % 5 !== 4)
    test.equal(new Set(same.map(({ seq }) => seq)).size, 1)
    test.equal(new Set(same.map(({ msgid }) => msgid)).size, 1)
    test.ok(same.filter(({ repeated }) => !repeated).length >= 1, 'somebody tells the gate')
    test.same(await world.settle(readAll(one, id)), range(1, 5))
  })

  await t.test(
    'a repeat after the row was read by all and trimmed is still a repeat',
    async test => {
      const id = mailbox()
      const first = await world.settle(one.append(id, keyed(`trimmed ${id.uid}`)))
      one.acknowledge(id, { appcode: 1, device: 'd' }, 1)
      await world.pass(2 * GRACE_MS)
      test.same(await world.settle(world.table.get(rowKey(mailboxKeys(id), 1))), undefined)
      test.match(await world.settle(two.append(id, keyed(`trimmed ${id.uid}`))), {
        seq: 1,
        msgid: first.msgid,
        repeated: true,
      })
      test.match(await world.settle(two.heads(id)), { head: 1, floor: 1 })
    },
  )

  await t.test('a day later the key is new again', async test => {
    const id = mailbox()
    const sweeping = world.log({ sweep: { pageRows: 5_000, pauseMs: 13 * HOUR_MS } })
    await world.settle(one.append(id, keyed(`old ${id.uid}`)))
    sweeping.start()
    await world.pass(27 * HOUR_MS)
    await world.settle(sweeping.stop())
    test.match(await world.settle(two.append(id, keyed(`old ${id.uid}`))), {
      seq: 2,
      repeated: false,
    })
  })
}

const trimSuite = async (t: Test, world: World): Promise<void> => {
  const endIdleMs = 10 * HOUR_MS
  const log = world.log({ endIdleMs })
  const a = { appcode: 1, device: 'a/1' }
  const b = { appcode: 2, device: 'b' }
  const rowsOf = async (id: MailboxId): Promise<number> =>
    (await world.settle(world.table.range(mailboxKeys(id).rows, mailboxKeys(id).rowsEnd, 1_000)))
      .length

  await t.test(
    'rows go when every end has them, after a grace; head and floor stay',
    async test => {
      const id = mailbox()
      await world.settle(appendMany(log, id, 10))
      log.acknowledge(id, a, 10)
      log.acknowledge(id, b, 4)
      await world.pass(GRACE_MS - 5_000)
      test.equal(await rowsOf(id), 10)
      await world.pass(GRACE_MS)
      test.equal(await rowsOf(id), 6)
      test.match(await world.settle(log.heads(id)), { head: 10, floor: 4 })
      const { epoch } = await world.settle(log.heads(id))
      const resumed = await world.settle(log.resume(id, 1, { epoch: 0, seq: 0 }, 2, 1_000))
      test.match(resumed, {
        heads: { head: 10, floor: 4 },
        base: 4,
        page: { gapFloor: -1, next: 6 },
      })
      const behind = await world.settle(log.resume(id, 1, { epoch, seq: 2 }, 2, 1_000))
      test.match(behind, { base: 2, page: { gapFloor: 4, next: 6 } })
      test.match(await world.settle(log.read(id, 2, 4, 10, 1_000)), { gapFloor: -1, next: 10 })
      test.match(await world.settle(log.read(id, 2, 1, 10, 1_000)), { gapFloor: 4, next: 10 })
      log.acknowledge(id, b, 10)
      await world.pass(2 * GRACE_MS)
      test.equal(await rowsOf(id), 0)
      test.match(await world.settle(log.heads(id)), { head: 10, floor: 10 })
      const beyond = await world.settle(log.resume(id, 1, { epoch, seq: 11 }, 2, 1_000))
      test.match(beyond, { heads: { head: 10, floor: 10 }, base: 10, page: { next: 10 } })
      test.match(await world.settle(log.read(id, 1, 10, 10, 1_000)), {
        from: 10,
        next: 10,
        head: 10,
        gapFloor: -1,
        messages: [],
      })
      test.match(await world.settle(world.log().append(id, message())), { seq: 11, prev: 10 })
      test.equal((await world.settle(log.append(id, message()))).seq, 12)
    },
  )

  await t.test('a cursor never goes back, and is remembered', async test => {
    const id = mailbox()
    await world.settle(appendMany(log, id, 5))
    log.acknowledge(id, a, 3)
    log.acknowledge(id, a, 2)
    await world.pass(3_000)
    log.acknowledge(id, a, 1)
    await world.settle(log.enrol(id, a, 0))
    await world.pass(2 * GRACE_MS)
    test.match(await world.settle(log.heads(id)), { floor: 3 })
  })

  await t.test(
    'an end that enrolled holds rows back, though nobody wrote a cursor of it',
    async test => {
      const id = mailbox()
      await world.settle(world.log().enrol(id, b, 0))
      await world.settle(appendMany(log, id, 5))
      log.acknowledge(id, a, 5)
      await world.pass(3 * GRACE_MS)
      test.match(await world.settle(log.heads(id)), { floor: 0 })
      test.equal((await world.settle(log.read(id, 2, 0, 10, 1_000))).messages.length, 5)
    },
  )

  await t.test('rows that were read a moment ago wait for their own grace', async test => {
    const id = mailbox()
    await world.settle(appendMany(log, id, 4))
    log.acknowledge(id, a, 2)
    await world.pass(GRACE_MS - 10_000)
    await world.settle(appendMany(log, id, 4))
    log.acknowledge(id, a, 8)
    await world.pass(20_000)
    test.match(await world.settle(log.heads(id)), { floor: 2, head: 8 })
    await world.pass(GRACE_MS)
    test.match(await world.settle(log.heads(id)), { floor: 8, head: 8 })
  })

  await t.test(
    'an end that was away for long does not hold rows back; a new one does',
    async test => {
      const id = mailbox()
      await world.settle(appendMany(log, id, 4))
      log.acknowledge(id, b, 1)
      await world.pass(endIdleMs + HOUR_MS)
      log.acknowledge(id, a, 3)
      await world.pass(2 * GRACE_MS)
      test.match(await world.settle(log.heads(id)), { floor: 3 })
      log.acknowledge(id, b, 3)
      log.acknowledge(id, a, 4)
      await world.pass(2 * GRACE_MS)
      test.match(await world.settle(log.heads(id)), { floor: 3 })
    },
  )

  await t.test('stop writes what was put off', async test => {
    const id = mailbox()
    const other = world.log()
    other.acknowledge(id, a, 7)
    await world.settle(other.stop())
    test.match(
      await world.settle(world.table.range(mailboxKeys(id).ends, `${mailboxKeys(id).ends}~`, 10)),
      [{ doc: { acked: 7 } }],
    )
  })
}
