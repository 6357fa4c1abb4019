import type { Clock } from '@longwire/kit'
import { LIMITS } from '@longwire/proto'
import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Arrivals } from '../arrivals/arrivals.ts'
import { BUCKET_MS, bucketOf, KEPT_MS, nothing, type ArrivalNumbers } from '../arrivals/rows.ts'
import { STAGES } from '../arrivals/stages.ts'
import { SECURED, businessOf } from './messages.ts'
import { invalid, Problem } from './problems.ts'
import { answer, problems } from './schemas.ts'

export interface ArrivalParts {
  readonly arrivals: Arrivals
  readonly clock: Clock
}

const CLOSED = { additionalProperties: false } as const
const DAY_MS = 24 * 3600_000

const QUERY = Type.Object(
  {
    business: Type.Optional(
      Type.String({ description: 'That of the key, which is the only one it may see' }),
    ),
    appcode: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: LIMITS.appcodeMax,
        description: 'Only messages to this appcode; 0: to all ends; left out: every one',
      }),
    ),
    msgtype: Type.Optional(Type.Integer({ minimum: 0, maximum: LIMITS.msgtypeMax })),
    from: Type.Optional(
      Type.String({ description: 'ISO 8601, rounded down to ten minutes; a day ago if left out' }),
    ),
    to: Type.Optional(Type.String({ description: 'ISO 8601, not included; now if left out' })),
  },
  CLOSED,
)

const NUMBERS = {
  accepted: Type.Integer({ description: 'Messages stored' }),
  notified: Type.Integer({ description: 'Ends that were told without the content' }),
  inline: Type.Integer({ description: 'Ends that were sent the content at once' }),
  pulled: Type.Integer({ description: 'Messages handed out in pages, to each end' }),
  acked: Type.Integer({ description: 'Messages that every end has acknowledged' }),
  expired: Type.Integer({ description: 'Messages removed before that' }),
  demoted: Type.Integer({
    description: 'Ends whose device had been woken too often: the message waited for a sign of it',
  }),
  upstream: Type.Integer({ description: 'Messages of clients that were stored' }),
  read: Type.Integer({ description: 'Messages between users that their reader has read' }),
  recalled: Type.Integer({ description: 'Messages that were taken back' }),
}

const ANSWER = Type.Object(
  {
    business: Type.String(),
    from: Type.String({ format: 'date-time' }),
    to: Type.String({ format: 'date-time' }),
    bucketSeconds: Type.Integer(),
    total: Type.Object(NUMBERS, CLOSED),
    buckets: Type.Array(
      Type.Object({ at: Type.String({ format: 'date-time' }), ...NUMBERS }, CLOSED),
      { description: 'By the time of acceptance, in order; without those of no message' },
    ),
  },
  CLOSED,
)
type Answer = Static<typeof ANSWER>

export const addArrivalRoutes = (app: FastifyInstance, { arrivals, clock }: ArrivalParts): void => {
  const schema = {
    operationId: 'readArrivals',
    summary: 'See what became of messages',
    description:
      'Counted by the time at which a message was accepted, summed over all nodes; numbers of other nodes come within 5 s, acked and expired as messages leave the store, a minute later. Kept for 35 days.',
    security: SECURED,
    querystring: QUERY,
    response: {
      ...answer(ANSWER, 'The numbers of the time asked for'),
      ...problems('UNAUTHORIZED', 'FORBIDDEN', 'INVALID', 'INTERNAL', 'UNAVAILABLE'),
    },
  }
  app.get<{ Querystring: Static<typeof QUERY> }>(
    '/v1/stats/arrival',
    { schema },
    async (request): Promise<Answer> => {
      const { name } = businessOf(request)
      const { business = name, appcode, msgtype } = request.query
      if (business !== name)
        throw new Problem('FORBIDDEN', `the key of "${name}" is not for business "${business}"`)
      const now = clock.now()
      const to = timeIn('to', request.query.to, now)
      const from = bucketOf(timeIn('from', request.query.from, to - DAY_MS))
      if (from > to) throw invalid('from', 'is later than to', 'swap them')
      if (to - from > KEPT_MS + BUCKET_MS)
        throw invalid('from', 'is more than 35 days before to', 'ask for less at once')
      const buckets = await arrivals.read({ business, appcode, msgtype, from, to })
      return {
        business,
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        bucketSeconds: BUCKET_MS / 1_000,
        total: sumOf(buckets.values()),
        buckets: Array.from(buckets, ([at, numbers]) => ({
          at: new Date(at).toISOString(),
          ...numbers,
        })).toSorted((a, b) => a.at.localeCompare(b.at)),
      }
    },
  )
}

const timeIn = (field: string, text: string | undefined, otherwise: number): number => {
  const time = text === undefined ? otherwise : Date.parse(text)
  if (Number.isNaN(time) || time < 0)
    throw invalid(field, `is ${JSON.stringify(text)}`, 'write it like 2030-01-31T12:00:00Z')
  return time
}

const sumOf = (all: Iterable<ArrivalNumbers>): ArrivalNumbers => {
  const sum = nothing()
  for (const numbers of all) for (const stage of STAGES) sum[stage] += numbers[stage]
  return sum
}
