import { LIMITS } from '@longwire/proto'
import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { isUtf8 } from 'node:buffer'
import type { LogMessage } from '../log/log.ts'
import { appFor, checkUid, KEY_PATTERN } from '../paths/draft.ts'
import { MEMBERS_MAX } from '../trunk/gate-topics.ts'
import type { Topics } from '../topics/topics.ts'
import { addNamespaceRoutes } from './topic-namespaces.ts'
import { SECURED, businessOf } from './messages.ts'
import { invalid, problemBody, problemOf, type ProblemBody, type ProblemCode } from './problems.ts'
import { answer, problems } from './schemas.ts'

export interface TopicParts {
  readonly topics: Topics
}

const CLOSED = { additionalProperties: false } as const
const APPCODE = Type.Integer({
  minimum: 1,
  maximum: LIMITS.appcodeMax,
  description: 'Of the user system whose topic it is',
})
const TOPIC = Type.String({ minLength: 3, description: '<namespace>:<rest>, at most 128 bytes' })
const UID = Type.String({ minLength: 1, maxLength: LIMITS.uidBytes })
const PARAMS = Type.Object({ topic: TOPIC })
const OF_APP = Type.Object({ appcode: APPCODE }, CLOSED)

const PUBLICATIONS = Type.Object(
  {
    appcode: APPCODE,
    messages: Type.Array(
      Type.Object(
        {
          body: Type.Optional(Type.String({ description: 'Text; either this or bodyBase64' })),
          bodyBase64: Type.Optional(Type.String({ description: 'Any bytes' })),
          msgtype: Type.Optional(
            Type.Integer({ minimum: 0, maximum: LIMITS.msgtypeMax, default: 0 }),
          ),
          idempotencyKey: Type.Optional(
            Type.String({
              pattern: KEY_PATTERN,
              description:
                'A repeat with the same key and message is answered with the first result',
            }),
          ),
        },
        CLOSED,
      ),
      { minItems: 1, maxItems: 1_000 },
    ),
  },
  { ...CLOSED, examples: [{ appcode: 1, messages: [{ body: '2:1', idempotencyKey: 'goal-3' }] }] },
)
type Draft = Static<typeof PUBLICATIONS>['messages'][number]

const RESULTS = Type.Object(
  {
    results: Type.Array(
      Type.Object(
        {
          seq: Type.Optional(Type.Integer({ description: '0: the namespace stores nothing' })),
          msgid: Type.Optional(Type.String()),
          logid: Type.Optional(Type.String()),
          repeated: Type.Optional(Type.Boolean()),
          error: Type.Optional(Type.Unsafe<ProblemBody>({ $ref: 'Problem#' })),
        },
        CLOSED,
      ),
      { description: 'One for each message, in order' },
    ),
  },
  CLOSED,
)

const HISTORY_QUERY = Type.Object(
  {
    appcode: APPCODE,
    after: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Those behind this seq; left out: the latest' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
  },
  CLOSED,
)

const HISTORY = Type.Object(
  {
    epoch: Type.Integer(),
    head: Type.Integer({ description: 'The highest seq given so far' }),
    gap: Type.Boolean({ description: 'Some behind "after" are gone' }),
    next: Type.Integer({ description: 'Pass as "after" to go on' }),
    more: Type.Boolean(),
    publications: Type.Array(
      Type.Object(
        {
          seq: Type.Integer(),
          msgid: Type.String(),
          msgtype: Type.Integer(),
          body: Type.Optional(Type.String()),
          bodyBase64: Type.Optional(Type.String({ description: 'Where body is not UTF-8' })),
          sentAt: Type.String({ format: 'date-time' }),
          from: Type.Optional(Type.String({ description: 'uid of the client it is from' })),
        },
        CLOSED,
      ),
    ),
  },
  CLOSED,
)

const PRESENCE = Type.Object(
  {
    count: Type.Integer({ description: 'Sessions that have the topic now' }),
    members: Type.Array(
      Type.Object({ uid: Type.String(), appcode: Type.Integer(), device: Type.String() }, CLOSED),
      { description: `The first ${MEMBERS_MAX}` },
    ),
  },
  CLOSED,
)

const LIST_QUERY = Type.Object(
  {
    appcode: APPCODE,
    behind: Type.Optional(Type.String({ description: 'The last topic of the page before' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
  },
  CLOSED,
)
const LIST = Type.Object(
  { topics: Type.Array(Type.Object({ topic: Type.String(), count: Type.Integer() }, CLOSED)) },
  CLOSED,
)
const GRANTS = Type.Object({ topics: Type.Array(Type.String()) }, CLOSED)

const ALWAYS: readonly ProblemCode[] = [
  'UNAUTHORIZED',
  'FORBIDDEN',
  'UNKNOWN_APPCODE',
  'UNKNOWN_NAMESPACE',
  'INVALID',
  'INTERNAL',
  'UNAVAILABLE',
]
const WITH_BODY: readonly ProblemCode[] = [
  'BAD_JSON',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'BUSY',
  'DRAINING',
  'IDEMPOTENCY_CONFLICT',
]

export const addTopicRoutes = (app: FastifyInstance, parts: TopicParts): void => {
  addPublish(app, parts)
  addHistory(app, parts)
  addPresence(app, parts)
  addList(app, parts)
  addGrants(app, parts)
  addNamespaceRoutes(app, parts)
}

const addPublish = (app: FastifyInstance, { topics }: TopicParts): void => {
  const schema = {
    operationId: 'publishToTopic',
    summary: 'Publish to a topic',
    description:
      'Answered once all are durable. They keep their order. `system:all` and `system:app:<appcode>` reach every session without a subscription.',
    security: SECURED,
    params: PARAMS,
    body: PUBLICATIONS,
    response: { ...answer(RESULTS, 'What became of each'), ...problems(...ALWAYS, ...WITH_BODY) },
  }
  app.post<{ Params: Static<typeof PARAMS>; Body: Static<typeof PUBLICATIONS> }>(
    '/v1/topics/:topic/publications',
    { schema },
    async (request): Promise<Static<typeof RESULTS>> => {
      const { appcode, messages } = request.body
      const { topic } = request.params
      const caller = { business: businessOf(request), appcode }
      // What is wrong with all of them is said once.
      topics.parts.namespaces.of(topic)
      appFor(topics.parts.apps, caller.business, appcode)
      const publish = async (draft: Draft) => {
        try {
          const { msgtype = 0, idempotencyKey = '' } = draft
          const content = contentOf(draft)
          const wanted = { topic, msgtype, content, idempotencyKey }
          const { seq, msgid, logid, repeated } = await topics.publish(caller, wanted)
          return { seq, msgid, logid, repeated }
        } catch (error) {
          return { error: problemBody(problemOf(error)) }
        }
      }
      return { results: await Promise.all(messages.map(publish)) }
    },
  )
}

const contentOf = ({ body, bodyBase64 }: Draft): Uint8Array => {
  if ((body === undefined) === (bodyBase64 === undefined))
    throw invalid('body', 'is not one of two', 'send either "body" (text) or "bodyBase64"')
  return body === undefined ? Buffer.from(bodyBase64 ?? '', 'base64') : Buffer.from(body, 'utf8')
}

const addHistory = (app: FastifyInstance, { topics }: TopicParts): void => {
  const schema = {
    operationId: 'readTopic',
    summary: 'Read what is kept of a topic',
    security: SECURED,
    params: PARAMS,
    querystring: HISTORY_QUERY,
    response: { ...answer(HISTORY, 'A page, oldest first'), ...problems(...ALWAYS) },
  }
  app.get<{ Params: Static<typeof PARAMS>; Querystring: Static<typeof HISTORY_QUERY> }>(
    '/v1/topics/:topic/publications',
    { schema },
    async (request): Promise<Static<typeof HISTORY>> => {
      const { appcode, after, limit = 100 } = request.query
      const { topic } = request.params
      const { apps, namespaces, log } = topics.parts
      const { system } = appFor(apps, businessOf(request), appcode)
      namespaces.of(topic)
      const { epoch, head } = await log.heads({ system, uid: topic })
      const seq = Math.min(head, after ?? Math.max(0, head - limit))
      const asked = { epoch, seq, limit, maxBytes: 512 * 1024 }
      const page = await topics.read({ system, topic }, asked)
      return {
        epoch,
        head: page.head,
        gap: !page.whole,
        next: page.next,
        more: page.more,
        publications: page.messages.map(publicationOf),
      }
    },
  )
}

const publicationOf = ({ seq, msgid, msgtype, content, sentAt, fromUid }: LogMessage) => {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length)
  return {
    seq,
    msgid,
    msgtype,
    ...(isUtf8(bytes)
      ? { body: bytes.toString('utf8') }
      : { bodyBase64: bytes.toString('base64') }),
    sentAt: new Date(sentAt).toISOString(),
    ...(fromUid === '' ? {} : { from: fromUid }),
  }
}

const addPresence = (app: FastifyInstance, { topics }: TopicParts): void => {
  const schema = {
    operationId: 'readTopicPresence',
    summary: 'See who has a topic',
    description: 'Gates are asked, so it is what they have at this moment.',
    security: SECURED,
    params: PARAMS,
    querystring: OF_APP,
    response: {
      ...answer(PRESENCE, 'How many, and who'),
      ...problems(...ALWAYS, 'NO_PRESENCE'),
    },
  }
  app.get<{ Params: Static<typeof PARAMS>; Querystring: Static<typeof OF_APP> }>(
    '/v1/topics/:topic/presence',
    { schema },
    async request => {
      const { system } = appFor(topics.parts.apps, businessOf(request), request.query.appcode)
      const { topic } = request.params
      const { count, members } = await topics.present({ system, topic }, MEMBERS_MAX)
      return {
        count,
        members: members.map(({ uid, appcode, device }) => ({ uid, appcode, device })),
      }
    },
  )
}

const addList = (app: FastifyInstance, { topics }: TopicParts): void => {
  const schema = {
    operationId: 'listTopics',
    summary: 'List the topics that sessions have',
    security: SECURED,
    querystring: LIST_QUERY,
    response: { ...answer(LIST, 'In order of name'), ...problems(...ALWAYS) },
  }
  app.get<{ Querystring: Static<typeof LIST_QUERY> }>('/v1/topics', { schema }, async request => {
    const { appcode, behind = '', limit = 100 } = request.query
    const { system } = appFor(topics.parts.apps, businessOf(request), appcode)
    return { topics: topics.parts.watchers.list(system, behind, limit) }
  })
}

const GRANT_PARAMS = Type.Object({ topic: TOPIC, uid: UID })
const USER = Type.Object({ appcode: APPCODE, uid: UID })

const addGrants = (app: FastifyInstance, { topics }: TopicParts): void => {
  const { apps, grants, namespaces } = topics.parts
  const common = { security: SECURED, params: GRANT_PARAMS, querystring: OF_APP }
  const response = { ...answer(GRANTS, 'All topics of the user'), ...problems(...ALWAYS) }
  type Route = { Params: Static<typeof GRANT_PARAMS>; Querystring: Static<typeof OF_APP> }
  const granting = {
    ...common,
    operationId: 'subscribeUser',
    summary: 'Subscribe a user: every end of it gets the topic, now and at each login',
    response,
  }
  app.put<Route>('/v1/topics/:topic/subscriptions/:uid', { schema: granting }, async request => {
    const { topic, uid } = request.params
    const business = businessOf(request)
    const { system } = appFor(apps, business, request.query.appcode)
    checkUid(uid)
    await topics.grant(business, { system, uid }, topic)
    return { topics: await grants.of({ system, uid }) }
  })
  const revoking = { ...common, operationId: 'unsubscribeUser', summary: 'End that', response }
  app.delete<Route>('/v1/topics/:topic/subscriptions/:uid', { schema: revoking }, async request => {
    const { topic, uid } = request.params
    const { system } = appFor(apps, businessOf(request), request.query.appcode)
    checkUid(uid)
    namespaces.of(topic)
    await topics.revoke({ system, uid }, topic)
    return { topics: await grants.of({ system, uid }) }
  })
  const listing = {
    operationId: 'listSubscriptions',
    summary: 'See what backends have subscribed a user to',
    security: SECURED,
    params: USER,
    response,
  }
  app.get<{ Params: Static<typeof USER> }>(
    '/v1/subscriptions/:appcode/:uid',
    { schema: listing },
    async request => {
      const { appcode, uid } = request.params
      const { system } = appFor(apps, businessOf(request), appcode)
      checkUid(uid)
      return { topics: await grants.of({ system, uid }) }
    },
  )
}
