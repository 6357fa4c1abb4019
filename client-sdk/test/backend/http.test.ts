import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createBackend, type BackendOptions, type Publish } from '../../src/backend/index.ts'
import { turn } from '../set-up.ts'
import { VirtualClock } from '../virtual-clock.ts'

interface Request {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: { readonly messages: readonly Record<string, unknown>[] } & Record<string, unknown>
}

interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: unknown
  /** Breaks the connection instead. */
  readonly cut?: true
}

const STORED = { msgid: '018c3f2a9b000001', seq: 42, logid: '018c3f2a9b0a0001' }
const message: Publish = { to: { uid: 'amy', appcode: 1 }, msgtype: 7, body: 'hello' }

/** An API that answers what the test says, one answer after the other. */
const api = async (
  test: Test,
  answers: (request: Request, index: number) => Answer | Promise<Answer>,
  change: Partial<BackendOptions> = {},
) => {
  const requests: Request[] = []
  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const parsed = {
        url: request.url!,
        headers: request.headers,
        body: JSON.parse(Buffer.concat(chunks).toString()) as Request['body'],
      }
      requests.push(parsed)
      const {
        status = 200,
        headers = {},
        body = STORED,
        cut,
      } = await answers(parsed, requests.length - 1)
      if (cut) request.socket.destroy()
      else
        response
          .writeHead(status, { 'content-type': 'application/json', ...headers })
          .end(JSON.stringify(body))
    }
    serve().catch(test.threw)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const backend = createBackend({ url, key: 'secret', random: () => 0, ...change })
  test.teardown(async () => {
    await backend.close()
    server.closeAllConnections()
    server.close()
  })
  return { backend, requests }
}

const problem = (status: number, code: string, detail: string): Answer => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: { type: `urn:longwire:problem:${code}`, title: 'a title', status, detail, code },
})

t.test('a publish is one request with the key of the business and one of its own', async test => {
  const { backend, requests } = await api(test, () => ({}))
  test.strictSame(await backend.publish({ ...message, ttlSeconds: 60 }), STORED)
  await backend.publish({
    ...message,
    to: { uid: 'amy', appcode: 1, ends: 'all' },
    body: Uint8Array.of(0, 255),
  })
  await backend.publish({ ...message, idempotencyKey: 'order-1' })
  const [first, second, third] = requests
  test.match(first, {
    url: '/v1/messages',
    headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
  })
  test.strictSame(first!.body, {
    to: { uid: 'amy', appcode: 1, ends: 'one' },
    msgtype: 7,
    body: 'hello',
    ttlSeconds: 60,
  })
  test.strictSame(second!.body, {
    to: { uid: 'amy', appcode: 1, ends: 'all' },
    msgtype: 7,
    bodyBase64: 'AP8=',
  })
  test.equal(third!.headers['idempotency-key'], 'order-1')
  const keys = new Set(requests.map(({ headers }) => headers['idempotency-key']))
  test.equal(keys.size, 3, 'every publish has a key of its own')
})

t.test('what can help is tried again under the same key', async test => {
  const answers: Answer[] = [
    { ...problem(429, 'BUSY', 'at its limit'), headers: { 'retry-after': '0' } },
    problem(503, 'UNAVAILABLE', 'no store'),
    { cut: true },
    { status: 502, body: 'a proxy' },
    {},
  ]
  const { backend, requests } = await api(test, (_request, index) => answers[index]!)
  test.strictSame(await backend.publish(message), STORED)
  test.equal(requests.length, 5)
  test.equal(new Set(requests.map(({ headers }) => headers['idempotency-key'])).size, 1)
})

t.test('Retry-After is waited for, with jitter behind it', async test => {
  const clock = new VirtualClock()
  const waits: number[] = []
  const watched = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    soon: (task: () => void) => clock.soon(task),
    after: (ms: number, task: () => void) => {
      if (ms === 10_000) return clock.after(ms, task)
      waits.push(ms)
      return clock.after(0, (setImmediate(() => clock.advance(0)), task))
    },
  }
  const { backend } = await api(
    test,
    (_request, index) =>
      index < 3 ? { ...problem(503, 'DRAINING', 'going'), headers: { 'retry-after': '2' } } : {},
    { clock: watched, random: () => 0.5 },
  )
  await backend.publish(message)
  test.strictSame(waits, [2100, 2200, 2400])
})

t.test('what cannot help is told at once, as a typed error', async test => {
  const { backend, requests } = await api(test, () =>
    problem(403, 'FORBIDDEN', 'not for appcode 1'),
  )
  await test.rejects(backend.publish(message), {
    name: 'LongwireError',
    code: 'FORBIDDEN',
    action: 'stop',
    message: /403 FORBIDDEN: not for appcode 1/,
  })
  test.equal(requests.length, 1)
  const strange = await api(test, () => ({ body: 'hello' }))
  await test.rejects(strange.backend.publish(message), {
    code: 'UNKNOWN',
    message: /is this the address of a Longwire API/,
  })
})

/** Lets the deadline pass after the first try has failed: its timer and that of the next try are set. */
const expire = async (clock: VirtualClock): Promise<void> => {
  while (clock.timers < 2) await turn()
  clock.advance(10_000)
}

t.test('a publish ends at its deadline, and names its key and the last failure', async test => {
  const clock = new VirtualClock()
  const answer = problem(503, 'UNAVAILABLE', 'no store')
  const { backend } = await api(test, () => answer, { clock, random: () => 0.5 })
  const rejected = test.rejects(backend.publish({ ...message, idempotencyKey: 'order-2' }), {
    code: 'TIMEOUT',
    action: 'retry',
    message: /within 10000 ms.*idempotencyKey "order-2".*UNAVAILABLE: no store/,
    cause: { code: 'UNAVAILABLE', action: 'retry' },
  })
  await expire(clock)
  await rejected
})

t.test('a publish can be called off, and close calls off all', async test => {
  let arrived: () => void = () => undefined
  const { backend } = await api(test, () => {
    arrived()
    return new Promise<Answer>(() => undefined)
  })
  for (const [end, code] of [
    ['signal', 'ABORTED'],
    ['close', 'CLOSED'],
  ] as const) {
    const waiting = new Promise<void>(resolve => {
      arrived = resolve
    })
    const controller = new AbortController()
    const publish = backend.publish({ ...message, signal: controller.signal })
    const rejected = test.rejects(publish, { code, action: 'stop' })
    await waiting
    if (end === 'signal') controller.abort()
    else await backend.close()
    await rejected
  }
  await test.rejects(backend.publish(message), { code: 'CLOSED' })
  await test.rejects(backend.publish({ ...message, signal: AbortSignal.abort() }), {
    code: 'ABORTED',
  })
})

t.test('fields are checked before anything is sent', async test => {
  const { backend, requests } = await api(test, () => ({}))
  const wrong: [Partial<Publish>, RegExp][] = [
    [{ to: { uid: '', appcode: 1 } }, /to\.uid has 0 bytes; use 1 to 64/],
    [{ to: { uid: 'é'.repeat(33), appcode: 1 } }, /to\.uid has 66 bytes/],
    [{ to: { uid: 'amy', appcode: 0 } }, /to\.appcode is 0; use 1 to 65535/],
    [{ msgtype: 1.5 }, /msgtype is 1\.5/],
    [{ body: 'x'.repeat(61_441) }, /body has 61441 bytes; send at most 61440/],
    [{ ttlSeconds: 0.5 }, /ttlSeconds is 0.5/],
    [{ maxDeferSeconds: 5 }, /maxDeferSeconds comes without mustWake/],
    [{ mustWake: true, maxDeferSeconds: 0 }, /maxDeferSeconds is 0/],
    [{ collapseKey: '' }, /collapseKey: use 1 to 64/],
    [{ idempotencyKey: 'two words' }, /idempotencyKey: use 1 to 128 visible ASCII/],
  ]
  for (const [change, text] of wrong) {
    await test.rejects(backend.publish({ ...message, ...change }), {
      code: 'INVALID',
      action: 'stop',
      message: text,
    })
  }
  test.equal(requests.length, 0)
})

t.test('many messages go in few requests and have a result each', async test => {
  let tries = 0
  const { backend, requests } = await api(test, ({ body }) => ({
    body: {
      results: body.messages.map(({ body: text }, index) => {
        if (text === 'busy' && tries++ === 0) return { error: problem(429, 'BUSY', 'full').body }
        if (text === 'bad') return { error: problem(404, 'UNKNOWN_APPCODE', 'unknown').body }
        return { ...STORED, seq: index }
      }),
    },
  }))
  const texts = ['fine', 'busy', 'bad', ...Array.from({ length: 600 }, () => 'more')]
  const messages: Publish[] = texts.map(body => ({ ...message, body }))
  messages.push({ ...message, msgtype: -1 }, { ...message, signal: AbortSignal.abort() })
  const results = await backend.publishMany(messages)
  test.equal(results.length, 605)
  test.strictSame(results[0], { ok: true, ...STORED, seq: 0 })
  test.match(results[1], { ok: true, seq: 0 })
  test.match(results[2], { ok: false, error: { code: 'UNKNOWN_APPCODE', action: 'stop' } })
  test.match(results[603], { ok: false, error: { code: 'INVALID' } })
  test.match(results[604], { ok: false, error: { code: 'ABORTED' } })
  test.equal(results.filter(({ ok }) => ok).length, 602)
  test.strictSame(
    requests.map(({ body }) => body.messages.length).sort((a, b) => a - b),
    [1, 103, 500],
  )
  test.ok(requests.every(({ url }) => url === '/v1/messages/batch'))
  const busy = requests.flatMap(({ body }) => body.messages).filter(({ body }) => body === 'busy')
  test.equal(busy.length, 2)
  test.equal(busy[0]!['idempotencyKey'], busy[1]!['idempotencyKey'])
})

t.test('a batch that is refused as a whole fails each of its messages', async test => {
  const { backend } = await api(test, () => problem(401, 'UNAUTHORIZED', 'no such key'))
  const results = await backend.publishMany([message, message])
  for (const result of results)
    test.match(result, { ok: false, error: { code: 'UNAUTHORIZED', action: 'stop' } })
  test.strictSame(await backend.publishMany([]), [])
})

t.test('each message of a batch that ran out of time names its own key', async test => {
  const clock = new VirtualClock()
  const answer = problem(503, 'UNAVAILABLE', 'no store')
  const { backend } = await api(test, () => answer, { clock, random: () => 0.5 })
  const keys = ['order-1', 'order-2']
  const publishes = keys.map(idempotencyKey => ({ ...message, idempotencyKey }))
  const many = backend.publishMany(publishes)
  await expire(clock)
  const results = await many
  for (const [index, key] of keys.entries()) {
    const text = new RegExp(`"${key}".*no store`)
    test.match(results[index], { ok: false, error: { code: 'TIMEOUT', message: text } })
  }
})

t.test('an address that is none is refused', async test => {
  test.throws(() => createBackend({ url: 'localhost:80', key: 'k' }), {
    code: 'BAD_FIELD',
    message: /must start with http:\/\//,
  })
})

t.test('many publishes at once, each with many tries, leak no listeners', async test => {
  const warnings: string[] = []
  const hear = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`)
  process.on('warning', hear)
  test.teardown(() => process.off('warning', hear))
  const { backend } = await api(test, (_, index) =>
    index < 20 * 15
      ? { ...problem(429, 'BUSY', 'at its limit'), headers: { 'retry-after': '0' } }
      : {},
  )
  const all = await Promise.all(Array.from({ length: 20 }, () => backend.publish(message)))
  test.equal(all.length, 20)
  await turn()
  test.same(warnings, [])
})
