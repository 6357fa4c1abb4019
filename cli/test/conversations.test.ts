import { createServer } from 'node:http'
import {
  createClient,
  type Client,
  type ClientOptions,
  type Message,
  type ReadEvent,
} from '@longwire/client/node'
import { createBackend } from '@longwire/client/backend'
import { signToken } from '@longwire/logic'
import t, { type Test } from 'tap'
import { startAll, type RunningAll } from '../src/compose/all.ts'
import { silent, trialConfig } from './support.ts'

const start = async (t: Test, conversations: object, stack: object = {}): Promise<RunningAll> => {
  const overrides = { apps: [{ appcode: 1, sessions: 3 }], conversations, ...stack }
  const running = await startAll(trialConfig(t.testdir(), overrides), silent)
  t.teardown(() => running.stop())
  return running
}

/** An end, and what it is told. */
class End {
  readonly messages: Message[] = []
  readonly retracts: Message[] = []
  readonly reads: ReadEvent[] = []
  readonly client: Client
  #wake: () => void = () => undefined

  constructor(
    { dev, addresses }: RunningAll,
    uid: string,
    over: Partial<ClientOptions> & { ws?: true } = {},
  ) {
    const { ws, ...rest } = over
    this.client = createClient({
      urls: [(ws ? addresses.ws : addresses.tcp) ?? ''],
      appcode: 1,
      uid,
      device: 'phone',
      token: () => signToken(dev?.secret ?? '', { uid, ttlSeconds: 60, nowMs: Date.now() }),
      ...rest,
    })
    const note =
      <T>(list: T[]) =>
      (event: T): void => {
        list.push(event)
        this.#wake()
      }
    this.client.on('message', note(this.messages))
    this.client.on('retract', note(this.retracts))
    this.client.on('read', note(this.reads))
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>(resolve => (this.#wake = resolve))
  }

  get texts(): string[] {
    return this.messages.map(message => message.text())
  }
}

const join = async (t: Test, ...ends: End[]): Promise<void> => {
  t.teardown(() => Promise.all(ends.map(({ client }) => client.close())))
  await Promise.all(ends.map(({ client }) => client.connect()))
}

const allEnds = async (t: Test, stack: object): Promise<void> => {
  const running = await start(t, { enabled: true }, stack)
  const ann = new End(running, 'ann')
  const annsPage = new End(running, 'ann', { device: 'page', ws: true })
  const bob = new End(running, 'bob', { ws: true })
  await join(t, ann, annsPage)
  const sent = await ann.client.sendTo('bob', { msgtype: 3, body: 'hi bob' })
  await ann.client.sendTo('bob', { msgtype: 3, body: 'are you there?' })
  await join(t, bob)
  await bob.until(() => bob.messages.length === 2)
  await annsPage.until(() => annsPage.messages.length === 2)
  await ann.until(() => ann.messages.length === 2)
  for (const end of [ann, annsPage, bob]) {
    t.same(end.texts, ['hi bob', 'are you there?'])
    t.match(end.messages[0], { msgid: sent.msgid, from: { uid: 'ann', appcode: 1 }, to: 'bob' })
  }
  const answer = await bob.client.sendTo('ann', { msgtype: 3, body: 'yes' })
  await annsPage.until(() => annsPage.messages.length === 3)
  t.match(annsPage.messages[2], { msgid: answer.msgid, from: { uid: 'bob' }, to: 'ann' })

  const before = await bob.client.conversations.list()
  t.match(before, { more: false, conversations: [{ peer: 'ann', unread: 2, read: 0 }] })
  t.equal(before.conversations[0]?.last?.text(), 'yes')
  await bob.client.conversations.markRead('ann', bob.messages[1]!.seq)
  t.match((await bob.client.conversations.list()).conversations[0], { unread: 0, peerRead: 0 })
  await ann.until(() => ann.reads.length === 1)
  t.same(ann.reads, [{ peer: 'bob', seq: ann.messages[1]!.seq, by: 'peer' }], 'the receipt')
  t.match((await annsPage.client.conversations.list()).conversations[0], {
    peer: 'bob',
    unread: 1,
    peerRead: ann.messages[1]!.seq,
  })
  await ann.client.conversations.markRead('bob', ann.messages.at(-1)!.seq)
  await annsPage.until(() => annsPage.reads.some(({ by }) => by === 'self'))
  t.match(annsPage.reads.at(-1), { peer: 'bob', by: 'self' }, 'synced across ends')
  t.match((await annsPage.client.conversations.list()).conversations[0], { unread: 0 })
  await t.rejects(ann.client.conversations.markRead('carl', 1), { code: 'UNKNOWN_MESSAGE' })
}

const { LONGWIRE_TEST_REDIS: redis, LONGWIRE_TEST_MONGO: mongo } = process.env
const name = `c2c-${process.pid}`
const STACKS = {
  embedded: {},
  'Redis and MongoDB': {
    store: `${mongo}/${name}`,
    routes: redis,
    registry: redis,
    cluster: { name },
  },
} as const

for (const [stack, config] of Object.entries(STACKS)) {
  const isMissing = stack !== 'embedded' && (redis === undefined || mongo === undefined)
  const skip = isMissing && 'LONGWIRE_TEST_REDIS and LONGWIRE_TEST_MONGO are not set'
  t.test(
    `${stack}: all ends of both see a message once; reading it is known everywhere`,
    { skip },
    t => allEnds(t, config),
  )
}

t.test('history comes in pages, newest first, the same for both; backends read it too', async t => {
  const running = await start(t, { enabled: true })
  const [ann, bob, carl] = [
    new End(running, 'ann'),
    new End(running, 'bob'),
    new End(running, 'carl'),
  ]
  await join(t, ann, bob, carl)
  for (let at = 1; at <= 5; at++)
    await (at % 2 ? ann : bob).client.sendTo(at % 2 ? 'bob' : 'ann', { msgtype: 1, body: `m${at}` })
  await carl.client.sendTo('ann', { msgtype: 1, body: 'from carl' })
  for (const [end, peer] of [
    [ann, 'bob'],
    [bob, 'ann'],
  ] as const) {
    const first = await end.client.conversations.history(peer, { limit: 3 })
    t.same(
      first.messages.map(message => message.text()),
      ['m5', 'm4', 'm3'],
    )
    t.equal(first.more, true)
    const rest = await end.client.conversations.history(peer, {
      before: first.messages[2]!.seq,
      limit: 3,
    })
    t.same([rest.messages.map(message => message.text()), rest.more], [['m2', 'm1'], false])
  }
  const list = await ann.client.conversations.list({ limit: 1 })
  t.match(list, { more: true, conversations: [{ peer: 'carl' }] })
  const { activeAt } = list.conversations[0]!
  t.match(await ann.client.conversations.list({ before: activeAt }), {
    conversations: [{ peer: 'bob' }],
  })

  const ask = (path: string, method = 'GET'): Promise<Response> =>
    fetch(`${running.addresses.http}${path}`, {
      method,
      headers: { authorization: `Bearer ${running.dev?.key}` },
    })
  const page = await ask('/v1/history?uid=ann&appcode=1&peer=bob&limit=2')
  const read = (await page.json()) as { messages: { body: string }[]; next: number }
  t.match(read.messages, [
    { body: 'm5', from: 'ann', to: 'bob' },
    { body: 'm4', from: 'bob' },
  ])
  const older = await ask(`/v1/history?uid=ann&appcode=1&peer=bob&before=${read.next}`)
  t.match(await older.json(), { messages: [{ body: 'm3' }, { body: 'm2' }, { body: 'm1' }] })
  t.equal((await ask('/v1/history?uid=ann&appcode=7&peer=bob')).status, 404)
})

t.test('who has not got a recalled message never sees it; who has is told', async t => {
  const running = await start(t, { enabled: true, recallSeconds: 60 })
  const [ann, bob] = [new End(running, 'ann'), new End(running, 'bob')]
  const late = new End(running, 'bob', { device: 'tablet' })
  await join(t, ann, bob)
  const sent = await ann.client.sendTo('bob', { msgtype: 1, body: 'oops' })
  await bob.until(() => bob.messages.length === 1)
  await t.rejects(bob.client.conversations.recall('ann', sent.msgid), { code: 'UNKNOWN_MESSAGE' })
  await ann.client.conversations.recall('bob', sent.msgid)
  await ann.client.conversations.recall('bob', sent.msgid)
  await ann.client.sendTo('bob', { msgtype: 1, body: 'better' })
  await Promise.all(
    [bob, ann].map(end => end.until(() => end.retracts.length === 1 && end.messages.length === 2)),
  )
  for (const end of [ann, bob]) t.match(end.retracts, [{ retracts: sent.msgid }])
  await join(t, late)
  await late.until(() => late.messages.length === 1)
  t.same(late.texts, ['better'])
  const { messages } = await bob.client.conversations.history('ann')
  t.match(messages[1], { retracts: sent.msgid, msgid: sent.msgid })
  t.equal(messages[1]!.text(), '')
  t.match((await bob.client.conversations.list()).conversations[0], { unread: 1 })
  await t.rejects(ann.client.conversations.recall('bob', '00'.repeat(8)), {
    code: 'UNKNOWN_MESSAGE',
  })

  await using backend = createBackend({
    url: running.addresses.http ?? '',
    key: running.dev?.key ?? '',
  })
  const push = await backend.publish({ to: { uid: 'bob', appcode: 1 }, msgtype: 1, body: 'sale' })
  await bob.until(() => bob.texts.includes('sale'))
  const path = `/v1/messages/${push.msgid}?uid=bob&appcode=1`
  const recall = (): Promise<Response> =>
    fetch(`${running.addresses.http}${path}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${running.dev?.key}` },
    })
  t.equal((await recall()).status, 200)
  await bob.until(() => bob.retracts.length === 2)
  t.match(bob.retracts[1], { retracts: push.msgid })
  t.equal((await recall()).status, 404, 'it is not there any more')
})

t.test('the time to recall is over; conversations may be off', async t => {
  const running = await start(t, { enabled: true, recallSeconds: 0 })
  const ann = new End(running, 'ann')
  await join(t, ann)
  const { msgid } = await ann.client.sendTo('bob', { msgtype: 1, body: 'x' })
  await new Promise(resolve => setTimeout(resolve, 2))
  await t.rejects(ann.client.conversations.recall('bob', msgid), { code: 'TOO_LATE' })
  await t.rejects(ann.client.sendTo('b'.repeat(65), { msgtype: 1, body: 'x' }), {
    code: 'BAD_FIELD',
  })
  await ann.client.sendTo('ann', { msgtype: 1, body: 'a note' })
  await ann.until(() => ann.messages.length === 2)
  t.same((await ann.client.conversations.history('ann')).messages.length, 1, 'to oneself: once')
  const off = await start(t, {})
  const carl = new End(off, 'carl')
  await join(t, carl)
  await t.rejects(carl.client.sendTo('ann', { msgtype: 1, body: 'x' }), {
    code: 'NO_CONVERSATIONS',
  })
  await t.rejects(carl.client.conversations.list(), { code: 'NO_CONVERSATIONS' })
})

t.test('a hook allows, denies and alters what users and backends send', async t => {
  const seen: { kind: string; from: string; to: string }[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      const shown = JSON.parse(text) as {
        kind: string
        from: string
        to: string
        bodyBase64: string
      }
      seen.push(shown)
      const body = Buffer.from(shown.bodyBase64, 'base64').toString()
      if (body === 'broken') return response.writeHead(500).end()
      const bodyBase64 = Buffer.from('***').toString('base64')
      const verdict =
        body === 'bad'
          ? { action: 'deny', reason: 'no such words' }
          : body === 'rude'
            ? { action: 'alter', bodyBase64 }
            : { action: 'allow' }
      return response.end(JSON.stringify(verdict))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const hook = {
    url: `http://127.0.0.1:${port}/`,
    secret: 's'.repeat(16),
    allow: ['127.0.0.0/8'],
    timeoutMs: 4_000,
    s2c: true,
  }
  const running = await start(t, { enabled: true, hook })
  const [ann, bob] = [new End(running, 'ann'), new End(running, 'bob')]
  await join(t, ann, bob)
  await ann.client.sendTo('bob', { msgtype: 1, body: 'fine' })
  await ann.client.sendTo('bob', { msgtype: 1, body: 'rude' })
  await t.rejects(ann.client.sendTo('bob', { msgtype: 1, body: 'bad' }), { code: 'DENIED' })
  const broken = new AbortController()
  const failing = ann.client.sendTo('bob', { msgtype: 1, body: 'broken', signal: broken.signal })
  while (!seen.some((_, at) => at === 3)) await new Promise(setImmediate)
  broken.abort()
  await t.rejects(failing, { code: 'ABORTED' }, 'it is tried again until it is called off')
  t.match(seen[0], { kind: 'c2c', from: 'ann', to: 'bob' })
  await using backend = createBackend({
    url: running.addresses.http ?? '',
    key: running.dev?.key ?? '',
  })
  const to = { uid: 'bob', appcode: 1 }
  await backend.publish({ to, msgtype: 1, body: 'rude' })
  await t.rejects(backend.publish({ to, msgtype: 1, body: 'bad' }), { code: 'FORBIDDEN' })
  await bob.until(() => bob.messages.length === 3)
  t.same(bob.texts, ['fine', '***', '***'])
})
