import type { Cursor } from '../cursor-store.ts'
import type { Publication } from './publication.ts'
import type { TopicMember } from './subscription.ts'

export interface PublishOptions {
  /** 0 to 65535. @default 0 */
  readonly msgtype?: number
  /** Names this publication: publishing it again changes nothing. @default a random one */
  readonly key?: string
}

export interface TopicPresence {
  /** Sessions that have the topic. */
  readonly count: number
  /** The first 1,000 of them. */
  readonly members: readonly TopicMember[]
}

export interface TopicHistory {
  readonly publications: readonly Publication[]
  /** Behind these. */
  readonly cursor: Cursor
  readonly more: boolean
  /** Nothing between the cursor that was asked for and this one is gone. */
  readonly whole: boolean
}
