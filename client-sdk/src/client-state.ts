import type { Timer } from './clock.ts'
import type { Heartbeat } from './heartbeat/heartbeat.ts'
import type { Session } from './session.ts'
import type { TokenRenewal } from './token-renewal.ts'

/** What a client is doing, with what it needs for that. */
export type State =
  | { readonly name: 'idle' | 'closed' }
  | {
      readonly name: 'connecting'
      readonly session: Session | undefined
      /** What is dialled, once that is chosen. */
      readonly dial?: { readonly url: string }
      /** Whether the gate that was lost lives. */
      readonly asking: boolean
    }
  | {
      readonly name: 'ready'
      readonly url: string
      readonly session: Session
      readonly heartbeat: Heartbeat
      /** Where tokens can be had anew. */
      readonly renewal: TokenRenewal | undefined
      readonly since: number
    }
  | {
      readonly name: 'waiting'
      readonly timer: Timer
      /** The gate said when to come again. */
      readonly asked: boolean
    }
