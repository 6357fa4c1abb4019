import t from 'tap'
import type { LongwireError, TokenRequest } from '../src/index.ts'
import { failure, reached, setUp, start, turn } from './set-up.ts'

const HOUR = 3_600_000
/** Short enough that no PING comes in between. */
const LIFE = 200_000

/** Gives tokens t1, t2, … and remembers what it was asked. */
const tokens = () => {
  const asked: TokenRequest[] = []
  const token = async (request: TokenRequest): Promise<string> => `t${asked.push(request)}`
  return { asked, token }
}

for (const kind of ['tcp', 'ws'] as const) {
  t.test(`${kind}: a token is renewed ahead of its end, without a disconnect`, async test => {
    const { asked, token } = tokens()
    const { gate, clock, client } = await setUp(test, { token, random: () => 0 }, kind)
    const renewed: number[] = []
    client.on('renewed', ({ expiresInMs }) => void renewed.push(expiresInMs))
    start(client)
    const end = await gate.accept()
    const ready = reached(client, 'ready')
    test.equal((await end.welcome({ expires: LIFE, pingStart: 900, pingMax: 900 })).token, 't1')
    await ready
    await turn()
    clock.advance(0.75 * LIFE - 1)
    await turn()
    test.equal(end.frames.waiting, 0)
    clock.advance(1)
    test.equal(await end.expectToken(), 't2', 'at three quarters of its time')
    test.match(asked, [{ expired: false }, { expired: false }])
    end.tokenAck({ expires: HOUR }).send()
    while (renewed.length === 0) await turn()
    test.same(renewed, [HOUR])
    test.equal(client.state, 'ready')
    test.equal(gate.dials, 1)
    test.equal(end.frames.waiting, 0)
  })
}

t.test('EXPIRING is told to the app, and answered with a new token at once', async test => {
  const { token } = tokens()
  const { gate, client } = await setUp(test, { token })
  const told: number[] = []
  client.on('expiring', ({ inMs }) => void told.push(inMs))
  start(client)
  const end = await gate.accept()
  const ready = reached(client, 'ready')
  await end.welcome({ expires: HOUR })
  await ready
  end.expiring(60_000).send()
  test.equal(await end.expectToken(), 't2')
  end.expiring(30_000).send()
  await turn()
  await turn()
  test.equal(end.frames.waiting, 0, 'one at a time')
  test.same(told, [60_000, 30_000])
})

t.test('what goes wrong is told and tried again, while the session goes on', async test => {
  let fails = true
  let calls = 0
  const token = async (): Promise<string> => {
    calls++
    if (calls > 1 && fails) throw new Error('offline')
    return `t${calls}`
  }
  const { gate, clock, client } = await setUp(test, { token, random: () => 0.5 })
  start(client)
  const end = await gate.accept()
  const ready = reached(client, 'ready')
  await end.welcome({ expires: 100_000 })
  await ready
  const thrown = failure(client)
  end.expiring(25_000).send()
  test.match(await thrown, { code: 'TOKEN_FAILED', action: 'retry', message: /offline/ })
  fails = false
  clock.advance(1_000)
  test.equal(await end.expectToken(), 't3')
  const refused = failure(client)
  end.tokenAck({ code: 64, message: 'for another uid' }).send()
  test.match(await refused, { code: 'AUTH_INVALID', message: /for another uid/ })
  clock.advance(2_000)
  test.equal(await end.expectToken(), 't4')
  const busy = failure(client)
  end.tokenAck({ code: 7, retryAfter: 3_000 }).send()
  test.match(await busy, { code: 'UNAVAILABLE', retryAfterMs: 3_000 })
  clock.advance(2_999)
  await turn()
  test.equal(end.frames.waiting, 0)
  clock.advance(1)
  test.equal(await end.expectToken(), 't5')
  const silent = failure(client)
  clock.advance(10_000)
  test.match(await silent, { code: 'TIMEOUT' })
  test.equal(client.state, 'ready')
  test.equal(gate.dials, 1)
})

t.test('a fetch that nobody waits for any more is called off', async test => {
  const signals: AbortSignal[] = []
  const token = ({ signal }: TokenRequest): Promise<string> => {
    signals.push(signal)
    return signals.length === 2 ? new Promise(() => undefined) : Promise.resolve('t')
  }
  const { gate, client } = await setUp(test, { token })
  start(client)
  const end = await gate.accept()
  const ready = reached(client, 'ready')
  await end.welcome({ expires: HOUR })
  await ready
  end.expiring(60_000).send()
  while (signals.length < 2) await turn()
  test.equal(signals[1]!.aborted, false)
  const connecting = reached(client, 'connecting')
  end.cut()
  await connecting
  test.equal(signals[1]!.aborted, true)
  await gate.accept()
  test.equal(signals.length, 3, 'the next login asks for itself')
})

t.test(
  'a token that is a text is not renewed; its end ends the client with a reason',
  async test => {
    const { gate, clock, client } = await setUp(test)
    const errors: LongwireError[] = []
    client.on('kicked', error => void errors.push(error))
    start(client)
    const end = await gate.accept()
    const ready = reached(client, 'ready')
    await end.welcome({ expires: 10_000 })
    await ready
    end.expiring(2_500).send()
    clock.advance(9_000)
    await turn()
    test.equal(end.frames.waiting, 0)
    const closed = reached(client, 'closed')
    end.kick('AUTH_EXPIRED').send()
    await closed
    test.match(errors, [{ code: 'AUTH_EXPIRED', action: 'stop' }])
  },
)

t.test(
  'a session that was cut at the end of its token dials again with a fresh one',
  async test => {
    const { asked, token } = tokens()
    const { gate, clock, client } = await setUp(test, { token })
    start(client)
    const end = await gate.accept()
    const ready = reached(client, 'ready')
    await end.welcome({ expires: HOUR })
    await ready
    const waiting = reached(client, 'waiting')
    end.kick('AUTH_EXPIRED').send()
    test.equal((await waiting).retryInMs, 0)
    clock.advance(0)
    const second = await gate.accept()
    const back = reached(client, 'ready')
    test.equal((await second.welcome()).token, 't2')
    await back
    test.match(asked, [{ expired: false }, { expired: true }])
    const stopped = reached(client, 'closed')
    second.kick('REVOKED').send()
    test.match(await stopped, { error: { code: 'REVOKED', action: 'stop' } })
  },
)
