import type {
  Clock,
  LinkServer,
  Logger,
  LoopDelay,
  Metrics,
  NodeInfo,
  PartHealth,
  Random,
  Registry,
} from '@longwire/kit'
import type { DevToken } from './api/schemas.ts'
import type { Bus } from './bus/bus.ts'
import type { DispatcherOptions } from './dispatcher/dispatcher.ts'
import type { LogicLimits } from './limits.ts'
import type { Limiter } from './limiter/limiter.ts'
import type { App } from './login/apps.ts'
import type { JwtOptions } from './login/jwt.ts'
import type { SessionMaxima } from './login/session-limits.ts'
import type { Verifier } from './login/verifier.ts'
import type { WebhookOptions } from './login/webhook.ts'
import type { Business } from './paths/draft.ts'
import type { RouteTable } from './routes/route-table.ts'
import type { PresenceConfig } from './presence/node.ts'
import type { Table } from './store/table.ts'
import type { ConversationsOptions } from './conversations/conversations.ts'
import type { UpstreamOptions } from './upstream/upstream.ts'
import type { Namespace } from './topics/namespace.ts'

export type AuthOptions =
  | ({ readonly kind: 'jwt' } & JwtOptions)
  | ({ readonly kind: 'webhook' } & WebhookOptions)
  | { readonly kind: 'verifier'; readonly verifier: Verifier }

export interface HttpOptions {
  /** `host:port`; port 0 picks a free one. */
  readonly address: string
  /** The page at `/` as HTML, and the file that `/sdk.js` serves. */
  readonly page?: { readonly html: string; readonly sdkFile: string } | undefined
  /** CIDR blocks of proxies whose X-Forwarded-For is believed. */
  readonly forwarders?: readonly string[] | undefined
  readonly devToken?: ((uid: string, appcode: number) => Promise<DevToken>) | undefined
}

export interface TopicOptions {
  readonly namespaces: readonly Namespace[]
  /** Topics that one session may have. */
  readonly perSession: number
}

export interface LogicOptions {
  /** Of role `logic`; an empty address is filled in with where the trunk server listens. */
  readonly node: NodeInfo
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics: Metrics
  readonly registry: Registry
  /** What gates must say in HELLO. */
  readonly secret: string
  /** Table and routes stay open: who opened them closes them after `stop`. */
  readonly table: Table
  readonly routes: RouteTable
  /** Stays open. Left out: one in the table. */
  readonly bus?: Bus | undefined
  /** Which way records of the bus take, for `/readyz`. */
  readonly busHealth?: (() => PartHealth) | undefined
  /** CIDR blocks that webhooks of subscriptions may be in although they are not on the internet. */
  readonly webhookAllow?: readonly string[] | undefined
  readonly apps: readonly App[]
  readonly businesses: readonly Business[]
  readonly auth: AuthOptions
  /** Left out: nobody is told who comes and goes. */
  readonly presence?: PresenceConfig | undefined
  /** What apps are told of gates; what is left out is as in DISPATCHER. */
  readonly dispatcher?: Partial<DispatcherOptions> | undefined
  /** Left out: no HTTP API. */
  readonly http?: HttpOptions | undefined
  /** Left out: there are no namespaces but what is set at run time. */
  readonly topics?: TopicOptions | undefined
  /** For gates of other processes. */
  readonly trunk: LinkServer | undefined
  readonly backend: LinkServer | undefined
  /** Parts of a gate in the same process, for `/readyz`. */
  readonly gateHealth?: (() => readonly PartHealth[]) | undefined
  /** Of this process; none where nobody measures it. */
  readonly loop?: LoopDelay | undefined
  readonly limits?: Partial<LogicLimits> | undefined
  /** Shared by the nodes of a cluster; stays open. Left out: each node limits by itself. */
  readonly limiter?: Limiter | undefined
  /** What clients may send; what is left out is as in UPSTREAM. */
  readonly upstream?: Partial<UpstreamOptions> | undefined
  /** Messages between users; what is left out is as in CONVERSATIONS. */
  readonly conversations?: Partial<ConversationsOptions> | undefined
  /** Left out: no limits of sessions over all gates. */
  readonly sessions?: SessionMaxima | undefined
}
