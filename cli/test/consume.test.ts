import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createRelay, connect, type AddressInfo, type Socket } from 'node:net'
import {
  createBackend,
  RetryAfter,
  verifyRecord,
  type Backend,
  type ConsumedRecord,
} from '@longwire/client/backend'
import t, { type Test } from 'tap'
import { startAll, type RunningAll } from '../src/compose/all.ts'
import { run, silent, trialConfig } from './support.ts'

t.setTimeout(120_000)
t.jobs = 4

const KEY = 'billing-key-0123456789'
const businesses = [{ name: 'billing', key: KEY, appcodes: [1], reads: ['orders*'] }]
const kafka = process.env['LONGWIRE_TEST_KAFKA']

const start = async (t: Test, data: string, overrides: object = {}): Promise<RunningAll> => {
  const running = await startAll(trialConfig(data, { businesses, ...overrides }), silent)
  t.teardown(() => running.stop())
  return running
}

const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  const end = performance.now() + 60_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** The HTTP API as an operator, or as the business. */
const api = (running: RunningAll, key = running.dev?.key ?? '') => {
  return async (
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(new URL(path, running.addresses.http), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    return { status: response.status, body: await response.json() }
  }
}

const makeTopic = async (running: RunningAll, topic: string, partitions = 4): Promise<void> => {
  const { status } = await api(running)('PUT', `/v1/bus/topics/${topic}`, {
    partitions,
    retentionHours: 1,
  })
  if (status !== 200) throw new Error(`the topic was answered ${status}`)
}

const send = async (
  running: RunningAll,
  topic: string,
  records: readonly { readonly key: string; readonly body: string }[],
): Promise<void> => {
  const { status } = await api(running)('POST', `/v1/bus/topics/${topic}/records`, { records })
  if (status !== 200) throw new Error(`records were answered ${status}`)
}

const backendOf = ({ addresses }: RunningAll, key = KEY): Backend =>
  createBackend({ url: addresses.backend ?? '', key })
const textOf = ({ body }: ConsumedRecord): string => Buffer.from(body).toString()
const numbered = (count: number, keys: number): { key: string; body: string }[] =>
  Array.from({ length: count }, (_, n) => ({ key: `k${n % keys}`, body: `${n}` }))

const stores = kafka === undefined ? ['embedded'] : ['embedded', 'kafka']
for (const kind of stores) {
  const bus = kind === 'kafka' ? { kind, kafka: { brokers: [kafka] } } : { kind }
  const unique = `orders-${kind}-${process.pid}`

  t.test(`records reach handlers of each group, each key in order (${kind})`, async t => {
    const running = await start(t, t.testdir(), { bus })
    const topic = `${unique}-a`
    await makeTopic(running, topic)
    const end = new AbortController()
    const [one, two] = [`one-${process.pid}`, `two-${process.pid}`]
    const seen: Record<string, string[]> = { [one]: [], [two]: [] }
    await using first = backendOf(running)
    await using second = backendOf(running)
    const handle = (group: string) => (record: ConsumedRecord) =>
      void seen[group]?.push(textOf(record))
    const options = { topics: [topic], signal: end.signal }
    const running_ = [
      first.consume({ ...options, group: one }, handle(one)),
      second.consume({ ...options, group: one }, handle(one)),
      second.consume({ ...options, group: two }, handle(two)),
    ]
    await send(running, topic, numbered(200, 7))
    await until('both groups have all', () => seen[one]!.length + seen[two]!.length >= 400)
    for (const texts of Object.values(seen)) {
      t.equal(new Set(texts).size, 200)
      for (let key = 0; key < 7; key++) {
        const numbers = texts.map(Number).filter(n => n % 7 === key)
        t.same(
          numbers,
          numbers.toSorted((a, b) => a - b),
          `key ${key}`,
        )
      }
    }
    await until('the groups are at the end', async () => {
      const { body } = await api(running, KEY)('GET', '/v1/bus/groups')
      // A broker that is busy may have it answered 503: asked again.
      const { groups = [] } = body as { groups?: { group: string; lag: number }[] }
      const own = groups.filter(({ group }) => group === one || group === two)
      return own.length >= 2 && own.every(({ lag }) => lag === 0)
    })
    end.abort()
    await Promise.all(running_)
  })

  t.test(
    `what fails comes again, then is set aside; its key waits, others do not (${kind})`,
    async t => {
      const running = await start(t, t.testdir(), { bus })
      const topic = `${unique}-b`
      const group = `g-${kind}-${process.pid}`
      await makeTopic(running, topic, 1)
      const end = new AbortController()
      const seen: string[] = []
      await using backend = backendOf(running)
      const consuming = backend.consume(
        { group, topics: [topic], attempts: 3, signal: end.signal },
        record => {
          seen.push(`${textOf(record)}#${record.attempt}`)
          if (textOf(record) === 'poison') throw new RetryAfter(50, 'cannot read it')
        },
      )
      await send(running, topic, [
        { key: 'a', body: 'poison' },
        { key: 'a', body: 'behind' },
        { key: 'b', body: 'beside' },
      ])
      await until('the key goes on', () => seen.includes('behind#1'))
      t.same(
        seen.filter(text => !text.startsWith('beside')),
        ['poison#1', 'poison#2', 'poison#3', 'behind#1'],
      )
      t.ok(seen.indexOf('beside#1') < seen.indexOf('poison#3'), 'another key did not wait')
      const ask = api(running, KEY)
      const letters = await ask('GET', `/v1/bus/groups/${group}/dead-letters`)
      t.match(letters.body, {
        deadLetters: [{ topic, key: 'a', body: 'poison', tries: 3, reason: 'cannot read it' }],
      })
      t.same(await ask('POST', `/v1/bus/groups/${group}/dead-letters/replay`, {}), {
        status: 200,
        body: { count: 1 },
      })
      await until('it came again', () => seen.filter(text => text === 'poison#1').length === 2)
      await until('it is set aside again', async () => {
        const { body } = await ask('POST', `/v1/bus/groups/${group}/dead-letters/purge`, {})
        return (body as { count: number }).count === 1
      })
      end.abort()
      await consuming
    },
  )
}

t.test('a lease that ran out is another one’s: its late ACK is refused', async t => {
  const running = await start(t, t.testdir())
  await makeTopic(running, 'orders', 1)
  const end = new AbortController()
  const late: string[] = []
  const seen: number[] = []
  await using backend = backendOf(running)
  let release = (): void => undefined
  const stuck = new Promise<void>(resolve => (release = resolve))
  const consuming = backend.consume(
    {
      group: 'g',
      topics: ['orders'],
      visibilitySeconds: 1,
      signal: end.signal,
      onLate: ({ id }) => late.push(id),
    },
    async ({ attempt }) => {
      seen.push(attempt)
      if (attempt === 1) await stuck
    },
  )
  await send(running, 'orders', [{ key: 'a', body: 'slow' }])
  await until('it came again while the first one still works', () => seen.length === 2)
  release()
  await until('the late one is told so', () => late.length === 1)
  t.same(seen, [1, 2])
  t.same(late, ['orders/0/0'], 'the id stays the same')
  end.abort()
  await consuming
})

t.test('a lost connection loses nothing; another node goes on where one stops', async t => {
  const folder = t.testdir({ store: {}, first: {}, second: {} })
  const store = `lmdb:${folder}/store`
  const first = await start(t, `${folder}/first`, { store })
  const second = await start(t, `${folder}/second`, { store })
  await makeTopic(first, 'orders')
  const sockets = new Set<Socket>()
  const target = new URL(first.addresses.backend ?? '')
  const relay = createRelay(socket => {
    const there = connect(Number(target.port), target.hostname)
    for (const each of [socket, there]) sockets.add(each.on('error', () => undefined))
    socket.pipe(there).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  t.teardown(() => relay.close())
  const url = `tcp://127.0.0.1:${(relay.address() as AddressInfo).port}`
  const end = new AbortController()
  const seen = new Set<string>()
  await using near = createBackend({ url, key: KEY })
  await using far = backendOf(second)
  const options = { group: 'g', topics: ['orders'], signal: end.signal }
  const handle = (record: ConsumedRecord): void => void seen.add(textOf(record))
  const consuming = [near.consume(options, handle)]
  await send(first, 'orders', numbered(100, 10))
  await until('the first hundred came', () => seen.size === 100)
  for (const socket of sockets) socket.destroy()
  await send(first, 'orders', numbered(200, 10).slice(100))
  await until('it is connected again', () => seen.size === 200)
  consuming.push(far.consume(options, handle))
  await send(second, 'orders', numbered(300, 10).slice(200))
  await until('both nodes give it to somebody', () => seen.size === 300)
  await first.stop()
  await send(second, 'orders', numbered(400, 10).slice(300))
  await until('the other node has it all', () => seen.size === 400)
  end.abort()
  await Promise.all(consuming)
})

t.test('a loop takes one after the other; leaving it gives back what it has', async t => {
  const running = await start(t, t.testdir())
  await makeTopic(running, 'orders', 1)
  await send(running, 'orders', numbered(5, 1))
  await using backend = backendOf(running)
  const taken: string[] = []
  for await (const record of backend.consume({ group: 'g', topics: ['orders'] })) {
    taken.push(textOf(record))
    if (taken.length === 3) break
  }
  for await (const record of backend.consume({ group: 'g', topics: ['orders'] })) {
    taken.push(`${textOf(record)}#${record.attempt}`)
    if (taken.length === 6) break
  }
  t.same(taken, ['0', '1', '2', '2#1', '3#1', '4#1'], 'the third was not done')
})

t.test('who may not is told why', async t => {
  const running = await start(t, t.testdir())
  await using backend = backendOf(running)
  await t.rejects(
    backend.consume({ group: 'g', topics: ['secrets'] }, () => undefined),
    { code: 'FORBIDDEN', message: /topic secrets/ },
  )
  await t.rejects(
    backend.consume({ group: 'a/b', topics: ['orders'] }, () => undefined),
    { code: 'INVALID' },
  )
  const http = createBackend({ url: running.addresses.http ?? '', key: KEY })
  t.throws(() => http.consume({ group: 'g', topics: ['orders'] }), { code: 'UNSUPPORTED' })
  const own = api(running, KEY)
  t.match(await own('PUT', '/v1/bus/topics/orders', { partitions: 1, retentionHours: 1 }), {
    status: 403,
  })
  t.match(await own('POST', '/v1/bus/groups/g/seek', { topic: 'nowhere', to: 'latest' }), {
    status: 403,
  })
  t.match(await own('POST', '/v1/bus/groups/g/seek', { topic: 'orders', to: 'latest' }), {
    status: 404,
    body: { code: 'NOT_FOUND' },
  })
})

t.test('a subscription POSTs records, signed, again until they are taken', async t => {
  const secret = 'a-secret-for-the-webhook'
  const asked: { id: string; body: string; attempt: number }[] = []
  let refuse = 1
  const hook = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const signature = String(request.headers['longwire-signature'])
      const { id, attempt, body: bytes } = verifyRecord({ body, secret, signature })
      asked.push({ id, attempt, body: Buffer.from(bytes).toString() })
      response.writeHead(refuse-- > 0 ? 500 : 204).end()
    })
  }).listen(0, '127.0.0.1')
  await once(hook, 'listening')
  t.teardown(() => hook.close())
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/orders`
  const folder = t.testdir({ open: {}, guarded: {} })
  const running = await start(t, `${folder}/open`, { bus: { webhookAllow: ['127.0.0.0/8'] } })
  await makeTopic(running, 'orders', 2)
  const ask = api(running, KEY)
  const wanted = { topics: ['orders'], url, secret, from: 'earliest' }
  t.match(await ask('PUT', '/v1/bus/subscriptions/shop', wanted), {
    status: 200,
    body: { url, attempts: 20 },
  })
  t.notMatch((await ask('GET', '/v1/bus/subscriptions')).body, { subscriptions: [{ secret }] })
  await send(running, 'orders', [{ key: 'a', body: 'one' }])
  await until('it was taken at the second try', () => asked.length === 2)
  t.match(asked, [
    { body: 'one', attempt: 1 },
    { body: 'one', attempt: 2 },
  ])
  t.equal(asked[0]?.id, asked[1]?.id, 'the same id')
  t.match(await ask('DELETE', '/v1/bus/subscriptions/shop'), { status: 200 })
  t.match(await ask('DELETE', '/v1/bus/subscriptions/shop'), { status: 404 })
  const guarded = await start(t, `${folder}/guarded`)
  await makeTopic(guarded, 'orders', 1)
  const there = api(guarded, KEY)
  await there('PUT', '/v1/bus/subscriptions/shop', { ...wanted, attempts: 1 })
  await send(guarded, 'orders', [{ key: 'a', body: 'never' }])
  await until('it is a dead letter', async () => {
    const { body } = await there('GET', '/v1/bus/groups/shop/dead-letters')
    return JSON.stringify(body).includes('not on the internet')
  })
  t.notOk(asked.some(({ body }) => body === 'never'))
})

t.test('from a terminal: make a topic, send, consume, look at groups', async t => {
  const data = t.testdir()
  const running = await start(t, data)
  const { http = '', backend = '' } = running.addresses
  const key = running.dev?.key ?? ''
  const asked = ['--url', http, '--key', key]
  t.match(
    await run(['bus', 'orders', '--create', '--send', 'hello', '--record-key', 'a', ...asked]),
    {
      code: 0,
      out: /published to orders/,
    },
  )
  t.match(await run(['bus', ...asked]), { out: /orders +8 +1 +168 h/ })
  const taken = await run([
    'consume',
    '--topic',
    'orders',
    '--group',
    'g',
    '--count',
    '1',
    '--url',
    backend,
    '--key',
    key,
  ])
  t.match(taken, { code: 0, out: /orders\/\d\/0 {2}a {2}hello/ })
  t.match(await run(['groups', ...asked]), { out: /g +1 +orders/ }, 'it left before it was done')
  t.match(await run(['groups', 'g', '--dead', ...asked]), { code: 0, out: '' })
})
