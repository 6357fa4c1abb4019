import { CMD, edgeBody } from '@longwire/proto'
import { LongwireError } from '../errors.ts'
import { messageOf, type Message } from '../message.ts'
import type { Uplink } from './uplink.ts'

export interface Conversation {
  readonly peer: string
  /** The newest one. */
  readonly last: Message | undefined
  /** Messages of the peer that no end of this user has read; 100 stands for more. */
  readonly unread: number
  /** Seqs: up to where this user has read, and the peer. */
  readonly read: number
  readonly peerRead: number
  /** Milliseconds since 1970. */
  readonly activeAt: number
}

export interface ConversationList {
  /** The last active first. */
  readonly conversations: readonly Conversation[]
  /** There are more, before the `activeAt` of the last one. */
  readonly more: boolean
}

export interface HistoryPage {
  /** Newest first. One that was taken back has no content; `retracts` is its own msgid. */
  readonly messages: readonly Message[]
  /** There are more, before the seq of the last one. */
  readonly more: boolean
}

export interface ReadEvent {
  readonly peer: string
  /** Everything up to it, in the seqs of this user's mailbox. */
  readonly seq: number
  /** `self`: this user, at another end. `peer`: what this user sent. */
  readonly by: 'self' | 'peer'
}

interface PageOptions {
  readonly before?: number
  readonly limit?: number
  readonly signal?: AbortSignal
}

/** What a client knows of messages with other users; all of it is asked of the server, again over reconnects. */
export interface Conversations {
  list(options?: PageOptions): Promise<ConversationList>
  history(peer: string, options?: PageOptions): Promise<HistoryPage>
  /** Everything of the peer up to this seq was read: at all ends, and the peer is told. */
  markRead(peer: string, seq: number): Promise<void>
  /** Takes back a message of this user; rejects with TOO_LATE after the server's time for it. */
  recall(peer: string, msgid: string): Promise<void>
}

export const conversationsOf = (uplink: Uplink): Conversations => ({
  async list({ before = 0, limit = 0, signal } = {}) {
    const body = edgeBody.Query.encode({ before, limit }).finish()
    const answer = edgeBody.Conversations.decode(await uplink.query(CMD.QUERY, body, signal))
    const conversations = answer.conversations.map(each => ({
      peer: each.peer ?? '',
      last: each.last ? messageOf(each.last) : undefined,
      unread: each.unread ?? 0,
      read: each.read ?? 0,
      peerRead: each.peerRead ?? 0,
      activeAt: each.activeAt ?? 0,
    }))
    return { conversations, more: answer.more }
  },
  async history(peer, { before = 0, limit = 0, signal } = {}) {
    const body = edgeBody.Query.encode({ peer: named(peer), before, limit }).finish()
    const answer = edgeBody.PullBody.decode(await uplink.query(CMD.QUERY, body, signal))
    return { messages: answer.messages.map(messageOf), more: answer.more }
  },
  async markRead(peer, seq) {
    const body = edgeBody.Read.encode({ peer: named(peer), seq }).finish()
    await uplink.query(CMD.READ, body)
  },
  async recall(peer, msgid) {
    const bytes = Uint8Array.from(msgid.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
    const body = edgeBody.Retract.encode({ peer: named(peer), msgid: bytes }).finish()
    await uplink.query(CMD.RETRACT, body)
  },
})

const named = (peer: string): string => {
  if (peer === '') throw new LongwireError('BAD_FIELD', 'stop', 'peer is empty: name a user')
  return peer
}
