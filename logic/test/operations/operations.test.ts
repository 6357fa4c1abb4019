import t from 'tap'
import { ModelFleet, ModelGate } from './fleet.ts'

const BY = { by: 'ops', key: '' }
const DRAIN = { to: [], deadlineMs: 120_000, reason: 'kernel update' }
const BY_HAND = { auto: false, which: {}, spread: 0, perSecond: 0, reason: '' }

t.test(
  'a drain moves everybody at the pace that the others can take, and says how far it is',
  async t => {
    const fleet = new ModelFleet([new ModelGate('a'), new ModelGate('b'), new ModelGate('c')])
    fleet.fill('a', 600)
    const node = await fleet.node()
    const { operation } = await node.begin({ kind: 'drain', plan: { ...DRAIN, gate: 'a@a' } }, BY)
    t.match(operation, { kind: 'drain', state: 'running', progress: { sessionsBefore: 600 } })
    await fleet.until(() => fleet.gate('a').sessions.size < 600)
    t.notOk(fleet.gate('a').listed)
    t.equal(fleet.orders[0]?.perSecond, 200, 'half of what two gates can log in')
    await fleet.seconds(1)
    const half = await node.store.get(operation.id)
    if (half?.kind !== 'drain') throw new Error('it is no drain')
    t.ok(half.progress.perSecond > 0)
    t.ok(half.progress.remainingMs > 0)
    const over = await fleet.over(node, operation.id)
    t.match(over, { state: 'done', problem: '', progress: { sessions: 0, remainingMs: 0 } })
    t.equal(fleet.gate('b').sessions.size + fleet.gate('c').sessions.size, 600)
    const audit = await node.store.audit(10, { operation: operation.id })
    t.match(audit.map(({ by, text }) => [by, text]).reverse(), [
      ['ops', /begins: drain of a@a within 120 s/],
      ['', /is empty: 600 sessions moved/],
    ])
  },
)

t.test(
  'a drain that must end soon goes faster; whoever stays is told of, and the gate serves again',
  async t => {
    const fleet = new ModelFleet([new ModelGate('a'), new ModelGate('b', { accept: 4 })])
    fleet.fill('a', 100)
    fleet.gate('b').unreachable = true
    const node = await fleet.node()
    const plan = { ...DRAIN, gate: 'a@a', deadlineMs: 10_000 }
    const { operation } = await node.begin({ kind: 'drain', plan }, BY)
    await fleet.seconds(2)
    t.ok(fleet.orders.at(-1)!.perSecond > 12, 'far more than b takes well')
    t.match(await fleet.over(node, operation.id), {
      state: 'failed',
      problem: /100 sessions are left/,
    })
    t.ok(fleet.gate('a').listed, 'it was told that the drain is off')
  },
)

t.test(
  'a gate that ends by itself while it is drained was drained; one that dies was not',
  async t => {
    for (const [loss, state] of [
      ['left', 'done'],
      ['silent', 'failed'],
    ] as const) {
      const fleet = new ModelFleet([new ModelGate('a'), new ModelGate('b', { accept: 20 })])
      fleet.fill('a', 300)
      const node = await fleet.node()
      const { operation } = await node.begin({ kind: 'drain', plan: { ...DRAIN, gate: 'a@a' } }, BY)
      await fleet.until(() => fleet.gate('b').sessions.size > 0)
      fleet.die('a', loss)
      t.match(await fleet.over(node, operation.id), { state })
    }
  },
)

t.test('pause stops it, resume goes on, abort ends it, and each is said again in vain', async t => {
  const fleet = new ModelFleet([new ModelGate('a'), new ModelGate('b', { accept: 20 })])
  fleet.fill('a', 300)
  const node = await fleet.node()
  const { operation } = await node.begin({ kind: 'drain', plan: { ...DRAIN, gate: 'a@a' } }, BY)
  const say = (name: 'pause' | 'resume' | 'abort' | 'promote') =>
    node.command(operation.id, { name, by: 'ann', reason: 'lunch', all: false })
  await fleet.until(() => fleet.gate('b').sessions.size > 0)
  await say('pause')
  await say('pause')
  await fleet.seconds(3)
  const stood = fleet.gate('a').sessions.size
  await fleet.seconds(5)
  t.equal(fleet.gate('a').sessions.size, stood)
  await say('resume')
  await fleet.seconds(3)
  t.ok(fleet.gate('a').sessions.size < stood)
  await t.rejects(say('promote'), { name: 'NotNow', message: /only a release is promoted/ })
  await say('abort')
  t.match(await fleet.over(node, operation.id), { state: 'aborted' })
  t.ok(fleet.gate('a').listed)
  await say('abort')
  await t.rejects(say('resume'), { name: 'NotNow', message: 'it is over: aborted' })
  t.equal(
    await node.command('0123456789abcdef', { name: 'abort', by: '', reason: '', all: false }),
    undefined,
  )
  const said = (await node.store.audit(10)).map(({ by, text }) => `${by} ${text}`)
  t.match(said.reverse(), [
    'ops begins',
    'ann pause: lunch',
    'ann resume: lunch',
    'ann abort: lunch',
    ' lunch',
  ])
})

t.test(
  'a gate is in one operation at a time, and a repeated request finds the first one',
  async t => {
    const fleet = new ModelFleet(
      ['a', 'b', 'c', 'd'].map(name => new ModelGate(name, { accept: 2 })),
    )
    fleet.fill('a', 50)
    fleet.fill('c', 50)
    const [one, two] = [await fleet.node('logic-1'), await fleet.node('logic-2')]
    const drain = (gate: string) => ({ kind: 'drain' as const, plan: { ...DRAIN, gate } })
    const first = await one.begin(drain('a@a'), { by: 'ops', key: 'k1' })
    const again = await two.begin(drain('a@a'), { by: 'ops', key: 'k1' })
    t.match(again, { again: true, operation: { id: first.operation.id } })
    await t.rejects(two.begin(drain('c@a'), { by: 'ops', key: 'k1' }), { name: 'OtherRequest' })
    await t.rejects(two.begin(drain('a@a'), BY), { name: 'GateTaken', message: /has gate a@a/ })
    const rebalance = { ...BY_HAND, from: ['b@a'], to: ['a@a'] }
    await t.rejects(two.begin({ kind: 'rebalance', plan: rebalance }, BY), { name: 'GateTaken' })
    const other = await two.begin(drain('c@a'), BY)
    t.equal((await one.store.active()).length, 2)
    t.equal((await one.store.list(10)).length, 2, 'nothing is kept of those that were refused')
    const both = await Promise.allSettled([
      one.begin(drain('d@a'), BY),
      two.begin(drain('d@a'), BY),
    ])
    t.strictSame(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    await fleet.over(one, other.operation.id)
    const after = await one.begin(drain('a@a'), BY)
    t.notOk(after.again)
  },
)

t.test('a part is moved as told: share, number, uids, appcodes, clients', async t => {
  const cases = [
    [{ share: 2_000 }, 80],
    [{ count: 7 }, 7],
    [{ appcodes: [2] }, 100],
    [{ agents: ['sdk/2'] }, 50],
    [{ hashFrom: 0, hashTo: 10_000 }, 400],
    [{ appcodes: [2], invert: true }, 300],
  ] as const
  for (const [which, moved] of cases) {
    const fleet = new ModelFleet([new ModelGate('a'), new ModelGate('b')])
    fleet.fill('a', 250)
    fleet.fill('a', 100, { appcode: 2 })
    fleet.fill('a', 50, { agent: 'sdk/2.1' })
    const node = await fleet.node()
    const plan = { ...BY_HAND, from: ['a@a'], to: ['b@a'], which }
    const { matching } = await node.forecast({ kind: 'rebalance', plan })
    t.equal(matching.get('a@a'), moved)
    t.equal(fleet.gate('b').sessions.size, 0, 'a forecast moves nobody')
    const { operation } = await node.begin({ kind: 'rebalance', plan }, BY)
    t.match(await fleet.over(node, operation.id), { state: 'done' })
    t.equal(fleet.gate('b').sessions.size, moved)
  }
})

t.test(
  'the owner is killed in mid-operation: another node goes on within seconds, and nobody is moved twice',
  async t => {
    const fleet = new ModelFleet([
      new ModelGate('a', { capacity: 10_000 }),
      new ModelGate('b', { accept: 100 }),
    ])
    fleet.fill('a', 1_000)
    const one = await fleet.node('logic-1')
    await fleet.seconds(2)
    const two = await fleet.node('logic-2')
    const plan = { ...BY_HAND, from: ['a@a'], to: ['b@a'], which: { share: 5_000 } }
    const { operation } = await one.begin({ kind: 'rebalance', plan }, BY)
    await fleet.until(() => fleet.gate('b').sessions.size > 0)
    fleet.kill('logic-1')
    // The order holds for a while without its owner; then gates stand still.
    const told = fleet.orders.length
    const waited = await fleet.until(() => fleet.orders.length > told)
    t.ok(waited <= 8, `it was told again after ${waited} s`)
    t.match(await fleet.over(two, operation.id), { state: 'done' })
    t.equal(fleet.gate('b').sessions.size, 500)
  },
)

t.test(
  'what is over has no gates any more, whether or not somebody has cleared up behind it',
  async t => {
    const fleet = new ModelFleet([new ModelGate('a'), new ModelGate('b', { accept: 2 })])
    fleet.fill('a', 50)
    const node = await fleet.node()
    const wish = { kind: 'drain' as const, plan: { ...DRAIN, gate: 'a@a' } }
    const { operation } = await node.begin(wish, BY)
    await node.command(operation.id, { name: 'abort', by: 'ann', reason: '', all: false })
    const next = await node.begin(wish, BY)
    t.match(
      (await node.store.active()).map(({ id, state }) => [id, state]),
      [
        [operation.id, 'aborted'],
        [next.operation.id, 'running'],
      ],
    )
    await fleet.seconds(3)
    t.match(
      (await node.store.active()).map(({ id }) => id),
      [next.operation.id],
    )
  },
)

t.test('a gate that died before its drain began was not drained', async t => {
  const fleet = new ModelFleet([new ModelGate('a'), new ModelGate('b')])
  const node = await fleet.node()
  const plan = { ...DRAIN, gate: 'nobody@a' }
  const { operation } = await node.begin({ kind: 'drain', plan }, BY)
  t.match(await fleet.over(node, operation.id), { state: 'failed', problem: /died/ })
})
