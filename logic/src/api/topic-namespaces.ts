import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import {
  HISTORY_MESSAGES_MAX,
  NAMESPACE,
  NAMESPACE_PATTERN,
  WHO_PATTERN,
  type Namespace,
} from '../topics/namespace.ts'
import type { Topics } from '../topics/topics.ts'
import { SECURED } from './messages.ts'
import type { ProblemCode } from './problems.ts'
import { operatorOf } from './revocations.ts'
import { answer, problems } from './schemas.ts'

const CLOSED = { additionalProperties: false } as const
const PARAMS = Type.Object({ name: Type.String({ pattern: NAMESPACE_PATTERN }) })
const WHO = Type.String({
  pattern: WHO_PATTERN,
  description: 'nobody, backend, anyone, or whom a pattern such as user:{uid} names',
})
const HISTORY = Type.Object(
  {
    messages: Type.Integer({ minimum: 0, maximum: HISTORY_MESSAGES_MAX }),
    seconds: Type.Integer({ minimum: 1 }),
  },
  { ...CLOSED, description: 'How much is kept of each topic; 0 messages: nothing is stored' },
)
const FIELDS = {
  history: HISTORY,
  presence: Type.Boolean(),
  subscribe: WHO,
  publish: WHO,
  recovery: Type.Boolean(),
  maxSubscribers: Type.Integer({ minimum: 0 }),
}
const OPTIONS = Type.Partial(Type.Object(FIELDS, CLOSED), {
  ...CLOSED,
  examples: [{ history: { messages: 1_000, seconds: 3_600 }, presence: true }],
})
const ALL = Type.Object(
  { namespaces: Type.Array(Type.Object({ name: Type.String(), ...FIELDS }, CLOSED)) },
  CLOSED,
)

const PROBLEMS: readonly ProblemCode[] = [
  'BAD_JSON',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'INVALID',
  'INTERNAL',
  'UNAVAILABLE',
]

/** What topics of a namespace are like: seen, set and put back at run time. */
export const addNamespaceRoutes = (
  app: FastifyInstance,
  { topics }: { readonly topics: Topics },
): void => {
  const { namespaces } = topics.parts
  const all = (): Static<typeof ALL> => ({ namespaces: namespaces.all().map(copyOf) })
  const response = { ...answer(ALL, 'All namespaces there are'), ...problems(...PROBLEMS) }
  const common = { security: SECURED, response }
  const listing = { ...common, operationId: 'listNamespaces', summary: 'See namespaces of topics' }
  app.get('/v1/topics/namespaces', { schema: listing }, async () => all())
  const setting = {
    ...common,
    operationId: 'setNamespace',
    summary: 'Set a namespace; what is left out is as by default. Other nodes follow within 2 s',
    params: PARAMS,
    body: OPTIONS,
  }
  app.put<{ Params: Static<typeof PARAMS>; Body: Static<typeof OPTIONS> }>(
    '/v1/topics/namespaces/:name',
    { schema: setting },
    async request => {
      operatorOf(request)
      await namespaces.put({ ...NAMESPACE, ...request.body, name: request.params.name })
      return all()
    },
  )
  const removing = {
    ...common,
    operationId: 'removeNamespace',
    summary: 'Take back what was set: what the configuration says holds again',
    params: PARAMS,
  }
  app.delete<{ Params: Static<typeof PARAMS> }>(
    '/v1/topics/namespaces/:name',
    { schema: removing },
    async request => {
      operatorOf(request)
      await namespaces.remove(request.params.name)
      return all()
    },
  )
}

const copyOf = ({
  name,
  history,
  ...rest
}: Namespace): Static<typeof ALL>['namespaces'][number] => ({
  name,
  ...rest,
  history: { ...history },
})
