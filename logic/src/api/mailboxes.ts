import type { FastifyInstance } from 'fastify'
import { isUtf8 } from 'node:buffer'
import { URGENCY, URGENCY_NAMES } from '@longwire/proto'
import type { Log, LogMessage } from '../log/log.ts'
import type { Apps } from '../login/apps.ts'
import { appFor, checkUid } from '../paths/draft.ts'
import type { Online } from '../presence/online.ts'
import { SECURED, businessOf } from './messages.ts'
import {
  MAILBOX,
  MAILBOX_QUERY,
  ROUTES,
  USER_PARAMS,
  answer,
  problems,
  type MailboxBody,
  type MailboxQuery,
  type RoutesBody,
  type UserParams,
} from './schemas.ts'

export interface MailboxParts {
  readonly apps: Apps
  readonly log: Log
  readonly online: Online
}

const PAGE_BYTES = 1024 * 1024
const LIMIT = 100

export const addMailboxRoutes = (app: FastifyInstance, parts: MailboxParts): void => {
  addMailbox(app, parts)
  addRoutes(app, parts)
}

const addMailbox = (app: FastifyInstance, { apps, log }: MailboxParts): void => {
  const schema = {
    operationId: 'readMailbox',
    summary: 'Read what is kept for an end of a user',
    description: 'Messages for this appcode and for all ends. Reading moves no cursor.',
    security: SECURED,
    params: USER_PARAMS,
    querystring: MAILBOX_QUERY,
    response: {
      ...answer(MAILBOX, 'Messages behind "after", in order'),
      ...problems(
        'UNAUTHORIZED',
        'FORBIDDEN',
        'UNKNOWN_APPCODE',
        'INVALID',
        'INTERNAL',
        'UNAVAILABLE',
      ),
    },
  }
  app.get<{ Params: UserParams; Querystring: MailboxQuery }>(
    '/v1/mailboxes/:appcode/:uid',
    { schema },
    async (request): Promise<MailboxBody> => {
      const { appcode, uid } = request.params
      const { after = 0, limit = LIMIT } = request.query
      const { system } = appFor(apps, businessOf(request), appcode)
      checkUid(uid)
      const mailbox = { system, uid }
      const { epoch, head, floor } = await log.heads(mailbox)
      const page = await log.read(mailbox, appcode, after, limit, PAGE_BYTES)
      return {
        epoch,
        head: Math.max(head, page.head),
        floor,
        messages: page.messages.map(messageOf),
        next: page.next,
        more: page.more,
      }
    },
  )
}

const addRoutes = (app: FastifyInstance, { apps, online }: MailboxParts): void => {
  const schema = {
    operationId: 'readRoutes',
    summary: 'See where a user is connected',
    security: SECURED,
    params: USER_PARAMS,
    response: {
      ...answer(ROUTES, 'The routes of this uid and appcode'),
      ...problems(
        'UNAUTHORIZED',
        'FORBIDDEN',
        'UNKNOWN_APPCODE',
        'INVALID',
        'INTERNAL',
        'UNAVAILABLE',
      ),
    },
  }
  app.get<{ Params: UserParams }>(
    '/v1/routes/:appcode/:uid',
    { schema },
    async (request): Promise<RoutesBody> => {
      const { appcode, uid } = request.params
      const { system } = appFor(apps, businessOf(request), appcode)
      checkUid(uid)
      const [found = []] = await online.of([{ system, uid }])
      const own = found.filter(route => route.appcode === appcode)
      return {
        routes: own.map(({ device, gate, slot, generation, fence, dial }) => ({
          device,
          gate,
          session: `${slot}.${generation}`,
          fence,
          dial,
        })),
      }
    },
  )
}

const messageOf = ({
  seq,
  msgid,
  msgtype,
  content,
  urgency,
  mustWake,
  collapse,
  sentAt,
  expiresAt,
  logid,
}: LogMessage): MailboxBody['messages'][number] => {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length)
  return {
    seq,
    msgid,
    msgtype,
    ...(isUtf8(bytes)
      ? { body: bytes.toString('utf8') }
      : { bodyBase64: bytes.toString('base64') }),
    urgency: URGENCY_NAMES[urgency] ?? URGENCY_NAMES[URGENCY.NORMAL],
    ...(mustWake ? { mustWake } : {}),
    ...(collapse === '' ? {} : { collapseKey: collapse }),
    sentAt: new Date(sentAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
    logid,
  }
}
