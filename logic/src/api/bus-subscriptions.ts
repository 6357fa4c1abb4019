import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { checkMayRead, checkName } from '../bus/delivery/deliveries.ts'
import type { SubscriptionRow, Subscriptions } from '../bus/delivery/subscriptions.ts'
import { SECURED, businessOf } from './messages.ts'
import { Problem, invalid } from './problems.ts'
import { answer, problems } from './schemas.ts'

export interface BusSubscriptionParts {
  readonly subscriptions: Subscriptions
}

const CLOSED = { additionalProperties: false } as const
const Shape = {
  topics: Type.Array(Type.String(), { minItems: 1, maxItems: 50 }),
  from: Type.Optional(
    Type.Unsafe<'earliest' | 'latest'>({
      type: 'string',
      enum: ['earliest', 'latest'],
      default: 'latest',
      description: 'Where it begins when its name is new',
    }),
  ),
  url: Type.String({ pattern: '^https?://', maxLength: 2_000 }),
  timeoutMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 60_000, default: 10_000 })),
  attempts: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 20,
      description: 'Then it is a dead letter',
    }),
  ),
  window: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, default: 10, description: 'Requests at once' }),
  ),
}
const REQUEST = Type.Object(
  {
    ...Shape,
    secret: Type.String({ minLength: 16, description: 'What requests are signed with' }),
  },
  {
    ...CLOSED,
    examples: [
      {
        topics: ['orders'],
        url: 'https://shop.example.com/orders',
        secret: 'a-long-random-secret',
      },
    ],
  },
)
const BODY = Type.Object({ name: Type.String(), ...Shape }, CLOSED)
const LIST = Type.Object({ subscriptions: Type.Array(BODY) }, CLOSED)
const PARAMS = Type.Object({ name: Type.String({ minLength: 1, maxLength: 100 }) })
type Params = Static<typeof PARAMS>
const OWN = ['UNAUTHORIZED', 'INVALID', 'INTERNAL', 'UNAVAILABLE'] as const

/** Webhooks that take records: an alternative to the backend connection. */
export const addBusSubscriptionRoutes = (
  app: FastifyInstance,
  { subscriptions }: BusSubscriptionParts,
): void => {
  const common = { security: SECURED }
  const put = {
    ...common,
    operationId: 'putBusSubscription',
    summary: 'Have records of topics POSTed to a URL',
    description:
      'Each record is a request of its own, signed as webhooks are; 2xx is its acknowledgement, everything else a failure: it comes again with backoff. The group has the name of the subscription.',
    params: PARAMS,
    body: REQUEST,
    response: {
      ...answer(BODY, 'As it is now; the secret is not told'),
      ...problems(...OWN, 'FORBIDDEN', 'BAD_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'),
    },
  }
  app.put<{ Params: Params; Body: Static<typeof REQUEST> }>(
    '/v1/bus/subscriptions/:name',
    { schema: put },
    async (request): Promise<Static<typeof BODY>> => {
      const business = businessOf(request)
      const { name } = request.params
      checkName('name', name)
      checkMayRead(business, request.body.topics)
      const { url } = request.body
      if (!URL.canParse(url) || new URL(url).username !== '')
        throw invalid('url', 'is none that can be used', 'write it like https://host/path')
      const defaults = { from: 'latest', timeoutMs: 10_000, attempts: 20, window: 10 } as const
      const row = { ...defaults, ...request.body, name, business: business.name }
      await subscriptions.put({ ...row, topics: [...new Set(row.topics)] })
      return bodyOf(row)
    },
  )
  const list = {
    ...common,
    operationId: 'listBusSubscriptions',
    summary: 'See the subscriptions of this business',
    response: { ...answer(LIST, 'In the order of their names'), ...problems(...OWN) },
  }
  app.get(
    '/v1/bus/subscriptions',
    { schema: list },
    async (request): Promise<Static<typeof LIST>> => {
      const rows = await subscriptions.list(businessOf(request).name)
      return { subscriptions: rows.map(bodyOf) }
    },
  )
  const remove = {
    ...common,
    operationId: 'removeBusSubscription',
    summary: 'End a subscription; its group stays where it is',
    params: PARAMS,
    response: { ...answer(BODY, 'As it was'), ...problems(...OWN, 'NOT_FOUND') },
  }
  app.delete<{ Params: Params }>(
    '/v1/bus/subscriptions/:name',
    { schema: remove },
    async (request): Promise<Static<typeof BODY>> => {
      const { name: business } = businessOf(request)
      const { name } = request.params
      checkName('name', name)
      const row = await subscriptions.get(business, name)
      if (row === undefined) throw new Problem('NOT_FOUND', `there is no subscription "${name}"`)
      await subscriptions.remove(business, name)
      return bodyOf(row)
    },
  )
}

const bodyOf = (row: SubscriptionRow): Static<typeof BODY> => {
  const { name, topics, from, url, timeoutMs, attempts, window } = row
  return { name, topics: [...topics], from, url, timeoutMs, attempts, window }
}
