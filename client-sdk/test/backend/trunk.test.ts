import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import {
  TRUNK,
  TrunkReader,
  TrunkWriter,
  decodePublish,
  trunkBody,
  type PublishTerms,
} from '@longwire/proto/trunk'
import t, { type Test } from 'tap'
import { createBackend, type BackendOptions, type Publish } from '../../src/backend/index.ts'
import { systemClock, type Clock } from '../../src/clock.ts'
import { turn } from '../set-up.ts'
import { VirtualClock } from '../virtual-clock.ts'

interface Arrived {
  readonly link: LogicEnd
  readonly id: number
  readonly uid: string
  readonly appcode: number
  readonly msgtype: number
  readonly allEnds: boolean
  readonly ttlSeconds: number
  readonly terms: PublishTerms
  readonly key: string
  readonly text: string
}

/** Logic's end of one connection. */
class LogicEnd {
  readonly hello: trunkBody.Hello[] = []
  readonly pings: number[] = []
  chunks = 0
  readonly #socket: Socket
  readonly #writer: TrunkWriter = new TrunkWriter()

  constructor(socket: Socket, publish: (arrived: Arrived) => void) {
    this.#socket = socket
    const reader = new TrunkReader(view => {
      if (view.cmd === TRUNK.HELLO) this.hello.push(trunkBody.Hello.decode(view.body))
      else if (view.cmd === TRUNK.PUBLISH) {
        const { ttlSeconds, key, terms, content, allEnds } = decodePublish(view.body, view.reserve)!
        const { sequenceid: id, uid, appcode, msgtype } = view
        publish({
          link: this,
          id,
          uid,
          appcode,
          msgtype,
          allEnds,
          ttlSeconds,
          terms,
          key,
          text: content.toString(),
        })
      } else this.pings.push(view.cmd)
    })
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      this.chunks++
      reader.push(chunk)
    })
  }

  welcome(message = ''): void {
    this.#writer.frame(
      TRUNK.HELLO_ACK,
      '',
      trunkBody.Hello.encode({ node: 'logic', role: 'logic', version: 1, message }).finish(),
    )
    this.#socket.write(this.#writer.take())
  }

  result(
    id: number,
    body: trunkBody.PublishResult.$Properties = {
      msgid: Buffer.from('018c3f2a9b000001', 'hex'),
      seq: id,
    },
  ): void {
    this.#writer.head.sequenceid = id
    this.#writer.head.logidHigh = 0x018c3f2a
    this.#writer.head.logidLow = 0x000a0001
    this.#writer.frame(TRUNK.PUBLISH_RESULT, '', trunkBody.PublishResult.encode(body).finish())
    this.#socket.write(this.#writer.take())
  }

  ping(): void {
    this.#writer.frame(TRUNK.PING, '')
    this.#socket.write(this.#writer.take())
  }

  garbage(): void {
    this.#socket.write(Buffer.alloc(64, 0xff))
  }

  cut(): void {
    this.#socket.destroy()
  }
}

const message: Publish = { to: { uid: 'amy', appcode: 1 }, msgtype: 7, body: 'hello' }

/** A logic node that answers what the test says. */
const logic = async (
  test: Test,
  change: Partial<BackendOptions> & { welcome?: string | false } = {},
) => {
  const { welcome = '', ...options } = change
  const arrived: Arrived[] = []
  const links: LogicEnd[] = []
  let wake: () => void = () => undefined
  const server = createServer(socket => {
    const link = new LogicEnd(socket, publish => {
      arrived.push(publish)
      wake()
    })
    links.push(link)
    if (welcome !== false) link.welcome(welcome)
    wake()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) {
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
  const url = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
  const backend = createBackend({ url, key: 'secret', random: () => 0, ...options })
  test.teardown(async () => {
    await backend.close()
    for (const link of links) link.cut()
    server.close()
  })
  return {
    backend,
    arrived,
    links,
    published: async (count: number): Promise<Arrived[]> => {
      await until(() => arrived.length >= count)
      return arrived
    },
    linked: async (count: number): Promise<LogicEnd> => {
      await until(() => links.length >= count)
      return links[count - 1]!
    },
  }
}

t.test('a publish is a frame with all its fields, and its result comes back', async test => {
  const { backend, published, links } = await logic(test)
  const first = backend.publish({ ...message, ttlSeconds: 60, idempotencyKey: 'order-1' })
  const second = backend.publish({
    ...message,
    to: { uid: 'bob', appcode: 2, ends: 'all' },
    body: Uint8Array.of(65),
    urgency: 'low',
    mustWake: true,
    maxDeferSeconds: 60,
    collapseKey: 'k',
    tellExpired: true,
  })
  const [one, two] = await published(2)
  test.match(one, {
    uid: 'amy',
    appcode: 1,
    msgtype: 7,
    allEnds: false,
    ttlSeconds: 60,
    key: 'order-1',
    text: 'hello',
  })
  test.match(two, {
    uid: 'bob',
    appcode: 2,
    allEnds: true,
    ttlSeconds: 0,
    terms: { urgency: 2, mustWake: true, maxDeferSeconds: 60, collapseKey: 'k', tellExpired: true },
    key: /^[0-9a-f]{20}-0$/,
    text: 'A',
  })
  test.match(links[0]!.hello[0], { role: 'backend', key: 'secret', version: 1 })
  links[0]!.result(two!.id)
  links[0]!.result(one!.id)
  test.strictSame(await first, {
    msgid: '018c3f2a9b000001',
    seq: one!.id,
    logid: '018c3f2a000a0001',
  })
  test.match(await second, { seq: two!.id })
})

t.test('all publishes of a turn leave together', async test => {
  const { backend, published, links } = await logic(test)
  const first = backend.publish(message)
  const [one] = await published(1)
  links[0]!.result(one!.id)
  await first
  const chunks = links[0]!.chunks
  const many = backend.publishMany(Array.from({ length: 100 }, () => message))
  const all = await published(101)
  test.equal(links[0]!.chunks, chunks + 1)
  for (const { id } of all.slice(1)) links[0]!.result(id)
  test.ok((await many).every(({ ok }) => ok))
})

t.test('no more than the window is under way', async test => {
  const { backend, published, links, arrived } = await logic(test, { window: 3 })
  const all = backend.publishMany(Array.from({ length: 5 }, () => message))
  await published(3)
  await turn()
  test.equal(arrived.length, 3)
  links[0]!.result(arrived[1]!.id)
  await published(4)
  await turn()
  test.equal(arrived.length, 4)
  links[0]!.result(arrived[0]!.id)
  await published(5)
  for (const { id } of arrived.slice(2)) links[0]!.result(id)
  test.ok((await all).every(({ ok }) => ok))
})

t.test(
  'after the connection broke, what has no answer is sent again under the same keys',
  async test => {
    const { backend, published, linked, arrived } = await logic(test)
    const all = backend.publishMany(['a', 'b', 'c'].map(body => ({ ...message, body })))
    await published(3)
    const first = await linked(1)
    first.result(arrived[1]!.id)
    await turn()
    first.cut()
    await published(5)
    const again = arrived.slice(3)
    test.strictSame(
      again.map(({ text }) => text),
      ['a', 'c'],
      'in the same order',
    )
    test.strictSame(
      again.map(({ key }) => key),
      [arrived[0]!.key, arrived[2]!.key],
    )
    for (const { link, id } of again) link.result(id)
    test.ok((await all).every(({ ok }) => ok))
  },
)

t.test('a refusal is an error of its code, tried again where the server says when', async test => {
  const { backend, published, links } = await logic(test)
  const busy = backend.publish(message)
  const [first] = await published(1)
  links[0]!.result(first!.id, { code: 'BUSY', message: 'full', retryAfter: 1 })
  const [, second] = await published(2)
  test.equal(second!.key, first!.key)
  links[0]!.result(second!.id, { code: 'FORBIDDEN', message: 'not yours' })
  await test.rejects(busy, { code: 'FORBIDDEN', action: 'stop', message: 'FORBIDDEN: not yours' })
})

t.test('a server that sheds gets less at once, and more again as it answers', async test => {
  const { backend, published, links, arrived } = await logic(test, {
    window: 200,
    timeoutMs: 60_000,
  })
  const all = Array.from({ length: 400 }, () => backend.publish(message))
  await published(200)
  const [first] = arrived
  links[0]!.result(first!.id, { code: 'BUSY', message: 'full', retryAfter: 50_000 })
  for (const { id } of arrived.slice(1, 200)) links[0]!.result(id)
  // 150 of the 200 that were under way are allowed, and a twentieth of one more with each answer.
  await published(360)
  await turn()
  test.equal(arrived.length, 360)
  for (const { id } of arrived.slice(200, 360)) links[0]!.result(id)
  await published(400)
  for (const { id } of arrived.slice(360)) links[0]!.result(id)
  test.equal((await Promise.all(all.slice(1))).length, 399)
  all[0]!.catch(() => undefined)
})

t.test('who is told BUSY until the deadline gives up with the reason as cause', async test => {
  const { backend, published, links } = await logic(test, { timeoutMs: 300 })
  const busy = backend.publish({ ...message, idempotencyKey: 'order-4' })
  const [first] = await published(1)
  links[0]!.result(first!.id, { code: 'BUSY', message: 'full', retryAfter: 60_000 })
  await test.rejects(busy, {
    code: 'TIMEOUT',
    action: 'retry',
    retryAfterMs: 60_000,
    message: /"order-4".*BUSY: full/,
    cause: { code: 'BUSY', action: 'retry', retryAfterMs: 60_000 },
  })
  await published(1)
})

t.test('a HELLO that is refused fails what waits, and the next publish dials again', async test => {
  const { backend, linked } = await logic(test, { welcome: 'the API key is not known' })
  await test.rejects(backend.publish(message), {
    code: 'REFUSED',
    action: 'stop',
    message: /the API key is not known/,
  })
  await test.rejects(backend.publish(message), { code: 'REFUSED' })
  await linked(2)
})

t.test('a publish without an answer ends at its deadline and names its key', async test => {
  const { backend, published } = await logic(test, { timeoutMs: 300 })
  const lost = backend.publish({ ...message, idempotencyKey: 'order-3' })
  await published(1)
  await test.rejects(lost, { code: 'TIMEOUT', action: 'retry', message: /300 ms.*"order-3"/ })
})

t.test(
  'a publish can be called off, before and after it was sent; close calls off all',
  async test => {
    const { backend, published } = await logic(test)
    const controller = new AbortController()
    const before = backend.publish({ ...message, signal: AbortSignal.abort() })
    await test.rejects(before, { code: 'ABORTED' })
    const after = backend.publish({ ...message, signal: controller.signal })
    const left = backend.publish(message)
    await published(2)
    controller.abort()
    await test.rejects(after, { code: 'ABORTED', action: 'stop' })
    const closed = test.rejects(left, { code: 'CLOSED' })
    await backend.close()
    await closed
    await test.rejects(backend.publish(message), { code: 'CLOSED' })
    test.match(await backend.publishMany([message]), [{ ok: false, error: { code: 'CLOSED' } }])
  },
)

t.test('both sides beat; silence and nonsense end the connection', async test => {
  const clock = new VirtualClock()
  const quick: Clock = {
    ...systemClock,
    monotonic: () => clock.monotonic(),
    after: (ms, task) => clock.after(ms, task),
  }
  const { backend, published, linked } = await logic(test, { clock: quick, timeoutMs: 60_000 })
  const publish = backend.publish(message)
  await published(1)
  const first = await linked(1)
  first.ping()
  while (first.pings.length === 0) await turn()
  test.strictSame(first.pings, [TRUNK.PONG])
  for (let second = 0; second < 4; second++) clock.advance(1000)
  while (!first.pings.includes(TRUNK.PING)) await turn()
  clock.advance(100)
  const secondLink = await linked(2)
  await published(2)
  secondLink.garbage()
  while ((await turn(), clock.advance(100), (await published(2)).length < 3)) await turn()
  const [, , third] = await published(3)
  third!.link.result(third!.id)
  test.match(await publish, { seq: third!.id })
})

t.test('a server that says nothing to HELLO is left', async test => {
  const clock = new VirtualClock()
  const quick: Clock = {
    ...systemClock,
    monotonic: () => clock.monotonic(),
    after: (ms, task) => clock.after(ms, task),
  }
  const { backend, linked } = await logic(test, { clock: quick, timeoutMs: 60_000, welcome: false })
  const publish = backend.publish(message)
  const rejected = test.rejects(publish, { code: 'CLOSED' })
  await linked(1)
  clock.advance(5000)
  clock.advance(0)
  await linked(2)
  await backend.close()
  await rejected
})
