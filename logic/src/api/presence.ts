import { LIMITS } from '@longwire/proto'
import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Apps } from '../login/apps.ts'
import { appFor, checkUid, type Business } from '../paths/draft.ts'
import type { Online } from '../presence/online.ts'
import { boundAt, type Route } from '../routes/route-table.ts'
import { SECURED, businessOf } from './messages.ts'
import { answer, problems } from './schemas.ts'

export interface PresenceParts {
  readonly apps: Apps
  readonly online: Online
}

const CLOSED = { additionalProperties: false } as const
const UIDS_MAX = 1_000

const QUERY = Type.Object(
  {
    appcode: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: LIMITS.appcodeMax,
        description: 'Only ends of this appcode; left out: of every appcode of the key',
      }),
    ),
    uids: Type.Array(
      Type.String({
        minLength: 1,
        maxLength: LIMITS.uidBytes,
        description: '1 to 64 bytes of UTF-8',
      }),
      { minItems: 1, maxItems: UIDS_MAX },
    ),
  },
  { ...CLOSED, examples: [{ appcode: 1, uids: ['ann', 'bob'] }] },
)

const ANSWER = Type.Object(
  {
    users: Type.Array(
      Type.Object(
        {
          uid: Type.String(),
          online: Type.Boolean(),
          ends: Type.Array(
            Type.Object(
              {
                appcode: Type.Integer(),
                device: Type.String(),
                gate: Type.String({ description: 'name@incarnation' }),
                since: Type.String({ format: 'date-time', description: 'When it logged in' }),
              },
              CLOSED,
            ),
            { description: 'The live ends that the key may see, oldest first' },
          ),
        },
        CLOSED,
      ),
      { description: 'One for each uid, in order' },
    ),
  },
  CLOSED,
)
type OnlineUser = Static<typeof ANSWER>['users'][number]

export const addPresenceRoutes = (app: FastifyInstance, { apps, online }: PresenceParts): void => {
  const schema = {
    operationId: 'queryOnline',
    summary: 'See who is online now',
    description:
      'Read from the routes of gates that live, so a gate that died counts for nobody once it is found dead (3 s).',
    security: SECURED,
    body: QUERY,
    response: {
      ...answer(ANSWER, 'The live ends of each uid'),
      ...problems(
        'BAD_JSON',
        'UNAUTHORIZED',
        'FORBIDDEN',
        'UNKNOWN_APPCODE',
        'BODY_TOO_LARGE',
        'UNSUPPORTED_MEDIA_TYPE',
        'INVALID',
        'INTERNAL',
        'UNAVAILABLE',
      ),
    },
  }
  app.post<{ Body: Static<typeof QUERY> }>('/v1/online', { schema }, async request => {
    const { appcode, uids } = request.body
    const business = businessOf(request)
    for (const uid of uids) checkUid(uid)
    const appcodes = new Set(appcode === undefined ? business.appcodes : [appcode])
    const systems = systemsOf(apps, business, appcodes)
    const users = systems.flatMap(system => uids.map(uid => ({ system, uid })))
    const found = await online.of(users)
    return {
      users: uids.map((uid, index) => {
        const routes = systems.flatMap((_, nth) => found[nth * uids.length + index] ?? [])
        return userOf(
          uid,
          routes.filter(route => appcodes.has(route.appcode)),
        )
      }),
    }
  })
}

const systemsOf = (apps: Apps, business: Business, appcodes: Iterable<number>): string[] => {
  const systems = new Set<string>()
  for (const appcode of appcodes) systems.add(appFor(apps, business, appcode).system)
  return [...systems]
}

const userOf = (uid: string, routes: readonly Route[]): OnlineUser => ({
  uid,
  online: routes.length > 0,
  ends: routes.map(route => {
    const { appcode, device, gate } = route
    return { appcode, device, gate, since: new Date(boundAt(route)).toISOString() }
  }),
})
