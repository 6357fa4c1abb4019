import { LIMITS, URGENCY_NAMES, type UrgencyName } from '@longwire/proto'
import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { COLLAPSE_PATTERN, DEFER_SECONDS, KEY_PATTERN, TTL_SECONDS } from '../paths/draft.ts'
import { PROBLEMS, type ProblemBody, type ProblemCode } from './problems.ts'

/** Property names that are not listed are refused, so a misspelt one is not silently ignored. */
const CLOSED = { additionalProperties: false } as const
const MSGID = Type.String({ pattern: '^[0-9a-f]{16}$', description: 'Unique, rising with time' })
const LOGID = Type.String({
  pattern: '^[0-9a-f]{16}$',
  description: 'Names the message in every log',
})
const SEQ = Type.Integer({ minimum: 0, description: 'Place in the mailbox' })
const APPCODE = Type.Integer({
  minimum: 1,
  maximum: LIMITS.appcodeMax,
  description: 'An end platform of a user system',
})
const UID = Type.String({
  minLength: 1,
  maxLength: LIMITS.uidBytes,
  description: '1 to 64 bytes of UTF-8',
})
const BASE64 = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'

export const PROBLEM_SCHEMA = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong with this request, and what to do' }),
    code: Type.Unsafe<ProblemCode>({ type: 'string', enum: Object.keys(PROBLEMS) }),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          { field: Type.String(), problem: Type.String(), remedy: Type.String() },
          CLOSED,
        ),
      ),
    ),
  },
  { ...CLOSED, $id: 'Problem', description: 'RFC 9457; `code` is stable' },
)

const MESSAGE_FIELDS = {
  to: Type.Object(
    {
      uid: UID,
      appcode: APPCODE,
      ends: Type.Optional(
        Type.Unsafe<'one' | 'all'>({
          type: 'string',
          enum: ['one', 'all'],
          default: 'one',
          description: '"all": every end of the appcode\'s user system',
        }),
      ),
    },
    CLOSED,
  ),
  msgtype: Type.Optional(Type.Integer({ minimum: 0, maximum: LIMITS.msgtypeMax, default: 0 })),
  body: Type.Optional(Type.String({ description: 'Text; either this or bodyBase64' })),
  bodyBase64: Type.Optional(Type.String({ pattern: BASE64, description: 'Any bytes' })),
  ttlSeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: TTL_SECONDS.max,
      default: TTL_SECONDS.default,
      description:
        'Kept at most this long for an end that is offline. 0: for those who are online now, and never stored',
    }),
  ),
  urgency: Type.Optional(
    Type.Unsafe<UrgencyName>({
      type: 'string',
      enum: [...URGENCY_NAMES],
      default: 'normal',
      description:
        '"low" and "idle" wait until the device shows that it is awake, at the latest for its next heartbeat; "now" is exempt from its budget of wake-ups',
    }),
  ),
  mustWake: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'Goes out at the latest after maxDeferSeconds, even if that wakes the device',
    }),
  ),
  maxDeferSeconds: Type.Optional(
    Type.Integer({
      minimum: DEFER_SECONDS.min,
      maximum: DEFER_SECONDS.max,
      description: `With mustWake; at most half of the ttl. Default: ${DEFER_SECONDS.default}`,
    }),
  ),
  collapseKey: Type.Optional(
    Type.String({
      pattern: COLLAPSE_PATTERN,
      description:
        'Takes the place of what you sent under the same key to the same ends and they have not read',
    }),
  ),
  tellExpired: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'An event "expired" tells you where it is removed before every end that it is for has read it',
    }),
  ),
}

export const MESSAGE = Type.Object(MESSAGE_FIELDS, {
  ...CLOSED,
  examples: [{ to: { uid: 'ann', appcode: 1 }, msgtype: 7, body: 'Your parcel has arrived' }],
})
export type MessageBody = Static<typeof MESSAGE>

const IDEMPOTENCY_KEY = Type.String({
  pattern: KEY_PATTERN,
  description: 'A repeat with the same key and message is answered with the first result',
})
export const IDEMPOTENCY_HEADERS = Type.Object({
  'idempotency-key': Type.Optional(IDEMPOTENCY_KEY),
})

const BATCH_MAX = 1_000
export const BATCH = Type.Object(
  {
    messages: Type.Array(
      Type.Object({ ...MESSAGE_FIELDS, idempotencyKey: Type.Optional(IDEMPOTENCY_KEY) }, CLOSED),
      {
        minItems: 1,
        maxItems: BATCH_MAX,
      },
    ),
  },
  {
    ...CLOSED,
    examples: [
      {
        messages: [
          {
            to: { uid: 'ann', appcode: 1, ends: 'all' },
            body: 'Sale!',
            idempotencyKey: 'sale-17-ann',
          },
        ],
      },
    ],
  },
)
export type BatchBody = Static<typeof BATCH>

const SESSIONS = Type.Optional(
  Type.Integer({
    minimum: 0,
    description: 'With a ttl of 0, where seq is 0: to how many sessions it was handed on',
  }),
)
const RESULT_FIELDS = { msgid: MSGID, seq: SEQ, logid: LOGID }
export const RESULT = Type.Object(
  {
    ...RESULT_FIELDS,
    repeated: Type.Boolean({
      description: 'The idempotency key was used before: nothing new was stored',
    }),
    sessions: SESSIONS,
  },
  {
    ...CLOSED,
    examples: [{ msgid: '018c3f2a9b000001', seq: 42, logid: '018c3f2a9b0a0001', repeated: false }],
  },
)
export type ResultBody = Static<typeof RESULT>

/** By reference, so that the document says it once. */
const PROBLEM = Type.Unsafe<ProblemBody>({ $ref: 'Problem#' })

export const BATCH_RESULT = Type.Object(
  {
    results: Type.Array(
      Type.Object(
        {
          msgid: Type.Optional(MSGID),
          seq: Type.Optional(SEQ),
          logid: Type.Optional(LOGID),
          repeated: Type.Optional(Type.Boolean()),
          sessions: SESSIONS,
          error: Type.Optional(PROBLEM),
        },
        CLOSED,
      ),
      { description: 'One for each message, in order: its ids, or why it was not stored' },
    ),
  },
  CLOSED,
)
export type BatchResultBody = Static<typeof BATCH_RESULT>

export const USER_PARAMS = Type.Object({ appcode: APPCODE, uid: UID })
export type UserParams = Static<typeof USER_PARAMS>

export const MAILBOX_QUERY = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        default: 0,
        description: 'The last seq already read',
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
  },
  CLOSED,
)
export type MailboxQuery = Static<typeof MAILBOX_QUERY>

export const MAILBOX = Type.Object(
  {
    epoch: Type.Integer({ description: 'Changes where the store was lost: seqs then start anew' }),
    head: Type.Integer({ description: 'The highest seq given so far' }),
    floor: Type.Integer({ description: 'Everything up to this seq has been removed' }),
    messages: Type.Array(
      Type.Object(
        {
          seq: SEQ,
          msgid: MSGID,
          msgtype: Type.Integer(),
          body: Type.Optional(Type.String()),
          bodyBase64: Type.Optional(
            Type.String({ description: 'In place of body where it is not UTF-8' }),
          ),
          urgency: Type.Unsafe<UrgencyName>({ type: 'string', enum: [...URGENCY_NAMES] }),
          mustWake: Type.Optional(Type.Boolean({ description: 'Left out: false' })),
          collapseKey: Type.Optional(Type.String({ description: 'Left out: it has none' })),
          sentAt: Type.String({ format: 'date-time' }),
          expiresAt: Type.String({ format: 'date-time' }),
          logid: LOGID,
        },
        CLOSED,
      ),
    ),
    next: Type.Integer({ description: 'Pass as "after" to go on' }),
    more: Type.Boolean(),
  },
  CLOSED,
)
export type MailboxBody = Static<typeof MAILBOX>

export const ROUTES = Type.Object(
  {
    routes: Type.Array(
      Type.Object(
        {
          device: Type.String(),
          gate: Type.String(),
          session: Type.String(),
          fence: Type.Integer(),
          dial: Type.Integer(),
        },
        CLOSED,
      ),
      { description: 'The connected devices of this uid and appcode, oldest first' },
    ),
  },
  {
    ...CLOSED,
    examples: [
      { routes: [{ device: 'phone-1', gate: 'gate-1@k3f9', session: '7.3', fence: 12, dial: 4 }] },
    ],
  },
)
export type RoutesBody = Static<typeof ROUTES>

const CAUSES = Type.Array(Type.Object({ part: Type.String(), problem: Type.String() }, CLOSED))
export const READY = Type.Object(
  {
    ready: Type.Boolean(),
    causes: CAUSES,
    warnings: CAUSES,
    parts: Type.Record(Type.String(), Type.String(), { description: 'ok, or what is wrong' }),
  },
  CLOSED,
)
export const HEALTH = Type.Object({ status: Type.String() }, CLOSED)

export const DEV_TOKEN = Type.Object({ uid: UID, appcode: APPCODE }, CLOSED)
export type DevTokenBody = Static<typeof DEV_TOKEN>
export const DEV_TOKEN_RESULT = Type.Object(
  {
    token: Type.String(),
    apiKey: Type.Optional(Type.String({ description: 'For publishing' })),
    ws: Type.Optional(Type.String({ description: 'Where a browser connects' })),
  },
  CLOSED,
)
/** What a page needs to try things out. */
export type DevToken = Static<typeof DEV_TOKEN_RESULT>

/** A successful answer, as Fastify and OpenAPI describe it. */
export const answer = (schema: TSchema, description: string): object => ({
  200: { description, content: { 'application/json': { schema } } },
})

/** The answers for the problems a route may have. */
export const problems = (...codes: readonly ProblemCode[]): object => {
  const byStatus = new Map<number, string[]>()
  // Where a key is asked for, its business may be switched off.
  const implied: readonly ProblemCode[] = codes.includes('UNAUTHORIZED') ? ['DISABLED'] : []
  for (const code of [...codes, ...implied])
    byStatus.set(PROBLEMS[code].status, [
      ...(byStatus.get(PROBLEMS[code].status) ?? []),
      `${code}: ${PROBLEMS[code].title}`,
    ])
  return Object.fromEntries(
    [...byStatus].map(([status, texts]) => [
      status,
      {
        description: texts.join('; '),
        content: { 'application/problem+json': { schema: PROBLEM } },
      },
    ]),
  )
}
