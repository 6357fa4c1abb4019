import type { Cursor } from '@longwire/client'
import type { Page as GatePage } from '@longwire/gate/internal'
import type { Clock, Random } from '@longwire/kit'
import {
  createLog,
  memoryTable,
  type Appended,
  type Heads,
  type Log,
  type NewMessage,
  type Page,
} from '@longwire/logic'
import { pageOf, pages } from './wire.ts'

export const APPCODE = 1
export const GRACE_MS = 60_000
const MAILBOX = { system: 's', uid: 'u' }
const END = { appcode: APPCODE, device: 'd' }
const PAGE_ROWS = 3
const PAGE_BYTES = 1_000

/** A logic node reduced to what touches its log; the table outlives it. */
export class LogicNode {
  /** Rises with every crash: answers asked for in an earlier life never come. */
  life = 0
  readonly #clock: Clock
  readonly #random: Random
  #table
  #log: Log

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
    this.#table = memoryTable({ clock })
    this.#log = this.#open()
  }

  append(message: NewMessage): Promise<Appended> {
    return this.#log.append(MAILBOX, message)
  }

  acknowledge(seq: number): void {
    this.#log.acknowledge(MAILBOX, END, seq)
  }

  heads(): Promise<Heads> {
    return this.#log.heads(MAILBOX)
  }

  /** Writes without an answer may be lost. */
  crash(): void {
    this.life++
    this.#table.crash()
    this.#log = this.#open()
  }

  loseStore(): void {
    this.life++
    this.#table = memoryTable({ clock: this.#clock })
    this.#log = this.#open()
  }

  /** Undefined: the mailbox has another epoch. */
  async page(epoch: number, after: number): Promise<GatePage | undefined> {
    const heads = await this.heads()
    return heads.epoch === epoch ? this.#read(after) : undefined
  }

  /** What logic's login does with a cursor. */
  async admit(
    cursor: Cursor,
  ): Promise<{ epoch: number; base: number; reset: boolean; page: GatePage }> {
    const { epoch, head, floor } = await this.heads()
    const fresh = cursor.epoch === 0
    const reset = !fresh && (cursor.epoch !== epoch || cursor.seq > head)
    const base = fresh || reset ? floor : cursor.seq
    this.acknowledge(base)
    return { epoch, base, reset, page: await this.#read(base) }
  }

  async #read(after: number): Promise<GatePage> {
    const page: Page = await this.#log.read(MAILBOX, APPCODE, after, PAGE_ROWS, PAGE_BYTES)
    const { from, next, head, gapFloor: floor, more, messages } = page
    const body = new Uint8Array(0)
    pages.set(body, { ...pageOf(messages), from, next, floor, more })
    return { from, next, head, floor, more, body }
  }

  #open(): Log {
    return createLog({
      table: this.#table,
      clock: this.#clock,
      random: this.#random,
      limits: { maxMessages: 12, maxBytes: 10_000 },
      graceMs: GRACE_MS,
      headCacheMs: 20_000,
    })
  }
}
