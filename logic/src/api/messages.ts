import type { Logger, Metrics } from '@longwire/kit'
import { URGENCY_NAMES } from '@longwire/proto'
import { PLAIN_TERMS, type PublishTerms } from '@longwire/proto/trunk'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Business, Draft } from '../paths/draft.ts'
import { refused, type S2c } from '../paths/s2c.ts'
import { invalid, problemBody, problemOf, type ProblemCode } from './problems.ts'
import {
  BATCH,
  BATCH_RESULT,
  IDEMPOTENCY_HEADERS,
  MESSAGE,
  RESULT,
  answer,
  problems,
  type BatchBody,
  type BatchResultBody,
  type MessageBody,
  type ResultBody,
} from './schemas.ts'

export interface MessageParts {
  readonly s2c: S2c
  readonly logger: Logger
  readonly metrics: Metrics
}

export const SECURED = [{ apiKey: [] }]
export const businessOf = (request: FastifyRequest): Business =>
  request.getDecorator<Business>('business')

const COMMON: readonly ProblemCode[] = [
  'BAD_JSON',
  'UNAUTHORIZED',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'INVALID',
  'INTERNAL',
]
const ONE: readonly ProblemCode[] = [
  'FORBIDDEN',
  'UNKNOWN_APPCODE',
  'IDEMPOTENCY_CONFLICT',
  'COLLAPSE_KEYS',
  'RATE_LIMITED',
  'BUSY',
  'UNAVAILABLE',
  'DRAINING',
]

/** Before the body is read: refusing has to cost little when there is much to refuse. */
const shed =
  ({ intake }: S2c) =>
  async (): Promise<void> => {
    const refusal = intake.refusal()
    if (refusal !== undefined) throw refused(refusal, intake)
  }

export const addMessageRoutes = (app: FastifyInstance, parts: MessageParts): void => {
  addSingle(app, parts)
  addBatch(app, parts)
}

const addSingle = (app: FastifyInstance, { s2c }: MessageParts): void => {
  const schema = {
    operationId: 'sendMessage',
    summary: 'Hand in one message',
    description:
      'Answered once the message is durable: from then on it is delivered, whatever happens.',
    security: SECURED,
    headers: IDEMPOTENCY_HEADERS,
    body: MESSAGE,
    response: { ...answer(RESULT, 'The message is stored'), ...problems(...COMMON, ...ONE) },
  }
  app.post<{ Body: MessageBody }>(
    '/v1/messages',
    { schema, onRequest: shed(s2c) },
    async (request): Promise<ResultBody> => {
      const key = request.headers['idempotency-key']
      return publish(s2c, businessOf(request), request.body, typeof key === 'string' ? key : '')
    },
  )
}

const addBatch = (app: FastifyInstance, { s2c, logger, metrics }: MessageParts): void => {
  const counter = metrics.counter(
    'longwire_http_problems_total',
    'Requests answered with a problem',
    ['code'],
  )
  const refused = (error: unknown): BatchResultBody['results'][number] => {
    const problem = problemOf(error)
    counter.add(1, { code: problem.code })
    if (problem.code === 'INTERNAL') logger.error({ err: error }, 'a message of a batch failed')
    return { error: problemBody(problem) }
  }
  const schema = {
    operationId: 'sendMessages',
    summary: 'Hand in many messages',
    description:
      'Each message succeeds or fails by itself. A field of the wrong form fails the whole request with 422.',
    security: SECURED,
    body: BATCH,
    response: {
      ...answer(BATCH_RESULT, 'What became of each message'),
      ...problems(...COMMON, 'BUSY', 'UNAVAILABLE', 'DRAINING'),
    },
  }
  app.post<{ Body: BatchBody }>(
    '/v1/messages/batch',
    { schema, onRequest: shed(s2c) },
    async (request): Promise<BatchResultBody> => {
      const business = businessOf(request)
      const results = request.body.messages.map(message =>
        publish(s2c, business, message, message.idempotencyKey ?? '').catch(refused),
      )
      return { results: await Promise.all(results) }
    },
  )
}

const publish = async (
  s2c: S2c,
  business: Business,
  message: MessageBody,
  key: string,
): Promise<ResultBody> => {
  const published = await s2c.publish(business, draftOf(message, key))
  const { msgid, seq, logid, repeated, sessions } = published
  return { msgid, seq, logid, repeated, ...(sessions === undefined ? {} : { sessions }) }
}

const draftOf = (message: MessageBody, idempotencyKey: string): Draft => {
  const { to, msgtype = 0, body, bodyBase64, ttlSeconds = 0 } = message
  if (body === undefined && bodyBase64 === undefined)
    throw invalid('body', 'is missing', 'send "body" (text) or "bodyBase64"')
  if (body !== undefined && bodyBase64 !== undefined)
    throw invalid('bodyBase64', 'comes with "body"', 'send one of the two')
  const content =
    body === undefined ? Buffer.from(bodyBase64 ?? '', 'base64') : Buffer.from(body, 'utf8')
  return {
    uid: to.uid,
    appcode: to.appcode,
    allEnds: to.ends === 'all',
    msgtype,
    content,
    ttlSeconds,
    idempotencyKey,
    terms: termsOf(message),
  }
}

const termsOf = (message: MessageBody): PublishTerms => {
  const { ttlSeconds, urgency, mustWake, maxDeferSeconds, collapseKey, tellExpired } = message
  const terms = [urgency, mustWake, maxDeferSeconds, collapseKey, tellExpired]
  if (ttlSeconds !== 0 && terms.every(term => term === undefined)) return PLAIN_TERMS
  return {
    urgency: URGENCY_NAMES.indexOf(urgency ?? 'normal'),
    onlineOnly: ttlSeconds === 0,
    mustWake: mustWake ?? false,
    maxDeferSeconds: maxDeferSeconds ?? 0,
    collapseKey: collapseKey ?? '',
    ...(tellExpired === true ? { tellExpired } : {}),
  }
}
