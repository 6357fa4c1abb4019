import t from 'tap'
import { gateMark, seededRandom, Tickets, type NodeInfo } from '@longwire/kit'
import { bucketOf, CMD, CODES, edgeBody, FEATURE } from '@longwire/proto'
import { TRUNK, trunkBody } from '@longwire/proto/trunk'
import { moveOf } from '../src/moves/mover.ts'
import { selectionOf } from '../src/moves/selection.ts'
import { Targets } from '../src/moves/targets.ts'
import { Names } from '../src/names.ts'
import { SessionTable } from '../src/session-table.ts'
import { silentConnection } from './support/connection.ts'
import { dial, kickOf, login, type RawClient } from './support/raw-client.ts'
import { type Stage, stage } from './support/stage.ts'
import { until } from './support/test-clock.ts'

const gateAt = (name: string, load: Partial<NodeInfo['load']> = {}): NodeInfo => ({
  role: 'gate',
  name,
  incarnation: 'a',
  address: '',
  load: { conns: 0, capacity: 1_000, epoch: 1, elu: 0, accept: 400, ...load },
  reach: { addresses: [{ url: `tcp://${name}:1` }, { url: `ws://${name}:2` }] },
})

/** Another gate that this one knows of. */
const withOther = async (scene: Stage, node: NodeInfo = gateAt('b')): Promise<void> => {
  await scene.registry.announce(node, 3_600_000)
  await scene.pass(5_000)
}

const order = async (
  { logic }: Stage,
  move: trunkBody.Move.$Properties,
): Promise<trunkBody.Moving> => {
  const before = logic.of(TRUNK.MOVING).length
  logic.push(writer => {
    writer.head.sequenceid = 77
    writer.frame(TRUNK.MOVE, '', trunkBody.Move.encode({ id: 'm', state: 1, ...move }).finish())
    writer.head.sequenceid = 0
  })
  await until('the gate has answered', () => logic.of(TRUNK.MOVING).length > before)
  const answer = logic.of(TRUNK.MOVING).at(-1)!
  t.equal(answer.sequenceid, 77)
  return trunkBody.Moving.decode(answer.body)
}

const migrate = async (client: RawClient): Promise<edgeBody.Migrate> =>
  edgeBody.Migrate.decode((await client.expect(CMD.MIGRATE)).body)

const modern = { features: FEATURE.MIGRATE }

for (const library of ['uws', 'ws'] as const) {
  for (const transport of library === 'uws' ? (['tcp', 'ws'] as const) : (['ws'] as const)) {
    t.test(`${transport} (${library}): a session is told where to go, and followed`, async t => {
      const scene = await stage(t, { library })
      await withOther(scene)
      const client = await scene.dial(transport)
      await login(client, modern)
      const session = scene.session()
      const first = await order(scene, { spread: 3_000, deadline: 20_000, reason: 'tests' })
      t.match(first, { matching: 1, told: 0, done: false, counted: true, sessions: 1, problem: '' })
      await scene.pass(250)
      const told = await migrate(client)
      t.match(told, { spread: 3_000, deadline: 20_000, reason: 'tests' })
      t.same(told.targets, [transport === 'tcp' ? 'tcp://b:1' : 'ws://b:2'])
      const holder = { uid: 'u1', appcode: 1, device: 'd1' }
      const ticket = new Tickets('cluster').read(holder, told.ticket, scene.clock.now() + 29_000)
      const { slot, generation } = session
      t.match(ticket, { gate: gateMark('gate-1@a'), slot, generation, tokenExpiresAt: 0 })
      client.ping()
      await client.expect(CMD.PONG)
      t.match(await order(scene, {}), { told: 1, pending: 1, moved: 0, done: false })
      scene.logic.kick(session, CODES.SUPERSEDED.code, {})
      await client.end()
      await until('it has left', () => scene.gate.sessions() === 0)
      t.match(await order(scene, {}), { told: 1, pending: 0, moved: 1, done: true, sessions: 0 })
      t.equal(await scene.metric('longwire_gate_moves_total{result="moved"}'), 1)
    })

    t.test(`${transport} (${library}): who does not know the word is asked to leave`, async t => {
      const scene = await stage(t, { library })
      await withOther(scene)
      const client = await scene.dial(transport)
      await login(client)
      await order(scene, { spread: 2_000 })
      await scene.pass(250)
      const asked = await client.expect(CMD.KICK)
      t.equal(asked.a, CODES.DRAINING.code)
      const addresses = [transport === 'tcp' ? 'tcp://b:1' : 'ws://b:2']
      t.match(edgeBody.Kick.decode(asked.body), { spread: 2_000, addresses })
      client.ping()
      await client.expect(CMD.PONG)
      await scene.pass(7_000)
      const sent = await client.expect(CMD.KICK)
      t.equal(sent.a, CODES.MOVED.code)
      t.match(edgeBody.Kick.decode(sent.body), { spread: 2_000, addresses })
      await client.end()
      t.match(await order(scene, {}), { told: 1, moved: 0, failed: 1, done: true })
    })

    t.test(
      `${transport} (${library}): a drain moves sessions, and ends those that stay`,
      async t => {
        const scene = await stage(t, { library })
        await withOther(scene)
        const goes = await scene.dial(transport)
        await login(goes, modern)
        const session = scene.session()
        const stays = await scene.dial(transport)
        await login(stays, { ...modern, uid: 'u2' })
        const drained = scene.gate.drain(20_000)
        t.equal((await migrate(goes)).targets.length, 1)
        t.match(await migrate(stays), { deadline: 14_000, spread: 5_000 })
        scene.logic.kick(session, CODES.SUPERSEDED.code, {})
        await goes.end()
        await scene.pass(13_500)
        t.equal(scene.gate.sessions(), 1)
        await scene.pass(750)
        t.match(await kickOf(stays), { code: CODES.DRAINING.code, spread: 0 })
        await until('all have left', () => scene.gate.sessions() === 0)
        await scene.pass(250)
        t.equal(await drained, true)
      },
    )
  }
}

t.test('whether a session that closed has a successor, logic may say a moment later', async t => {
  const scene = await stage(t)
  await withOther(scene)
  const sessions = []
  for (const uid of ['u1', 'u2']) {
    const client = await scene.dial('tcp')
    await login(client, { ...modern, uid })
    sessions.push({ client, session: scene.session() })
  }
  await order(scene, {})
  await scene.pass(250)
  for (const { client } of sessions) {
    await migrate(client)
    client.wire?.end()
  }
  await until('they have left', () => scene.gate.sessions() === 0)
  t.match(await order(scene, {}), { told: 2, pending: 2, moved: 0, left: 0, done: false })
  scene.logic.kick(sessions[0]!.session, CODES.SUPERSEDED.code, {})
  t.match(await order(scene, {}), { pending: 1, moved: 1 })
  await scene.pass(3_250)
  t.match(await order(scene, {}), { pending: 0, moved: 1, left: 1, done: true })
})

t.test(
  'who is still here after the deadline has failed, is served, and may still come',
  async t => {
    const scene = await stage(t)
    await withOther(scene)
    const client = await scene.dial('tcp')
    await login(client, modern)
    const session = scene.session()
    await order(scene, { deadline: 4_000 })
    await scene.pass(250)
    await migrate(client)
    await scene.pass(4_250)
    t.match(await order(scene, {}), { failed: 1, pending: 0, done: true, sessions: 1 })
    client.ping()
    await client.expect(CMD.PONG)
    scene.logic.kick(session, CODES.SUPERSEDED.code, {})
    await client.end()
    t.match(await order(scene, {}), { failed: 0, moved: 1, done: true })
  },
)

t.test('so many in a second, as long as somebody wants it', async t => {
  const scene = await stage(t)
  await withOther(scene)
  const clients: RawClient[] = []
  for (let index = 0; index < 20; index++) {
    const client = await scene.dial('tcp')
    await login(client, { ...modern, uid: `u${index}` })
    clients.push(client)
  }
  const told = (): number => clients.filter(({ frames }) => frames.length > 0).length
  t.match(await order(scene, { perSecond: 2, state: 2 }), { matching: 20, told: 0, done: false })
  await scene.pass(2_000)
  t.match(await order(scene, { perSecond: 2 }), { matching: 20, told: 0, remaining: 12_000 })
  await scene.pass(2_000)
  t.match(await order(scene, { perSecond: 2 }), { told: 4 })
  await scene.pass(1_000)
  t.match(await order(scene, { perSecond: 2, state: 2 }), { told: 6 }, 'it stands still')
  await scene.pass(5_000)
  t.match(await order(scene, { perSecond: 1 }), { told: 6 })
  await scene.pass(60_000)
  await until('they have heard', () => told() === 6 + 10)
  t.match(
    await order(scene, { perSecond: 1, state: 3 }),
    { told: 16, done: true, sessions: 20 },
    'nobody said it for ten seconds',
  )
})

t.test('where no gate is known nobody is told, and the answer says why', async t => {
  const scene = await stage(t)
  const client = await scene.dial('tcp')
  await login(client, modern)
  await order(scene, {})
  await scene.pass(250)
  const answer = await order(scene, {})
  t.match(answer, {
    told: 1,
    failed: 1,
    done: true,
    problem: 'no other gate takes sessions by tcp',
  })
  t.same(client.frames, [])
  t.match((await order(scene, { id: '' })).problem, /id/)
  t.match((await order(scene, { id: 'x', state: 9 })).problem, /state 9/)
  t.match((await order(scene, { id: 'x', hashFrom: 5, hashTo: 4 })).problem, /range/)
  t.match((await order(scene, { id: 'x', nets: ['10.0.0'] })).problem, /CIDR/)
})

t.test('a drain by order takes the gate out of everything until it is cancelled', async t => {
  const scene = await stage(t)
  await withOther(scene)
  const listed = async (): Promise<boolean> =>
    (await scene.registry.list('gate')).some(({ name }) => name === 'gate-1')
  const client = await scene.dial('tcp')
  await login(client, modern)
  await order(scene, { drain: true })
  await scene.pass(1_000)
  await migrate(client)
  t.equal(await listed(), false)
  t.equal(scene.gate.ready(), false)
  const refused = await (await dial('tcp', scene.addresses.tcp)).expect(CMD.KICK)
  t.equal(refused.a, CODES.DRAINING.code)
  t.ok(edgeBody.Kick.decode(refused.body).addresses.includes('tcp://b:1'))
  await order(scene, { drain: true, state: 3 })
  await scene.pass(1_000)
  t.equal(await listed(), true)
  t.equal(scene.gate.ready(), true)
  await login(await scene.dial('tcp'), { uid: 'u2' })
})

t.test('which sessions a move is about', t => {
  const table = new SessionTable(100, 1)
  const rows = [
    { uid: 'ann', appcode: 1, agent: 'shop/2.3 longwire-js/0.1.0', address: '10.1.0.9' },
    { uid: 'bob', appcode: 1, agent: 'shop/2.4 longwire-js/0.1.0', address: '10.2.0.9' },
    { uid: 'cem', appcode: 2, agent: 'shop/2.4', address: '2001:db8:0:1::/64' },
    { uid: 'dan', appcode: 3, agent: '', address: 'unknown' },
  ]
  for (const { uid, appcode, agent } of rows) {
    const slot = table.acquire(silentConnection, '')
    table.uid[slot] = uid
    table.appcode[slot] = appcode
    table.agent[slot] = table.agents.take(agent)
    table.source[slot] = slot
  }
  const chosen = (move: trunkBody.Move.$Properties): string => {
    const addressOf = (source: number): string => rows[source]!.address
    const selects = selectionOf({ table, addressOf }, moveOf(move))
    return rows
      .filter((_, slot) => selects(slot))
      .map(({ uid }) => uid)
      .join(' ')
  }
  const bucket = bucketOf('bob')
  t.equal(chosen({}), 'ann bob cem dan')
  t.equal(chosen({ appcodes: [1] }), 'ann bob')
  t.equal(chosen({ appcodes: [1], invert: true }), 'cem dan')
  t.equal(chosen({ agents: ['shop/2.4'] }), 'bob cem')
  t.equal(chosen({ agents: ['shop/2.4', 'shop/2.3 '], appcodes: [1, 3] }), 'ann bob')
  t.equal(chosen({ nets: ['10.2.0.0/16', '2001:db8::/32'] }), 'bob cem')
  t.equal(chosen({ hashFrom: bucket, hashTo: bucket + 1 }), 'bob')
  t.equal(chosen({ hashTo: bucket }).includes('bob'), false, 'the end is not part of it')
  const all = Array.from({ length: 50 }, (_, id) => chosen({ id: `${id}`, share: 5_000 }))
  t.equal(chosen({ id: '7', share: 5_000 }), all[7], 'the same users for the same job')
  t.ok(new Set(all).size > 5, 'others for another one')
  t.equal(chosen({ share: 10_000 }), 'ann bob cem dan')
  t.end()
})

t.test('sessions go to the gates that are short of them, each to several, in an order', t => {
  const nodes = [
    gateAt('full', { conns: 960 }),
    gateAt('half', { conns: 500 }),
    gateAt('empty'),
    { ...gateAt('other'), reach: { addresses: [{ url: 'tcp://other:1' }], appcodes: [9] } },
    { ...gateAt('mute'), reach: undefined },
  ]
  const targets = new Targets({ random: seededRandom(3), others: () => nodes })
  const need = { transport: 'tcp', appcode: 1 } as const
  const first = new Map<string, number>()
  for (let left = 400; left > 0; left--) {
    const urls = targets.pick(need, [], left)
    t.equal(urls.length, 2, 'neither who is full nor who is for others')
    first.set(urls[0]!, (first.get(urls[0]!) ?? 0) + 1)
  }
  t.ok(first.get('tcp://empty:1')! > 390, 'as long as it has less')
  t.same(targets.pick({ transport: 'ws', appcode: 9 }, ['tcp://other:1'], 1), [])
  t.same(targets.pick({ transport: 'tcp', appcode: 1 }, ['tcp://new:1'], 1), ['tcp://new:1'])
  t.equal(targets.perSecond([]), (4 * 400) / 2, 'half of what they can log in')
  t.equal(targets.perSecond(['tcp://half:1']), 200)
  t.end()
})

t.test('a name has a number as long as somebody uses it', t => {
  const names = new Names(2)
  const [a, b] = [names.take('a'), names.take('b')]
  t.equal(names.take('a'), a)
  t.equal(names.take('c'), 0, 'there are as many as may be')
  t.equal(names.take(''), 0)
  names.release(a)
  t.equal(names.textOf(a), 'a')
  names.release(a)
  t.equal(names.take('c'), a, 'its number is free')
  t.same([names.textOf(a), names.textOf(b), names.textOf(0)], ['c', 'b', ''])
  t.end()
})
