import {
  createClient,
  memoryCursors,
  type ClientOptions,
  type Publication,
  type Subscription,
} from '@longwire/client/node'
import { signToken } from '@longwire/logic'
import t, { type Test } from 'tap'
import { startAll, type RunningAll } from '../src/compose/all.ts'
import { silent, trialConfig } from './support.ts'

t.setTimeout(180_000)

const NAMESPACES = [
  { name: 'news', history: { messages: 50, seconds: 3_600 } },
  { name: 'room', presence: true, publish: 'anyone' },
  { name: 'own', subscribe: 'own:{uid}', publish: 'own:{uid}' },
  { name: 'tick', history: { messages: 0, seconds: 1 }, publish: 'anyone' },
  { name: 'inner', subscribe: 'backend' },
  { name: 'small', maxSubscribers: 1 },
  { name: 'short', history: { messages: 5, seconds: 3_600 } },
]

const start = async (t: Test, over: object = {}): Promise<RunningAll> => {
  const config = trialConfig(t.testdir(), {
    apps: [{ appcode: 1, sessions: 8 }, { appcode: 2 }],
    topics: { namespaces: NAMESPACES, perSession: 6 },
    ...over,
  })
  const running = await startAll(config, silent)
  t.teardown(() => running.stop())
  return running
}

const clientOf = (
  { dev, addresses }: RunningAll,
  transport: 'tcp' | 'ws',
  uid: string,
  over: Partial<ClientOptions> = {},
) =>
  createClient({
    urls: [addresses[transport] ?? ''],
    appcode: 1,
    uid,
    device: `${uid}-${transport}`,
    token: () => signToken(dev?.secret ?? '', { uid, ttlSeconds: 60, nowMs: Date.now() }),
    cursors: memoryCursors(),
    ...over,
  })

/** The HTTP API with the key of the server. */
const api = async (
  { addresses, dev }: RunningAll,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: { [field: string]: unknown } }> => {
  const response = await fetch(`${addresses.http}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${dev?.key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as { [field: string]: unknown } }
}

const publish = async (running: RunningAll, topic: string, bodies: readonly string[]) => {
  const messages = bodies.map(body => ({ body }))
  const path = `/v1/topics/${encodeURIComponent(topic)}/publications`
  const { status, body } = await api(running, 'POST', path, { appcode: 1, messages })
  return { status, results: body['results'] as { seq?: number; error?: { code: string } }[] }
}

/** What comes of a subscription, to be waited for. */
const heard = (subscription: Subscription) => {
  const texts: string[] = []
  const all: Publication[] = []
  let check = (): void => undefined
  subscription.on('publication', publication => {
    texts.push(publication.text())
    all.push(publication)
    check()
  })
  const count = (wanted: number): Promise<string[]> =>
    new Promise(resolve => {
      check = () => {
        if (texts.length >= wanted) resolve(texts)
      }
      check()
    })
  return { texts, all, count }
}

const once = <K extends 'subscribed' | 'gap' | 'unsubscribed' | 'join' | 'leave' | 'occupancy'>(
  subscription: Subscription,
  event: K,
) =>
  new Promise<Parameters<Parameters<typeof subscription.on<K>>[1]>[0]>(resolve => {
    const stop = subscription.on(event, value => {
      stop()
      resolve(value)
    })
  })

t.test('topics of one server, over TCP and WebSocket', async t => {
  const running = await start(t)
  await using ann = clientOf(running, 'tcp', 'ann')
  await using bob = clientOf(running, 'ws', 'bob')
  await Promise.all([ann.connect(), bob.connect()])

  await t.test('a publication reaches all who have the topic, in order', async t => {
    const [ofPhone, ofBrowser] = [ann.subscribe('news:a'), bob.subscribe('news:a')]
    const [atPhone, atBrowser] = [heard(ofPhone), heard(ofBrowser)]
    t.match(await once(ofPhone, 'subscribed'), { cursor: { seq: 0 } })
    await once(ofBrowser, 'subscribed')
    const { results } = await publish(running, 'news:a', ['one', 'two', 'three'])
    t.strictSame(
      results.map(({ seq }) => seq),
      [1, 2, 3],
    )
    t.strictSame(await atPhone.count(3), ['one', 'two', 'three'])
    t.strictSame(await atBrowser.count(3), ['one', 'two', 'three'])
    await publish(running, 'news:b', ['of another topic'])
    await ofPhone.unsubscribe()
    await publish(running, 'news:a', ['four'])
    t.strictSame(await atBrowser.count(4), ['one', 'two', 'three', 'four'])
    t.strictSame(atPhone.texts, ['one', 'two', 'three'], 'who has left hears nothing')
    await ofBrowser.unsubscribe()
  })

  await t.test('who comes back gets what it missed, once; what is gone is told', async t => {
    const cursors = memoryCursors()
    const first = clientOf(running, 'tcp', 'carl', { cursors })
    await first.connect()
    const before = first.subscribe('short:x', { keep: true })
    const atFirst = heard(before)
    await once(before, 'subscribed')
    await publish(running, 'short:x', ['1', '2'])
    await atFirst.count(2)
    await first.close()
    await publish(running, 'short:x', ['3', '4'])
    await using second = clientOf(running, 'ws', 'carl', { cursors, device: 'carl-tcp' })
    await second.connect()
    const again = second.subscribe('short:x', { keep: true })
    const atSecond = heard(again)
    t.match(await once(again, 'subscribed'), { recovered: true })
    t.strictSame(await atSecond.count(2), ['3', '4'])
    const old = second.subscribe('short:y', { since: again.cursor })
    t.match(await once(old, 'subscribed'), { recovered: false }, 'a cursor beyond the end')
    const late = clientOf(running, 'tcp', 'dora')
    await late.connect()
    await publish(
      running,
      'short:x',
      Array.from({ length: 60 }, (_, n) => `m${n}`),
    )
    // What is too much is removed behind the answer.
    const trimmed = '/v1/topics/short%3Ax/publications?appcode=1&after=4'
    for (let gap: unknown = false; gap !== true;)
      gap = (await api(running, 'GET', trimmed)).body['gap']
    const { epoch } = again.cursor
    const gapped = late.subscribe('short:x', { since: { epoch, seq: 4 } })
    const gap = once(gapped, 'gap')
    const atLate = heard(gapped)
    const { from, to } = await gap
    t.equal(from, 5)
    t.ok(to >= 40 && to < 64, `up to ${to} is gone`)
    t.equal((await atLate.count(64 - to)).at(-1), 'm59')
    await late.close()
  })

  await t.test('a namespace says who may subscribe and publish', async t => {
    const denied = ann.subscribe('own:bob')
    t.match(await once(denied, 'unsubscribed'), { code: 'TOPIC_FORBIDDEN' })
    const own = ann.subscribe('own:ann')
    const atOwn = heard(own)
    await once(own, 'subscribed')
    t.match(await ann.publish('own:ann', 'mine'), { seq: 1 })
    t.strictSame(await atOwn.count(1), ['mine'])
    t.match(atOwn.all[0]?.from, { uid: 'ann' })
    await t.rejects(ann.publish('own:bob', 'x'), { code: 'TOPIC_FORBIDDEN' })
    await t.rejects(ann.publish('news:a', 'x'), { code: 'TOPIC_FORBIDDEN' })
    await t.rejects(ann.publish('nowhere:a', 'x'), { code: 'UNKNOWN_NAMESPACE' })
    await t.rejects(ann.publish('system:all', 'x'), { code: 'TOPIC_FORBIDDEN' })
    await t.rejects(ann.publish('x'.repeat(129), 'x'), { code: 'BAD_TOPIC' })
    await t.rejects(ann.publish('nocolon', 'x'), { code: 'BAD_FIELD' })
    const key = 'same'
    const { seq } = await bob.publish('room:keyed', 'once', { key })
    t.match(await bob.publish('room:keyed', 'once', { key }), { seq }, 'a repeat changes nothing')
    t.match(await once(ann.subscribe('inner:x'), 'unsubscribed'), { code: 'TOPIC_FORBIDDEN' })
    await once(ann.subscribe('small:x'), 'subscribed')
    let busy = false
    const second = bob.subscribe('small:x')
    second.on('subscribed', () => void (busy = true))
    await bob.history('small:x')
    t.notOk(busy, 'a topic that is full is tried again later')
    await second.unsubscribe()
    for (const name of ['news:1', 'news:2', 'news:3', 'news:4']) ann.subscribe(name)
    t.match(await once(ann.subscribe('news:5'), 'unsubscribed'), { code: 'TOPIC_LIMIT' })
    for (const name of ['news:1', 'news:2', 'news:3', 'news:4', 'small:x', 'own:ann'])
      await ann.subscribe(name).unsubscribe()
  })

  await t.test('what a namespace does not store reaches those who are there', async t => {
    const ticking = bob.subscribe('tick:x')
    const atBob = heard(ticking)
    await once(ticking, 'subscribed')
    t.match(await ann.publish('tick:x', 'now', { msgtype: 7 }), { seq: 0 })
    t.strictSame(await atBob.count(1), ['now'])
    t.match(atBob.all[0], { seq: 0, msgtype: 7, from: { uid: 'ann' }, topic: 'tick:x' })
    await t.rejects(bob.history('tick:x'), { code: 'NO_HISTORY' })
    await ticking.unsubscribe()
  })

  await t.test('history is read by the client and by the API', async t => {
    await publish(running, 'news:h', ['a', 'b', 'c'])
    const { cursor } = await bob.history('news:h')
    t.match(cursor, { seq: 3 })
    const page = await bob.history('news:h', { ...cursor, seq: 1 }, 1)
    t.strictSame(
      page.publications.map(each => each.text()),
      ['b'],
    )
    t.match(page, { whole: true, more: true, cursor: { seq: 2 } })
    const path = '/v1/topics/news%3Ah/publications'
    t.match(await api(running, 'GET', `${path}?appcode=1&limit=2`), {
      status: 200,
      body: { head: 3, gap: false, more: false, publications: [{ body: 'b' }, { body: 'c' }] },
    })
    t.match(await api(running, 'GET', `${path}?appcode=7`), { status: 404 })
    t.match(await publish(running, 'bad', ['x']), { status: 422 })
    t.match(await publish(running, 'none:x', ['x']), { status: 404 })
  })

  await t.test('who has a topic, who comes and who goes', async t => {
    const room = ann.subscribe('room:p', { events: true })
    await once(room, 'subscribed')
    const comers = new Set<string>()
    const joined = new Promise<void>(resolve =>
      room.on('join', ({ uid }) => {
        comers.add(uid)
        if (comers.size === 2) resolve()
      }),
    )
    const other = bob.subscribe('room:p')
    await once(other, 'subscribed')
    const present = await ann.presence('room:p')
    t.equal(present.count, 2)
    t.strictSame(present.members.map(({ uid }) => uid).toSorted(), ['ann', 'bob'])
    await joined
    t.strictSame([...comers].toSorted(), ['ann', 'bob'], 'within a second')
    t.match(await api(running, 'GET', '/v1/topics/room%3Ap/presence?appcode=1'), {
      body: { count: 2 },
    })
    t.match(await api(running, 'GET', '/v1/topics?appcode=1&behind=room%3A'), {
      body: { topics: [{ topic: 'room:p', count: 2 }] },
    })
    const left = once(room, 'leave')
    await other.unsubscribe()
    t.match(await left, { uid: 'bob', device: 'bob-ws' })
    await t.rejects(ann.presence('news:a'), { code: 'NO_PRESENCE' })
    await room.unsubscribe()
  })

  await t.test(
    'a backend subscribes a user: each end of it has the topic, now and later',
    async t => {
      const path = '/v1/topics/inner%3Aeve/subscriptions/eve?appcode=1'
      await using early = clientOf(running, 'tcp', 'eve')
      await early.connect()
      const granted = new Promise<Subscription>(resolve => early.on('topic', resolve))
      t.match(await api(running, 'PUT', path), { body: { topics: ['inner:eve'] } })
      const atEarly = heard(await granted)
      await using later = clientOf(running, 'ws', 'eve')
      const atLogin = new Promise<Subscription>(resolve => later.on('topic', resolve))
      await later.connect()
      const atLater = heard(await atLogin)
      await publish(running, 'inner:eve', ['for eve'])
      t.strictSame(await atEarly.count(1), ['for eve'])
      t.strictSame(await atLater.count(1), ['for eve'])
      const ended = once(await granted, 'unsubscribed')
      t.match(await api(running, 'DELETE', path), { body: { topics: [] } })
      t.match(await ended, { code: 'UNSUBSCRIBED' })
      t.match(await api(running, 'GET', '/v1/subscriptions/1/eve'), { body: { topics: [] } })
    },
  )

  await t.test('what is for everybody comes without a subscription', async t => {
    const told: string[] = []
    const all = new Promise<void>(resolve => {
      for (const client of [ann, bob])
        client.on('broadcast', publication => {
          told.push(`${publication.topic} ${publication.text()}`)
          if (told.length === 4) resolve()
        })
    })
    await publish(running, 'system:all', ['hello'])
    await publish(running, 'system:app:1', ['phones'])
    await publish(running, 'system:app:2', ['others'])
    await all
    t.strictSame(told.toSorted(), [
      'system:all hello',
      'system:all hello',
      'system:app:1 phones',
      'system:app:1 phones',
    ])
    t.match((await publish(running, 'system:app:9', ['x'])).results, [
      { error: { code: 'INVALID' } },
    ])
    const since = { ...(await bob.history('system:all')).cursor, seq: 0 }
    const recovered = bob.subscribe('system:all', { since })
    t.strictSame(await heard(recovered).count(1), ['hello'], 'and can be read later')
  })

  await t.test('the document of the API has everything about topics', async t => {
    const { body } = await api(running, 'GET', '/openapi.json')
    t.same(
      Object.keys(body['paths'] ?? {})
        .filter(path => /^.v1.(topics|subscriptions)/.test(path))
        .map(path => path.replace('/v1/', ''))
        .toSorted(),
      [
        'subscriptions/{appcode}/{uid}',
        'topics',
        'topics/namespaces',
        'topics/namespaces/{name}',
        'topics/{topic}/presence',
        'topics/{topic}/publications',
        'topics/{topic}/subscriptions/{uid}',
      ],
    )
  })

  await t.test('namespaces are set while it runs', async t => {
    await t.rejects(ann.publish('fresh:a', 'x'), { code: 'UNKNOWN_NAMESPACE' })
    const path = '/v1/topics/namespaces/fresh'
    t.match(await api(running, 'PUT', path, { publish: 'anyone' }), { status: 200 })
    t.match(await ann.publish('fresh:a', 'x'), { seq: 1 })
    t.match(await api(running, 'PUT', path, { publish: 'some' }), { status: 422 })
    const { body } = await api(running, 'DELETE', path)
    t.notMatch(body, { namespaces: [{ name: 'fresh' }] })
    await t.rejects(ann.publish('fresh:a', 'x'), { code: 'UNKNOWN_NAMESPACE' })
  })
})
