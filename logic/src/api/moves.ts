import { blockList, type Clock } from '@longwire/kit'
import { BUCKETS } from '@longwire/proto'
import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Net } from '../dispatcher/nets.ts'
import type { Apps } from '../login/apps.ts'
import type { Selection } from '../operations/mover.ts'
import { isOver, type Operation } from '../operations/operation.ts'
import type { Operations, Wish } from '../operations/operations.ts'
import type { RebalancePlan } from '../operations/rebalance.ts'
import { SECURED } from './messages.ts'
import { streamTo } from './event-stream.ts'
import {
  AUDIT,
  BEGUN,
  COMMAND,
  DRAIN,
  OPERATION,
  OPERATIONS,
  REBALANCE,
  RELEASE,
  auditBody,
  forecastBody,
  nextOf,
  operationBody,
  type BegunBody,
  type OperationBody,
  type RebalanceBody,
  type SelectBody,
} from './move-schemas.ts'
import { planOf, shareOf } from './plan-schema.ts'
import { Problem, invalid, type ProblemCode } from './problems.ts'
import { operatorOf } from './revocations.ts'
import { IDEMPOTENCY_HEADERS, answer, problems } from './schemas.ts'

export interface MoveParts {
  readonly operations: Operations
  readonly apps: Apps
  readonly clock: Clock
  /** Networks that have a name. */
  readonly nets: readonly Net[]
}

const DEADLINE_SECONDS = 600
const SPREAD = '5%'
const LIMIT = 50
const PARAMS = Type.Object({
  id: Type.String({ pattern: '^[0-9a-f]{16}$', description: 'Of an operation' }),
})
type Params = Static<typeof PARAMS>
const GATE = Type.Object({
  id: Type.String({ minLength: 1, description: 'name or name@incarnation' }),
})

const READING: readonly ProblemCode[] = [
  'UNAUTHORIZED',
  'FORBIDDEN',
  'INVALID',
  'INTERNAL',
  'UNAVAILABLE',
]
const WRITING: readonly ProblemCode[] = [
  ...READING,
  'BAD_JSON',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'IDEMPOTENCY_CONFLICT',
  'GATE_TAKEN',
  'NOT_NOW',
  'NOT_FOUND',
]

/** Moves sessions between gates: draining, evening out, and bringing a new version to everybody. */
export const addMoveRoutes = (app: FastifyInstance, parts: MoveParts): void => {
  addDrain(app, parts)
  addRebalance(app, parts)
  addRelease(app, parts)
  addCommand(app, parts)
  addReading(app, parts)
  addEvents(app, parts)
}

/** Whoever moves sessions of every app has to be responsible for every app. */
const operator = (request: FastifyRequest, apps: Apps): string => {
  const { name, appcodes } = operatorOf(request)
  const all = apps.systems().flatMap(system => [...apps.ofSystem(system)])
  if (!all.every(appcode => appcodes.includes(appcode)))
    throw new Problem('FORBIDDEN', `the key of "${name}" is not for every appcode of the gates`)
  return name
}

const begin = async (
  { operations }: MoveParts,
  request: FastifyRequest,
  { by, wish, dryRun }: { by: string; wish: Wish; dryRun: boolean },
): Promise<BegunBody> => {
  if (dryRun) return forecastBody(await operations.forecast(wish))
  const header = request.headers['idempotency-key']
  const key = typeof header === 'string' ? header : ''
  const { operation, again } = await operations.begin(wish, { by, key })
  return { operation: operationBody(operation), repeated: again }
}

const schemaOf = (operationId: string, summary: string, description: string) => ({
  operationId,
  summary,
  description: `${description} It is stored before this is answered, and goes on whichever node dies. A repeat with the same Idempotency-Key finds the first one.`,
  security: SECURED,
  headers: IDEMPOTENCY_HEADERS,
  response: { ...answer(BEGUN, 'It has begun'), ...problems(...WRITING) },
})

const addDrain = (app: FastifyInstance, parts: MoveParts): void => {
  const schema = {
    ...schemaOf(
      'drainGate',
      'Empty a gate',
      'It leaves the list of gates and its sessions go to others, each with a session there before it leaves.',
    ),
    params: GATE,
    body: DRAIN,
  }
  app.post<{ Params: Static<typeof GATE>; Body: Static<typeof DRAIN> }>(
    '/v1/gates/:id/drain',
    { schema },
    async (request): Promise<BegunBody> => {
      const by = operator(request, parts.apps)
      const {
        to = [],
        deadlineSeconds = DEADLINE_SECONDS,
        reason = '',
        dryRun = false,
      } = request.body
      const gate = gateId(parts, request.params.id, 'id')
      const others = to.map(name => gateId(parts, name, 'to'))
      if (others.includes(gate)) throw invalid('to', 'names the gate itself', 'name others')
      const hasOthers = parts.operations.gates().some(each => each.listed && each.id !== gate)
      if (!hasOthers)
        throw new Problem(
          'NOT_NOW',
          'no other gate lives that sessions could go to; start one first',
        )
      const plan = { gate, to: others, deadlineMs: deadlineSeconds * 1_000, reason }
      return begin(parts, request, { by, wish: { kind: 'drain', plan }, dryRun })
    },
  )
}

const addRebalance = (app: FastifyInstance, parts: MoveParts): void => {
  const schema = {
    ...schemaOf(
      'rebalance',
      'Move a part of the sessions of gates to others',
      'While messages flow.',
    ),
    body: REBALANCE,
  }
  app.post<{ Body: RebalanceBody }>(
    '/v1/rebalances',
    { schema },
    async (request): Promise<BegunBody> => {
      const by = operator(request, parts.apps)
      const plan =
        request.body.auto === true ? autoPlan(parts, request.body) : handPlan(parts, request.body)
      const { dryRun = false } = request.body
      return begin(parts, request, { by, wish: { kind: 'rebalance', plan }, dryRun })
    },
  )
}

const addRelease = (app: FastifyInstance, parts: MoveParts): void => {
  const schema = {
    ...schemaOf(
      'release',
      'Bring a new version of gates to users, step by step',
      'What goes wrong on the new gates sends everybody back to the old ones, and pauses it.',
    ),
    body: RELEASE,
  }
  app.post<{ Body: Static<typeof RELEASE> }>(
    '/v1/releases',
    { schema },
    async (request): Promise<BegunBody> => {
      const by = operator(request, parts.apps)
      const { plan, dryRun = false } = request.body
      const unknown = plan.stages
        .flatMap(({ appcodes = [] }) => appcodes)
        .find(appcode => parts.apps.get(appcode) === undefined)
      if (unknown !== undefined)
        throw invalid(
          'plan/stages',
          `names appcode ${unknown}`,
          'use appcodes of the configuration',
        )
      return begin(parts, request, { by, wish: { kind: 'release', plan: planOf(plan) }, dryRun })
    },
  )
}

const addCommand = (app: FastifyInstance, { operations, apps }: MoveParts): void => {
  const schema = {
    operationId: 'commandOperation',
    summary: 'Pause, resume, abort or promote an operation',
    description: 'Saying what holds already is no error.',
    security: SECURED,
    params: PARAMS,
    body: COMMAND,
    response: { ...answer(OPERATION, 'What it is now'), ...problems(...WRITING) },
  }
  app.post<{ Params: Params; Body: Static<typeof COMMAND> }>(
    '/v1/operations/:id/commands',
    { schema },
    async (request): Promise<OperationBody> => {
      const by = operator(request, apps)
      const { command: name, all = false, reason = '' } = request.body
      const operation = await operations.command(request.params.id, { name, all, reason, by })
      return operationBody(found(operation, request.params.id))
    },
  )
}

const PAGE = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: LIMIT })),
  before: Type.Optional(
    Type.String({ pattern: '^[0-9a-f.]{1,64}$', description: '"next" of the page before' }),
  ),
}
const PAGES = Type.Object(PAGE, { additionalProperties: false })
const AUDIT_QUERY = Type.Object(
  { ...PAGE, operation: Type.Optional(PARAMS.properties.id) },
  { additionalProperties: false },
)

const addReading = (app: FastifyInstance, { operations, apps }: MoveParts): void => {
  const { store } = operations
  const shared = { security: SECURED }
  const list = {
    ...shared,
    operationId: 'listOperations',
    summary: 'See what moves sessions, and what did',
    querystring: PAGES,
    response: { ...answer(OPERATIONS, 'Operations'), ...problems(...READING) },
  }
  app.get<{ Querystring: Static<typeof PAGES> }>(
    '/v1/operations',
    { schema: list },
    async request => {
      operator(request, apps)
      const { limit = LIMIT, before } = request.query
      const found = await store.list(limit, before)
      return {
        operations: found.map(operationBody),
        ...nextOf(found.at(-1)?.id, found.length === limit),
      }
    },
  )
  const one = {
    ...shared,
    operationId: 'readOperation',
    summary: 'See one operation',
    params: PARAMS,
    response: { ...answer(OPERATION, 'The operation'), ...problems(...READING, 'NOT_FOUND') },
  }
  app.get<{ Params: Params }>('/v1/operations/:id', { schema: one }, async request => {
    operator(request, apps)
    const { id } = request.params
    return operationBody(found(await store.get(id), id))
  })
  const audit = {
    ...shared,
    operationId: 'readAudit',
    summary: 'See who did what to gates, and every step of it',
    querystring: AUDIT_QUERY,
    response: { ...answer(AUDIT, 'Entries'), ...problems(...READING) },
  }
  app.get<{ Querystring: Static<typeof AUDIT_QUERY> }>(
    '/v1/audit',
    { schema: audit },
    async request => {
      operator(request, apps)
      const { limit = LIMIT, before, operation } = request.query
      const of = {
        ...(before === undefined ? {} : { before }),
        ...(operation === undefined ? {} : { operation }),
      }
      return auditBody(await store.audit(limit, of), limit)
    },
  )
}

const LOOK_MS = 500
/** A comment this often keeps proxies from closing a stream that is silent. */
const SILENT_LOOKS = 30
const WATCHERS_MAX = 200

const addEvents = (app: FastifyInstance, { operations, apps, clock }: MoveParts): void => {
  const watchers = { count: 0 }
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  const schema = {
    operationId: 'watchOperation',
    summary: 'Follow an operation until it is over',
    description:
      'Server-sent events: "operation" with the body of GET /v1/operations/{id} whenever it changes.',
    security: SECURED,
    params: PARAMS,
    response: {
      200: { description: 'Events', content: { 'text/event-stream': { schema: Type.String() } } },
      ...problems(...READING, 'NOT_FOUND', 'BUSY'),
    },
  }
  app.get<{ Params: Params }>(
    '/v1/operations/:id/events',
    { schema },
    async (request, reply): Promise<FastifyReply> => {
      operator(request, apps)
      const { id } = request.params
      let operation: Operation | undefined = found(await operations.store.get(id), id)
      if (watchers.count >= WATCHERS_MAX) throw new Problem('BUSY', 'too many watch operations')
      watchers.count++
      try {
        await streamTo(request, reply, { clock, closing: closing.signal }, async stream => {
          let rev = -1
          for (let silent = 0; operation !== undefined && !stream.over; silent++) {
            if (operation.rev !== rev) {
              ;({ rev } = operation)
              silent = 0
              const data = JSON.stringify(operationBody(operation))
              await stream.write(`event: operation\nid: ${rev}\ndata: ${data}\n\n`)
            } else if (silent % SILENT_LOOKS === SILENT_LOOKS - 1) await stream.write(':\n\n')
            if (isOver(operation)) return
            await stream.pause(LOOK_MS)
            operation = await operations.store.get(id)
          }
        })
      } finally {
        watchers.count--
      }
      return reply
    },
  )
}

const found = (operation: Operation | undefined, id: string): Operation => {
  if (operation === undefined)
    throw new Problem('NOT_FOUND', `there is no operation "${id}"; GET /v1/operations lists them`)
  return operation
}

/** A gate may be called by its name where that is enough. */
const gateId = ({ operations }: MoveParts, name: string, field: string): string => {
  const live = operations.gates()
  const named = live.filter(({ id, name: own }) => id === name || own === name)
  const [only] = named
  if (only !== undefined && named.length === 1) return only.id
  const remedy = `use one of ${live.map(({ id }) => id).join(', ') || 'none: no gate lives'}`
  const problem = named.length === 0 ? 'is no gate that lives' : 'is the name of several gates'
  if (field === 'id') throw new Problem('NOT_FOUND', `"${name}" ${problem}; ${remedy}`)
  throw invalid(field, `holds "${name}", which ${problem}`, remedy)
}

const autoPlan = (parts: MoveParts, body: RebalanceBody): RebalancePlan => {
  const { from, to, share, count, spread = SPREAD, reason = '', perSecond = 0 } = body
  const hand = Object.entries({ to, share, count }).find(([, value]) => value !== undefined)
  if (hand !== undefined)
    throw invalid(
      hand[0],
      'comes with "auto"',
      'leave it out: that is found out by looking at the gates',
    )
  const gates = parts.operations.gates().filter(({ listed, capacity }) => listed && capacity > 0)
  const about =
    from === undefined ? gates.map(({ id }) => id) : from.map(name => gateId(parts, name, 'from'))
  if (about.length < 2)
    throw invalid('from', 'has fewer than two gates', 'there is nothing to even out')
  const which = selectionOf(parts, body.select)
  return {
    auto: true,
    from: about,
    to: [],
    which,
    spread: shareOf(spread) / BUCKETS,
    perSecond,
    reason,
  }
}

const handPlan = (parts: MoveParts, body: RebalanceBody): RebalancePlan => {
  const { from = [], to = [], share, count, spread, reason = '', perSecond = 0 } = body
  if (from.length === 0) throw invalid('from', 'is missing', 'name gates, or send "auto": true')
  if (to.length === 0) throw invalid('to', 'is missing', 'name gates, or send "auto": true')
  if (spread !== undefined) throw invalid('spread', 'comes without "auto"', 'leave it out')
  const [givers, takers] = [
    from.map(name => gateId(parts, name, 'from')),
    to.map(name => gateId(parts, name, 'to')),
  ]
  const both = givers.find(id => takers.includes(id))
  if (both !== undefined) throw invalid('to', `names ${both}, as "from" does`, 'name others')
  const which = {
    ...selectionOf(parts, body.select),
    ...(share === undefined ? {} : { share: shareOf(share) % BUCKETS }),
    ...(count === undefined ? {} : { count }),
  }
  if (share === undefined && count === undefined && body.select === undefined)
    throw invalid('share', 'is missing', 'say how many: share, count or select')
  if (share !== undefined && shareOf(share) === 0) throw invalid('share', 'is 0 %', 'use more')
  return { auto: false, from: givers, to: takers, which, spread: 0, perSecond, reason }
}

const selectionOf = ({ apps, nets }: MoveParts, select: SelectBody | undefined): Selection => {
  if (select === undefined) return {}
  const { buckets, appcodes, platforms = [], agents } = select
  if (buckets !== undefined && buckets.to <= buckets.from)
    throw invalid('select/buckets', 'is empty', 'let "to" be more than "from"')
  const all = apps.systems().flatMap(system => [...apps.ofSystem(system)])
  const known = [...new Set(all.map(appcode => apps.get(appcode)?.platform ?? ''))]
  const unknown = platforms.find(platform => !known.includes(platform))
  if (unknown !== undefined)
    throw invalid('select/platforms', `names "${unknown}"`, `use some of ${known.join(', ')}`)
  const ofPlatforms = all.filter(appcode => platforms.includes(apps.get(appcode)?.platform ?? ''))
  const wanted =
    platforms.length === 0
      ? appcodes
      : ofPlatforms.filter(appcode => appcodes === undefined || appcodes.includes(appcode))
  if (wanted?.length === 0)
    throw invalid('select/appcodes', 'has none of these platforms', 'leave one of the two out')
  const blocks = select.nets?.flatMap(net => blocksOf(nets, net))
  return {
    ...(buckets === undefined ? {} : { hashFrom: buckets.from, hashTo: buckets.to }),
    ...(wanted === undefined ? {} : { appcodes: wanted }),
    ...(agents === undefined ? {} : { agents }),
    ...(blocks === undefined ? {} : { nets: blocks }),
  }
}

const blocksOf = (nets: readonly Net[], name: string): readonly string[] => {
  const named = nets.find(net => net.name === name)
  if (named !== undefined) return named.blocks
  try {
    blockList([name])
    return [name]
  } catch {
    const known = nets.map(net => net.name).join(', ')
    const remedy = known === '' ? 'such as 10.0.0.0/8' : `such as 10.0.0.0/8, or ${known}`
    throw invalid('select/nets', `names no network: "${name}"`, `use a CIDR block, ${remedy}`)
  }
}
