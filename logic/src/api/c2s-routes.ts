import { LIMITS } from '@longwire/proto'
import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Apps } from '../login/apps.ts'
import { appFor } from '../paths/draft.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { businessOf, SECURED } from './messages.ts'
import { invalid, Problem, type ProblemCode } from './problems.ts'
import { operatorOf } from './revocations.ts'
import { answer, problems } from './schemas.ts'

export interface C2sRouteParts {
  readonly apps: Apps
  readonly upstream: Upstream
}

const CLOSED = { additionalProperties: false } as const
const TOPIC = '^[\\w.-]{1,200}$'

const WHERE = {
  topic: Type.Optional(
    Type.String({
      pattern: TOPIC,
      description: 'Where messages go; it is made if it is missing. Left out: only calls are taken',
    }),
  ),
  class: Type.Optional(
    Type.Union([Type.Literal('reliable'), Type.Literal('stream')], {
      description:
        'reliable (if left out): stored before it is answered. stream: gathered, and dropped where there is no room',
    }),
  ),
  webhook: Type.Optional(
    Type.String({ description: 'Name of the row of c2s.hooks that answers calls' }),
  ),
}
const REQUEST = Type.Object(WHERE, {
  ...CLOSED,
  examples: [{ topic: 'orders' }, { topic: 'positions', class: 'stream' }, { webhook: 'shop' }],
})
const ROUTE = Type.Object(
  {
    appcode: Type.Integer(),
    msgtype: Type.Integer(),
    ...WHERE,
    by: Type.String({ description: 'Whose key made it; empty: the configuration' }),
  },
  CLOSED,
)
type RouteBody = Static<typeof ROUTE>
const LIST = Type.Object({ routes: Type.Array(ROUTE) }, CLOSED)
const PARAMS = Type.Object(
  {
    appcode: Type.Integer({ minimum: 1, maximum: LIMITS.appcodeMax }),
    msgtype: Type.Integer({ minimum: 0, maximum: LIMITS.msgtypeMax }),
  },
  CLOSED,
)
type Params = Static<typeof PARAMS>

const COMMON: readonly ProblemCode[] = [
  'UNAUTHORIZED',
  'FORBIDDEN',
  'UNKNOWN_APPCODE',
  'INVALID',
  'INTERNAL',
  'UNAVAILABLE',
]

/** The table (appcode, msgtype) → topic of what clients send. */
export const addC2sRoutes = (app: FastifyInstance, parts: C2sRouteParts): void => {
  addList(app, parts)
  addPut(app, parts)
  addDelete(app, parts)
}

const addList = (app: FastifyInstance, { upstream }: C2sRouteParts): void => {
  const schema = {
    operationId: 'listC2sRoutes',
    summary: 'See where messages of clients go',
    security: SECURED,
    response: { ...answer(LIST, 'Those of the appcodes of this key'), ...problems(...COMMON) },
  }
  app.get('/v1/c2s-routes', { schema }, async (request): Promise<Static<typeof LIST>> => {
    const { appcodes } = businessOf(request)
    const seen = upstream.routes.all().filter(({ appcode }) => appcodes.includes(appcode))
    return { routes: seen.map(bodyOf) }
  })
}

const addPut = (app: FastifyInstance, { apps, upstream }: C2sRouteParts): void => {
  const schema = {
    operationId: 'putC2sRoute',
    summary: 'Say where messages of a msgtype go',
    description: 'Answered once it is durable; every node knows within a second.',
    security: SECURED,
    params: PARAMS,
    body: REQUEST,
    response: {
      ...answer(ROUTE, 'The route'),
      ...problems(...COMMON, 'BAD_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'),
    },
  }
  app.put<{ Params: Params; Body: Static<typeof REQUEST> }>(
    '/v1/c2s-routes/:appcode/:msgtype',
    { schema },
    async (request): Promise<RouteBody> => {
      const by = operatorFor(apps, request).name
      const { topic = '', webhook = '', class: kind = 'reliable' } = request.body
      if (topic === '' && webhook === '')
        throw invalid('topic', 'is missing', 'name a topic, a webhook, or both')
      if (webhook !== '' && !upstream.calls.has(webhook))
        throw invalid('webhook', `is "${webhook}"`, 'name a row of c2s.hooks of the configuration')
      const route = { ...request.params, topic, class: kind, webhook, by }
      if (topic !== '') await upstream.makeTopic(topic)
      await upstream.routes.put(route)
      return bodyOf(route)
    },
  )
}

const addDelete = (app: FastifyInstance, { apps, upstream }: C2sRouteParts): void => {
  const schema = {
    operationId: 'deleteC2sRoute',
    summary: 'Take a route away: its messages are refused with NO_ROUTE',
    description:
      'One of the configuration cannot be taken away; it shows again where a row had taken its place.',
    security: SECURED,
    params: PARAMS,
    response: { ...answer(ROUTE, 'What the route was'), ...problems(...COMMON, 'NOT_FOUND') },
  }
  app.delete<{ Params: Params }>(
    '/v1/c2s-routes/:appcode/:msgtype',
    { schema },
    async (request): Promise<RouteBody> => {
      operatorFor(apps, request)
      const { appcode, msgtype } = request.params
      const route = upstream.routes.find(appcode, msgtype)
      if (route === undefined || !(await upstream.routes.remove(appcode, msgtype)))
        throw new Problem('NOT_FOUND', 'there is no such row, or it is of the configuration')
      return bodyOf(route)
    },
  )
}

const operatorFor = (
  apps: Apps,
  request: FastifyRequest<{ Params: Params }>,
): ReturnType<typeof operatorOf> => {
  const operator = operatorOf(request)
  appFor(apps, operator, request.params.appcode)
  return operator
}

const bodyOf = (route: ReturnType<Upstream['routes']['all']>[number]): RouteBody => {
  const { appcode, msgtype, topic, webhook, by } = route
  return {
    appcode,
    msgtype,
    ...(topic === '' ? {} : { topic, class: route.class }),
    ...(webhook === '' ? {} : { webhook }),
    by,
  }
}
