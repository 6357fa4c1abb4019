import { createServer } from 'node:http'
import { CODES, edgeBody } from '@longwire/proto'
import { TRUNK, upstreamPrefix, WAITS_FOR_REPLY } from '@longwire/proto/trunk'
import t, { type Test } from 'tap'
import { embeddedBus } from '../../src/bus/embedded/bus.ts'
import type { StoredRecord } from '../../src/bus/bus.ts'
import { memoryLimiter } from '../../src/limiter/memory.ts'
import { systemClock } from '@longwire/kit'
import { Refs, refKey } from '../../src/upstream/refs.ts'
import { UserRates } from '../../src/upstream/user-rates.ts'
import { OpenApi, type Document } from '../api/openapi.ts'
import { KEY, silent, startRig, type Rig, type RigOptions } from '../rig.ts'
import type { Frame, ScriptedPeer } from '../scripted-gate.ts'

const OPERATOR = { name: 'shop', key: KEY, appcodes: [1, 2], role: 'operator' as const }
const ROUTE = {
  appcode: 1,
  msgtype: 7,
  topic: 'orders',
  class: 'reliable',
  webhook: '',
  by: 'shop',
} as const

let sequence = 0
const send = (
  gate: ScriptedPeer,
  message: {
    uid?: string
    ref: number
    msgtype?: number
    text?: string
    epoch?: number
    waits?: boolean
  },
): number => {
  const { uid = 'ann', ref, msgtype = 7, text = 'x', epoch = 5, waits = false } = message
  const sequenceid = ref === 0 ? 0 : ++sequence
  const reserve = ref + (waits ? WAITS_FOR_REPLY : 0)
  Object.assign(gate.writer.head, {
    appcode: 1,
    msgtype,
    slot: 3,
    generation: 4,
    sequenceid,
    reserve,
  })
  Object.assign(gate.writer.head, { logidHigh: 0x01020304, logidLow: 0x05060708 })
  gate.writer.frame(TRUNK.C2S, uid, Buffer.from(text), upstreamPrefix(epoch, 5_000, 'phone'))
  gate.flush()
  return sequenceid
}
const sent = async (
  gate: ScriptedPeer,
  sequenceid: number,
): Promise<{ code: number; msgid: string; frame: Frame; wait: number }> => {
  const frame = await gate.next(TRUNK.SENT, sequenceid)
  const { msgid, retryAfter } = edgeBody.SendAck.decode(frame.body)
  return { code: frame.msgtype, msgid: Buffer.from(msgid).toString('hex'), frame, wait: retryAfter }
}

/** All records of a topic, once there are `count`. */
const records = (t: Test, rig: Rig, topic: string, count: number): Promise<StoredRecord[]> => {
  const bus = embeddedBus({ table: rig.table, clock: systemClock, logger: silent() })
  const seen: StoredRecord[] = []
  t.teardown(() => bus.close())
  return new Promise(resolve => {
    bus.consume({
      group: 'test',
      topics: [topic],
      handle: async batch => {
        seen.push(...batch.records)
        if (seen.length >= count) resolve(seen)
      },
    })
  })
}

const rigWith = async (
  t: Test,
  over: RigOptions = {},
): Promise<{ rig: Rig; gate: ScriptedPeer }> => {
  const rig = await startRig(t, { businesses: [OPERATOR], ...over })
  return { rig, gate: await rig.gate() }
}

t.test('what a client sends is in its topic, byte for byte, when it is answered', async t => {
  const { rig, gate } = await rigWith(t, { upstream: { routes: [ROUTE] } })
  const first = await sent(gate, send(gate, { ref: 1, text: '{"a": 1}' }))
  t.match(first, { code: 0, frame: { slot: 3, generation: 4 } })
  t.match(await sent(gate, send(gate, { ref: 2, msgtype: 8 })), { code: CODES.NO_ROUTE.code })
  send(gate, { ref: 0, text: 'nobody waits' })
  const [one, two] = await records(t, rig, 'orders', 2)
  t.equal(Buffer.from(one!.value).toString(), '{"a": 1}')
  const { msgid } = first
  const logid = '0102030405060708'
  t.match(one, { topic: 'orders', key: 'ann' })
  t.match(one!.headers, { uid: 'ann', appcode: '1', msgtype: '7', msgid, logid, device: 'phone' })
  t.equal(one!.headers['traceparent'], `00-${logid}${msgid}-${logid}-01`)
  t.ok(Math.abs(Number(one!.headers['time']) - systemClock.now()) < 60_000)
  t.equal(Buffer.from(two!.value).toString(), 'nobody waits')
  const statistics = await rig.http('GET', '/v1/stats/arrival')
  t.match(await statistics.json(), { total: { upstream: 2 } })
})

t.test(
  'a ref that comes again gets the first msgid, by whatever node, and is there once',
  async t => {
    const { rig, gate } = await rigWith(t, { upstream: { routes: [ROUTE] } })
    const pair = [send(gate, { ref: 1 }), send(gate, { ref: 1 })]
    const [first, again] = [await sent(gate, pair[0]!), await sent(gate, pair[1]!)]
    const later = await sent(gate, send(gate, { ref: 1 }))
    t.same([again.msgid, later.msgid, again.code, later.code], [first.msgid, first.msgid, 0, 0])
    t.not((await sent(gate, send(gate, { ref: 1, epoch: 6 }))).msgid, first.msgid, 'another life')
    t.not((await sent(gate, send(gate, { ref: 1, uid: 'bob' }))).msgid, first.msgid, 'another user')
    const ids = (await records(t, rig, 'orders', 3)).map(({ headers }) => headers['msgid'])
    t.equal(ids.length, 3)
    const refs = new Refs({ table: rig.table, clock: systemClock, logger: silent() })
    const key = refKey({ system: 'shop', uid: 'ann', device: 'phone', refEpoch: 5, ref: 1 })
    t.same(
      await refs.claim([key], ['another']),
      [first.msgid],
      'another node finds it in the table',
    )
  },
)

t.test('a store that fails is told, and the repeat has one msgid', async t => {
  const { rig, gate } = await rigWith(t, { upstream: { routes: [ROUTE] } })
  await sent(gate, send(gate, { ref: 1 }))
  // The ref is written, the record is not.
  let inserts = 0
  rig.faults.table = operation => operation === 'insert' && ++inserts === 2
  const failed = await sent(gate, send(gate, { ref: 2 }))
  rig.faults.table = () => false
  t.equal(failed.code, CODES.UNAVAILABLE.code)
  t.ok(failed.wait > 0)
  const { msgid } = await sent(gate, send(gate, { ref: 2 }))
  const found = await records(t, rig, 'orders', 2)
  t.same(found.filter(({ headers }) => headers['msgid'] === msgid).length, 1)
})

t.test('a device keeps its last 256 refs', async t => {
  const { rig, gate } = await rigWith(t, {
    upstream: { routes: [ROUTE], userRate: { perSecond: 0, burst: 1 } },
  })
  let last = 0
  for (let ref = 1; ref <= 320; ref++) last = send(gate, { ref })
  await sent(gate, last)
  const count = async (): Promise<number> => (await rig.table.range('refs/', 'refs0', 1_000)).length
  await gate.until(() => gate.of(TRUNK.SENT).length === 319)
  for (let tries = 0; tries < 100 && (await count()) > 256; tries++) await new Promise(setImmediate)
  t.equal(await count(), 256)
})

t.test('who sends too fast waits, also where that is another node', async t => {
  const limiter = memoryLimiter(systemClock)
  const rate = { perSecond: 0.1, burst: 16 }
  const one = new UserRates(limiter, systemClock, rate)
  const two = new UserRates(limiter, systemClock, rate)
  let taken = 0
  for (let turn = 0; turn < 60; turn++) {
    for (const node of [one, two]) if (node.spend('shop', 'ann') === 0) taken++
    await new Promise(setImmediate)
  }
  t.ok(taken >= 16 && taken <= 20, `${taken}: the burst, and at most a lot of each node more`)
  t.ok(one.spend('shop', 'ann') > 1_000)
  t.equal(one.spend('shop', 'bob'), 0)
  const { gate } = await rigWith(t, {
    upstream: { routes: [ROUTE], userRate: { perSecond: 0.1, burst: 1 } },
  })
  const answers = [1, 2, 3, 4].map(ref => send(gate, { ref }))
  const codes: number[] = []
  for (const each of answers) codes.push((await sent(gate, each)).code)
  t.equal(codes[0], 0)
  t.equal(codes.at(-1), CODES.SEND_RATE.code)
})

t.test('streams are gathered, and the oldest go where there is no room', async t => {
  const route = { ...ROUTE, class: 'stream' as const, topic: 'positions' }
  const { rig, gate } = await rigWith(t, { upstream: { routes: [route], streamsMax: 10 } })
  for (let at = 1; at <= 15; at++) send(gate, { ref: 0, text: String(at) })
  const asked = await sent(gate, send(gate, { ref: 1, text: 'asked' }))
  t.equal(asked.code, 0)
  const seen = await records(t, rig, 'positions', 10)
  t.same(
    seen.map(({ value }) => Buffer.from(value).toString()),
    ['7', '8', '9', '10', '11', '12', '13', '14', '15', 'asked'],
  )
  t.equal((await rig.table.range('refs/', 'refs0', 10)).length, 0)
})

t.test('routes are changed while it runs, and every node knows', async t => {
  const { rig, gate } = await rigWith(t, { upstream: { routes: [ROUTE] } })
  const api = new OpenApi((await (await rig.http('GET', '/openapi.json')).json()) as Document)
  const put = await rig.http('PUT', '/v1/c2s-routes/1/8', { topic: 'chat' })
  t.same(await api.check(t, put, 'PUT', '/v1/c2s-routes/{appcode}/{msgtype}'), {
    appcode: 1,
    msgtype: 8,
    topic: 'chat',
    class: 'reliable',
    by: 'shop',
  })
  t.equal((await sent(gate, send(gate, { ref: 1, msgtype: 8 }))).code, 0)
  const other = await startRig(t, { table: rig.table, businesses: [OPERATOR] })
  const listed = async (): Promise<unknown[]> => {
    const answer = await other.http('GET', '/v1/c2s-routes')
    return ((await answer.json()) as { routes: { msgtype: number }[] }).routes
  }
  t.match(await listed(), [{ msgtype: 8, topic: 'chat' }])
  await rig.http('PUT', '/v1/c2s-routes/1/9', { topic: 'gps', class: 'stream' })
  while ((await listed()).length < 2) await new Promise(setImmediate)
  t.equal((await rig.http('DELETE', '/v1/c2s-routes/1/8')).status, 200)
  while ((await listed()).length > 1) await new Promise(setImmediate)
  t.equal((await sent(gate, send(gate, { ref: 2, msgtype: 8 }))).code, CODES.NO_ROUTE.code)
  for (const [method, path, body, status] of [
    ['DELETE', '/v1/c2s-routes/1/8', undefined, 404],
    ['DELETE', '/v1/c2s-routes/1/7', undefined, 404],
    ['PUT', '/v1/c2s-routes/1/8', {}, 422],
    ['PUT', '/v1/c2s-routes/1/8', { topic: 'a b' }, 422],
    ['PUT', '/v1/c2s-routes/1/8', { webhook: 'none' }, 422],
    ['PUT', '/v1/c2s-routes/9/8', { topic: 'a' }, 403],
    ['PUT', '/v1/c2s-routes/5/8', { topic: 'a' }, 404],
  ] as const) {
    const answer = await rig.http(method, path, body)
    t.equal(answer.status, status, `${method} ${path} ${JSON.stringify(body)}`)
  }
  const plain = await startRig(t)
  t.equal((await plain.http('PUT', '/v1/c2s-routes/1/8', { topic: 'a' })).status, 403)
})

t.test('a call is answered by the backend, once, or says why not', async t => {
  const seen: { url: string; headers: Record<string, unknown>; body: string }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      seen.push({ url: request.url ?? '', headers: request.headers, body })
      if (body === 'never') return
      if (body === 'no') response.writeHead(409, { 'longwire-code': 'SOLD_OUT' })
      if (body === 'broken') response.writeHead(500)
      response.end(`re: ${body}`)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const hook = { url: `http://127.0.0.1:${port}/rpc`, secret: 's'.repeat(16), timeoutMs: 20_000 }
  const { gate } = await rigWith(t, {
    upstream: {
      hooks: [
        { ...hook, name: 'shop', allow: ['127.0.0.0/8'] },
        { ...hook, name: 'inside', allow: [] },
        { ...hook, name: 'slow', allow: ['127.0.0.0/8'], timeoutMs: 200 },
      ],
      routes: [
        { ...ROUTE, topic: '', webhook: 'shop' },
        { ...ROUTE, msgtype: 8, topic: '', webhook: 'inside' },
        { ...ROUTE, msgtype: 9 },
        { ...ROUTE, msgtype: 10, topic: '', webhook: 'slow' },
      ],
    },
  })
  const call = async (text: string, msgtype = 7): Promise<{ code: number; body: Buffer }> => {
    const frame = await gate.next(TRUNK.REPLY, send(gate, { ref: 1, text, msgtype, waits: true }))
    return { code: frame.msgtype, body: frame.body }
  }
  const done = await call('price?')
  t.same([done.code, done.body.toString()], [0, 're: price?'])
  t.match(seen[0], { url: '/rpc', body: 'price?' })
  t.match(seen[0]!.headers, {
    'longwire-uid': 'ann',
    'longwire-msgtype': '7',
    'longwire-logid': '0102030405060708',
  })
  t.match(seen[0]!.headers['longwire-signature'], /^t=\d+,v1=[0-9a-f]{64}$/)
  t.match(seen[0]!.headers['traceparent'], /^00-0102030405060708[0-9a-f]{16}-0102030405060708-01$/)
  const refused = await call('no')
  t.equal(refused.code, CODES.DENIED.code)
  const failure = edgeBody.Failure.decode(refused.body)
  t.match(failure, { code: 'SOLD_OUT' })
  t.equal(Buffer.from(failure.content).toString(), 're: no')
  t.equal((await call('broken')).code, CODES.BACKEND_FAILED.code)
  t.equal((await call('never', 10)).code, CODES.BACKEND_TIMEOUT.code)
  t.equal((await call('x', 8)).code, CODES.BACKEND_FAILED.code, 'this host is not the internet')
  t.equal((await call('x', 9)).code, CODES.NO_ROUTE.code)
  t.equal((await sent(gate, send(gate, { ref: 2 }))).code, CODES.NO_ROUTE.code, 'no topic')
  t.equal(seen.filter(({ body }) => body !== 'never').length, 3)
})
