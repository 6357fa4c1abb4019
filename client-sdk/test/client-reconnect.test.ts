import t from 'tap'
import { CMD } from '@longwire/proto'
import { collect, failure, reached, setUp, start, turn } from './set-up.ts'
import { ScriptedGate } from './scripted-gate.ts'
import { silencedTransport } from './silenced-transport.ts'

t.test('a lost gate that lives is dialled again at once', async test => {
  const { gate, clock, client } = await setUp(test)
  start(client)
  const first = await gate.accept()
  await first.welcome({ reconnectWindow: 8000 })
  await reached(client, 'ready')
  const connecting = reached(client, 'connecting')
  clock.advance(60_000)
  first.cut()
  const { error, previous } = await connecting
  test.match(error, { code: 'CLOSED', action: 'retry' })
  test.equal(previous, 'ready')
  const second = await gate.accept()
  const login = await second.welcome()
  test.equal(login.dial, clock.now(), 'a later dial wins')
  await reached(client, 'ready')
})

t.test(
  'a lost gate that refuses is held to be dead: the next one, within the window',
  async test => {
    const { gate, clock, create, options } = await setUp(test)
    const old = await ScriptedGate.listen()
    const client = create({ ...options, urls: [old.url, gate.url], random: () => 0.25 })
    test.teardown(() => client.close())
    start(client)
    await (await old.accept()).welcome({ reconnectWindow: 8000 })
    await reached(client, 'ready')
    clock.advance(60_000)
    old.close()
    const { retryInMs, error, previous } = await reached(client, 'waiting')
    test.match(error, { code: 'UNREACHABLE' })
    test.equal(previous, 'connecting')
    test.equal(retryInMs, 2000)
    clock.advance(1999)
    await turn()
    test.equal(gate.dials, 0)
    clock.advance(1)
    await (await gate.accept()).welcome()
    await reached(client, 'ready')
  },
)

t.test('a lost gate that is silent for 1.5 s is held to be dead', async test => {
  const transport = silencedTransport()
  const { gate, clock, client } = await setUp(test, {
    random: () => 0.25,
    transports: { tcp: transport },
  })
  start(client)
  const first = await gate.accept()
  await first.welcome({ reconnectWindow: 8000 })
  await reached(client, 'ready')
  clock.advance(60_000)
  transport.silent = true
  first.cut()
  await reached(client, 'connecting')
  await turn()
  clock.advance(1499)
  await turn()
  test.equal(client.state, 'connecting')
  const waiting = reached(client, 'waiting')
  clock.advance(1)
  const { retryInMs, error } = await waiting
  test.match(error, { code: 'UNREACHABLE', message: /within 1500 ms/ })
  test.equal(retryInMs, 2000)
  transport.silent = false
  clock.advance(2000)
  await (await gate.accept()).welcome()
  await reached(client, 'ready')
  test.equal(clock.timers > 0, true)
})

t.test(
  'a device whose clock was ahead passes its earlier dial numbers in a few steps',
  async test => {
    const { gate, clock, client } = await setUp(test)
    start(client)
    const bound = clock.now() + 3_600_000
    const dials: number[] = []
    while ((dials.at(-1) ?? 0) <= bound) {
      const end = await gate.accept()
      const waiting = reached(client, 'waiting')
      dials.push((await end.expectLogin()).dial)
      if (dials.at(-1)! > bound) break
      end.kick('STALE_DIAL').send()
      clock.advance((await waiting).retryInMs!)
    }
    test.equal(dials.length, 4, 'an hour is three steps: 1, 16 and 256 minutes')
    test.same(
      dials,
      [...dials].sort((a, b) => a - b),
    )
  },
)

t.test('gates that do not answer are tried in turn, ever more rarely', async test => {
  const dead = [await ScriptedGate.listen(), await ScriptedGate.listen()]
  for (const gate of dead) gate.close()
  const { gate, clock, create, options } = await setUp(test)
  const urls = [...dead.map(({ url }) => url), gate.url]
  const roaming = create({ ...options, random: () => 0.999, urls })
  test.teardown(() => roaming.close())
  const connected = roaming.connect()
  for (const capMs of [2000, 4000]) {
    const { retryInMs, error } = await reached(roaming, 'waiting')
    test.match(error, { code: 'UNREACHABLE', action: 'retry' })
    test.equal(retryInMs, 0.999 * capMs)
    clock.advance(retryInMs!)
  }
  await (await gate.accept()).welcome()
  await connected
})

t.test('a kick with a time to wait is obeyed, spread by a quarter either way', async test => {
  for (const [random, delayMs] of [
    [0, 7500],
    [0.5, 10_000],
  ] as const) {
    const { gate, clock, client } = await setUp(test, { random: () => random })
    start(client)
    const end = await gate.accept()
    await end.welcome()
    end.kick('BUSY', { message: 'too many', retryAfter: 10_000 }).send()
    const { retryInMs, error } = await reached(client, 'waiting')
    test.match(error, { code: 'BUSY', action: 'retry', message: /sheds load.*too many/ })
    test.equal(retryInMs, delayMs)
    clock.advance(delayMs)
    await (await gate.accept()).welcome()
    await reached(client, 'ready')
  }
})

t.test('a code that says stop ends it for good, with an event', async test => {
  const { gate, clock, client } = await setUp(test)
  const kicked = new Promise(resolve => client.on('kicked', resolve))
  const connected = client.connect()
  const end = await gate.accept()
  await end.welcome()
  await connected
  end.kick('KICKED', { message: 'tablet' }).send()
  test.match(await kicked, { code: 'KICKED', action: 'stop', message: /another device.*tablet/ })
  test.equal(client.state, 'closed')
  clock.advance(600_000)
  await turn()
  test.equal(gate.dials, 1)
  start(client)
  await (await gate.accept()).welcome()
  await reached(client, 'ready')
})

t.test('connect rejects when the login is refused for good', async test => {
  const { gate, client } = await setUp(test)
  const connected = client.connect()
  const end = await gate.accept()
  await end.expectLogin()
  end.kick('AUTH_INVALID').send()
  await test.rejects(connected, { code: 'AUTH_INVALID', action: 'stop' })
})

t.test('a code newer than this SDK says by its number what to do', async test => {
  const { gate, clock, client } = await setUp(test)
  const connected = client.connect()
  const first = await gate.accept()
  await first.expectLogin()
  first.kick(63).send()
  const { retryInMs } = await reached(client, 'waiting')
  clock.advance(retryInMs!)
  const second = await gate.accept()
  await second.expectLogin()
  second.kick(127).send()
  await test.rejects(connected, { code: 'UNKNOWN', action: 'stop' })
})

t.test('a WebSocket close code counts like a kick', async test => {
  const { gate, client } = await setUp(test, {}, 'ws')
  const connected = client.connect()
  const end = await gate.accept()
  await end.expectLogin()
  end.end(66)
  await test.rejects(connected, { code: 'KICKED', action: 'stop' })
})

t.test('the token is fetched for every login, and once more when it has expired', async test => {
  const asked: boolean[] = []
  const token = async ({ expired }: { readonly expired: boolean }): Promise<string> => {
    asked.push(expired)
    return `token ${asked.length}`
  }
  const { gate, clock, client } = await setUp(test, { token })
  const connected = client.connect()
  for (const name of ['token 1', 'token 2']) {
    const waiting = reached(client, 'waiting')
    const end = await gate.accept()
    test.match(await end.expectLogin(), { token: name })
    end.kick('AUTH_EXPIRED').send()
    if (name === 'token 2') break
    test.equal((await waiting).retryInMs, 0)
    clock.advance(0)
  }
  await test.rejects(connected, { code: 'AUTH_EXPIRED', action: 'stop' })
  test.strictSame(asked, [false, true])
})

t.test('a token that cannot be had now is asked for again', async test => {
  let tries = 0
  const token = async (): Promise<string> => {
    if (tries++ === 0) throw new Error('no network')
    return 'fresh'
  }
  const { gate, clock, client } = await setUp(test, { token })
  const failed = failure(client)
  start(client)
  const { retryInMs } = await reached(client, 'waiting')
  test.match(await failed, { code: 'TOKEN_FAILED', message: /no network/ })
  clock.advance(retryInMs!)
  test.match(await (await gate.accept()).welcome(), { token: 'fresh' })
  await reached(client, 'ready')
})

t.test('a gate that accepts but does not welcome is given up after the timeout', async test => {
  const { gate, clock, client } = await setUp(test)
  start(client)
  const end = await gate.accept()
  await end.expectLogin()
  const waiting = reached(client, 'waiting')
  clock.advance(10_000)
  test.match((await waiting).error, { code: 'TIMEOUT', action: 'retry' })
  await end.gone
})

t.test('connecting can be called off', async test => {
  const { gate, client } = await setUp(test)
  const controller = new AbortController()
  const connected = client.connect({ signal: controller.signal })
  const end = await gate.accept()
  await end.expectLogin()
  controller.abort()
  await test.rejects(connected, { code: 'ABORTED', action: 'stop' })
  test.equal(client.state, 'closed')
  await end.gone
  await test.rejects(client.connect({ signal: controller.signal }), { code: 'ABORTED' })
})

t.test('the signal of the options closes the client, also while it waits to dial', async test => {
  const controller = new AbortController()
  const { gate, clock, client } = await setUp(test, { signal: controller.signal })
  start(client)
  const end = await gate.accept()
  await end.expectLogin()
  end.cut()
  await reached(client, 'waiting')
  controller.abort()
  test.equal(client.state, 'closed')
  test.equal(clock.timers, 0, 'no timer is left')
})

t.test('a gate that talks nonsense is hung up on, and dialled again', async test => {
  const { gate, client } = await setUp(test)
  start(client)
  const end = await gate.accept()
  await end.welcome()
  await reached(client, 'ready')
  end.sendRaw(Uint8Array.of(0xff, 0xff))
  const { error } = await reached(client, 'waiting')
  test.match(error, { code: 'UNKNOWN_COMMAND', action: 'retry' })
})

t.test('an idle connection is pinged, and a silent gate left', async test => {
  const { gate, clock, client } = await setUp(test)
  const inbox = collect(client)
  start(client)
  const end = await gate.accept()
  await end.welcome({ pingStart: 60, pingMax: 900 })
  await reached(client, 'ready')
  clock.advance(30_000)
  end.data(1).send()
  await inbox.count(1)
  await turn()
  clock.advance(2000)
  await end.expect('ACK')
  await turn()
  clock.advance(59_999)
  await turn()
  test.equal(end.frames.waiting, 0, 'idle time starts with the last byte in either direction')
  clock.advance(1)
  test.match(await end.expect('PING'), { next: 6 }, 'an answer proves 60 s: 90 s may be tried')
  end.pong().send()
  await turn()
  clock.advance(90_000)
  test.match(await end.expect('PING'), { next: 9 })
  const connecting = reached(client, 'connecting')
  clock.advance(6000)
  test.match((await connecting).error, { code: 'TIMEOUT', message: /PING/ })
  await (await gate.accept()).expectLogin()
})

t.test('a pending acknowledgement leaves before the ping', async test => {
  const { gate, clock, client } = await setUp(test)
  const inbox = collect(client)
  start(client)
  const end = await gate.accept()
  await end.welcome({ pingStart: 10 })
  await reached(client, 'ready')
  end.data(1).send()
  await inbox.count(1)
  await turn()
  clock.advance(10_000)
  test.equal((await end.frames.take()).cmd, CMD.ACK)
  test.equal((await end.frames.take()).cmd, CMD.PING)
})
