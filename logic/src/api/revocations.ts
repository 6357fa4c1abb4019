import { LIMITS } from '@longwire/proto'
import { Type, type Static } from '@sinclair/typebox'
import type { Clock } from '@longwire/kit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Apps } from '../login/apps.ts'
import type { Revocation } from '../login/revocation-feed.ts'
import type { RevocationRequest, Revocations } from '../login/revocations.ts'
import { checkUid, type Business } from '../paths/draft.ts'
import { SECURED, businessOf } from './messages.ts'
import { Problem, invalid, type ProblemCode } from './problems.ts'
import { answer, problems } from './schemas.ts'

export interface RevocationParts {
  readonly apps: Apps
  readonly revocations: Revocations
  readonly clock: Clock
}

const CLOSED = { additionalProperties: false } as const
const REASON_MAX = 200
const TOKEN_ID_MAX = 256
/** Clocks of backends may be ahead by this much. */
const AHEAD_MS = 60_000

const WHAT = {
  uid: Type.Optional(
    Type.String({ minLength: 1, maxLength: LIMITS.uidBytes, description: 'Whose tokens' }),
  ),
  system: Type.Optional(
    Type.String({ description: 'Of which user system; not needed where there is only one' }),
  ),
  appcode: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: LIMITS.appcodeMax,
      description: 'On this appcode only, in place of its whole system',
    }),
  ),
  issuedBefore: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'Only tokens issued before this moment: signs out, and lets sign in again',
    }),
  ),
  tokenId: Type.Optional(
    Type.String({ minLength: 1, maxLength: TOKEN_ID_MAX, description: 'One token, by its "jti"' }),
  ),
}
const REQUEST = Type.Object(
  {
    ...WHAT,
    reason: Type.Optional(
      Type.String({ maxLength: REASON_MAX, description: 'Told to the client, and kept' }),
    ),
  },
  {
    ...CLOSED,
    examples: [
      { uid: 'ann', issuedBefore: '2026-01-31T12:00:00.000Z', reason: 'the password was changed' },
      { tokenId: '7f3c1b' },
    ],
  },
)
const REVOCATION = Type.Object(
  {
    id: Type.String({ description: 'Names it, to lift it' }),
    ...WHAT,
    reason: Type.String(),
    by: Type.String({ description: 'The name of the key it was made with' }),
    createdAt: Type.String({ format: 'date-time' }),
    expiresAt: Type.String({
      format: 'date-time',
      description: 'No token that it is about is good for longer',
    }),
  },
  CLOSED,
)
type RevocationBody = Static<typeof REVOCATION>
const LIST = Type.Object({ revocations: Type.Array(REVOCATION) }, CLOSED)
const QUERY = Type.Object({ uid: WHAT.uid, tokenId: WHAT.tokenId }, CLOSED)
const PARAMS = Type.Object({ id: Type.String({ pattern: '^[1-9][0-9]{0,14}$' }) })

const COMMON: readonly ProblemCode[] = [
  'UNAUTHORIZED',
  'FORBIDDEN',
  'INVALID',
  'INTERNAL',
  'UNAVAILABLE',
]

/** Ends tokens before their time, and with them the sessions that they opened. */
export const addRevocationRoutes = (app: FastifyInstance, parts: RevocationParts): void => {
  addRevoke(app, parts)
  addList(app, parts)
  addOne(app, parts)
}

const addRevoke = (app: FastifyInstance, { apps, revocations, clock }: RevocationParts): void => {
  const schema = {
    operationId: 'revoke',
    summary: 'Revoke the tokens of a user, those issued before a moment, or one token',
    description:
      'Answered once it is durable. Within two seconds all sessions of such tokens are closed with REVOKED, on every gate, and no such token logs in any more. It holds until no such token can be good any more.',
    security: SECURED,
    body: REQUEST,
    response: {
      ...answer(REVOCATION, 'It is stored'),
      ...problems(
        ...COMMON,
        'BAD_JSON',
        'UNKNOWN_APPCODE',
        'BODY_TOO_LARGE',
        'UNSUPPORTED_MEDIA_TYPE',
      ),
    },
  }
  app.post<{ Body: Static<typeof REQUEST> }>(
    '/v1/revocations',
    { schema },
    async (request): Promise<RevocationBody> => {
      const operator = operatorOf(request)
      const wanted = requestOf(apps, request.body, clock.now())
      checkScope(apps, operator, wanted)
      return bodyOf(await revocations.revoke({ ...wanted, by: operator.name }))
    },
  )
}

const addList = (app: FastifyInstance, { apps, revocations }: RevocationParts): void => {
  const schema = {
    operationId: 'listRevocations',
    summary: 'See which revocations hold',
    security: SECURED,
    querystring: QUERY,
    response: {
      ...answer(LIST, 'Those that this key may see, the oldest first'),
      ...problems(...COMMON),
    },
  }
  app.get<{ Querystring: Static<typeof QUERY> }>(
    '/v1/revocations',
    { schema },
    async (request): Promise<Static<typeof LIST>> => {
      const operator = operatorOf(request)
      const { uid, tokenId } = request.query
      const found = (await revocations.list()).filter(
        each =>
          (uid === undefined || each.uid === uid) &&
          (tokenId === undefined || each.tokenId === tokenId) &&
          owns(apps, operator, each),
      )
      return { revocations: found.map(bodyOf) }
    },
  )
}

const addOne = (app: FastifyInstance, { apps, revocations }: RevocationParts): void => {
  const found = async (operator: Business, id: string): Promise<Revocation> => {
    const revocation = await revocations.get(Number(id))
    if (revocation === undefined || !owns(apps, operator, revocation))
      throw new Problem('NOT_FOUND', `no revocation "${id}" holds; it may have expired`)
    return revocation
  }
  const shared = { security: SECURED, params: PARAMS }
  const response = { ...answer(REVOCATION, 'The revocation'), ...problems(...COMMON, 'NOT_FOUND') }
  const see = {
    ...shared,
    operationId: 'readRevocation',
    summary: 'See one revocation that holds',
    response,
  }
  const lift = {
    ...shared,
    operationId: 'liftRevocation',
    summary: 'End a revocation: its tokens are good again',
    description: 'Answered once it is durable; every node knows within a second.',
    response,
  }
  type Params = Static<typeof PARAMS>
  app.get<{ Params: Params }>(
    '/v1/revocations/:id',
    { schema: see },
    async (request): Promise<RevocationBody> =>
      bodyOf(await found(operatorOf(request), request.params.id)),
  )
  app.delete<{ Params: Params }>(
    '/v1/revocations/:id',
    { schema: lift },
    async (request): Promise<RevocationBody> => {
      const operator = operatorOf(request)
      const { seq } = await found(operator, request.params.id)
      const lifted = await revocations.lift(seq, operator.name)
      if (lifted === undefined) throw new Problem('NOT_FOUND')
      return bodyOf(lifted)
    },
  )
}

/** The business of a key that is for operators. */
export const operatorOf = (request: FastifyRequest): Business => {
  const business = businessOf(request)
  if (business.role === 'operator') return business
  throw new Problem(
    'FORBIDDEN',
    `the key of "${business.name}" is not for operators; give its row "role": "operator"`,
  )
}

type Wanted = Omit<RevocationRequest, 'by'>

const requestOf = (apps: Apps, body: Static<typeof REQUEST>, now: number): Wanted => {
  const { uid = '', appcode = 0, tokenId = '', reason = '' } = body
  if ((uid === '') === (tokenId === ''))
    throw invalid('uid', uid === '' ? 'is missing' : 'comes with "tokenId"', 'send one of the two')
  if (tokenId !== '') {
    for (const field of ['system', 'appcode', 'issuedBefore'] as const)
      if (body[field] !== undefined)
        throw invalid(field, 'comes with "tokenId"', 'leave it out: the id names one token')
    return { system: '', uid, appcode, tokenId, issuedBefore: 0, reason }
  }
  checkUid(uid)
  const issuedBefore = body.issuedBefore === undefined ? 0 : Date.parse(body.issuedBefore)
  if (Number.isNaN(issuedBefore) || issuedBefore > now + AHEAD_MS)
    throw invalid('issuedBefore', 'is not a moment of the past', 'use one up to now')
  return { system: systemOf(apps, body), uid, appcode, tokenId, issuedBefore, reason }
}

const systemOf = (
  apps: Apps,
  { system, appcode }: { system?: string; appcode?: number },
): string => {
  const systems = apps.systems()
  if (appcode !== undefined) {
    const app = apps.get(appcode)
    if (app === undefined) throw new Problem('UNKNOWN_APPCODE')
    if (system !== undefined && system !== app.system)
      throw invalid('system', `is not that of appcode ${appcode}`, 'leave one of the two out')
    return app.system
  }
  const [only = ''] = systems
  if (system === undefined && systems.length === 1) return only
  if (system !== undefined && systems.includes(system)) return system
  throw invalid(
    'system',
    system === undefined ? 'is missing' : 'is not configured',
    `use one of ${systems.join(', ')}, or send "appcode"`,
  )
}

const checkScope = (apps: Apps, operator: Business, wanted: Wanted): void => {
  if (owns(apps, operator, wanted)) return
  throw new Problem(
    'FORBIDDEN',
    `the key of "${operator.name}" is not for every appcode that this is about`,
  )
}

/** The id of a token may be any appcode's, so every operator may name one. */
const owns = (
  apps: Apps,
  { appcodes }: Business,
  { tokenId, appcode, system }: Pick<Revocation, 'tokenId' | 'appcode' | 'system'>,
): boolean => {
  if (tokenId !== '') return true
  const about = appcode === 0 ? apps.ofSystem(system) : [appcode]
  return about.every(each => appcodes.includes(each))
}

const bodyOf = (revocation: Revocation): RevocationBody => {
  const { seq, uid, system, appcode, tokenId, issuedBefore, reason, by } = revocation
  return {
    id: String(seq),
    ...(uid === '' ? {} : { uid, system }),
    ...(appcode === 0 ? {} : { appcode }),
    ...(tokenId === '' ? {} : { tokenId }),
    ...(issuedBefore === 0 ? {} : { issuedBefore: new Date(issuedBefore).toISOString() }),
    reason,
    by,
    createdAt: new Date(revocation.createdAt).toISOString(),
    expiresAt: new Date(revocation.expiresAt).toISOString(),
  }
}
