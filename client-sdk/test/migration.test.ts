import t, { type Test } from 'tap'
import type { ClientOptions, LongwireError, Migrated } from '../src/node.ts'
import { ScriptedGate, type GateKind } from './scripted-gate.ts'
import { collect, reached, setUp, start, turn } from './set-up.ts'

const TICKET = Buffer.from('a ticket')

/** A client on the first of three gates, that knows none of the others; 0.25 for every die. */
const online = async (test: Test, kind: GateKind, change: Partial<ClientOptions> = {}) => {
  const set = await setUp(test, { random: () => 0.25, ...change }, kind)
  const { client } = set
  const others = [await ScriptedGate.listen(kind), await ScriptedGate.listen(kind)] as const
  for (const other of others) test.teardown(() => other.close())
  const states: string[] = []
  const errors: LongwireError[] = []
  const migrated: Migrated[] = []
  start(client)
  const first = await set.gate.accept()
  const login = await first.welcome()
  await reached(client, 'ready')
  client.on('state', ({ state }) => void states.push(state))
  client.on('error', error => void errors.push(error))
  client.on('migrated', event => void migrated.push(event))
  const order = (more = {}) => ({
    targets: others.map(({ url }) => url),
    spread: 4_000,
    ticket: TICKET,
    reason: 'release 2',
    deadline: 30_000,
    ...more,
  })
  return { ...set, first, login, others, states, errors, migrated, order }
}

for (const kind of ['tcp', 'ws'] as const) {
  t.test(`${kind}: a session moves with its ticket, and the app need not know`, async test => {
    const asked: unknown[] = []
    const token = (request: unknown): string => {
      asked.push(request)
      return 'secret'
    }
    const scene = await online(test, kind, { token })
    const { gate, clock, client, first, login, others, states, errors, migrated, order } = scene
    test.equal(login.features & 1, 1, 'it says that it understands MIGRATE')
    const inbox = collect(client)
    first.data(1).migrate(order()).send()
    await inbox.count(1)
    clock.advance(999)
    await turn()
    test.equal(others[0].dials, 0)
    clock.advance(1)
    const second = await others[0].accept()
    const moved = await second.expectLogin()
    test.match(moved, { ticket: TICKET, token: '', prevSession: Buffer.alloc(8, 7), seq: 1 })
    test.ok(moved.dial > login.dial)
    first.data(2).send()
    await inbox.count(2)
    second.loginAck({ base: 1, max: 3 }).page(1, 3, [2, 3]).data(4).send()
    test.match(await first.expect('ACK'), { a: 2 }, 'what was read there is acknowledged there')
    await first.gone
    await inbox.count(4)
    test.strictSame(inbox.texts, ['m1', 'm2', 'm3', 'm4'])
    test.strictSame([states, errors, asked.length], [[], [], 1])
    test.strictSame(migrated, [{ from: gate.url, to: others[0].url, reason: 'release 2' }])
    const asking = reached(client, 'connecting')
    second.cut()
    await asking
    test.match(await (await others[0].accept()).welcome(), { token: 'secret' })
    test.equal(gate.dials, 1, 'the new gate is the one to ask')
  })

  t.test(`${kind}: the next target is tried, then later all of them again`, async test => {
    const scene = await online(test, kind)
    const { clock, client, first, others, states, errors, migrated, order } = scene
    const inbox = collect(client)
    others[0].close()
    first.migrate(order({ spread: 0 })).send()
    await turn()
    clock.advance(0)
    const second = await others[1].accept()
    await second.expectLogin()
    second.kick('BUSY').send()
    await second.gone
    first.data(1).send()
    await inbox.count(1)
    clock.advance(500)
    const third = await others[1].accept()
    test.match(await third.welcome({ base: 1 }), { ticket: TICKET })
    await first.gone
    test.strictSame([states, errors, migrated.length], [[], [], 1])
  })
}

t.test(
  'without any target the session stays, and it is forgotten after the deadline',
  async test => {
    const { gate, clock, client, first, others, states, errors, order } = await online(test, 'tcp')
    const inbox = collect(client)
    for (const other of others) other.close()
    first.migrate(order({ spread: 0, deadline: 5_000 })).send()
    await turn()
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000)
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    first.data(1).send()
    await inbox.count(1)
    test.strictSame([states, errors, gate.dials], [[], [], 1])
  },
)

t.test('a gate that knows no tickets, or does not take this one, gets the token', async test => {
  for (const code of ['TICKET_REFUSED', 'AUTH_INVALID', 'BAD_FIELD'] as const) {
    const { clock, first, others, states, migrated, order } = await online(test, 'tcp', {
      token: () => 'secret',
    })
    first.migrate(order({ spread: 0 })).send()
    await turn()
    clock.advance(0)
    const second = await others[0].accept()
    test.match(await second.expectLogin(), { token: '', ticket: TICKET })
    second.kick(code).send()
    await second.gone
    await turn()
    clock.advance(0)
    test.match(await (await others[0].accept()).welcome(), {
      token: 'secret',
      ticket: Buffer.alloc(0),
    })
    await first.gone
    test.strictSame([states, migrated.length], [[], 1], code)
  }
})

t.test('what it cannot dial, or should not, is left out', async test => {
  const { gate, clock, first, others, order } = await online(test, 'tcp')
  const targets = ['quic://203.0.113.7:1', 'no url', gate.url]
  first.migrate(order({ targets, spread: 0 })).send()
  await turn()
  clock.advance(1_000)
  await turn()
  test.equal(gate.dials, 1)
  first.migrate(order({ spread: 8_000 })).send()
  await turn()
  first.migrate(order({ targets: [] })).send()
  await turn()
  clock.advance(8_000)
  await turn()
  test.equal(others[0].dials, 0, 'it was called off')
})

t.test('the gate dies before the move: its targets are dialled first', async test => {
  const { clock, client, first, others, order } = await online(test, 'tcp')
  first.migrate(order({ spread: 60_000 })).send()
  await turn()
  const waiting = reached(client, 'waiting')
  first.cut()
  test.equal((await waiting).retryInMs, 15_000, 'all that the gate had must not come at once')
  clock.advance(15_000)
  await (await others[0].accept()).welcome()
  clock.advance(60_000)
  await turn()
  test.equal(others[0].dials, 1)
})

t.test('a kick that names gates is followed there', async test => {
  for (const code of ['MOVED', 'DRAINING'] as const) {
    const { gate, clock, client, first, others } = await online(test, 'tcp')
    const waiting = reached(client, 'waiting')
    first.kick(code, { spread: 4_000, addresses: [others[1].url] }).send()
    if (code === 'MOVED') clock.advance((await waiting).retryInMs!)
    else {
      await turn()
      clock.advance(1_000)
    }
    await (await others[1].accept()).welcome()
    test.equal(gate.dials, 1)
  }
})
