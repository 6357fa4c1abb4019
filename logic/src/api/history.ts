import { isUtf8 } from 'node:buffer'
import { LIMITS } from '@longwire/proto'
import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Conversations } from '../conversations/conversations.ts'
import type { HistoryRow } from '../conversations/history.ts'
import type { Apps } from '../login/apps.ts'
import { appFor, checkUid } from '../paths/draft.ts'
import { businessOf, SECURED } from './messages.ts'
import { Problem, type ProblemCode } from './problems.ts'
import { answer, problems } from './schemas.ts'

export interface HistoryParts {
  readonly apps: Apps
  readonly conversations: Conversations
}

const CLOSED = { additionalProperties: false } as const
const UID = Type.String({ minLength: 1, maxLength: LIMITS.uidBytes })
const APPCODE = Type.Integer({ minimum: 1, maximum: LIMITS.appcodeMax })
const USUAL = 50

const QUERY = Type.Object(
  {
    uid: UID,
    appcode: APPCODE,
    peer: UID,
    before: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Only what lies before this seq: "next" of a page' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  },
  CLOSED,
)
const MESSAGE = Type.Object(
  {
    seq: Type.Integer(),
    msgid: Type.String(),
    from: Type.String(),
    to: Type.String(),
    appcode: Type.Integer({ description: 'On which the sender was' }),
    msgtype: Type.Integer(),
    body: Type.Optional(Type.String()),
    bodyBase64: Type.Optional(
      Type.String({ description: 'In place of body where it is no UTF-8' }),
    ),
    recalled: Type.Optional(Type.Boolean()),
    sentAt: Type.String({ format: 'date-time' }),
    logid: Type.String(),
  },
  CLOSED,
)
const PAGE = Type.Object(
  {
    messages: Type.Array(MESSAGE),
    next: Type.Optional(
      Type.Integer({ description: 'The "before" of the next page, if there is one' }),
    ),
  },
  CLOSED,
)
const COMMON: readonly ProblemCode[] = [
  'UNAUTHORIZED',
  'FORBIDDEN',
  'UNKNOWN_APPCODE',
  'INVALID',
  'INTERNAL',
  'UNAVAILABLE',
]

/** What users wrote each other, and taking back what a backend sent. */
export const addHistoryRoutes = (app: FastifyInstance, parts: HistoryParts): void => {
  addHistory(app, parts)
  addRecall(app, parts)
}

const addHistory = (app: FastifyInstance, { apps, conversations }: HistoryParts): void => {
  const schema = {
    operationId: 'readHistory',
    summary: 'Read what a user and a peer wrote each other, newest first',
    security: SECURED,
    querystring: QUERY,
    response: { ...answer(PAGE, 'A page'), ...problems(...COMMON) },
  }
  app.get<{ Querystring: Static<typeof QUERY> }>(
    '/v1/history',
    { schema },
    async (request): Promise<Static<typeof PAGE>> => {
      const { uid, appcode, peer, before = 0, limit = USUAL } = request.query
      const { system } = appFor(apps, businessOf(request), appcode)
      checkUid(uid)
      checkUid(peer)
      const view = { system, uid, peer }
      const rows = await conversations.history.page(view, before, limit + 1)
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      return {
        messages: shown.map(messageOf),
        ...(rows.length > limit && last !== undefined ? { next: last.message.seq } : {}),
      }
    },
  )
}

const messageOf = ({ message, recalled }: HistoryRow): Static<typeof MESSAGE> => {
  const { content } = message
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length)
  return {
    seq: message.seq,
    msgid: message.msgid,
    from: message.fromUid,
    to: message.toUid,
    appcode: message.fromAppcode,
    msgtype: message.msgtype,
    ...(isUtf8(bytes)
      ? { body: bytes.toString('utf8') }
      : { bodyBase64: bytes.toString('base64') }),
    ...(recalled ? { recalled } : {}),
    sentAt: new Date(message.sentAt).toISOString(),
    logid: message.logid,
  }
}

const PARAMS = Type.Object({ msgid: Type.String({ pattern: '^[0-9a-f]{16}$' }) }, CLOSED)
const WHOSE = Type.Object({ uid: UID, appcode: APPCODE }, CLOSED)
const RECALLED = Type.Object({ msgid: Type.String(), recalled: Type.Literal(true) }, CLOSED)

const addRecall = (app: FastifyInstance, { apps, conversations }: HistoryParts): void => {
  const schema = {
    operationId: 'recallMessage',
    summary: 'Take back a message of this business',
    description:
      'Who has not got it never sees it; an end that has is told so, if its SDK understands that. NOT_FOUND: it was read by every end, expired, or is of another business.',
    security: SECURED,
    params: PARAMS,
    querystring: WHOSE,
    response: { ...answer(RECALLED, 'It is taken back'), ...problems(...COMMON, 'NOT_FOUND') },
  }
  app.delete<{ Params: Static<typeof PARAMS>; Querystring: Static<typeof WHOSE> }>(
    '/v1/messages/:msgid',
    { schema },
    async (request): Promise<Static<typeof RECALLED>> => {
      const { uid, appcode } = request.query
      const { msgid } = request.params
      const business = businessOf(request)
      const { system } = appFor(apps, business, appcode)
      checkUid(uid)
      const what = { appcode, msgid, business: business.name }
      if (!(await conversations.recalls.ofBusiness({ system, uid }, what)))
        throw new Problem('NOT_FOUND', `the mailbox holds no message "${msgid}" of this business`)
      return { msgid, recalled: true }
    },
  )
}
