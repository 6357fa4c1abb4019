import { memoryRegistry, systemClock, type NodeInfo } from '@longwire/kit'
import { CODES, bucketOf } from '@longwire/proto'
import { TRUNK, trunkBody } from '@longwire/proto/trunk'
import t, { type Test } from 'tap'
import { APPS, BUSINESSES, startRig, tokenFor, type Rig } from '../rig.ts'
import type { ScriptedPeer } from '../scripted-gate.ts'
import { ELSEWHERE, OpenApi, type Document } from './openapi.ts'

const ALL = APPS.map(app => app.appcode)
const OPERATOR = { authorization: 'Bearer operator-key' }

type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<unknown>

const nodeOf = (name: string, sessions: number, version = '1'): NodeInfo => ({
  role: 'gate',
  name,
  incarnation: 'a',
  address: '',
  version,
  vitals: { since: 0, sessions },
  load: { conns: sessions, capacity: 1_000, epoch: 1, elu: 0, accept: 400 },
  reach: { addresses: [{ url: `tcp://${name}:7001` }] },
})

/** A gate that says each time it is told that 15 more of `matching` have gone. */
const obey = async (
  gate: ScriptedPeer,
  matching: number,
  told: trunkBody.Move[],
): Promise<void> => {
  const moved = new Map<string, number>()
  for (;;) {
    const frame = await gate.next(TRUNK.MOVE)
    const move = trunkBody.Move.decode(frame.body)
    told.push(move)
    const before = moved.get(move.id) ?? 0
    const now = move.state === 1 ? Math.min(matching, before + 15) : before
    moved.set(move.id, now)
    const done = move.state === 1 && now === matching
    const body = { id: move.id, matching, told: now, moved: now, done, sessions: matching - now }
    gate.writer.head.sequenceid = frame.sequenceid
    gate.writer.frame(TRUNK.MOVING, '', trunkBody.Moving.encode(body).finish())
    gate.flush()
  }
}

const start = async (
  t: Test,
  nodes: readonly NodeInfo[] = [nodeOf('gate-1', 30), nodeOf('gate-2', 0)],
): Promise<{ rig: Rig; ask: Ask; told: trunkBody.Move[]; gates: ScriptedPeer[]; api: OpenApi }> => {
  const registry = memoryRegistry(systemClock)
  for (const node of nodes) await registry.announce(node, 600_000)
  const rig = await startRig(t, {
    registry,
    dispatcher: { nets: [{ name: 'north', blocks: ['10.1.0.0/16', '10.2.0.0/16'] }] },
    businesses: [
      ...BUSINESSES,
      { name: 'ops', key: 'operator-key', appcodes: ALL, role: 'operator' },
      { name: 'part', key: 'part-key', appcodes: [1], role: 'operator' },
    ],
  })
  const told: trunkBody.Move[] = []
  const gates: ScriptedPeer[] = []
  for (const { name, vitals } of nodes) {
    const gate = await rig.gate(name)
    gates.push(gate)
    // It rejects when the node stops, and its links close.
    void obey(gate, vitals?.sessions ?? 0, told).catch(() => undefined)
  }
  const api = new OpenApi((await (await rig.http('GET', '/openapi.json')).json()) as Document)
  const ask: Ask = async (method, path, body, headers = {}) => {
    const documented = path.split('?')[0]!.replace(/\/(gates|operations)\/[^/]+/, '/$1/{id}')
    const response = await rig.http(method, path, body, { ...OPERATOR, ...headers })
    return api.check(t, response, method, documented)
  }
  return { rig, ask, told, gates, api }
}

const soon = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 50))

interface Body {
  readonly id: string
  readonly state: string
}
const operationIn = (answer: unknown): Body => (answer as { operation: Body }).operation

/** The data of every event until the stream ends. */
const eventsOf = async (rig: Rig, id: string): Promise<Body[]> => {
  const response = await rig.http('GET', `/v1/operations/${id}/events`, undefined, OPERATOR)
  const text = await response.text()
  return text
    .split('\n\n')
    .flatMap(frame => /^data: (.*)$/m.exec(frame)?.[1] ?? [])
    .map(data => JSON.parse(data) as Body)
}

t.test('every way to move sessions is in the document', async t => {
  const { api } = await start(t, [])
  t.ok(ELSEWHERE.every(path => api.document.paths[path] !== undefined))
})

t.test(
  'a gate is drained: first said what it takes, then begun, followed, and found in the log',
  async t => {
    const { rig, ask, told } = await start(t)
    const path = '/v1/gates/gate-1/drain'
    t.match(await ask('POST', path, { dryRun: true }), {
      forecast: {
        flows: [{ from: 'gate-1@a', to: 'gate-2@a', count: 30 }],
        matching: [{ gate: 'gate-1@a', sessions: 30 }],
        perSecond: 200,
        seconds: 1,
      },
    })
    t.notOk(
      told.some(({ state, drain }) => state === 1 || drain),
      'gates were only asked to count',
    )
    const key = { 'idempotency-key': 'once' }
    const begun = await ask('POST', path, { reason: 'kernel' }, key)
    const { id } = operationIn(begun)
    t.match(begun, { repeated: false, operation: { kind: 'drain', state: 'running', by: 'ops' } })
    const again = await ask('POST', path, { reason: 'kernel' }, key)
    t.match(again, { repeated: true, operation: { id } })
    t.match(await ask('POST', path, { reason: 'other' }, key), { code: 'IDEMPOTENCY_CONFLICT' })
    t.match(await ask('POST', path, {}), { code: 'GATE_TAKEN', detail: new RegExp(id) })
    const events = await eventsOf(rig, id)
    t.equal(events[0]?.state, 'running')
    t.match(events.at(-1), { state: 'done', sessions: { moved: 30 }, remainingSeconds: 0 })
    t.match(told.at(-1), {
      drain: true,
      targets: ['tcp://gate-2:7001'],
      reason: 'kernel',
      perSecond: 200,
    })
    t.match(await ask('GET', '/v1/operations?limit=5'), { operations: [{ id, state: 'done' }] })
    t.match(await ask('GET', `/v1/operations/${id}`), { endedAt: String })
    t.match(await ask('GET', `/v1/audit?operation=${id}&limit=1`), {
      entries: [{ by: '', text: /is empty/, kind: 'drain', operation: id }],
      next: String,
    })
    t.match(await ask('POST', `/v1/operations/${id}/commands`, { command: 'pause' }), {
      code: 'NOT_NOW',
    })
  },
)

t.test('what is wrong with a request is said by its field', async t => {
  const { ask, told } = await start(t)
  const rebalance = (over: object) =>
    ask('POST', '/v1/rebalances', { from: ['gate-1'], to: ['gate-2'], ...over })
  const rows: [object, string, RegExp][] = [
    [{}, 'share', /say how many/],
    [{ share: '0%' }, 'share', /use more/],
    [{ share: '20' }, 'share', /./],
    [{ share: '20%', from: [] }, 'from', /./],
    [{ share: '20%', to: ['gate-9'] }, 'to', /use one of gate-1@a, gate-2@a/],
    [{ share: '20%', to: ['gate-1'] }, 'to', /name others/],
    [{ auto: true, share: '20%', to: undefined }, 'share', /leave it out/],
    [{ spread: '5%', share: '20%' }, 'spread', /leave it out/],
    [{ select: { platforms: ['vms'] } }, 'select/platforms', /android, web, ios/],
    [{ select: { nets: ['south'] } }, 'select/nets', /CIDR block, such as 10.0.0.0\/8, or north/],
    [{ select: { buckets: { from: 5, to: 5 } } }, 'select/buckets', /more than/],
    [{ select: { platforms: ['ios'], appcodes: [1] } }, 'select/appcodes', /leave one/],
  ]
  for (const [over, field, remedy] of rows) {
    const problem = (await rebalance(over)) as {
      code: string
      errors: { field: string; remedy: string }[]
    }
    t.match(problem, { code: 'INVALID' })
    const error = problem.errors.find(each => each.field.endsWith(field))
    t.match(error?.remedy, remedy, field)
  }
  const stages = [{ share: '1%', hold: '10m' }]
  const good = { name: 'v2', new: { version: '2' }, stages }
  const release = (over: object) =>
    ask('POST', '/v1/releases', { plan: { ...good, ...over }, dryRun: true })
  const plans: [object, string][] = [
    [{ new: {} }, 'new'],
    [{ stages: [] }, 'plan/stages'],
    [
      {
        stages: [
          { share: '10%', hold: '10m' },
          { share: '5%', hold: '1h' },
        ],
      },
      'stages/1/share',
    ],
    [{ stages: [{ share: '1%', hold: 'long' }] }, 'plan/stages/0/hold'],
    [
      {
        stages: [
          { share: '1%', hold: '1m', appcodes: [1] },
          { share: '2%', hold: '1m', appcodes: [2] },
        ],
      },
      'stages/1',
    ],
    [{ stages: [{ share: '1%', hold: '1m', appcodes: [77] }] }, 'plan/stages'],
    [{ health: { latency: 5 } }, 'plan/health'],
  ]
  for (const [over, field] of plans) {
    const problem = (await release(over)) as { code: string; detail: string }
    t.match(problem, { code: 'INVALID', detail: new RegExp(field) }, field)
  }
  t.match(await release({}), { forecast: { notes: [/waits for one/, /stage 1 of 1: 1 %/] } })
  for (const authorization of ['Bearer part-key', `Bearer ${BUSINESSES[0]!.key}`])
    t.match(await ask('GET', '/v1/operations', undefined, { authorization }), { code: 'FORBIDDEN' })
  t.match(await ask('POST', '/v1/gates/nobody/drain', {}), { code: 'NOT_FOUND' })
  t.match(await ask('GET', '/v1/operations/0123456789abcdef'), { code: 'NOT_FOUND' })
  t.match(await ask('GET', '/v1/operations/0123456789abcdef/events'), { code: 'NOT_FOUND' })
  t.equal(told.filter(({ state }) => state === 1).length, 0, 'no gate was told to move anybody')
})

t.test(
  'sessions are selected as the gate can know them; pause, resume and abort are told',
  async t => {
    const { ask, told } = await start(t, [nodeOf('gate-1', 500), nodeOf('gate-2', 0)])
    const begun = await ask('POST', '/v1/rebalances', {
      from: ['gate-1'],
      to: ['gate-2@a'],
      share: '12.5%',
      perSecond: 50,
      select: {
        platforms: ['android', 'web'],
        nets: ['north', '10.9.0.0/24'],
        agents: ['longwire-js/0.1'],
        buckets: { from: 0, to: 2_500 },
      },
    })
    const { id } = operationIn(begun)
    const say = (command: string) => ask('POST', `/v1/operations/${id}/commands`, { command })
    const state = async (wanted: number): Promise<void> => {
      while (told.at(-1)?.state !== wanted) await soon()
    }
    await state(1)
    t.match(told.at(-1), {
      share: 1_250,
      perSecond: 50,
      appcodes: [1, 2],
      nets: ['10.1.0.0/16', '10.2.0.0/16', '10.9.0.0/24'],
      agents: ['longwire-js/0.1'],
      hashFrom: 0,
      hashTo: 2_500,
      drain: false,
    })
    t.match(await say('pause'), { state: 'paused' })
    await state(2)
    t.match(await say('resume'), { state: 'running' })
    await state(1)
    t.match(await say('abort'), { state: 'aborted', endedAt: String })
    await state(3)
    t.match(await say('abort'), { state: 'aborted' })
    t.match(await say('promote'), { code: 'NOT_NOW' })
  },
)

t.test('a login on the wrong side of a release is refused with the right addresses', async t => {
  const { rig, ask, gates } = await start(t, [nodeOf('old', 0), nodeOf('new', 0, '2')])
  const plan = { name: 'v2', new: { version: '2' }, stages: [{ share: '30%', hold: '1h' }] }
  const { id } = operationIn(await ask('POST', '/v1/releases', { plan }))
  const [old, fresh] = gates
  const uids = Array.from({ length: 40 }, (_, n) => `user-${n}`)
  const inside = uids.find(uid => bucketOf(uid) < 3_000)!
  const outside = uids.find(uid => bucketOf(uid) >= 3_000)!
  const list = async (uid: string): Promise<string> =>
    (await fetch(`${rig.url}/v1/gates?bucket=${bucketOf(uid)}`)).text()
  while ((await list(inside)).includes('old')) await soon()
  t.notMatch(await list(outside), 'new')
  t.notMatch(await list(inside), 'old')
  const login = async (gate: ScriptedPeer, uid: string) =>
    gate.login({ uid, token: await tokenFor(uid) })
  t.match(await login(old!, inside), { code: CODES.MOVED.code, addresses: ['tcp://new:7001'] })
  t.match(await login(fresh!, inside), { code: 0 })
  t.match(await login(fresh!, outside), { code: CODES.MOVED.code, addresses: ['tcp://old:7001'] })
  t.match(await login(old!, outside), { code: 0 })
  t.match(await ask('POST', `/v1/operations/${id}/commands`, { command: 'abort' }), {
    state: 'running',
  })
  while ((await list(inside)).includes('new')) await soon()
  t.match(await login(old!, inside), { code: 0 })
})
