import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CMD, CODES, edgeBody } from '@longwire/proto'
import t, { type Test } from 'tap'
import {
  fileOutbox,
  LongwireError,
  memoryOutbox,
  type OutboxStore,
  type SendStatus,
} from '../src/node.ts'
import { Uplink } from '../src/uplink/uplink.ts'
import { OUTBOX_RULES } from './contract/outbox-store.ts'
import { seededRandom, VirtualClock } from './virtual-clock.ts'

const contract = (test: Test, durable: boolean, open: (test: Test) => () => OutboxStore): void => {
  for (const rule of OUTBOX_RULES) {
    if (rule.durable && !durable) continue
    test.test(rule.name, async inner => {
      const reopen = open(inner)
      await rule.check(reopen(), reopen)
      inner.pass('keeps the rule')
    })
  }
}

t.test('an outbox in memory', async test => {
  contract(test, false, () => {
    const store = memoryOutbox()
    return () => store
  })
})

t.test('an outbox in a file', async test => {
  contract(test, true, inner => {
    const path = join(inner.testdir(), 'outbox')
    return () => fileOutbox(path)
  })
  test.test('a line that a crash cut short was never promised', async inner => {
    const path = join(inner.testdir(), 'outbox')
    const entry = {
      ref: 1,
      kind: 'c2s',
      msgtype: 7,
      body: Uint8Array.of(1),
      id: 'a',
      at: 1,
    } as const
    await fileOutbox(path).put('me', 3, entry)
    appendFileSync(path, '["me",3,[2,"c2s",7,"AQ==",')
    const again = fileOutbox(path)
    inner.equal((await again.load('me'))?.entries.length, 1)
    await again.put('me', 3, { ...entry, ref: 2 })
    inner.equal((await fileOutbox(path).load('me'))?.entries.length, 2)
  })
  test.test('the file does not grow with what is gone', async inner => {
    const path = join(inner.testdir(), 'outbox')
    const store = fileOutbox(path)
    for (let ref = 1; ref <= 1_200; ref++) {
      const entry = {
        ref,
        kind: 'c2s',
        msgtype: 7,
        body: new Uint8Array(50),
        id: 'a',
        at: 1,
      } as const
      void store.put('me', 3, entry)
      await store.remove('me', [entry])
    }
    inner.ok(readFileSync(path).length < 100_000)
  })
  test.test('a damaged file is refused, not overwritten', async inner => {
    const path = join(inner.testdir(), 'outbox')
    writeFileSync(path, '{"what":1}\n')
    await inner.rejects(fileOutbox(path).load('me'), { code: 'OUTBOX_STORE', action: 'stop' })
    inner.equal(readFileSync(path, 'utf8'), '{"what":1}\n')
  })
})

interface Frame {
  readonly cmd: number
  readonly ref: number
  readonly text: string
}

/** An uplink over a store, and what it writes. */
const scene = (
  store: OutboxStore = memoryOutbox(),
  limits?: { messages: number; bytes: number },
) => {
  const clock = new VirtualClock()
  const frames: Frame[] = []
  const statuses: SendStatus[] = []
  const errors: LongwireError[] = []
  const uplink = new Uplink({
    clock,
    random: seededRandom(1),
    store,
    key: 'me',
    limits,
    status: status => statuses.push(status),
    failed: error => errors.push(error),
  })
  const text = (body: Uint8Array): string => Buffer.from(body).toString()
  const session = {
    request: (cmd: number, ref: number, _msgtype: number, body: Uint8Array) =>
      void frames.push({ cmd, ref, text: text(body) }),
    call: (ref: number, _msgtype: number, body: Uint8Array) =>
      void frames.push({ cmd: CMD.C2S, ref, text: text(body) }),
    query: (cmd: number, ref: number, body: Uint8Array) =>
      void frames.push({ cmd, ref, text: text(body) }),
  }
  return {
    clock,
    frames,
    statuses,
    errors,
    uplink,
    session,
    texts: () => frames.map(frame => frame.text),
  }
}

const turn = (): Promise<void> => new Promise(resolve => void setImmediate(resolve))
const ackOf = (msgid: string): Uint8Array =>
  edgeBody.SendAck.encode({ msgid: Buffer.from(msgid, 'hex') }).finish()
const sendAll = (uplink: Uplink, bodies: readonly string[]): Promise<unknown>[] =>
  bodies.map(body => uplink.send({ msgtype: 7, body, id: body }))

t.test(
  'what is sent offline goes out in order, and again on the next session under its ref',
  async t => {
    const { uplink, session, frames, texts, statuses } = scene()
    const sends = sendAll(uplink, ['a', 'b', 'c'])
    await turn()
    t.same(
      statuses.map(({ status }) => status),
      ['queued', 'queued', 'queued'],
    )
    uplink.attach(session)
    t.same(texts(), ['a', 'b', 'c'])
    const refs = frames.map(({ ref }) => ref)
    uplink.acked(refs[0]!, 0, ackOf('00000000000000aa'))
    t.match(await sends[0], { id: 'a', msgid: '00000000000000aa' })
    uplink.detach()
    frames.length = 0
    uplink.attach(session)
    t.same(
      frames.map(({ text, ref }) => [text, ref]),
      [
        ['b', refs[1]],
        ['c', refs[2]],
      ],
    )
    uplink.acked(refs[1]!, 0, ackOf('00000000000000bb'))
    uplink.acked(refs[1]!, 0, ackOf('00000000000000bb'))
    uplink.acked(refs[2]!, CODES.NO_ROUTE.code, new Uint8Array(0))
    t.match(await sends[1], { msgid: '00000000000000bb' })
    await t.rejects(sends[2]!, { code: 'NO_ROUTE', action: 'stop' })
    t.match(statuses.at(-1), { id: 'c', status: 'failed', error: { code: 'NO_ROUTE' } })
  },
)

t.test('one that is refused for now keeps its place, and what is behind it waits', async t => {
  const { uplink, session, frames, texts, clock } = scene()
  uplink.attach(session)
  const sends = sendAll(uplink, ['a', 'b'])
  await turn()
  const busy = edgeBody.SendAck.encode({ retryAfter: 1_000 }).finish()
  uplink.acked(frames[0]!.ref, CODES.SEND_RATE.code, busy)
  sends.push(...sendAll(uplink, ['c']))
  await turn()
  t.same(texts(), ['a', 'b'])
  clock.advance(1_300)
  t.same(texts(), ['a', 'b', 'a', 'c'])
  t.equal(
    uplink.putOff(frames[2]!.ref, new LongwireError('BUSY', 'retry', 'x', { retryAfterMs: 50 })),
    true,
  )
  clock.advance(100)
  t.same(texts().slice(4), ['a'])
  for (const ref of new Set(frames.map(frame => frame.ref)))
    uplink.acked(ref, 0, ackOf('00000000000000aa'))
  await Promise.all(sends)
})

t.test('what waits survives a restart of the app', async t => {
  const path = join(t.testdir(), 'outbox')
  const before = scene(fileOutbox(path))
  for (const each of sendAll(before.uplink, ['a', 'b'])) each.catch(() => undefined)
  const epoch = await before.uplink.refEpoch()
  while (before.statuses.length < 2) await turn()
  const { uplink, session, frames, statuses } = scene(fileOutbox(path))
  t.equal(await uplink.refEpoch(), epoch, 'it is the same life of refs')
  uplink.attach(session)
  t.same(
    frames.map(({ text, ref }) => [text, ref]),
    [
      ['a', 1],
      ['b', 2],
    ],
  )
  const third = uplink.send({ msgtype: 7, body: 'c' })
  while (frames.length < 3) await turn()
  t.equal(frames[2]?.ref, 3)
  for (const ref of [1, 2, 3]) uplink.acked(ref, 0, ackOf('00000000000000aa'))
  await third
  t.same(
    statuses
      .filter(({ status }) => status === 'acked')
      .map(({ id }) => id.slice(0, 1))
      .slice(0, 2),
    ['a', 'b'],
  )
  while ((await fileOutbox(path).load('me'))?.entries.length !== 0) await turn()
})

t.test('an outbox has its bounds, and a store that fails is told', async t => {
  const { uplink, session } = scene(memoryOutbox(), { messages: 2, bytes: 5 })
  const sends = sendAll(uplink, ['a', 'b'])
  await turn()
  await t.rejects(uplink.send({ msgtype: 7, body: 'c' }), { code: 'OUTBOX_FULL', action: 'retry' })
  uplink.attach(session)
  uplink.acked(1, 0, ackOf('00000000000000aa'))
  await t.rejects(uplink.send({ msgtype: 7, body: '12345' }), { code: 'OUTBOX_FULL' })
  await t.rejects(uplink.send({ msgtype: 70_000, body: '' }), { code: 'BAD_FIELD' })
  await t.rejects(uplink.send({ msgtype: 7, body: new Uint8Array(61_441) }), { code: 'BAD_FIELD' })
  uplink.close()
  await t.rejects(sends[1]!, { code: 'CLOSED', action: 'retry' })
  const broken = scene({ ...memoryOutbox(), put: () => Promise.reject(new Error('disk full')) })
  await t.rejects(broken.uplink.send({ msgtype: 7, body: 'x' }), { code: 'OUTBOX_STORE' })
})

t.test('what has not been sent can be called off', async t => {
  const { uplink, session, texts, frames } = scene()
  const off = new AbortController()
  const late = new AbortController()
  const one = uplink.send({ msgtype: 7, body: 'a', signal: off.signal })
  await turn()
  off.abort()
  await t.rejects(one, { code: 'ABORTED' })
  uplink.attach(session)
  const two = uplink.send({ msgtype: 7, body: 'b', signal: late.signal })
  await turn()
  late.abort()
  await t.rejects(two, { code: 'ABORTED' })
  t.same(texts(), ['b'])
  uplink.detach()
  uplink.attach(session)
  t.equal(frames.length, 1, 'it is not sent again')
  await t.rejects(uplink.send({ msgtype: 7, body: 'c', signal: late.signal }), { code: 'ABORTED' })
})

t.test('a call has one answer, and is never sent twice', async t => {
  const { uplink, session, frames, clock } = scene()
  const early = uplink.request({ msgtype: 7, body: 'early' })
  const timed = uplink.request({ msgtype: 7, body: 'timed', timeoutMs: 50 })
  clock.advance(50)
  await t.rejects(timed, { code: 'TIMEOUT' })
  uplink.attach(session)
  t.equal(frames.length, 1)
  uplink.reply(frames[0]!.ref, 0, Buffer.from('yes'))
  t.equal(Buffer.from(await early).toString(), 'yes')
  const refused = uplink.request({ msgtype: 7, body: 'x' })
  const failure = edgeBody.Failure.encode({
    message: 'no',
    code: 'SOLD_OUT',
    content: Buffer.from('why'),
  })
  uplink.reply(frames[1]!.ref, CODES.DENIED.code, failure.finish())
  await t.rejects(refused, { code: 'DENIED', said: 'SOLD_OUT', content: Buffer.from('why') })
  const put = uplink.request({ msgtype: 7, body: 'x' })
  uplink.putOff(frames[2]!.ref, new LongwireError('BUSY', 'retry', 'x'))
  await t.rejects(put, { code: 'BUSY' })
  const broken = uplink.request({ msgtype: 7, body: 'x' })
  const query = uplink.query(CMD.QUERY, new Uint8Array(0))
  uplink.detach()
  await t.rejects(broken, { code: 'CLOSED', action: 'retry' })
  uplink.attach(session)
  t.equal(frames.length, 6, 'but a question is')
  uplink.reply(frames[5]!.ref, 0, Buffer.from('page'))
  t.equal(Buffer.from(await query).toString(), 'page')
  const stopped = new AbortController()
  const called = uplink.request({ msgtype: 7, body: 'x', signal: stopped.signal })
  stopped.abort()
  await t.rejects(called, { code: 'ABORTED' })
  t.equal(uplink.stream(9, 'here'), true)
  t.match(frames.at(-1), { ref: 0, text: 'here' })
  uplink.detach()
  t.equal(uplink.stream(9, 'there'), false)
})
