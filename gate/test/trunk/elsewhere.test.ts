import { CMD, CODES, edgeBody } from '@longwire/proto'
import { TRUNK } from '@longwire/proto/trunk'
import t, { type Test } from 'tap'
import { kickOf, login, loginBytes, type RawClient } from '../support/raw-client.ts'
import { ScriptedLogic } from '../support/scripted-logic.ts'
import { stage, type Stage } from '../support/stage.ts'
import { turn, until } from '../support/test-clock.ts'

const BUSY = CODES.BUSY.code

interface Pair extends Stage {
  /** Serves `uid`, and the node that would if it could not. */
  readonly uid: string
  readonly owner: ScriptedLogic
  readonly spare: ScriptedLogic
  readonly nodes: readonly ScriptedLogic[]
}

/** A gate with two logic nodes, and a user of whom it is known which of them serves him. */
const pair = async (t: Test, options: Parameters<typeof stage>[1] = {}): Promise<Pair> => {
  const scene = await stage(t, options)
  const other = new ScriptedLogic(scene.clock, 'logic-2')
  await scene.join(other)
  const client = await scene.dial('tcp')
  await login(client, { uid: 'scout' })
  const first = scene.logic.of(TRUNK.LOGIN).length === 1
  client.wire?.destroy()
  await until('the scout has left', () => scene.gate.sessions() === 0)
  const [owner, spare] = first ? [scene.logic, other] : [other, scene.logic]
  owner.seen.length = spare.seen.length = 0
  return Object.assign(scene, { uid: 'scout', owner, spare, nodes: [owner, spare] })
}

const load = (node: ScriptedLogic, value: number): void =>
  node.push(writer => {
    writer.head.reserve = value
    writer.frame(TRUNK.LOAD, '')
  })

const pull = (client: RawClient): void => {
  client.writer.pull(0, 1_000)
  client.send()
}

t.test('a LOGIN that a node has no room for is asked at another one', async t => {
  const scene = await pair(t)
  scene.owner.welcome = () => ({ code: BUSY, retryAfter: 1_000 })
  await login(await scene.dial('tcp'), { uid: scene.uid })
  t.same(
    scene.nodes.map(node => node.of(TRUNK.LOGIN).length),
    [1, 1],
  )
  const [first] = scene.owner.of(TRUNK.LOGIN)
  const [second] = scene.spare.of(TRUNK.LOGIN)
  t.same(second?.body, first?.body)
  t.same([second?.slot, second?.generation], [first?.slot, first?.generation])
  t.not(second?.sequenceid, first?.sequenceid, 'an answer that comes late finds nobody')
})

t.test('a client is told BUSY once every node has said so', async t => {
  const scene = await pair(t)
  for (const node of scene.nodes) node.welcome = () => ({ code: BUSY, retryAfter: 700 })
  const client = await scene.dial('tcp')
  client.send(loginBytes({ uid: scene.uid }))
  t.match(await kickOf(client), { code: BUSY, retryAfter: 700 })
  t.same(
    scene.nodes.map(node => node.of(TRUNK.LOGIN).length),
    [1, 1],
  )
})

t.test('a refusal that every node would repeat goes straight to the client', async t => {
  const scene = await pair(t)
  scene.owner.welcome = () => ({ code: CODES.AUTH_INVALID.code })
  const client = await scene.dial('tcp')
  client.send(loginBytes({ uid: scene.uid }))
  t.equal((await kickOf(client)).code, CODES.AUTH_INVALID.code)
  t.same(scene.spare.of(TRUNK.LOGIN), [])
})

t.test(
  'a LOGIN whose node dies is asked at another one, within what is left of its time',
  async t => {
    const scene = await pair(t)
    scene.owner.welcome = () => undefined
    const client = await scene.dial('tcp')
    client.send(loginBytes({ uid: scene.uid }))
    await until('it was asked', () => scene.owner.of(TRUNK.LOGIN).length === 1)
    t.equal(scene.owner.of(TRUNK.LOGIN)[0]?.msgtype, 5_000, 'milliseconds that it may take')
    await scene.pass(1_000)
    scene.owner.kill()
    await client.expect(CMD.LOGIN_ACK)
    t.equal(scene.spare.of(TRUNK.LOGIN)[0]?.msgtype, 4_000)
  },
)

t.test('a LOGIN whose client has gone is asked nowhere else', async t => {
  const scene = await pair(t)
  scene.owner.welcome = () => undefined
  const client = await scene.dial('tcp')
  client.send(loginBytes({ uid: scene.uid }))
  await until('it was asked', () => scene.owner.of(TRUNK.LOGIN).length === 1)
  client.wire?.destroy()
  await client.end()
  await turn()
  scene.owner.kill()
  await until('its route is removed', () => scene.spare.of(TRUNK.GONE).length === 1)
  t.same(scene.spare.of(TRUNK.LOGIN), [])
  t.equal(scene.gate.sessions(), 0)
})

t.test('a page that one node cannot read is asked for at another one, at once', async t => {
  for (const code of [BUSY, CODES.DRAINING.code, CODES.UNAVAILABLE.code]) {
    const scene = await pair(t)
    const client = await scene.dial('tcp')
    await login(client, { uid: scene.uid })
    scene.owner.pageAfter = () => ({ code })
    scene.spare.append(scene.uid, 'one')
    pull(client)
    t.equal((await client.expect(CMD.PULL_RESP)).b, 1)
    t.equal(scene.spare.of(TRUNK.PULL).length, 1)
  }
})

t.test('a node that answers pings but no PULL is asked once, then another one', async t => {
  const scene = await pair(t)
  const client = await scene.dial('tcp')
  await login(client, { uid: scene.uid })
  scene.owner.answersPulls = false
  scene.spare.append(scene.uid, 'one')
  pull(client)
  await until('it was asked', () => scene.owner.of(TRUNK.PULL).length === 1)
  await scene.pass(5_500)
  t.equal((await client.expect(CMD.PULL_RESP)).b, 1)
  t.equal(scene.owner.of(TRUNK.PULL).length, 1)
})

t.test('an acknowledgement whose node dies before it is sent goes to another one', async t => {
  const scene = await pair(t)
  const client = await scene.dial('tcp')
  scene.owner.append(scene.uid, 'one')
  await login(client, { uid: scene.uid })
  await client.expect(CMD.PULL_RESP)
  client.writer.ack(1)
  client.send()
  await turn()
  await turn()
  await scene.registry.withdraw(scene.owner.node)
  scene.owner.kill()
  await turn()
  await turn()
  while (scene.spare.acks.length === 0) await scene.pass(250)
  t.match(scene.spare.acks, [{ uid: scene.uid, seq: 1 }])
})

t.test(
  'what a node was told less than five seconds before it died is told to another one: it had not been written',
  async t => {
    const scene = await pair(t)
    const client = await scene.dial('tcp')
    for (const body of ['one', 'two']) scene.owner.append(scene.uid, body)
    await login(client, { uid: scene.uid })
    await client.expect(CMD.PULL_RESP)
    client.writer.ack(1)
    client.send()
    while (scene.owner.acks.length < 1) await scene.pass(250)
    await scene.pass(6_000)
    client.writer.ack(2)
    client.send()
    while (scene.owner.acks.length < 2) await scene.pass(250)
    // The session is over by then; its cursor counts all the same.
    client.wire?.destroy()
    await until('the client has left', () => scene.gate.sessions() === 0)
    await scene.registry.withdraw(scene.owner.node)
    scene.owner.kill()
    while (scene.spare.acks.length === 0) await scene.pass(250)
    t.match(scene.spare.acks, [{ uid: scene.uid, device: 'd1', seq: 2 }])
  },
)

t.test('when a node dies the others are asked for all heads: it may have told nobody', async t => {
  const scene = await pair(t)
  const clients: RawClient[] = []
  for (let user = 0; user < 6; user++) {
    const client = await scene.dial('tcp')
    await login(client, { uid: `u${user}` })
    clients.push(client)
    scene.spare.append(`u${user}`, 'stored by the node that died')
  }
  await scene.registry.withdraw(scene.owner.node)
  scene.owner.kill()
  await turn()
  await scene.pass(500)
  for (const client of clients) t.equal((await client.expect(CMD.NOTIFY)).a, 1)
})

t.test(
  'a node at its bounds gets no LOGIN while another has room, but keeps its PULLs',
  async t => {
    const scene = await pair(t)
    load(scene.owner, 128)
    await turn()
    await turn()
    const client = await scene.dial('tcp')
    await login(client, { uid: scene.uid })
    t.same(
      scene.nodes.map(node => node.of(TRUNK.LOGIN).length),
      [0, 1],
    )
    pull(client)
    await client.expect(CMD.PULL_RESP)
    t.same(
      scene.nodes.map(node => node.of(TRUNK.PULL).length),
      [1, 0],
    )
    load(scene.owner, 100)
    await turn()
    await turn()
    await login(await scene.dial('tcp'), { uid: scene.uid, device: 'd2' })
    t.equal(scene.owner.of(TRUNK.LOGIN).length, 0, 'a little less is not yet room')
    load(scene.owner, 60)
    await turn()
    await turn()
    await login(await scene.dial('tcp'), { uid: scene.uid, device: 'd3' })
    t.equal(scene.owner.of(TRUNK.LOGIN).length, 1)
    load(scene.owner, 254)
    load(scene.spare, 254)
    await turn()
    await turn()
    await login(await scene.dial('tcp'), { uid: scene.uid, device: 'd4' })
    t.equal(scene.owner.of(TRUNK.LOGIN).length, 2, 'all alike: the usual choice')
  },
)

t.test(
  'a node that leaves gets nothing new while another is there, and hands over at once',
  async t => {
    const scene = await pair(t)
    const client = await scene.dial('tcp')
    await login(client, { uid: scene.uid })
    load(scene.owner, 255)
    await turn()
    await turn()
    pull(client)
    await client.expect(CMD.PULL_RESP)
    await login(await scene.dial('tcp'), { uid: scene.uid, device: 'd2' })
    t.same(
      scene.nodes.map(node => node.of(TRUNK.PULL).length),
      [0, 1],
    )
    t.same(
      scene.nodes.map(node => node.of(TRUNK.LOGIN).length),
      [1, 1],
    )
    t.ok(scene.gate.ready())
    scene.spare.kill()
    await turn()
    await turn()
    await login(await scene.dial('tcp'), { uid: scene.uid, device: 'd3' })
    t.equal(scene.owner.of(TRUNK.LOGIN).length, 2, 'better than nobody')
  },
)

t.test(
  'without logic a PULL is told so at once, asked again it is told again, and answered later',
  async t => {
    const scene = await stage(t)
    const client = await scene.dial('tcp')
    await login(client)
    await scene.registry.withdraw(scene.logic.node)
    scene.logic.kill()
    await turn()
    for (let times = 0; times < 2; times++) {
      pull(client)
      const refusal = await client.expect(CMD.ERROR)
      t.equal(refusal.a, CODES.UNAVAILABLE.code)
      const { retryAfter, message } = edgeBody.ErrorBody.decode(refusal.body)
      t.ok(retryAfter >= 1_000 && retryAfter <= 2_000, `${retryAfter} ms`)
      t.match(message, 'no logic node can be reached')
    }
    await scene.pass(30_000)
    t.same(client.frames, [], 'nobody is told every second')
    client.ping()
    await client.expect(CMD.PONG)
    const next = new ScriptedLogic(scene.clock, 'logic-1', '2')
    next.append('u1', 'one')
    await scene.join(next)
    await scene.pass(500)
    t.equal((await client.expect(CMD.PULL_RESP)).b, 1)
    t.equal(await scene.metric('longwire_gate_shed_total{reason="no_logic"}'), 2)
  },
)

t.test('more LOGINs than may wait get BUSY with a wait of their own; the others go on', async t => {
  const limits = { loginsAtLeast: 2, loginsInFlight: 2, retryAfterMs: 1_000 }
  const scene = await stage(t, { limits })
  scene.logic.welcome = () => undefined
  const waiting = [await scene.dial('tcp'), await scene.dial('ws')]
  for (const [index, client] of waiting.entries()) client.send(loginBytes({ uid: `w${index}` }))
  await until('both were asked', () => scene.logic.of(TRUNK.LOGIN).length === 2)
  const waits = new Set<number>()
  for (let late = 0; late < 4; late++) {
    const client = await scene.dial('tcp')
    client.send(loginBytes({ uid: `late${late}` }))
    const kick = await kickOf(client)
    t.equal(kick.code, BUSY)
    t.ok(kick.retryAfter >= 1_000 && kick.retryAfter <= 3_000, `${kick.retryAfter} ms`)
    waits.add(kick.retryAfter)
  }
  t.equal(waits.size, 4, 'they do not come back together')
  for (const frame of scene.logic.of(TRUNK.LOGIN)) scene.logic.answerLogin(frame, { base: 0 })
  for (const client of waiting) await client.expect(CMD.LOGIN_ACK)
  await login(await scene.dial('tcp'), { uid: 'again' }).catch(() => undefined)
  t.equal(await scene.metric('longwire_gate_shed_total{reason="load"}'), 4)
  t.equal(await scene.metric('longwire_gate_logins_in_flight'), 1)
})
