import type { Timer } from '@longwire/kit'
import type { CodeName } from '@longwire/proto'
import type { Heads, MailboxId, Page } from '../log/log.ts'
import type { Turns } from '../log/turns.ts'
import { TableUnavailable } from '../store/table.ts'
import type { TrunkParts } from './trunk.ts'

/** A page for one end, or (not `pull`) just the head of its mailbox. */
export interface Read {
  readonly pull: boolean
  readonly mailbox: MailboxId
  readonly appcode: number
  readonly slot: number
  readonly generation: number
  readonly sequenceid: number
  readonly epoch: number
  readonly after: number
  readonly maxBytes: number
  /** What its client understands: bits of FEATURE. */
  readonly features: number
  /** Nobody waits for the answer from then on, on the monotonic clock. */
  readonly expiresAt: number
}

export interface ReadSide {
  /** True while the gate has to take what it was sent before more is read for it. */
  full(): boolean
  page(read: Read, epoch: number, page: Page): void
  head(session: Read, heads: Heads): void
  failed(read: Omit<Read, 'mailbox'>, code: CodeName): void
}

const RETRY_MS = 10
const HEAD_RETRY_MS = 1_000

type ReadsParts = Pick<TrunkParts, 'epochs' | 'limits' | 'log' | 'logger'> & {
  readonly context: Pick<TrunkParts['context'], 'clock'>
}

/**
 * Reads for one gate, a bounded number at once, none while its link is full, and no more in a turn than
 * leaves room for everything else: a flood of PULLs costs a queue of small requests, not a heap of pages.
 */
export class Reads {
  readonly #parts: ReadsParts
  readonly #side: ReadSide
  readonly #turns: Turns
  #queue: Read[] = []
  #next = 0
  #active = 0
  #headless: Read[] = []
  #stopped = false
  #timer: Timer | undefined
  /** A turn to come is asked for. */
  #yielded = false

  constructor(parts: ReadsParts, side: ReadSide, turns: Turns) {
    this.#parts = parts
    this.#side = side
    this.#turns = turns
  }

  add(read: Read): void {
    this.#queue.push(read)
    this.#pump()
  }

  /** Reads that are not answered yet. */
  get size(): number {
    return this.#active + this.#queue.length - this.#next
  }

  stop(): void {
    this.#stopped = true
    this.#queue = []
    this.#timer?.cancel()
  }

  #pump(): void {
    while (this.#active < this.#parts.limits.readsInFlight && this.#next < this.#queue.length) {
      if (this.#side.full()) return this.#pumpLater()
      if (this.#turns.over) return this.#yield()
      const read = this.#queue[this.#next++]!
      // Its gate has given up waiting, and asks again.
      if (read.expiresAt <= this.#parts.context.clock.monotonic()) continue
      this.#active++
      void this.#serve(read)
    }
    if (this.#next < 1024 && this.#next < this.#queue.length) return
    this.#queue = this.#queue.slice(this.#next)
    this.#next = 0
  }

  #pumpLater(): void {
    if (this.#timer !== undefined) return
    this.#timer = this.#parts.context.clock.after(RETRY_MS, () => {
      this.#timer = undefined
      this.#pump()
    })
  }

  #yield(): void {
    if (this.#yielded) return
    this.#yielded = true
    this.#turns.next(() => {
      this.#yielded = false
      this.#pump()
    })
  }

  /** Never rejects. */
  async #serve(read: Read): Promise<void> {
    const taken = this.#turns.begin()
    let messages: Page['messages'] = []
    try {
      if (read.pull) messages = await this.#readPage(read)
      else {
        this.#side.head(read, await this.#parts.log.heads(read.mailbox))
      }
    } catch (error) {
      this.#failed(read, error)
    }
    this.#turns.end(taken, messages)
    this.#active--
    this.#pump()
  }

  async #readPage(read: Read): Promise<Page['messages']> {
    const { log, epochs, limits } = this.#parts
    const epoch = await epochs.of(read.mailbox)
    if (epoch !== read.epoch) {
      this.#side.failed(read, 'RESYNC')
      return []
    }
    const page = await log.read(
      read.mailbox,
      read.appcode,
      read.after,
      limits.pageMessages,
      read.maxBytes,
    )
    this.#side.page(read, epoch, page)
    return page.messages
  }

  /**
   * Nobody asks for a head twice, and without it the session might miss messages until its next
   * hint.
   */
  #retryHead(read: Read): void {
    this.#headless.push(read)
    if (this.#headless.length > 1) return
    this.#parts.context.clock.after(HEAD_RETRY_MS, () => {
      const reads = this.#headless
      this.#headless = []
      if (!this.#stopped) for (const each of reads) this.add(each)
    })
  }

  #failed(read: Read, error: unknown): void {
    const expected = error instanceof TableUnavailable
    if (!expected) this.#parts.logger.error({ err: error }, 'read failed')
    if (read.pull) this.#side.failed(read, expected ? 'UNAVAILABLE' : 'INTERNAL')
    else this.#retryHead(read)
  }
}
