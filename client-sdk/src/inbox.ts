import { fullJitter, type Clock, type Random, type Timer } from './clock.ts'
import type { Cursor, CursorStore } from './cursor-store.ts'
import { LongwireError, textOf } from './errors.ts'
import type { Message } from './message.ts'
import type { Gap, Reset } from './sync.ts'

/** What the app is told in the order of the mailbox. */
export type Entry =
  | { readonly kind: 'message'; readonly event: Message }
  | { readonly kind: 'gap'; readonly event: Gap }
  | { readonly kind: 'reset'; readonly event: Reset }

/** A consumer throws this to give a message back without it being a failure. */
export const GIVEN_BACK: unique symbol = Symbol('given back')

export interface InboxSide {
  /** Whether somebody would take this entry now. */
  listening(entry: Entry): boolean
  /** Resolves when the app has handled the entry; rejects when it could not. */
  handle(entry: Entry): Promise<void> | undefined
  /** How far entries were handed over. */
  cursor(): Cursor
  /** The store holds this cursor now. */
  saved(cursor: Cursor): void
  failed(error: LongwireError): void
}

const RETRY_BASE_MS = 1_000
const RETRY_MAX_MS = 60_000

/**
 * Brings entries to the app one at a time, and the cursor to the store behind them.
 *
 * An entry that the app fails to handle stays first and is offered again after full jitter: order is
 * kept, nothing is skipped, and nothing behind it is saved or acknowledged. One save is under way at
 * most; handling does not wait for it, so a burst costs few saves.
 */
export class Inbox {
  readonly #clock: Clock
  readonly #random: Random
  readonly #side: InboxSide
  readonly #save: (cursor: Cursor) => Promise<void>
  readonly #queue: Entry[] = []
  /** Resets in the queue, and ever: cursors reached before a reset are history. */
  #resets = 0
  #generation = 0
  #handling: Promise<void> | undefined
  #saving: Promise<void> | undefined
  #saved: Cursor
  #stopped = false
  /** A save failed after the stop: there is nobody left to try again. */
  #gaveUp = false
  readonly #naps = new Set<{ readonly timer: Timer; readonly wake: () => void }>()

  constructor(
    time: { readonly clock: Clock; readonly random: Random },
    store: CursorStore,
    start: { readonly key: string; readonly cursor: Cursor },
    side: InboxSide,
  ) {
    this.#clock = time.clock
    this.#random = time.random
    this.#side = side
    this.#saved = start.cursor
    this.#save = cursor => store.save(start.key, cursor)
  }

  push(entry: Entry): void {
    this.#queue.push(entry)
    if (entry.kind !== 'reset') return
    this.#resets++
    this.#generation++
  }

  /** Goes on with whatever there is to do: after pushes, and when somebody begins to listen. */
  run(): void {
    if (this.#handling === undefined && this.#next() !== undefined) {
      this.#handling = this.#handleAll().finally(() => {
        this.#handling = undefined
        this.run()
      })
    }
    this.#settle()
  }

  /**
   * Hands nothing over any more and resolves when what was handled is saved. What is being handled at
   * the moment is not waited for (it may be what calls this); it is still saved when it is done.
   */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const nap of this.#naps) {
      nap.timer.cancel()
      nap.wake()
    }
    while (this.#saving !== undefined) await this.#saving
  }

  /** Resolves when nothing is being handled or saved. */
  async idle(): Promise<void> {
    while (this.#handling !== undefined || this.#saving !== undefined) {
      await this.#handling
      await this.#saving
    }
  }

  #next(): Entry | undefined {
    const entry = this.#queue[0]
    return this.#stopped || entry === undefined || !this.#side.listening(entry) ? undefined : entry
  }

  async #handleAll(): Promise<void> {
    let tries = 0
    for (let entry = this.#next(); entry !== undefined; entry = this.#next()) {
      try {
        // Awaiting only what is a promise keeps a burst for a synchronous app in one turn.
        const work = this.#side.handle(entry)
        if (work !== undefined) await work
      } catch (thrown) {
        if (thrown === GIVEN_BACK) continue
        tries++
        this.#side.failed(appError(entry, thrown))
        await this.#wait(fullJitter(this.#random, tries, RETRY_BASE_MS, RETRY_MAX_MS))
        continue
      }
      tries = 0
      this.#queue.shift()
      if (entry.kind === 'reset') this.#resets--
      this.#settle()
    }
  }

  /** The cursor after all that was handled, or undefined while a reset lies between. */
  #reached(): Cursor | undefined {
    if (this.#resets > 0) return undefined
    const cursor = this.#side.cursor()
    const [first] = this.#queue
    if (first === undefined) return cursor
    const seq =
      first.kind === 'message' ? first.event.seq : first.kind === 'gap' ? first.event.from : 0
    return { epoch: cursor.epoch, seq: seq - 1 }
  }

  #settle(): void {
    if (this.#saving !== undefined || this.#gaveUp || !this.#behind()) return
    this.#saving = this.#saveAll().finally(() => {
      this.#saving = undefined
      this.#settle()
    })
  }

  #behind(): boolean {
    const reached = this.#reached()
    if (reached === undefined || reached.epoch === 0) return false
    return reached.epoch !== this.#saved.epoch || reached.seq !== this.#saved.seq
  }

  async #saveAll(): Promise<void> {
    let tries = 0
    // A burst that is handled within this turn is one save.
    await Promise.resolve()
    while (this.#behind() && !this.#gaveUp) {
      const cursor = this.#reached()!
      const generation = this.#generation
      try {
        await this.#save(cursor)
      } catch (thrown) {
        tries++
        this.#gaveUp = this.#stopped
        this.#side.failed(storeError(thrown))
        await this.#wait(fullJitter(this.#random, tries, RETRY_BASE_MS, RETRY_MAX_MS))
        continue
      }
      tries = 0
      this.#saved = cursor
      if (generation === this.#generation) this.#side.saved(cursor)
    }
  }

  #wait(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise(resolve => {
      const wake = (): void => {
        this.#naps.delete(nap)
        resolve()
      }
      const nap = { timer: this.#clock.after(ms, wake), wake }
      this.#naps.add(nap)
    })
  }
}

const appError = (entry: Entry, thrown: unknown): LongwireError => {
  const what = entry.kind === 'message' ? `message ${entry.event.seq}` : `a ${entry.kind}`
  return new LongwireError(
    'APP_FAILED',
    'retry',
    `the app did not handle ${what}, it will get it again: ${textOf(thrown)}`,
    {
      cause: thrown,
    },
  )
}

const storeError = (thrown: unknown): LongwireError =>
  new LongwireError(
    'CURSOR_STORE',
    'retry',
    `the cursor was not saved, nothing is acknowledged meanwhile: ${textOf(thrown)}`,
    {
      cause: thrown,
    },
  )
