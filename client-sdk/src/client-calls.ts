import type { Client, ClientEvents } from './api.ts'
import { systemClock, systemRandom, type Clock, type Random } from './clock.ts'
import type { CursorStore } from './cursor-store.ts'
import { memoryCursors } from './cursors/memory.ts'
import { Emitter } from './emitter.ts'
import { keyOf } from './mailbox.ts'
import type { ClientOptions } from './options.ts'
import { Topics } from './topics/topics.ts'
import { Sending } from './uplink/sending.ts'

type Sent = 'send' | 'sendTo' | 'stream' | 'request' | 'conversations'
type OfTopics = 'subscribe' | 'publish' | 'presence' | 'history'

/** What a client offers beside its mailbox: messages of its own, and topics. */
export abstract class ClientCalls implements Pick<Client, Sent | OfTopics> {
  readonly send: Client['send']
  readonly sendTo: Client['sendTo']
  readonly stream: Client['stream']
  readonly request: Client['request']
  readonly conversations: Client['conversations']
  readonly subscribe: Client['subscribe']
  readonly publish: Client['publish']
  readonly presence: Client['presence']
  readonly history: Client['history']
  protected readonly clock: Clock
  protected readonly random: Random
  protected readonly cursors: CursorStore
  protected readonly emitter: Emitter<ClientEvents> = new Emitter<ClientEvents>()
  protected readonly sending: Sending
  protected readonly topics: Topics
  /** Names this end where something of it is kept. */
  protected readonly key: string

  constructor(options: ClientOptions) {
    const { appcode } = options
    this.key = keyOf(options)
    this.clock = options.clock ?? systemClock
    this.random = options.random ?? systemRandom
    this.cursors = options.cursors ?? memoryCursors()
    const { clock, random, cursors, emitter, key } = this
    this.sending = new Sending(options, { clock, random, emitter, key })
    this.topics = new Topics({ clock, random, cursors, emitter, key, appcode })
    const { calls } = this.sending
    ;({ send: this.send, sendTo: this.sendTo, stream: this.stream } = calls)
    ;({ request: this.request, conversations: this.conversations } = calls)
    const ofTopics = this.topics.calls
    ;({ subscribe: this.subscribe, publish: this.publish } = ofTopics)
    ;({ presence: this.presence, history: this.history } = ofTopics)
  }
}
