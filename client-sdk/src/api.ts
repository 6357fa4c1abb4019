import type { LongwireError } from './errors.ts'
import type { Message } from './message.ts'
import type { Migrated } from './migration.ts'
import type { Cursor } from './cursor-store.ts'
import type { Gap, Reset } from './sync.ts'
import type { Conversations, ReadEvent } from './uplink/conversations.ts'
import type { Call, Outgoing, OutgoingTo, SendStatus, Sent } from './uplink/outgoing.ts'
import type { Publication } from './topics/publication.ts'
import type { SubscribeOptions, Subscription } from './topics/subscription.ts'
import type { PublishOptions, TopicHistory, TopicPresence } from './topics/types.ts'

/**
 * `idle`: not connected yet. `connecting`: dialling or logging in. `ready`: logged in. `waiting`: the
 * next dial is scheduled. `closed`: over until `connect` is called again.
 */
export type ClientState = 'idle' | 'connecting' | 'ready' | 'waiting' | 'closed'

export interface StateChange {
  readonly state: ClientState
  readonly previous: ClientState
  /** Why, where something went wrong. */
  readonly error?: LongwireError
  /** `waiting`: milliseconds until the next dial. */
  readonly retryInMs?: number
}

/** What a client tells. Listeners of `message`, `gap` and `reset` are awaited, one entry at a time. */
export interface ClientEvents {
  /** A message. Its listener resolved: it is saved and acknowledged. It rejected: it is offered again. */
  message: Message
  /** A message sent with a ttl of 0, to who is online: no part of the mailbox, its seq is 0. Not awaited. */
  live: Message
  /** Messages that this end never read are gone. */
  gap: Gap
  /** The mailbox began anew; what lay between is unknown: ask your backend for the state. */
  reset: Reset
  /** A message was taken back: its `retracts` is the msgid. As `message`, but it need not be listened to. */
  retract: Message
  /** Something was read, at another end of this user or by a peer. Not awaited. */
  read: ReadEvent
  /** Where a message that is sent stands. */
  status: SendStatus
  /** The backend has subscribed this user to a topic. */
  topic: Subscription
  /** For every session of the app, or of all, without a subscription. Not awaited. */
  broadcast: Publication
  state: StateChange
  /** The server ended it for good; the state is `closed`. */
  kicked: LongwireError
  /** Anything that went wrong, also what is tried again. */
  error: LongwireError
  /** The session ends soon for its token; a `token` function is asked for another one right now. */
  expiring: { readonly inMs: number }
  /** The gate has taken a new token: the session lasts this long. 0: it does not end. */
  renewed: { readonly expiresInMs: number }
  /** Operators have moved the client to another gate; nothing was lost, and there is nothing to do. */
  migrated: Migrated
}

export interface Client {
  readonly state: ClientState
  /** Resolves at the first LOGIN_ACK; keeps trying until then. Rejects with a {@link LongwireError}. */
  connect(options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Returns how to stop listening. */
  on<K extends keyof ClientEvents>(
    event: K,
    listener: (event: ClientEvents[K]) => void | Promise<void>,
  ): () => void
  /**
   * Messages one after the other; each counts as handled when the next one is asked for, so the one at
   * hand when a loop is left early comes again. Ends when the client is closed; throws when it was
   * kicked or `signal` aborts.
   */
  messages(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<Message>
  /**
   * To the backend: into the outbox, from there to the server, again until the server has it. Resolves then; rejects
   * where it is refused for good. Order is kept.
   */
  send(message: Outgoing): Promise<Sent>
  /** The same to another user: resolves when it is stored, not when it is delivered. */
  sendTo(uid: string, message: OutgoingTo): Promise<Sent>
  /** To the backend, now or never, and nobody says whether it came: for positions and the like. False: not connected. */
  stream(message: Pick<Outgoing, 'msgtype' | 'body'>): boolean
  /** Asks the backend, once; resolves to its answer. Waits for a connection within its time. */
  request(call: Call): Promise<Uint8Array>
  /** Messages with other users. */
  readonly conversations: Conversations
  /** A topic, over reconnects and gates; the same one where the app has it already. */
  subscribe(topic: string, options?: SubscribeOptions): Subscription
  /** Resolves when it is stored; asked again over reconnects. `seq` 0: the topic keeps nothing. */
  publish(
    topic: string,
    content: string | Uint8Array,
    options?: PublishOptions,
  ): Promise<{ readonly seq: number; readonly epoch: number }>
  /** Who has a topic now. */
  presence(topic: string, limit?: number): Promise<TopicPresence>
  /** What is kept of a topic behind a cursor, a page of it. */
  history(topic: string, after?: Cursor, limit?: number): Promise<TopicHistory>
  /** Hangs up. The server keeps the messages; a message being handled now is still saved. */
  close(): Promise<void>
  /** Tells the server that this device is not to be pushed to any more, then hangs up. */
  logout(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
