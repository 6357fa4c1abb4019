import { Message, Sync, type PageFrame } from '@longwire/client'

/** Bugs that the property test must notice, one at a time. */
export const MUTANTS = [
  'no gap flag',
  'no cursor filter',
  'no prev check',
  'no heal on ping',
] as const
export type Mutant = 'none' | (typeof MUTANTS)[number]

/** What travels between client and gate. */
export interface Frame {
  readonly kind:
    | 'login'
    | 'pull'
    | 'ack'
    | 'ping'
    | 'ack-login'
    | 'page'
    | 'data'
    | 'notify'
    | 'kick'
  readonly a?: number
  readonly b?: number
  readonly epoch?: number
  readonly reset?: boolean
  readonly page?: PageFrame
}

/** The client may break a rule on purpose: that is the mutant. */
export class Reader extends Sync {
  mutant: Mutant = 'none'
  protected override accepts(seq: number): boolean {
    return this.mutant === 'no cursor filter' || super.accepts(seq)
  }
  protected override follows(previous: number): boolean {
    return this.mutant === 'no prev check' || super.follows(previous)
  }
}

/** Pages on their way through the gate, which sees only bytes. */
export const pages = new WeakMap<Uint8Array, PageFrame>()

export const pageOf = (rows: readonly { seq: number; content: Uint8Array }[]): PageFrame => ({
  from: 0,
  next: 0,
  floor: -1,
  more: false,
  messages: rows.map(({ seq, content }) => new Message({ seq, msgtype: 1, content })),
})
