import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '@longwire/kit'
import type { Bus } from '../bus/bus.ts'
import type { DeadLetter, DeadLetters } from '../bus/delivery/dead-letters.ts'
import { checkMayRead, checkName, groupOf, mayRead } from '../bus/delivery/deliveries.ts'
import { bodyOf } from '../bus/delivery/webhook-receiver.ts'
import type { Business } from '../paths/draft.ts'
import { SECURED, businessOf } from './messages.ts'
import { invalid, type ProblemCode } from './problems.ts'
import { operatorOf } from './revocations.ts'
import { answer, problems } from './schemas.ts'

export interface BusParts {
  readonly bus: Bus
  readonly dead: DeadLetters
  readonly clock: Clock
}

const CLOSED = { additionalProperties: false } as const
const HOUR_MS = 3_600_000
const WRONG: readonly ProblemCode[] = [
  'UNAUTHORIZED',
  'FORBIDDEN',
  'INVALID',
  'INTERNAL',
  'UNAVAILABLE',
]
const BODY: readonly ProblemCode[] = ['BAD_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']
const Name = (description: string) => Type.String({ minLength: 1, maxLength: 200, description })
const Count = (description: string) => Type.Integer({ minimum: 0, description })

const TOPIC = Type.Object(
  {
    topic: Type.String(),
    retentionHours: Type.Number(),
    partitions: Type.Array(
      Type.Object({ start: Count('Oldest offset'), end: Count('Next offset') }, CLOSED),
    ),
  },
  CLOSED,
)
const TOPICS = Type.Object({ topics: Type.Array(TOPIC) }, CLOSED)
const TOPIC_PARAMS = Type.Object({ topic: Name('Name of the topic') })
const TOPIC_REQUEST = Type.Object(
  {
    partitions: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      description: 'Never fewer than before',
    }),
    retentionHours: Type.Integer({ minimum: 1, description: 'Older records may be gone' }),
  },
  { ...CLOSED, examples: [{ partitions: 8, retentionHours: 168 }] },
)
const RECORDS = Type.Object(
  {
    records: Type.Array(
      Type.Object(
        {
          key: Type.Optional(Type.String({ maxLength: 1_000, description: 'Keeps its order' })),
          headers: Type.Optional(
            Type.Record(Type.String({ maxLength: 60 }), Type.String({ maxLength: 1_000 })),
          ),
          body: Type.Optional(Type.String({ description: 'Text; either this or bodyBase64' })),
          bodyBase64: Type.Optional(Type.String({ description: 'Any bytes' })),
        },
        CLOSED,
      ),
      { minItems: 1, maxItems: 500 },
    ),
  },
  { ...CLOSED, examples: [{ records: [{ key: 'ann', body: 'hello' }] }] },
)
const PUBLISHED = Type.Object({ published: Count('Records that are durable now') }, CLOSED)
const PLACE = Type.Object(
  {
    topic: Type.String(),
    partition: Count('10000 and more: of the backup cluster'),
    offset: Type.Integer({ description: 'Of the next record; -1: it never began here' }),
    end: Count('Offset of the next record that is published'),
    lag: Count('Records it has not done'),
  },
  CLOSED,
)
const GROUP = Type.Object(
  { group: Type.String(), lag: Count('Of all partitions'), partitions: Type.Array(PLACE) },
  CLOSED,
)
const GROUPS = Type.Object({ groups: Type.Array(GROUP) }, CLOSED)
const GROUP_PARAMS = Type.Object({ group: Name('Name of the group, as consumers say it') })
const SEEK = Type.Object(
  {
    topic: Name('Topic of the group'),
    to: Type.Unsafe<'earliest' | 'latest' | 'time'>({
      type: 'string',
      enum: ['earliest', 'latest', 'time'],
    }),
    time: Type.Optional(Type.Integer({ minimum: 0, description: 'Milliseconds since 1970' })),
  },
  { ...CLOSED, examples: [{ topic: 'orders', to: 'earliest' }] },
)
const LETTER = Type.Object(
  {
    id: Type.String(),
    topic: Type.String(),
    partition: Type.Integer(),
    offset: Type.Integer(),
    key: Type.String(),
    headers: Type.Record(Type.String(), Type.String()),
    time: Type.Integer({ description: 'Milliseconds since 1970' }),
    body: Type.Optional(Type.String()),
    bodyBase64: Type.Optional(
      Type.String({ description: 'In place of body where it is not UTF-8' }),
    ),
    tries: Type.Integer(),
    reason: Type.String({ description: 'What its last try failed with' }),
    diedAt: Type.Integer(),
  },
  CLOSED,
)
const LETTERS = Type.Object({ deadLetters: Type.Array(LETTER) }, CLOSED)
const LETTERS_QUERY = Type.Object({
  behind: Type.Optional(Type.String({ maxLength: 400, description: 'Id of the last one seen' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
})
const CHOSEN = Type.Object(
  {
    ids: Type.Optional(
      Type.Array(Type.String(), { maxItems: 500, description: 'All when left out' }),
    ),
  },
  { ...CLOSED, examples: [{}] },
)
const SETTLED = Type.Object({ count: Count('How many') }, CLOSED)

export const addBusRoutes = (app: FastifyInstance, parts: BusParts): void => {
  addTopics(app, parts)
  addRecords(app, parts)
  addGroups(app, parts)
  addSeek(app, parts)
  addLetters(app, parts)
  addSettling(app, parts)
}

const addTopics = (app: FastifyInstance, { bus }: BusParts): void => {
  const list = {
    operationId: 'listBusTopics',
    summary: 'See the topics that the key may read; all of them with the key of an operator',
    security: SECURED,
    response: { ...answer(TOPICS, 'In the order of their names'), ...problems(...WRONG) },
  }
  app.get('/v1/bus/topics', { schema: list }, async (request): Promise<Static<typeof TOPICS>> => {
    const business = businessOf(request)
    const topics = (await bus.topics()).filter(
      ({ topic }) => business.role === 'operator' || mayRead(business, topic),
    )
    return {
      topics: topics.map(({ topic, retentionMs, partitions }) => ({
        topic,
        retentionHours: retentionMs / HOUR_MS,
        partitions: partitions.map(({ start, end }) => ({ start, end })),
      })),
    }
  })
  const put = {
    operationId: 'putBusTopic',
    summary: 'Make a topic, give it more partitions, or another retention',
    description:
      'For operators. More partitions move keys to other ones: what is under way may then come out of order.',
    security: SECURED,
    params: TOPIC_PARAMS,
    body: TOPIC_REQUEST,
    response: { ...answer(TOPIC_REQUEST, 'As it was asked for'), ...problems(...WRONG, ...BODY) },
  }
  app.put<{ Params: Static<typeof TOPIC_PARAMS>; Body: Static<typeof TOPIC_REQUEST> }>(
    '/v1/bus/topics/:topic',
    { schema: put },
    async (request): Promise<Static<typeof TOPIC_REQUEST>> => {
      operatorOf(request)
      const { topic } = request.params
      const { partitions, retentionHours } = request.body
      checkName('topic', topic)
      await bus.create([{ topic, partitions, retentionMs: retentionHours * HOUR_MS }])
      return { partitions, retentionHours }
    },
  )
}

const addRecords = (app: FastifyInstance, { bus, clock }: BusParts): void => {
  const schema = {
    operationId: 'publishRecords',
    summary: 'Publish records to a topic, such as one to test a consumer with',
    description:
      'For operators. Answered once they are durable; after a 503 they may be there or not.',
    security: SECURED,
    params: TOPIC_PARAMS,
    body: RECORDS,
    response: {
      ...answer(PUBLISHED, 'They are durable'),
      ...problems(...WRONG, ...BODY, 'NOT_FOUND'),
    },
  }
  app.post<{ Params: Static<typeof TOPIC_PARAMS>; Body: Static<typeof RECORDS> }>(
    '/v1/bus/topics/:topic/records',
    { schema },
    async (request): Promise<Static<typeof PUBLISHED>> => {
      operatorOf(request)
      const { topic } = request.params
      checkName('topic', topic)
      const time = clock.now()
      const records = request.body.records.map(({ key = '', headers = {}, body, bodyBase64 }) => {
        if ((body === undefined) === (bodyBase64 === undefined))
          throw invalid(
            'records',
            'has one with both or none of body and bodyBase64',
            'send one of them',
          )
        const value = Buffer.from(body ?? bodyBase64 ?? '', body === undefined ? 'base64' : 'utf8')
        return { topic, key, headers, value, time }
      })
      await bus.publish(records)
      return { published: records.length }
    },
  )
}

const addGroups = (app: FastifyInstance, { bus }: BusParts): void => {
  const schema = {
    operationId: 'listGroups',
    summary: 'See where the groups of this business are, and how far behind',
    security: SECURED,
    response: { ...answer(GROUPS, 'In the order of their names'), ...problems(...WRONG) },
  }
  app.get('/v1/bus/groups', { schema }, async (request): Promise<Static<typeof GROUPS>> => {
    const prefix = groupOf(businessOf(request), '')
    const own = (await bus.groups()).filter(group => group.startsWith(prefix))
    const groups = own.map(async group => {
      const partitions = (await bus.offsets(group)).map(place => ({ ...place }))
      const lag = partitions.reduce((sum, each) => sum + each.lag, 0)
      return { group: group.slice(prefix.length), lag, partitions }
    })
    return { groups: await Promise.all(groups) }
  })
}

const addSeek = (app: FastifyInstance, { bus }: BusParts): void => {
  const schema = {
    operationId: 'seekGroup',
    summary: 'Make a group go on elsewhere in a topic: replay, or skip',
    description: 'Only while it has no consumers; wait some seconds after the last one left.',
    security: SECURED,
    params: GROUP_PARAMS,
    body: SEEK,
    response: {
      ...answer(SEEK, 'As it was asked for'),
      ...problems(...WRONG, ...BODY, 'NOT_FOUND', 'GROUP_BUSY'),
    },
  }
  app.post<{ Params: Static<typeof GROUP_PARAMS>; Body: Static<typeof SEEK> }>(
    '/v1/bus/groups/:group/seek',
    { schema },
    async (request): Promise<Static<typeof SEEK>> => {
      const business = businessOf(request)
      const { topic, to, time } = request.body
      checkMayRead(business, [topic])
      if ((to === 'time') !== (time !== undefined))
        throw invalid('time', 'goes with "to": "time", and with nothing else', 'send both or none')
      const position = to === 'time' ? { time: time ?? 0 } : to
      await bus.seek(ownGroup(business, request.params.group), topic, position)
      return request.body
    },
  )
}

const addLetters = (app: FastifyInstance, { dead }: BusParts): void => {
  const schema = {
    operationId: 'listDeadLetters',
    summary: 'See the records that a group could not handle',
    security: SECURED,
    params: GROUP_PARAMS,
    querystring: LETTERS_QUERY,
    response: { ...answer(LETTERS, 'In the order of their ids'), ...problems(...WRONG) },
  }
  app.get<{ Params: Static<typeof GROUP_PARAMS>; Querystring: Static<typeof LETTERS_QUERY> }>(
    '/v1/bus/groups/:group/dead-letters',
    { schema },
    async (request): Promise<Static<typeof LETTERS>> => {
      const group = ownGroup(businessOf(request), request.params.group)
      const { behind = '', limit = 100 } = request.query
      return { deadLetters: (await dead.list(group, behind, limit)).map(letterBody) }
    },
  )
}

const addSettling = (app: FastifyInstance, { dead, bus }: BusParts): void => {
  const schema = (operationId: string, summary: string) => ({
    operationId,
    summary,
    security: SECURED,
    params: GROUP_PARAMS,
    body: CHOSEN,
    response: { ...answer(SETTLED, 'How many'), ...problems(...WRONG, ...BODY) },
  })
  type Request = { Params: Static<typeof GROUP_PARAMS>; Body: Static<typeof CHOSEN> }
  app.post<Request>(
    '/v1/bus/groups/:group/dead-letters/replay',
    { schema: schema('replayDeadLetters', 'Give records to the group again, and only to it') },
    async (request): Promise<Static<typeof SETTLED>> => {
      const group = ownGroup(businessOf(request), request.params.group)
      return { count: await dead.replay(group, request.body.ids, bus) }
    },
  )
  app.post<Request>(
    '/v1/bus/groups/:group/dead-letters/purge',
    {
      schema: schema('purgeDeadLetters', 'Remove records that a group could not handle, for good'),
    },
    async (request): Promise<Static<typeof SETTLED>> => {
      const group = ownGroup(businessOf(request), request.params.group)
      return { count: await dead.purge(group, request.body.ids) }
    },
  )
}

const ownGroup = (business: Business, group: string): string => {
  checkName('group', group)
  return groupOf(business, group)
}

const letterBody = ({ id, record, tries, reason, diedAt }: DeadLetter): Static<typeof LETTER> => {
  const { topic, partition, offset, key, headers, time, value } = record
  const place = { topic, partition, offset, key, headers: { ...headers }, time }
  return { id, ...place, ...bodyOf(value), tries, reason, diedAt }
}
