import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Apps } from '../login/apps.ts'
import { BOUNDS, type NetworkReport, type Networks } from '../trunk/networks.ts'
import { SECURED } from './messages.ts'
import { Problem } from './problems.ts'
import { operatorOf } from './revocations.ts'
import { answer, problems } from './schemas.ts'

export interface NetworkParts {
  readonly apps: Apps
  readonly networks: Networks
}

const CLOSED = { additionalProperties: false } as const
const LIMIT = 20

const QUERY = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: LIMIT })) },
  CLOSED,
)
const ANSWER = Type.Object(
  {
    gates: Type.Integer({ description: 'Gates that have reported within the last 16 s' }),
    networks: Type.Array(
      Type.Object(
        {
          network: Type.String({ description: 'IPv4 /16 or IPv6 /32' }),
          sessions: Type.Integer(),
          learned: Type.Integer({ description: 'Sessions that have settled on an interval' }),
          meanSeconds: Type.Optional(
            Type.Number({ description: 'Of the learned intervals; left out: there are none' }),
          ),
          histogram: Type.Record(Type.String(), Type.Integer(), {
            description:
              'Learned intervals up to so many seconds, and "more"; what is 0 is left out',
          }),
        },
        CLOSED,
      ),
      { description: 'Most sessions first' },
    ),
  },
  CLOSED,
)

/** Which networks clients are in, and how long these leave a connection idle. */
export const addNetworkRoutes = (app: FastifyInstance, { apps, networks }: NetworkParts): void => {
  const schema = {
    operationId: 'listNetworks',
    summary: 'See how long networks leave connections idle, as clients have learned',
    description:
      'The networks with most sessions; of each gate its 64 largest count. For the key of an operator for all appcodes.',
    security: SECURED,
    querystring: QUERY,
    response: {
      ...answer(ANSWER, 'Networks'),
      ...problems('UNAUTHORIZED', 'FORBIDDEN', 'INVALID', 'INTERNAL'),
    },
  }
  app.get<{ Querystring: Static<typeof QUERY> }>(
    '/v1/networks',
    { schema },
    async (request): Promise<Static<typeof ANSWER>> => {
      const { name, appcodes } = operatorOf(request)
      const all = apps.systems().flatMap(system => [...apps.ofSystem(system)])
      if (!all.every(appcode => appcodes.includes(appcode)))
        throw new Problem('FORBIDDEN', `the key of "${name}" is not for every appcode of the gates`)
      const found = networks.top(request.query.limit ?? LIMIT)
      return { gates: found.gates, networks: found.networks.map(bodyOf) }
    },
  )
}

const bodyOf = (report: NetworkReport): Static<typeof ANSWER>['networks'][number] => {
  const { network, sessions, learned, learnedMs, counts } = report
  const named = counts.map((count, at): [string, number] => [String(BOUNDS[at] ?? 'more'), count])
  const mean = learned === 0 ? {} : { meanSeconds: Math.round(learnedMs / learned / 100) / 10 }
  const histogram = Object.fromEntries(named.filter(([, count]) => count > 0))
  return { network, sessions, learned, ...mean, histogram }
}
