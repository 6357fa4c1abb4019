import { CMD, CODES } from '@longwire/proto'
import { TRUNK, trunkBody } from '@longwire/proto/trunk'
import t from 'tap'
import { kickOf, login, loginBytes, type RawClient } from '../support/raw-client.ts'
import { ScriptedLogic } from '../support/scripted-logic.ts'
import { stage } from '../support/stage.ts'
import { turn, until } from '../support/test-clock.ts'

t.test('a link opens with HELLO and the cluster secret', async t => {
  const { logic, gate } = await stage(t)
  t.match(trunkBody.Hello.decode(logic.of(TRUNK.HELLO)[0]?.body ?? Buffer.alloc(0)), {
    node: 'gate-1',
    incarnation: 'a',
    role: 'gate',
    version: 1,
    key: 'cluster',
  })
  t.ok(gate.ready())
})

t.test('a refused HELLO leaves the gate without that node, and it tries again', async t => {
  const scene = await stage(t, { logic: false })
  scene.logic.refusal = 'the cluster secret is another one'
  await scene.join(scene.logic)
  t.notOk(scene.gate.ready())
  scene.logic.refusal = ''
  await scene.pass(2_000)
  await until('it is linked', () => scene.gate.ready())
})

t.test(
  'without logic a LOGIN is told to come back, sessions stay and pings are answered',
  async t => {
    const scene = await stage(t)
    const client = await scene.dial('tcp')
    await login(client)
    await scene.registry.withdraw(scene.logic.node)
    scene.logic.kill()
    await turn()
    const late = await scene.dial('ws')
    late.send(loginBytes({ uid: 'u2' }))
    const kick = await kickOf(late)
    t.equal(kick.code, CODES.UNAVAILABLE.code)
    t.ok(kick.retryAfter >= 500 && kick.retryAfter <= 2_000, `${kick.retryAfter} ms`)
    await scene.pass(60_000)
    client.ping()
    await client.expect(CMD.PONG)
    t.notOk(scene.gate.ready())
  },
)

t.test(
  'logic restarts: no session is dropped, a waiting PULL is answered, lost hints are healed',
  async t => {
    const scene = await stage(t)
    const puller = await scene.dial('tcp')
    await login(puller, { uid: 'puller' })
    const idle = await scene.dial('ws')
    await login(idle, { uid: 'idle' })
    await scene.registry.withdraw(scene.logic.node)
    scene.logic.kill()
    await turn()
    puller.writer.pull(0, 1_000)
    puller.send()
    t.equal((await puller.expect(CMD.ERROR)).a, CODES.UNAVAILABLE.code)
    await scene.pass(20_000)

    const next = new ScriptedLogic(scene.clock, 'logic-1', '2')
    next.append('puller', 'waited for')
    next.append('idle', 'hint was lost')
    await scene.join(next)
    await scene.pass(500)
    t.equal((await puller.expect(CMD.PULL_RESP)).b, 1)
    t.equal((await idle.expect(CMD.NOTIFY)).a, 1)
    t.same(next.heads.map(({ uid }) => uid).toSorted(), ['idle', 'puller'])
    t.equal(scene.gate.sessions(), 2)
  },
)

t.test('RESYNC asks the head of every session, in batches', async t => {
  const scene = await stage(t, { limits: { resyncPerTick: 2 } })
  for (let user = 0; user < 5; user++) await login(await scene.dial('tcp'), { uid: `u${user}` })
  scene.logic.heads.length = 0
  scene.logic.push(writer => writer.frame(TRUNK.RESYNC, ''))
  await turn()
  const frames = scene.logic.of(TRUNK.HEADS).length
  await scene.pass(250)
  await until('a batch came', () => scene.logic.of(TRUNK.HEADS).length > frames)
  t.equal(scene.logic.heads.length, 2)
  await scene.pass(1_000)
  await until('all came', () => scene.logic.heads.length === 5)
  t.equal(new Set(scene.logic.heads.map(({ uid }) => uid)).size, 5)
})

t.test('a PULL without an answer is asked again, also elsewhere, and the client stays', async t => {
  const scene = await stage(t)
  const client = await scene.dial('tcp')
  await login(client)
  scene.logic.append('u1', 'one')
  scene.logic.answersPulls = false
  client.writer.pull(0, 1_000)
  client.send()
  await until('it was asked', () => scene.logic.of(TRUNK.PULL).length === 1)
  await scene.pass(5_500)
  await until('it was asked again', () => scene.logic.of(TRUNK.PULL).length === 2)
  const [first, second] = scene.logic.of(TRUNK.PULL)
  if (first === undefined || second === undefined) throw new Error('unreachable')
  scene.logic.answerPull(first)
  await turn()
  await turn()
  t.equal(client.frames.length, 0, 'a late answer is ignored')
  scene.logic.answerPull(second)
  t.equal((await client.expect(CMD.PULL_RESP)).b, 1)
  scene.logic.answerPull(second)
  await turn()
  await turn()
  t.equal(client.frames.length, 0, 'and so is one that comes twice')
})

t.test('a PULL on a link that breaks is asked on another one at once', async t => {
  const scene = await stage(t)
  const other = new ScriptedLogic(scene.clock, 'logic-2')
  other.append('u1', 'one')
  const client = await scene.dial('tcp')
  await login(client)
  scene.logic.answersPulls = false
  client.writer.pull(0, 1_000)
  client.send()
  await until('it was asked', () => scene.logic.of(TRUNK.PULL).length === 1)
  await scene.join(other)
  await scene.registry.withdraw(scene.logic.node)
  scene.logic.kill()
  t.equal((await client.expect(CMD.PULL_RESP)).b, 1)
})

t.test('a page that logic cannot read now is asked for again', async t => {
  const scene = await stage(t)
  const client = await scene.dial('tcp')
  await login(client)
  const read = scene.logic.pageAfter.bind(scene.logic)
  scene.logic.pageAfter = () => ({ code: CODES.UNAVAILABLE.code })
  client.writer.pull(0, 1_000)
  client.send()
  await until('it was asked', () => scene.logic.of(TRUNK.PULL).length === 1)
  await turn()
  scene.logic.append('u1', 'one')
  scene.logic.pageAfter = read
  await scene.pass(2_250)
  t.equal((await client.expect(CMD.PULL_RESP)).b, 1)
})

t.test('a LOGIN without an answer ends with UNAVAILABLE after 5 s', async t => {
  const scene = await stage(t)
  scene.logic.welcome = () => undefined
  const client = await scene.dial('tcp')
  client.send(loginBytes())
  await until('it was asked', () => scene.logic.of(TRUNK.LOGIN).length === 1)
  await scene.pass(5_500)
  t.equal((await kickOf(client)).code, CODES.UNAVAILABLE.code)
})

t.test('a welcome for a client that has gone is undone', async t => {
  const scene = await stage(t)
  scene.logic.welcome = () => undefined
  const client = await scene.dial('tcp')
  client.send(loginBytes())
  await until('it was asked', () => scene.logic.of(TRUNK.LOGIN).length === 1)
  const asked = scene.session()
  client.wire?.destroy()
  await client.end()
  await turn()
  t.same(scene.logic.of(TRUNK.GONE), [], 'not before the route may exist')
  scene.logic.answerLogin(asked, { base: 0 })
  await until('it was undone', () => scene.logic.of(TRUNK.GONE).length === 1)
  t.match(scene.logic.of(TRUNK.GONE), [
    { uid: 'u1', slot: asked.slot, generation: asked.generation, body: Buffer.from('d1') },
  ])
  await until('its row is free', () => scene.gate.sessions() === 0)
})

t.test('a welcome without a page makes the gate ask for the head', async t => {
  const scene = await stage(t)
  scene.logic.append('u1', 'one')
  scene.logic.welcome = () => ({ base: 0, page: { code: CODES.UNAVAILABLE.code } })
  const client = await scene.dial('tcp')
  await login(client)
  t.equal((await client.expect(CMD.NOTIFY)).a, 1)
})

t.test('hints that overtake the welcome are not lost', async t => {
  const scene = await stage(t)
  scene.logic.welcome = () => undefined
  const client = await scene.dial('tcp')
  client.send(loginBytes())
  await until('it was asked', () => scene.logic.of(TRUNK.LOGIN).length === 1)
  scene.logic.deliver(scene.session(), 3, 'early')
  await turn()
  scene.logic.answerLogin(scene.session(), { base: 0 })
  await client.expect(CMD.LOGIN_ACK)
  t.equal((await client.expect(CMD.NOTIFY)).a, 3)
})

t.test('a node that falls silent is left after 3 s and dialled again', async t => {
  const scene = await stage(t)
  scene.logic.answersPings = false
  await scene.pass(5_500)
  await until('it was dialled again', () => scene.logic.of(TRUNK.HELLO).length >= 2)
})

t.test('a stall of the gate itself is not the silence of logic', async t => {
  const { clock, gate, logic, pass } = await stage(t)
  clock.stall(20_000)
  await pass(2_000)
  t.ok(gate.ready())
  t.equal(logic.of(TRUNK.HELLO).length, 1)
})

t.test('while the registry fails the nodes known last are kept and dialled', async t => {
  const scene = await stage(t)
  const list = scene.registry.list.bind(scene.registry)
  scene.registry.list = () => Promise.reject(new Error('registry down'))
  await scene.pass(10_000)
  t.ok(scene.gate.ready())
  scene.logic.kill()
  await turn()
  t.notOk(scene.gate.ready())
  await scene.pass(2_000)
  await until('it is linked again', () => scene.gate.ready())
  scene.registry.list = list
})

t.test('a node that leaves the registry gets no new requests while others live', async t => {
  const scene = await stage(t)
  const other = new ScriptedLogic(scene.clock, 'logic-2')
  await scene.join(other)
  await scene.registry.withdraw(scene.logic.node)
  await scene.pass(1_250)
  for (let user = 0; user < 20; user++) await login(await scene.dial('tcp'), { uid: `u${user}` })
  t.equal(other.of(TRUNK.LOGIN).length, 20)
  other.kill()
  await scene.registry.withdraw(other.node)
  await turn()
  await login(await scene.dial('tcp'), { uid: 'last' })
  t.equal(scene.logic.of(TRUNK.LOGIN).length, 1, 'better than nobody')
})

t.test('requests about a uid go to one node', async t => {
  const scene = await stage(t)
  const other = new ScriptedLogic(scene.clock, 'logic-2')
  await scene.join(other)
  for (let round = 0; round < 2; round++) {
    for (let user = 0; user < 30; user++) {
      const client = await scene.dial('tcp')
      await login(client, { uid: `u${user}`, device: `d${round}` })
    }
  }
  for (const node of [scene.logic, other]) {
    const uids = node.of(TRUNK.LOGIN).map(({ uid }) => uid)
    t.equal(uids.length, 2 * new Set(uids).size)
    t.ok(uids.length > 0)
  }
})

t.test(
  'the gate announces itself with the address of its first listener, and leaves at stop',
  async t => {
    const { registry, gate, addresses, pass } = await stage(t)
    await pass(10_000)
    t.match(await registry.list('gate'), [
      { role: 'gate', name: 'gate-1', incarnation: 'a', address: addresses.tcp },
    ])
    await gate.stop()
    t.same(await registry.list('gate'), [])
  },
)

t.test(
  'a drain tells everybody one after the other, with a spread, and accepts nobody',
  async t => {
    const scene = await stage(t)
    const count = 30
    const clients: RawClient[] = []
    for (let user = 0; user < count; user++) {
      const client = await scene.dial(user % 2 === 0 ? 'tcp' : 'ws')
      await login(client, { uid: `u${user}` })
      clients.push(client)
    }
    let drained = false
    const draining = scene.gate.drain(10_000).then(() => {
      drained = true
    })
    t.notOk(scene.gate.ready())
    const told = (): number => clients.filter(client => client.frames.length > 0).length
    const pace: number[] = []
    while (told() < count && pace.length < 40) {
      await scene.pass(250)
      await turn()
      pace.push(told())
    }
    t.ok(
      pace.some(each => each > 0 && each < count),
      `not all of them at once: ${pace.join(' ')}`,
    )
    t.equal(told(), count)
    await t.rejects(scene.dial('tcp'))
    for (const client of clients) {
      const kick = await kickOf(client)
      t.equal(kick.code, CODES.DRAINING.code)
      t.ok(kick.spread > 2_000 && kick.spread <= 2_500, 'a quarter of what there is')
      client.wire?.end()
    }
    await until('all have left', () => scene.gate.sessions() === 0)
    await scene.pass(500)
    await draining
    t.ok(drained)
    t.equal(scene.logic.of(TRUNK.GONE).length, count)
  },
)

t.test(
  'a draining gate leaves the registry before it tells anybody, and does not come back',
  async t => {
    const scene = await stage(t)
    await login(await scene.dial('tcp'))
    const draining = scene.gate.drain()
    await turn()
    t.same(await scene.registry.list('gate'), [])
    await scene.pass(3_000)
    t.same(await scene.registry.list('gate'), [])
    await scene.pass(8_000)
    t.ok(await draining)
  },
)

t.test('however many there are, all are told within the time of the drain', async t => {
  const scene = await stage(t, { limits: { drainPerTick: 1, lingerMs: 500 } })
  const clients: RawClient[] = []
  for (let user = 0; user < 20; user++) {
    const client = await scene.dial('tcp')
    await login(client, { uid: `u${user}` })
    clients.push(client)
  }
  const draining = scene.gate.drain(2_500)
  for (const client of clients.slice(0, 19)) {
    while (client.frames.length === 0) await scene.pass(250)
    client.wire?.end()
  }
  t.equal((await kickOf(clients[19]!)).code, CODES.DRAINING.code)
  await scene.pass(3_000)
  await draining
  t.equal(scene.gate.sessions(), 0)
})

t.test('a drain whose time is over says who stayed', async t => {
  const scene = await stage(t)
  const client = await scene.dial('tcp')
  await login(client)
  client.wire?.pause()
  const draining = scene.gate.drain(1_000)
  await scene.pass(2_000)
  t.notOk(await draining)
  t.equal(scene.gate.sessions(), 1)
})

t.test('a drain does not wait for clients that stay', async t => {
  const scene = await stage(t)
  const client = await scene.dial('tcp')
  await login(client)
  client.wire?.pause()
  const draining = scene.gate.drain(20_000)
  await scene.pass(16_000)
  t.equal(await draining, true)
})

t.test('a gate says by part how it is', async t => {
  const scene = await stage(t, { limits: { sessions: 2 } })
  const wrong = (): string[] =>
    scene.gate
      .health()
      .filter(({ problem, bearable }) => problem !== '' && bearable !== true)
      .map(({ part }) => part)
  t.same(wrong(), [])
  const clients = [await scene.dial('tcp'), await scene.dial('tcp')]
  for (const [n, client] of clients.entries()) await login(client, { uid: `u${n}` })
  t.same(wrong(), ['listeners'], 'it is full')
  for (const client of clients) client.wire?.destroy()
  await until('they have left', () => scene.gate.sessions() === 0)
  t.same(wrong(), [])
  const list = scene.registry.announce.bind(scene.registry)
  scene.registry.announce = () => Promise.reject(new Error('registry down'))
  await scene.pass(2_000)
  t.ok(scene.gate.ready(), 'who dials can log in')
  t.match(
    scene.gate.health().find(({ part }) => part === 'registry'),
    { problem: 'does not answer', bearable: true },
  )
  scene.registry.announce = list
  await scene.registry.withdraw(scene.logic.node)
  scene.logic.kill()
  await turn()
  await turn()
  t.same(wrong(), ['trunk'])
  await scene.gate.drain(100)
  t.same(wrong(), ['draining', 'trunk'])
  await scene.gate.stop()
  t.same(wrong(), ['node', 'trunk'])
})
