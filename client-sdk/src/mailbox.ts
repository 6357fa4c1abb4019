import { LIMITS } from '@longwire/proto'
import type { ClientEvents } from './api.ts'
import type { Clock, Random, Timer } from './clock.ts'
import type { Cursor, CursorStore } from './cursor-store.ts'
import type { Emitter } from './emitter.ts'
import { Inbox, type Entry } from './inbox.ts'
import type { Session } from './session.ts'
import { Sync, type LoginFrame, type SyncWindow } from './sync.ts'

/** How long the cursor store may take when a client closes. */
const SETTLE_MS = 2_000

export interface MailboxParts {
  readonly clock: Clock
  readonly random: Random
  readonly store: CursorStore
  readonly emitter: Emitter<ClientEvents>
  readonly window: SyncWindow | undefined
}

/** What the cursor of a client is stored under. */
export const keyOf = ({
  appcode,
  uid,
  device,
}: {
  readonly appcode: number
  readonly uid: string
  readonly device: string
}): string => `${appcode}/${uid}/${device}`

/**
 * The user's mailbox as one client reads it: frames go into the sync core, messages from there over the
 * inbox to the listeners, the cursor to the store, and acknowledgements back to the session.
 */
export class Mailbox {
  readonly sync: Sync
  readonly #inbox: Inbox
  readonly #clock: Clock
  #session: Session | undefined
  #ackTimer: Timer | undefined

  constructor(parts: MailboxParts, key: string, cursor: Cursor) {
    const { clock, random, store, emitter, window } = parts
    this.#clock = clock
    this.sync = new Sync(
      cursor,
      {
        pull: (seq, maxBytes) => this.#session?.pull(seq, maxBytes),
        ack: cumulative => this.#session?.ack(cumulative),
        deliver: event => this.#inbox.push({ kind: 'message', event }),
        gap: event => this.#inbox.push({ kind: 'gap', event }),
        reset: event => this.#inbox.push({ kind: 'reset', event }),
      },
      window,
    )
    this.#inbox = new Inbox(
      { clock, random },
      store,
      { key, cursor },
      {
        listening: entry => nameOf(entry) !== 'message' || emitter.of('message').length > 0,
        handle: entry => handle(emitter, entry),
        cursor: () => this.sync.cursor,
        saved: saved => {
          this.sync.delivered(saved)
          this.#armAck()
        },
        failed: error => emitter.emit('error', error),
      },
    )
  }

  loggedIn(session: Session, ack: LoginFrame): void {
    this.#session = session
    this.sync.loggedIn(ack)
    this.run()
  }

  disconnected(): void {
    this.#ackTimer?.cancel()
    this.#ackTimer = undefined
    this.#session = undefined
    this.sync.disconnected()
  }

  /** Goes on: frames arrived, or somebody began to listen. */
  run(): void {
    this.#inbox.run()
    this.#armAck()
  }

  /** Hands nothing over any more; resolves when what was handled is saved. */
  stop(): Promise<void> {
    return this.#inbox.stop()
  }

  /** The same, but a store that hangs is not waited for. */
  async settle(): Promise<void> {
    let timer: Timer | undefined
    const patience = new Promise<void>(resolve => {
      timer = this.#clock.after(SETTLE_MS, resolve)
    })
    await Promise.race([this.stop(), patience])
    timer?.cancel()
  }

  /** Resolves when no message is being handled any more. */
  idle(): Promise<void> {
    return this.#inbox.idle()
  }

  #armAck(): void {
    if (!this.sync.ackPending || this.#ackTimer !== undefined) return
    this.#ackTimer = this.#clock.after(LIMITS.ackDelayMs, () => {
      this.#ackTimer = undefined
      this.sync.flushAck()
    })
  }
}

/** What takes a message back is no message to the app. */
const nameOf = (entry: Entry): 'message' | 'retract' | 'gap' | 'reset' =>
  entry.kind === 'message' && entry.event.retracts !== '' ? 'retract' : entry.kind

/** Tells every listener in turn; undefined when none had to be awaited. */
const handle = (emitter: Emitter<ClientEvents>, entry: Entry): Promise<void> | undefined => {
  const listeners: readonly ((event: never) => unknown)[] = emitter.of(nameOf(entry))
  // The kind of an entry and the type of its event belong together.
  const event = entry.event as never
  let work: Promise<void> | undefined
  for (const listener of listeners) {
    if (work !== undefined) {
      work = work.then(async () => void (await listener(event)))
      continue
    }
    const result = listener(event)
    if (result instanceof Promise) work = result
  }
  return work
}
