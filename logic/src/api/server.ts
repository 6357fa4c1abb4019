import type { Logger, Metrics } from '@longwire/kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Businesses } from '../paths/businesses.ts'
import type { Business } from '../paths/draft.ts'
import type { S2c } from '../paths/s2c.ts'
import { createApp, openApp, type Api } from './app.ts'
import { addC2sRoutes, type C2sRouteParts } from './c2s-routes.ts'
import { addEventRoutes, type EventParts } from './events.ts'
import { addArrivalRoutes, type ArrivalParts } from './arrivals.ts'
import { addGateRoutes, type GateParts } from './gates.ts'
import { addHistoryRoutes, type HistoryParts } from './history.ts'
import { addHintRoutes, type HintParts } from './hints.ts'
import { addNetworkRoutes, type NetworkParts } from './networks.ts'
import { addMoveRoutes, type MoveParts } from './moves.ts'
import { addMailboxRoutes, type MailboxParts } from './mailboxes.ts'
import { addMessageRoutes, type MessageParts } from './messages.ts'
import { addPresenceRoutes, type PresenceParts } from './presence.ts'
import { addOperationRoutes, type OperationParts } from './operations.ts'
import { addBusSubscriptionRoutes, type BusSubscriptionParts } from './bus-subscriptions.ts'
import { addBusRoutes, type BusParts } from './bus.ts'
import { Problem } from './problems.ts'
import { addTopicRoutes, type TopicParts } from './topics.ts'
import { addRevocationRoutes, type RevocationParts } from './revocations.ts'

export interface ApiParts
  extends
    MessageParts,
    MailboxParts,
    PresenceParts,
    GateParts,
    EventParts,
    RevocationParts,
    HintParts,
    NetworkParts,
    MoveParts,
    OperationParts,
    ArrivalParts,
    C2sRouteParts,
    HistoryParts,
    BusParts,
    BusSubscriptionParts,
    TopicParts {
  readonly businesses: Businesses
  readonly metrics: Metrics
  readonly logger: Logger
  /** Largest request body. */
  readonly bodyBytes: number
  /** CIDR blocks of proxies whose X-Forwarded-For is believed. */
  readonly forwarders: readonly string[]
}

/** The HTTP API of a logic node. */
export const createApi = async (parts: ApiParts): Promise<Api> => {
  const draining = (): boolean => parts.s2c.intake.draining
  const app = await createApp({ ...parts, draining })
  app.decorateRequest('business', null)
  app.addHook('onRequest', async request => authenticate(request, parts.businesses))
  app.addHook('onSend', async (request, reply) => sayRate(request, reply, parts.s2c))
  addMessageRoutes(app, parts)
  addMailboxRoutes(app, parts)
  addPresenceRoutes(app, parts)
  addGateRoutes(app, parts)
  addEventRoutes(app, parts)
  addArrivalRoutes(app, parts)
  addTopicRoutes(app, parts)
  addRevocationRoutes(app, parts)
  addHintRoutes(app, parts)
  addNetworkRoutes(app, parts)
  addMoveRoutes(app, parts)
  addC2sRoutes(app, parts)
  addHistoryRoutes(app, parts)
  addBusRoutes(app, parts)
  addBusSubscriptionRoutes(app, parts)
  addOperationRoutes(app, parts)
  return openApp(app)
}

/** Before the body is read, so a stranger cannot make the node read one. */
const authenticate = (request: FastifyRequest, businesses: Businesses): void => {
  const wanted = request.routeOptions.schema?.security
  if (wanted === undefined) return
  const isOpen = wanted.some(way => Object.keys(way).length === 0)
  if (isOpen && request.headers.authorization === undefined) return
  const [scheme, key] = (request.headers.authorization ?? '').split(' ')
  const business =
    scheme?.toLowerCase() === 'bearer' && key !== undefined ? businesses.withKey(key) : undefined
  if (business === undefined) throw new Problem('UNAUTHORIZED')
  if (business.enabled === false) throw new Problem('DISABLED')
  request.setDecorator<Business>('business', business)
}

/** What is left of the rate of a business, on every answer to it. */
const sayRate = (request: FastifyRequest, reply: FastifyReply, s2c: S2c): void => {
  const business = request.getDecorator<Business | null>('business')
  const view = business === null ? undefined : s2c.rates.view(business)
  if (view === undefined) return
  void reply.header('ratelimit-limit', view.limit)
  void reply.header('ratelimit-remaining', view.remaining)
  void reply.header('ratelimit-reset', view.resetSeconds)
}
