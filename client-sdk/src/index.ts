import type { Client } from './api.ts'
import { createClientWith } from './create-client.ts'
import { browserEnvironment } from './heartbeat/browser.ts'
import type { ClientOptions } from './options.ts'
import { fetchProber } from './probing/fetch-prober.ts'
import { raceChooser } from './probing/race.ts'
import { browserTransports } from './transports/browser.ts'

/** A client for browsers and other places with a global WebSocket; in Node use `@longwire/client/node`. */
export const createClient = (options: ClientOptions): Client =>
  createClientWith(options, () => ({
    transports: browserTransports(),
    environment: browserEnvironment(globalThis, options.clock),
    race: parts => raceChooser({ ...parts, prober: fetchProber(), ranges: 2 }),
  }))

export type { Client, ClientEvents, ClientState, StateChange } from './api.ts'
export type { Resolve } from './addresses/book.ts'
export type { DispatcherOptions } from './addresses/dispatcher.ts'
export type { AddressStore } from './addresses/records.ts'
export type { PublicKey } from './addresses/signature.ts'
export { localStorageAddresses } from './addresses/stores.ts'
export type { ClientOptions, TokenRequest, TokenSource } from './options.ts'
export type { Clock, Random, Timer } from './clock.ts'
export type { Cursor, CursorStore } from './cursor-store.ts'
export { browserEnvironment } from './heartbeat/browser.ts'
export { plainEnvironment, type Cause, type Environment } from './heartbeat/environment.ts'
export {
  reactNativeEnvironment,
  type AppStateLike,
  type NetInfoLike,
  type NetInfoStateLike,
  type ReactNativeParts,
} from './heartbeat/react-native.ts'
export { localStorageNetworks } from './heartbeat/local-storage.ts'
export type { NetworkStore } from './heartbeat/networks.ts'
export type { ReconnectOptions } from './reconnect.ts'
export type { Transport, TransportConnection, TransportHandlers } from './transport.ts'
export { LongwireError, type ErrorCode, type SdkCode } from './errors.ts'
export { Message } from './message.ts'
export type { Migrated } from './migration.ts'
export { Publication } from './topics/publication.ts'
export {
  Subscription,
  type SubscribeOptions,
  type SubscriptionEvents,
  type TopicMember,
} from './topics/subscription.ts'
export type { PublishOptions, TopicHistory, TopicPresence } from './topics/types.ts'
export * from './sync.ts'
export type { OutboxEntry, OutboxStore, SavedOutbox } from './outbox-store.ts'
export { memoryOutbox } from './outboxes/memory.ts'
export { indexedDbOutbox } from './outboxes/indexed-db.ts'
export { localStorageOutbox } from './outboxes/local-storage.ts'
export type {
  Conversation,
  ConversationList,
  Conversations,
  HistoryPage,
  ReadEvent,
} from './uplink/conversations.ts'
export type {
  Call,
  OutboxLimits,
  Outgoing,
  OutgoingTo,
  SendStatus,
  Sent,
} from './uplink/outgoing.ts'
export { memoryCursors } from './cursors/memory.ts'
export { indexedDbCursors } from './cursors/indexed-db.ts'
export { localStorageCursors } from './cursors/local-storage.ts'
