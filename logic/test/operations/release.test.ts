import { bucketOf } from '@longwire/proto'
import t from 'tap'
import type { Operation, Release } from '../../src/operations/operation.ts'
import {
  EVERYBODY,
  HEALTH,
  isNew,
  type ReleasePlan,
  type Stage,
} from '../../src/operations/release-plan.ts'
import { ModelFleet, ModelGate } from './fleet.ts'

const BY = { by: 'ops', key: '' }
const HOLD_MS = 60_000
const stage = (share: number, over: Partial<Stage> = {}): Stage => ({
  share,
  holdMs: HOLD_MS,
  appcodes: [],
  agents: [],
  ...over,
})

const planOf = (over: Partial<ReleasePlan> = {}): ReleasePlan => ({
  name: 'gate-2',
  gates: [],
  version: '2',
  stages: [stage(100), stage(1_000), stage(5_000), stage(10_000)],
  health: HEALTH,
  ...over,
})

/** Two old gates with users on them and a new one with none; messages flow. */
const start = async (over: Partial<ReleasePlan> = {}, sessions = 2_000) => {
  const fleet = new ModelFleet([
    new ModelGate('old-1', { capacity: 5_000, accept: 5_000 }),
    new ModelGate('old-2', { capacity: 5_000, accept: 5_000 }),
    new ModelGate('new-1', { capacity: 5_000, accept: 5_000, version: '2' }),
  ])
  fleet.fill('old-1', sessions / 2)
  fleet.fill('old-2', sessions / 2)
  fleet.everySecond = () => flow(fleet)
  const node = await fleet.node()
  const { operation } = await node.begin({ kind: 'release', plan: planOf(over) }, BY)
  const now = async (): Promise<Release> => {
    const found = await node.store.get(operation.id)
    if (found?.kind !== 'release') throw new Error('it is gone')
    return found
  }
  const inPhase = (phase: string, at?: number) =>
    fleet.until(async () => {
      const { progress } = await now()
      return progress.phase === phase && (at === undefined || progress.stage === at)
    })
  const say = (name: 'pause' | 'resume' | 'abort' | 'promote', all = false) =>
    node.command(operation.id, { name, by: 'ann', reason: '', all })
  return { fleet, node, id: operation.id, now, inPhase, say }
}

const flow = (fleet: ModelFleet): void => {
  for (const { sessions, health } of fleet.gates) {
    health.requests += sessions.size
    health.delivered += sessions.size
    health.acked += sessions.size
  }
}

const uidsOn = (fleet: ModelFleet, name: string): number[] =>
  [...fleet.gate(name).sessions].map(({ uid }) => bucketOf(uid))

t.test('stage by stage the new gates get exactly those who belong there, until all do', async t => {
  const { fleet, node, id, now, inPhase } = await start()
  t.match(await now(), { state: 'running', progress: { phase: 'waiting' } })
  for (const [index, { share, holdMs }] of planOf().stages.entries()) {
    await inPhase('moving', index)
    const before = fleet.gate('new-1').sessions.size
    await fleet.seconds(1)
    t.equal(fleet.gate('new-1').sessions.size, before, 'first every node knows')
    await inPhase('holding', index)
    const { holdSince } = (await now()).progress
    const buckets = uidsOn(fleet, 'new-1')
    t.ok(buckets.length > 0 && buckets.every(bucket => bucket < share))
    t.ok([...uidsOn(fleet, 'old-1'), ...uidsOn(fleet, 'old-2')].every(bucket => bucket >= share))
    await fleet.until(async () => (await now()).progress.phase !== 'holding')
    t.ok(fleet.clock.now() - holdSince >= holdMs)
  }
  await inPhase('complete')
  t.equal(fleet.gate('new-1').sessions.size, 2_000)
  // Old gates may be drained now, though clients are still told where they belong.
  const drain = { gate: 'old-1@a', to: [], deadlineMs: 10_000, reason: '' }
  const drained = await node.begin({ kind: 'drain', plan: drain }, BY)
  await fleet.until(async () => (await node.store.get(drained.operation.id))?.state === 'done')
  await t.rejects(node.begin({ kind: 'release', plan: planOf() }, BY), {
    name: 'NotNow',
    message: /stop its old gates/,
  })
  fleet.die('old-1', 'left')
  fleet.die('old-2', 'left')
  t.match(await fleet.over(node, id), { state: 'done', progress: { moved: 2_000, movedBack: 0 } })
  await fleet.seconds(2)
  t.equal(node.rule, undefined)
  const steps = (await node.store.audit(50, { operation: id })).map(({ text }) => text)
  t.match(steps.reverse(), [
    /begins: release gate-2 in 4 stages/,
    /stage 1 of 4: 1 %, on new-1@a/,
    /moved \d+ of \d+ sessions/,
    /stage 2 of 4: 10 %/,
    /moved/,
    /stage 3 of 4: 50 %/,
    /moved/,
    /stage 4 of 4: 100 %/,
    /moved/,
    /everybody, on new-1@a/,
    /all belong on the new gates/,
    /it is over/,
  ])
})

type Break = (gate: ModelGate) => void
const BREAKS: readonly (readonly [string, Break, RegExp])[] = [
  ['errors', ({ health }) => void (health.errors += 50), /errorRate is 0\.\d+ on the new gates/],
  [
    'latency',
    ({ health }) => void (health.latencyMs = 900),
    /latencyMs is 900 on the new gates, 20/,
  ],
  ['lost sessions', ({ health }) => void (health.lost += 40), /reconnectRate/],
  ['arrival', ({ health }) => void (health.acked -= 100), /arrivalRate/],
  ['loop', ({ health }) => void (health.lagMs = 700), /lagMs is 700/],
  ['memory', ({ health }) => void (health.rssMb = 3_000), /rssMb is 3000/],
]

t.test('whatever goes wrong on the new gates sends everybody back, and pauses', async t => {
  for (const [name, worsen, problem] of BREAKS) {
    const { fleet, now, inPhase } = await start()
    await inPhase('holding', 1)
    const most = fleet.gate('new-1').sessions.size
    fleet.everySecond = () => {
      flow(fleet)
      worsen(fleet.gate('new-1'))
    }
    const seconds = await inPhase('held')
    t.ok(seconds < 40, `${name}: back after ${seconds} s`)
    t.equal(fleet.gate('new-1').sessions.size, 0)
    t.equal(fleet.gate('new-1').most, most, 'it never had more than its stage')
    t.match(await now(), { state: 'paused', problem })
  }
})

t.test("what is as bad on the old gates is nobody's fault", async t => {
  const { fleet, inPhase } = await start()
  await inPhase('holding', 1)
  fleet.everySecond = () => {
    flow(fleet)
    for (const { health } of fleet.gates) health.latencyMs = 900
  }
  await inPhase('moving', 2)
  t.pass()
})

t.test('a new gate that dies is a failure; one that leaves is not', async t => {
  const { fleet, now, inPhase } = await start({ gates: ['new-*'], version: '' })
  fleet.gates.push(new ModelGate('new-2'), new ModelGate('new-3'))
  await inPhase('holding', 1)
  await fleet.seconds(2)
  fleet.die('new-3', 'left')
  await fleet.seconds(6)
  t.match(await now(), { state: 'running', progress: { phase: 'holding' } })
  fleet.die('new-2', 'silent')
  await inPhase('held')
  t.match(await now(), { state: 'paused', problem: 'new gate new-2@a died' })
})

t.test(
  'resume goes on with the stage that failed; abort sends everybody back for good',
  async t => {
    const { fleet, node, id, now, inPhase, say } = await start()
    await inPhase('holding', 1)
    fleet.gate('new-1').health.latencyMs = 900
    await inPhase('held')
    await t.rejects(say('promote'), { name: 'NotNow', message: /resume it first/ })
    fleet.gate('new-1').health.latencyMs = 20
    await say('resume')
    await inPhase('holding', 1)
    t.ok(fleet.gate('new-1').sessions.size > 0)
    await say('abort')
    await say('abort')
    await t.rejects(say('pause'), { name: 'NotNow' })
    await inPhase('aborted')
    t.equal(fleet.gate('new-1').sessions.size, 0)
    t.match(node.rule, { cohort: { share: 0 } }, "new gates are still nobody's")
    fleet.die('new-1', 'left')
    t.match(await fleet.over(node, id), { state: 'aborted', problem: 'aborted by ann' })
    t.match(await now(), { endedAt: Number })
  },
)

t.test('without enough to judge by no stage is passed; somebody may promote it', async t => {
  const { fleet, now, inPhase, say } = await start({}, 400)
  await inPhase('holding', 0)
  fleet.everySecond = () => undefined
  await fleet.seconds(200)
  t.match(await now(), { progress: { phase: 'holding', stage: 0 } })
  await say('promote')
  await inPhase('holding', 1)
  await say('promote', true)
  await inPhase('complete')
  t.equal(fleet.gate('new-1').sessions.size, 400)
  await say('promote')
  t.match(await now(), { state: 'done' })
})

t.test('a pause counts as no holding, and stops what moves', async t => {
  const { fleet, now, inPhase, say } = await start()
  await inPhase('holding', 0)
  await fleet.seconds(30)
  await say('pause')
  await fleet.seconds(120)
  t.match(await now(), { state: 'paused', progress: { phase: 'holding', stage: 0 } })
  await say('resume')
  await fleet.seconds(25)
  t.match(await now(), { progress: { phase: 'holding', stage: 0 } })
  await inPhase('moving', 1)
  t.pass()
})

t.test(
  'new gates without room for a stage pause it where it is; more gates let it go on',
  async t => {
    const { fleet, now, inPhase, say } = await start(
      { stages: [stage(1_000), stage(10_000)] },
      6_000,
    )
    await inPhase('holding', 0)
    await fleet.until(async () => (await now()).state === 'paused')
    t.match(await now(), {
      problem: /hold 4500 sessions well, and 6000 would come/,
      progress: { phase: 'holding' },
    })
    await t.rejects(say('promote'), { name: 'NotNow', message: /start more of them/ })
    t.ok(fleet.gate('new-1').sessions.size > 0, 'who is there stays there')
    fleet.gates.push(new ModelGate('new-2', { version: '2', capacity: 5_000 }))
    await say('resume')
    await inPhase('holding', 1)
    t.equal(fleet.gate('new-1').sessions.size + fleet.gate('new-2').sessions.size, 6_000)
  },
)

t.test(
  'stages by appcode and client, and a plan that ends before everybody waits for a decision',
  async t => {
    const only = { appcodes: [2], agents: ['sdk/2'] }
    const { fleet, now, inPhase, say } = await start({ stages: [stage(5_000, only)] })
    fleet.fill('old-1', 300, { appcode: 2, agent: 'sdk/2.1' })
    fleet.fill('old-1', 300, { appcode: 2, agent: 'sdk/1.9' })
    await inPhase('holding', 0)
    const here = [...fleet.gate('new-1').sessions]
    t.ok(here.length > 100 && here.length < 200)
    t.ok(here.every(({ appcode, agent }) => appcode === 2 && agent === 'sdk/2.1'))
    await fleet.until(async () => (await now()).state === 'paused')
    t.match(await now(), { problem: '', progress: { phase: 'holding' } })
    await say('promote')
    await inPhase('complete')
    t.equal(fleet.gate('new-1').sessions.size, 2_600)
  },
)

t.test(
  'the owner is killed in mid-stage and in mid-retreat: another node goes on, and moves back all the same',
  async t => {
    const { fleet, id, inPhase } = await start()
    await fleet.node('logic-2')
    await inPhase('holding', 0)
    await fleet.until(async () => fleet.gate('new-1').sessions.size > 50)
    fleet.kill('logic-1')
    const third = await fleet.node('logic-3')
    const phase = async (): Promise<string> => {
      const found: Operation | undefined = await third.store.get(id)
      return found?.kind === 'release' ? `${found.progress.phase} ${found.progress.stage}` : ''
    }
    await fleet.until(async () => (await phase()) === 'holding 2')
    fleet.gate('new-1').health.latencyMs = 900
    await fleet.until(async () => (await phase()) === 'back 2')
    fleet.kill('logic-2')
    await fleet.until(async () => (await phase()) === 'held 2')
    t.equal(fleet.gate('new-1').sessions.size, 0)
  },
)

t.test(
  'a client that comes to the wrong side is told the right one, unless nobody lives there',
  async t => {
    const { fleet, node, inPhase } = await start()
    await inPhase('holding', 2)
    const users = Array.from({ length: 50 }, (_, n) => `visitor-${n}`)
    const ask = (uid: string, gate: string): readonly string[] | undefined =>
      node.elsewhere({ uid, appcode: 1, agent: 'sdk/1' }, gate)
    for (const uid of users) {
      const isOfNew = bucketOf(uid) < 5_000
      t.strictSame(
        ask(uid, 'new-1@a'),
        isOfNew ? undefined : ['tcp://old-1:7001', 'tcp://old-2:7001'],
      )
      t.strictSame(ask(uid, 'old-1@a'), isOfNew ? ['tcp://new-1:7001'] : undefined)
    }
    t.equal(ask('visitor-1', 'unknown@a'), undefined)
    fleet.gate('new-1').listed = false
    t.ok(users.every(uid => ask(uid, 'old-1@a') === undefined))
  },
)

t.test('names with * and versions say which gates are new', t => {
  const gate = (name: string, version = '1') => ({ name, version })
  const plan = { gates: ['gate-b*', 'canary.1'], version: '' }
  t.ok(isNew(plan, gate('gate-b7')))
  t.ok(isNew(plan, gate('canary.1')))
  t.notOk(isNew(plan, gate('canary-1')), 'a dot is a dot')
  t.notOk(isNew(plan, gate('my-gate-b')))
  t.ok(isNew({ gates: [], version: '2' }, gate('x', '2')))
  t.notOk(isNew({ ...plan, version: '2' }, gate('gate-b7')))
  t.equal(EVERYBODY.share, 10_000)
  t.end()
})
