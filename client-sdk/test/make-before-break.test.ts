import t, { type Test } from 'tap'
import type { Cause, ClientOptions, Environment, LongwireError } from '../src/node.ts'
import { ScriptedGate, type GateKind } from './scripted-gate.ts'
import { collect, failure, reached, setUp, start, turn } from './set-up.ts'

/** A device whose network changes as the test says. */
class Surroundings implements Environment {
  network = 'home'
  foreground = true
  charging = false
  changed: (cause?: Cause) => void = () => undefined

  watch(changed: (cause?: Cause) => void): () => void {
    this.changed = changed
    return () => {
      this.changed = () => undefined
    }
  }
}

/** A client that is logged in, with 0.25 for every die. */
const online = async (test: Test, change: Partial<ClientOptions> = {}, kind: GateKind = 'tcp') => {
  const environment = new Surroundings()
  const set = await setUp(test, { environment, random: () => 0.25, ...change }, kind)
  const { gate, client } = set
  const states: string[] = []
  start(client)
  const first = await gate.accept()
  await first.welcome()
  await reached(client, 'ready')
  client.on('state', ({ state }) => void states.push(state))
  /** Onto another network, for as long as it takes to dial there. */
  const moves = (): void => {
    environment.network = 'train'
    environment.changed()
    set.clock.advance(575)
  }
  return { ...set, environment, first, states, moves }
}

for (const kind of ['tcp', 'ws'] as const)
  t.test(
    `${kind}: on another network the old connection serves until the new one is logged in`,
    async test => {
      const { gate, clock, client, environment, first, states } = await online(test, {}, kind)
      const inbox = collect(client)
      environment.network = 'train'
      environment.changed()
      clock.advance(400)
      environment.changed('network')
      clock.advance(499)
      await turn()
      test.equal(gate.dials, 1, 'signs of one change are gathered for half a second')
      clock.advance(1 + 75)
      const second = await gate.accept()
      const login = await second.expectLogin()
      test.match(login, { seq: 0, prevSession: Buffer.alloc(8, 7) })
      first.data(1).data(2).send()
      await inbox.count(2)
      test.equal(client.state, 'ready')
      second.loginAck({ base: 0, max: 3 }).page(0, 3, [1, 2, 3]).send()
      await first.gone
      await inbox.count(3)
      first.data(4).send()
      second.data(4).data(5).send()
      await inbox.count(5)
      test.strictSame(inbox.texts, ['m1', 'm2', 'm3', 'm4', 'm5'], 'nothing lost, nothing repeated')
      test.strictSame(states, [], 'the app does not notice')
      clock.advance(10_000)
      await turn()
      test.equal(gate.dials, 2)
    },
  )

t.test('the old connection may hear of its successor before the client does', async test => {
  const { gate, client, first, states, moves } = await online(test)
  const inbox = collect(client)
  const errors: LongwireError[] = []
  client.on('error', error => void errors.push(error))
  moves()
  const second = await gate.accept()
  await second.expectLogin()
  first.kick('SUPERSEDED').send()
  await first.gone
  test.equal(client.state, 'ready', 'it is its own doing')
  second.loginAck({ max: 1 }).page(0, 1, [1]).send()
  await inbox.count(1)
  test.strictSame([errors, states], [[], []])
})

t.test('a successor that is lost before its answer is followed by another dial', async test => {
  const { gate, clock, client, first, moves } = await online(test)
  moves()
  const second = await gate.accept()
  await second.expectLogin()
  first.kick('SUPERSEDED').send()
  await first.gone
  const connecting = reached(client, 'connecting')
  second.cut()
  await connecting
  clock.advance(1_000)
  await (await gate.accept()).welcome()
  await reached(client, 'ready')
})

t.test('a session that breaks meanwhile is followed by the one that is on its way', async test => {
  const { gate, client, first, moves } = await online(test)
  moves()
  const second = await gate.accept()
  await second.expectLogin()
  const connecting = reached(client, 'connecting')
  first.cut()
  await connecting
  second.loginAck({}).send()
  await reached(client, 'ready')
  test.equal(gate.dials, 2, 'no dial more')
})

t.test('somebody else who is kicked for good stays away, whatever is under way', async test => {
  const { gate, clock, client, first, moves } = await online(test)
  moves()
  const second = await gate.accept()
  await second.expectLogin()
  const closed = reached(client, 'closed')
  first.kick('KICKED').send()
  test.match((await closed).error, { code: 'KICKED' })
  await second.gone
  clock.advance(3_600_000)
  await turn()
  test.equal(gate.dials, 2)
})

t.test('a dial that fails leaves the session at hand, and comes again', async test => {
  const { gate, clock, client, first, moves } = await online(test)
  moves()
  const failed = failure(client)
  ;(await gate.accept()).cut()
  test.match(await failed, { code: 'CLOSED' })
  test.equal(client.state, 'ready')
  clock.advance(499)
  await turn()
  test.equal(gate.dials, 2)
  clock.advance(1)
  const third = await gate.accept()
  const again = failure(client)
  await third.expectLogin()
  third.kick('BUSY', { retryAfter: 1000 }).send()
  await again
  const inbox = collect(client)
  first.data(1).send()
  await inbox.count(1)
  clock.advance(875)
  await (await gate.accept()).welcome({ base: 1 })
  await first.gone
  test.equal(client.state, 'ready')
})

t.test(
  'a dial that logged in and was lost may have superseded the session: the client comes back',
  async test => {
    const { gate, clock, client, first, moves } = await online(test)
    moves()
    const second = await gate.accept()
    await second.expectLogin()
    const failed = failure(client)
    second.cut()
    await failed
    const waiting = reached(client, 'waiting')
    first.kick('SUPERSEDED').send()
    clock.advance((await waiting).retryInMs!)
    await (await gate.accept()).welcome()
    await reached(client, 'ready')
    test.equal(gate.dials, 3)
  },
)

t.test('where the token is refused the session at hand stays, and no dial follows', async test => {
  const { gate, clock, client, first, moves } = await online(test)
  moves()
  const failed = failure(client)
  const second = await gate.accept()
  await second.expectLogin()
  second.kick('AUTH_INVALID').send()
  await failed
  const inbox = collect(client)
  first.data(1).send()
  await inbox.count(1)
  for (let minute = 0; minute < 4; minute++) clock.advance(60_000)
  await turn()
  test.equal(gate.dials, 2)
})

t.test(
  'a person looks: a connection that answers stays, one that is silent gets an heir',
  async test => {
    const { gate, clock, client, environment, first } = await online(test)
    clock.advance(40_000)
    environment.changed()
    await first.expect('PING')
    first.pong().send()
    await turn()
    clock.advance(3_000)
    await turn()
    test.equal(gate.dials, 1)
    clock.advance(40_000)
    environment.changed()
    await first.expect('PING')
    clock.advance(1_500)
    clock.advance(75)
    const second = await gate.accept()
    await second.welcome()
    await first.gone
    test.equal(client.state, 'ready')
  },
)

t.test('a gate that is being emptied serves until another one does', async test => {
  const other = await ScriptedGate.listen()
  test.teardown(() => other.close())
  const { gate, clock, create, options } = await setUp(test)
  const client = create({ ...options, urls: [gate.url, other.url], random: () => 0.5 })
  test.teardown(() => client.close())
  const inbox = collect(client)
  start(client)
  const end = await gate.accept()
  await end.welcome()
  await reached(client, 'ready')
  end.kick('DRAINING', { spread: 4000 }).data(1).send()
  await inbox.count(1)
  clock.advance(1999)
  await turn()
  test.equal(other.dials, 0)
  clock.advance(1)
  const next = await other.accept()
  test.match(await next.expectLogin(), { seq: 1 })
  end.data(2).send()
  await inbox.count(2)
  next.loginAck({ base: 1, max: 2 }).page(1, 2, [2]).data(3).send()
  await end.gone
  await inbox.count(3)
  test.strictSame(inbox.texts, ['m1', 'm2', 'm3'])
  test.equal(client.state, 'ready')
})

t.test(
  'a gate that is being emptied and hangs up at once is left within its spread',
  async test => {
    const other = await ScriptedGate.listen()
    test.teardown(() => other.close())
    const { gate, clock, create, options } = await setUp(test)
    const client = create({ ...options, urls: [gate.url, other.url], random: () => 0.5 })
    test.teardown(() => client.close())
    start(client)
    const end = await gate.accept()
    await end.welcome()
    await reached(client, 'ready')
    end.kick('DRAINING', { spread: 4000 }).send()
    const waiting = reached(client, 'waiting')
    end.end()
    test.equal((await waiting).retryInMs, 2000)
    clock.advance(2000)
    await (await other.accept()).welcome()
    await reached(client, 'ready')
  },
)

t.test('where there is no other gate, one that is being emptied is left at once', async test => {
  const { clock, client, first } = await online(test)
  const waiting = reached(client, 'waiting')
  first.kick('DRAINING', { spread: 4000 }).send()
  const { retryInMs, error } = await waiting
  test.match(error, { code: 'DRAINING' })
  test.equal(retryInMs, 1000)
  await first.gone
  test.ok(clock.timers > 0)
})
