import { tcpLinkServer } from '@longwire/kit'
import { request } from 'node:http'
import t, { type Test } from 'tap'
import { PROBLEMS, type ProblemBody } from '../../src/api/problems.ts'
import { KEY, startRig, tokenFor, type Rig } from '../rig.ts'
import { ELSEWHERE, OpenApi, type Document } from './openapi.ts'

const MESSAGES = '/v1/messages'
const BATCH = '/v1/messages/batch'
const MAILBOX = '/v1/mailboxes/{appcode}/{uid}'
const ROUTES = '/v1/routes/{appcode}/{uid}'

const start = async (
  t: Test,
  over: Parameters<typeof startRig>[1] = {},
): Promise<{ rig: Rig; api: OpenApi }> => {
  const rig = await startRig(t, {
    http: { devToken: async uid => ({ token: await tokenFor(uid) }) },
    ...over,
  })
  return {
    rig,
    api: new OpenApi((await (await rig.http('GET', '/openapi.json')).json()) as Document),
  }
}

const BASIC = `Basic ${KEY}`
const good = { to: { uid: 'ann', appcode: 1 }, body: 'hello' }

/** A wrong request: what is wrong, the request, and the status and code it is answered with. */
type Row = readonly [
  name: string,
  body: unknown,
  status: number,
  code: string,
  field?: string | undefined,
  headers?: Record<string, string>,
]

const WRONG: readonly Row[] = [
  ['no key', good, 401, 'UNAUTHORIZED', undefined, { authorization: '' }],
  ['an unknown key', good, 401, 'UNAUTHORIZED', undefined, { authorization: 'Bearer nobody' }],
  ['a key by another scheme', good, 401, 'UNAUTHORIZED', undefined, { authorization: BASIC }],
  ['an appcode of somebody else', { ...good, to: { uid: 'ann', appcode: 9 } }, 403, 'FORBIDDEN'],
  [
    'all ends where not all are ours',
    { ...good, to: { ...good.to, ends: 'all' } },
    403,
    'FORBIDDEN',
    undefined,
    { authorization: 'Bearer android-key' },
  ],
  ['an unknown appcode', { ...good, to: { uid: 'ann', appcode: 77 } }, 404, 'UNKNOWN_APPCODE'],
  ['no JSON', '{"to":', 400, 'BAD_JSON'],
  ['an empty body', '', 400, 'BAD_JSON'],
  ['a prototype in JSON', '{"__proto__":{"x":1}}', 400, 'BAD_JSON'],
  [
    'another type',
    'a=b',
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    undefined,
    { 'content-type': 'application/x-www-form-urlencoded' },
  ],
  ['a list', '[]', 422, 'INVALID', 'body'],
  ['a null', 'null', 422, 'INVALID', 'body'],
  ['no uid', { to: { appcode: 1 }, body: '' }, 422, 'INVALID', 'to/uid'],
  ['no to', { body: '' }, 422, 'INVALID', 'to'],
  ['an empty uid', { ...good, to: { uid: '', appcode: 1 } }, 422, 'INVALID', 'to/uid'],
  [
    'a uid of 66 bytes in 22 characters',
    { ...good, to: { uid: '語'.repeat(22), appcode: 1 } },
    422,
    'INVALID',
    'to/uid',
  ],
  [
    'half a character in the uid',
    '{"to":{"uid":"\\ud800","appcode":1},"body":""}',
    422,
    'INVALID',
    'to/uid',
  ],
  [
    'an appcode that is text',
    { ...good, to: { uid: 'ann', appcode: '1' } },
    422,
    'INVALID',
    'to/appcode',
  ],
  ['an appcode of zero', { ...good, to: { uid: 'ann', appcode: 0 } }, 422, 'INVALID', 'to/appcode'],
  ['an unknown property', { ...good, bodi: 'x' }, 422, 'INVALID', 'bodi'],
  [
    'an unknown property below',
    { ...good, to: { ...good.to, user: 'x' } },
    422,
    'INVALID',
    'to/user',
  ],
  ['unknown ends', { ...good, to: { ...good.to, ends: 'some' } }, 422, 'INVALID', 'to/ends'],
  ['neither body nor bodyBase64', { to: good.to }, 422, 'INVALID', 'body'],
  ['both body and bodyBase64', { ...good, bodyBase64: 'AA==' }, 422, 'INVALID', 'bodyBase64'],
  ['no base64', { to: good.to, bodyBase64: 'A' }, 422, 'INVALID', 'bodyBase64'],
  ['a body that is too long', { ...good, body: 'x'.repeat(61_441) }, 422, 'INVALID', 'body'],
  ['a msgtype beyond 16 bits', { ...good, msgtype: 65_536 }, 422, 'INVALID', 'msgtype'],
  ['a fraction', { ...good, msgtype: 1.5 }, 422, 'INVALID', 'msgtype'],
  [
    'what is never stored and must wait',
    { ...good, ttlSeconds: 0, collapseKey: 'k' },
    422,
    'INVALID',
    'ttlSeconds',
  ],
  ['an unknown urgency', { ...good, urgency: 'high' }, 422, 'INVALID', 'urgency'],
  ['a bound without must', { ...good, maxDeferSeconds: 9 }, 422, 'INVALID', 'maxDeferSeconds'],
  ['a collapse key with a space', { ...good, collapseKey: 'a b' }, 422, 'INVALID', 'collapseKey'],
  ['a ttl of 29 days', { ...good, ttlSeconds: 29 * 86_400 }, 422, 'INVALID', 'ttlSeconds'],
  [
    'a key that is too long',
    good,
    422,
    'INVALID',
    'headers/idempotency-key',
    { 'idempotency-key': 'k'.repeat(129) },
  ],
  ['1.1 MB', { ...good, body: 'x'.repeat(1_100_000) }, 413, 'BODY_TOO_LARGE'],
  ['10 MB', { ...good, body: 'x'.repeat(10_000_000) }, 413, 'BODY_TOO_LARGE'],
]

t.test('every wrong request is answered with a problem that names what is wrong', async t => {
  const { rig, api } = await start(t)
  for (const [name, body, status, code, field, headers] of WRONG) {
    const response = await rig.http('POST', MESSAGES, body, headers)
    const problem = (await api.check(t, response, 'POST', MESSAGES)) as ProblemBody
    t.equal(response.status, status, name)
    t.match(problem, { status, code }, name)
    t.equal(problem.type, `urn:longwire:problem:${code}`, name)
    if (field !== undefined) t.equal(problem.errors?.[0]?.field, field, name)
    if (status === 401) t.equal(response.headers.get('www-authenticate'), 'Bearer', name)
  }
  t.match(
    await (await rig.http('GET', '/v1/mailboxes/1/ann')).json(),
    { head: 0, messages: [] },
    'nothing of that was stored',
  )
})

t.test('a good message is answered with its ids', async t => {
  const { rig, api } = await start(t)
  const first = await api.check(t, await rig.http('POST', MESSAGES, good), 'POST', MESSAGES)
  t.match(first, { seq: 1, repeated: false, msgid: /^[0-9a-f]{16}$/, logid: /^[0-9a-f]{16}$/ })
  const bytes = {
    to: good.to,
    bodyBase64: Buffer.from([0, 255]).toString('base64'),
    msgtype: 9,
    ttlSeconds: 60,
  }
  t.match(await api.check(t, await rig.http('POST', MESSAGES, bytes), 'POST', MESSAGES), { seq: 2 })
  const second = await rig.http('POST', MESSAGES, good, { 'idempotency-key': 'k' })
  const ids = await api.check(t, second, 'POST', MESSAGES)
  const repeat = await rig.http('POST', MESSAGES, good, { 'idempotency-key': 'k' })
  t.same(await api.check(t, repeat, 'POST', MESSAGES), { ...(ids as object), repeated: true })
  const other = await rig.http(
    'POST',
    MESSAGES,
    { ...good, body: 'other' },
    { 'idempotency-key': 'k' },
  )
  t.match(await api.check(t, other, 'POST', MESSAGES), {
    status: 409,
    code: 'IDEMPOTENCY_CONFLICT',
  })
  const head = { ...good, to: { uid: '語 /?#%', appcode: 1 } }
  t.match(await api.check(t, await rig.http('POST', MESSAGES, head), 'POST', MESSAGES), { seq: 1 })
})

t.test('a mailbox is read page by page', async t => {
  const { rig, api } = await start(t)
  const read = async (path: string): Promise<unknown> =>
    api.check(t, await rig.http('GET', path), 'GET', MAILBOX)
  await rig.http('POST', MESSAGES, { ...good, msgtype: 3 })
  await rig.http('POST', MESSAGES, { to: good.to, bodyBase64: '/wA=' })
  await rig.http('POST', MESSAGES, { ...good, to: { uid: 'ann', appcode: 2, ends: 'one' } })
  t.match(await read('/v1/mailboxes/1/ann'), {
    head: 3,
    floor: 0,
    next: 3,
    more: false,
    messages: [
      { seq: 1, msgtype: 3, body: 'hello' },
      { seq: 2, msgtype: 0, bodyBase64: '/wA=' },
    ],
  })
  const terms = { urgency: 'low', mustWake: true, collapseKey: 'score' }
  const toBob = { ...good, to: { uid: 'bob', appcode: 1 } }
  for (const body of [{ ...toBob, ...terms }, toBob]) await rig.http('POST', MESSAGES, body)
  t.match(
    await read('/v1/mailboxes/1/bob'),
    {
      messages: [
        { seq: 1, ...terms },
        { seq: 2, urgency: 'normal', mustWake: undefined, collapseKey: undefined },
      ],
    },
    'it says when a message goes out, and what it replaces',
  )
  t.match(await read('/v1/mailboxes/1/ann?limit=1'), {
    next: 1,
    more: true,
    messages: [{ seq: 1 }],
  })
  t.match(await read('/v1/mailboxes/1/ann?after=1&limit=1'), { messages: [{ seq: 2 }] })
  t.match(await read('/v1/mailboxes/2/ann'), { messages: [{ seq: 3, body: 'hello' }] })
  t.match(
    await read('/v1/mailboxes/1/007'),
    { head: 0, messages: [] },
    'a uid of digits stays text',
  )
  t.match(await read('/v1/mailboxes/1/ann?limit=0'), {
    code: 'INVALID',
    errors: [{ field: 'querystring/limit' }],
  })
  t.match(await read('/v1/mailboxes/1/ann?after=x'), {
    code: 'INVALID',
    errors: [{ field: 'querystring/after' }],
  })
  t.match(await read('/v1/mailboxes/1/ann?page=2'), {
    code: 'INVALID',
    errors: [{ field: 'querystring/page' }],
  })
  t.match(await read('/v1/mailboxes/x/ann'), {
    code: 'INVALID',
    errors: [{ field: 'params/appcode' }],
  })
  t.match(await read('/v1/mailboxes/77/ann'), { code: 'UNKNOWN_APPCODE' })
  t.match(await read('/v1/mailboxes/9/ann'), { code: 'FORBIDDEN' })
  t.match(
    await api.check(
      t,
      await rig.http('GET', '/v1/mailboxes/1/ann', undefined, { authorization: '' }),
      'GET',
      MAILBOX,
    ),
    { code: 'UNAUTHORIZED' },
  )
  rig.faults.table = () => true
  const away = await rig.http('GET', '/v1/mailboxes/1/fresh')
  t.match(await api.check(t, away, 'GET', MAILBOX), { status: 503, code: 'UNAVAILABLE' })
  t.equal(away.headers.get('retry-after'), '2')
})

t.test('the routes of a user show where it is connected', async t => {
  const { rig, api } = await start(t)
  const read = async (path: string, headers = {}): Promise<unknown> =>
    api.check(t, await rig.http('GET', path, undefined, headers), 'GET', ROUTES)
  t.same(await read('/v1/routes/1/ann'), { routes: [] })
  const gate = await rig.gate('gate-7')
  await gate.login({ uid: 'ann', token: await tokenFor('ann'), slot: 4, generation: 2, dial: 11 })
  t.match(await read('/v1/routes/1/ann'), {
    routes: [{ device: 'phone', gate: 'gate-7@a', session: '4.2', dial: 11 }],
  })
  t.same(await read('/v1/routes/2/ann'), { routes: [] })
  t.match(await read('/v1/routes/77/ann'), { code: 'UNKNOWN_APPCODE' })
  t.match(await read('/v1/routes/9/ann'), { code: 'FORBIDDEN' })
  t.match(await read('/v1/routes/0/ann'), { code: 'INVALID' })
  t.match(await read('/v1/routes/1/ann', { authorization: '' }), { code: 'UNAUTHORIZED' })
  rig.faults.routes = true
  t.match(await read('/v1/routes/1/ann'), { code: 'UNAVAILABLE' })
})

t.test('each message of a batch succeeds or fails by itself', async t => {
  const { rig, api } = await start(t)
  const post = async (body: unknown, headers = {}): Promise<unknown> =>
    api.check(t, await rig.http('POST', BATCH, body, headers), 'POST', BATCH)
  const messages = [
    good,
    { ...good, to: { uid: 'ann', appcode: 9 } },
    { ...good, to: { uid: 'ann', appcode: 77 } },
    { to: good.to },
    { ...good, idempotencyKey: 'b' },
    { ...good, idempotencyKey: 'b' },
    { ...good, body: 'other', idempotencyKey: 'b' },
  ]
  const ids = { msgid: /^[0-9a-f]{16}$/, logid: /^[0-9a-f]{16}$/ }
  const { results } = (await post({ messages })) as {
    results: { seq?: number; repeated?: boolean }[]
  }
  t.match(results, [
    { ...ids, seq: 1, repeated: false },
    { error: { code: 'FORBIDDEN', status: 403 } },
    { error: { code: 'UNKNOWN_APPCODE' } },
    { error: { code: 'INVALID', errors: [{ field: 'body' }] } },
    { ...ids, seq: 2 },
    { ...ids, seq: 2 },
    { error: { code: 'IDEMPOTENCY_CONFLICT' } },
  ])
  t.match(await post({ messages: Array.from({ length: 1000 }, () => good) }), {
    results: Array.from({ length: 1000 }, () => ids),
  })
  t.match(await post({ messages: [] }), { code: 'INVALID', errors: [{ field: 'messages' }] })
  t.match(await post({ messages: Array.from({ length: 1001 }, () => good) }), {
    code: 'INVALID',
    errors: [{ field: 'messages' }],
  })
  t.match(await post({ messages: [good, { ...good, to: { uid: 7, appcode: 1 } }] }), {
    code: 'INVALID',
    errors: [{ field: 'messages/1/to/uid' }],
  })
  t.match(await post('nope'), { code: 'BAD_JSON' })
  t.match(await post({ messages: [good] }, { authorization: '' }), { code: 'UNAUTHORIZED' })
  t.match(await post('a', { 'content-type': 'text/html' }), { code: 'UNSUPPORTED_MEDIA_TYPE' })
  t.match(await post({ messages: [{ ...good, body: 'x'.repeat(1_100_000) }] }), {
    code: 'BODY_TOO_LARGE',
  })
})

t.test('the node says how it is, and why it is not ready', async t => {
  const { rig, api } = await start(t)
  const get = async (path: string): Promise<unknown> =>
    api.check(t, await rig.http('GET', path, undefined, { authorization: '' }), 'GET', path)
  t.same(await get('/healthz'), { status: 'ok' })
  t.same(await get('/readyz'), {
    ready: true,
    causes: [],
    warnings: [{ part: 'trunk', problem: 'no gate is linked' }],
    parts: {
      node: 'ok',
      draining: 'ok',
      registry: 'ok',
      routes: 'ok',
      trunk: 'no gate is linked',
      overload: 'ok',
      store: 'ok',
    },
  })
  await rig.http('POST', MESSAGES, good)
  await rig.http('POST', MESSAGES, 'wrong')
  const metrics = String(await get('/metrics'))
  t.match(metrics, /^longwire_logic_published_total 1$/m)
  t.match(metrics, /^longwire_http_problems_total\{code="BAD_JSON"\} 1$/m)
  rig.faults.table = () => true
  rig.faults.routes = true
  t.match(await get('/readyz'), {
    code: 'NOT_READY',
    causes: [{ part: 'routes' }, { part: 'store' }],
  })
  rig.faults.table = () => false
  rig.faults.routes = false
  await rig.logic.drain()
  t.match(await get('/readyz'), {
    code: 'NOT_READY',
    causes: [{ part: 'draining', problem: 'is draining' }],
  })
})

t.test('wrong paths, methods and bytes are answered with problems too', async t => {
  const { rig } = await start(t)
  const problem = async (response: Response): Promise<object> => {
    t.equal(response.headers.get('content-type'), 'application/problem+json')
    return { ...((await response.json()) as object), allow: response.headers.get('allow') }
  }
  t.match(await problem(await rig.http('GET', '/nowhere')), {
    status: 404,
    code: 'NOT_FOUND',
    allow: null,
  })
  t.match(await problem(await rig.http('GET', MESSAGES)), {
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    allow: 'POST',
  })
  t.match(await problem(await rig.http('DELETE', '/v1/mailboxes/1/ann?x=1')), {
    status: 405,
    allow: 'GET, HEAD',
  })
  t.match(await problem(await rig.http('GET', '/v1/mailboxes/1/%zz')), {
    status: 400,
    code: 'BAD_REQUEST',
  })
  t.match(await problem(await rig.http('GET', `/v1/mailboxes/1/${'x'.repeat(300)}`)), {
    status: 400,
  })
})

t.test('the page and the SDK are served where they are given', async t => {
  const sdkFile = `${t.testdir({ 'sdk.js': 'export {}' })}/sdk.js`
  const { rig } = await start(t, {
    http: { page: { html: '<!doctype html><title>x</title>', sdkFile } },
  })
  const page = await rig.http('GET', '/')
  t.match(page.headers.get('content-type'), 'text/html')
  t.match(await page.text(), '<title>')
  const sdk = await rig.http('GET', '/sdk.js')
  t.match(sdk.headers.get('content-type'), 'text/javascript')
  t.equal(await sdk.text(), 'export {}')
  t.equal(
    (await rig.http('POST', '/dev/token', { uid: 'ann', appcode: 1 })).status,
    404,
    'no tokens unless asked for',
  )
})

/** fetch does not let a caller choose the Host. */
const statusWithHost = (url: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const call = request(
      `${url}/dev/token`,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      response => {
        response.resume()
        resolve(response.statusCode ?? 0)
      },
    )
    call.on('error', reject)
    call.end(JSON.stringify({ uid: 'ann', appcode: 1 }))
  })

t.test('development tokens are for this machine only', async t => {
  const { rig, api } = await start(t)
  const ask = async (body: unknown, headers = {}): Promise<unknown> =>
    api.check(t, await rig.http('POST', '/dev/token', body, headers), 'POST', '/dev/token')
  const { token } = (await ask({ uid: 'ann', appcode: 1 })) as { token: string }
  const gate = await rig.gate()
  t.match(await gate.login({ uid: 'ann', token }), { code: 0 })
  t.match(await ask({ uid: 'ann', appcode: 1 }, { 'x-forwarded-for': '203.0.113.1' }), {
    code: 'FORBIDDEN',
  })
  t.equal(await statusWithHost(rig.url, { host: 'evil.example' }), 403)
  t.equal(await statusWithHost(rig.url, { host: 'localhost:8080' }), 200)
  t.match(await ask({ uid: 'ann', appcode: 77 }), { code: 'UNKNOWN_APPCODE' })
  t.match(await ask({ uid: 'ann' }), { code: 'INVALID' })
  t.match(await ask('x'), { code: 'BAD_JSON' })
})

t.test('the document is OpenAPI 3.1 and says what every operation may answer', async t => {
  const { rig, api } = await start(t, { backend: tcpLinkServer('127.0.0.1:0') })
  const { document } = api
  t.match(document, {
    openapi: '3.1.0',
    components: {
      schemas: { Problem: { type: 'object' } },
      securitySchemes: { apiKey: { scheme: 'bearer' } },
    },
  })
  t.same(
    Object.keys(document.paths)
      .filter(path => !ELSEWHERE.includes(path) && !/^.v1.(topics|subscriptions)/.test(path))
      .toSorted(),
    [
      '/dev/token',
      '/healthz',
      '/metrics',
      '/readyz',
      '/v1/gates',
      '/v1/gates/{id}/hints',
      '/v1/events',
      '/v1/online',
      '/v1/revocations',
      '/v1/revocations/{id}',
      '/v1/stats/arrival',
      MAILBOX,
      BATCH,
      MESSAGES,
      ROUTES,
    ].toSorted(),
  )
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      t.ok(operation.operationId, `${method} ${path} has a name`)
      t.ok(
        Object.entries(operation.responses).every(
          ([status, response]) =>
            response.description.length > 1 && (response.content !== undefined || status === '304'),
        ),
      )
    }
  }
  t.match(document.paths[MESSAGES]?.['post'], { security: [{ apiKey: [] }] })
  t.match(JSON.stringify(document.paths[MESSAGES]?.['post']), /"examples?":/)
  t.ok(rig.addresses.backend)
})

t.test('statuses and codes of the table are sound', t => {
  for (const [code, row] of Object.entries(PROBLEMS)) {
    t.match(code, /^[A-Z_]+$/)
    t.ok(row.status >= 400 && row.status < 600)
    t.equal(
      'retryAfterMs' in row,
      row.status === 429 || row.status === 503,
      `${code}: who may try again is told when`,
    )
  }
  t.end()
})
