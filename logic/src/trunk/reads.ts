import type { Timer } from '@longwire/kit'
import type { CodeName } from '@longwire/proto'
import type { Heads, MailboxId, Page } from '../log/log.ts'
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

/**
 * Reads for one gate, a bounded number at once and none while its link is full: a flood of PULLs
 * costs
 * a queue of small requests, not a heap of pages.
 */
export class Reads {
  readonly #parts: TrunkParts
  readonly #side: ReadSide
  #queue: Read[] = []
  #next = 0
  #active = 0
  #headless: Read[] = []
  #stopped = false
  #timer: Timer | undefined

  constructor(parts: TrunkParts, side: ReadSide) {
    this.#parts = parts
    this.#side = side
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

  /** Never rejects. */
  async #serve(read: Read): Promise<void> {
    try {
      if (read.pull) await this.#readPage(read)
      else {
        this.#side.head(read, await this.#parts.log.heads(read.mailbox))
      }
    } catch (error) {
      this.#failed(read, error)
    }
    this.#active--
    this.#pump()
  }

  async #readPage(read: Read): Promise<void> {
    const { log, epochs, limits } = this.#parts
    const epoch = await epochs.of(read.mailbox)
    if (epoch !== read.epoch) return this.#side.failed(read, 'RESYNC')
    const page = await log.read(
      read.mailbox,
      read.appcode,
      read.after,
      limits.pageMessages,
      read.maxBytes,
    )
    this.#side.page(read, epoch, page)
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
