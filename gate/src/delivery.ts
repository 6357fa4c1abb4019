import { type CodeName, LIMITS } from '@longwire/proto'
import type { GateLimits } from './limits.ts'
import { FLAG, MODE, type SessionTable, STATE } from './session-table.ts'

/** A hint from logic that a message exists. One object is reused. */
export interface Hint {
  seq: number
  /** seq − prev: the seqs between prev and seq are not for this end. */
  back: number
  epoch: number
  msgtype: number
  content: Uint8Array
}

/** What logic answered to a PULL. */
export interface Page {
  readonly from: number
  readonly next: number
  readonly head: number
  /** Floor of a flagged gap, or −1. */
  readonly floor: number
  readonly more: boolean
  /** edge.PullBody. */
  readonly body: Uint8Array
}

export interface DeliveryOutput {
  data(slot: number, hint: Hint): void
  notify(slot: number, max: number): void
  page(slot: number, page: Page): void
  /**
   * Asks logic for what follows `pullCursor`, and sets `request`. Where it cannot be asked now the
   * client is told so; `resume` is called when it can.
   */
  pull(slot: number): void
  /** `due` must be called at this time. */
  wake(slot: number, atMs: number): void
  /** The cursor of this session has moved. */
  acked(slot: number): void
  fail(slot: number, code: CodeName, detail: string): void
}

/**
 * Down-delivery: decides, from numbers alone, what goes to a client. Nothing is kept per message.
 *
 * IDLE: everything known was handed over; a message goes out at once as DATA where that is safe,
 * otherwise one NOTIFY goes out. NOTIFIED: the client has been told and is expected to PULL; further
 * messages only raise `head`. PULLING: a page is on its way from logic.
 */
export class Delivery {
  readonly #table: SessionTable
  readonly #output: DeliveryOutput
  readonly #limits: Pick<GateLimits, 'suspectMs' | 'notifyMs' | 'notifyMaxMs'>

  constructor(
    table: SessionTable,
    output: DeliveryOutput,
    limits: Pick<GateLimits, 'suspectMs' | 'notifyMs' | 'notifyMaxMs'>,
  ) {
    this.#table = table
    this.#output = output
    this.#limits = limits
  }

  /** The session is logged in at `base`; `page` is what follows it, where logic could read it. */
  begin(slot: number, epoch: number, base: number, page: Page | undefined): void {
    const table = this.#table
    // Hints overtake the answer to LOGIN: what they said counts if it was of this epoch.
    if (table.epoch[slot] !== epoch) table.head[slot] = 0
    table.epoch[slot] = epoch
    table.base[slot] = table.sent[slot] = table.acked[slot] = base
    table.head[slot] = Math.max(table.head[slot]!, base, page === undefined ? 0 : page.head)
    table.mode[slot] = MODE.IDLE
  }

  /** The page that came with LOGIN, right after `begin`. */
  firstPage(slot: number, page: Page): void {
    const table = this.#table
    if (page.next > table.base[slot]! || page.floor >= 0) this.#output.page(slot, page)
    this.#handedOver(slot, page)
    this.#settle(slot, page.more)
  }

  deliver(slot: number, hint: Hint): void {
    const table = this.#table
    if (!this.#raise(slot, hint.seq, hint.epoch)) return
    const sent = table.sent[slot]!
    if (hint.seq <= sent || table.mode[slot] !== MODE.IDLE) return
    if (hint.seq - hint.back > sent || !this.#mayPush(slot, hint.content.length)) {
      this.#notify(slot)
      return
    }
    this.#output.data(slot, hint)
    table.sent[slot] = hint.seq
    if (table.unackedFrames[slot] === 0) table.unackedSince[slot] = table.now
    table.unackedFrames[slot] = table.unackedFrames[slot]! + 1
    table.unackedBytes[slot] = table.unackedBytes[slot]! + hint.content.length
  }

  /** The mailbox reaches up to `seq`; no content came along. */
  headIs(slot: number, seq: number, epoch: number): void {
    const table = this.#table
    if (!this.#raise(slot, seq, epoch)) return
    if (table.mode[slot] === MODE.IDLE && seq > table.sent[slot]!) this.#notify(slot)
  }

  /** The client asks for what follows `cursor`. */
  pulled(slot: number, cursor: number, maxBytes: number, delayMs = 0): void {
    const table = this.#table
    table.pullCursor[slot] = cursor
    const bound = this.#isQuick(slot) ? PAGE_BYTES_MAX : PAGE_BYTES_FIRST
    table.pullBytes[slot] = maxBytes === 0 ? bound : Math.min(maxBytes, bound)
    table.notifyCount[slot] = 0
    if (table.mode[slot] === MODE.PULLING) {
      if (table.request[slot] !== 0) table.raise(slot, FLAG.PULL_AGAIN)
      else if (delayMs === 0) this.resume(slot)
      return
    }
    table.mode[slot] = MODE.PULLING
    table.dueAt[slot] = 0
    if (delayMs > 0) this.#plan(slot, delayMs)
    else this.resume(slot)
  }

  /** Logic answered. */
  paged(slot: number, page: Page): void {
    const table = this.#table
    this.#output.page(slot, page)
    this.#handedOver(slot, page)
    if (table.has(slot, FLAG.PULL_AGAIN)) this.resume(slot)
    else this.#settle(slot, page.more)
  }

  /** Logic could not answer: the client stays, the PULL is repeated after `delayMs`. */
  pullFailed(slot: number, delayMs: number): void {
    this.#plan(slot, delayMs)
  }

  /** Sends a PULL that waits for logic or for a slow connection. */
  resume(slot: number): void {
    const table = this.#table
    if (
      table.mode[slot] !== MODE.PULLING ||
      table.request[slot] !== 0 ||
      table.has(slot, FLAG.SLOW)
    )
      return
    table.lower(slot, FLAG.PULL_AGAIN)
    table.dueAt[slot] = 0
    this.#output.pull(slot)
  }

  /** The client has accepted and saved everything up to base + `cumulative`. */
  acked(slot: number, cumulative: number): void {
    const table = this.#table
    const seq = table.base[slot]! + cumulative
    const known = Math.max(table.sent[slot]!, table.head[slot]!)
    if (seq > known) {
      this.#output.fail(
        slot,
        'BAD_FIELD',
        `ack of seq ${seq} is beyond the last one sent, ${known}: acknowledge what was received`,
      )
      return
    }
    if (seq <= table.acked[slot]!) return
    table.acked[slot] = seq
    if (seq > table.sent[slot]!) table.sent[slot] = seq
    this.#forgetUnacked(slot)
    if (table.mode[slot] === MODE.NOTIFIED && seq >= table.head[slot]!) {
      table.mode[slot] = MODE.IDLE
      table.dueAt[slot] = 0
    }
    this.#output.acked(slot)
  }

  /** A PING came; a client flushes its ACK before it pings, so what is unacked now may be lost. */
  heal(slot: number): void {
    const table = this.#table
    if (table.acked[slot]! >= table.head[slot]! || table.mode[slot] === MODE.PULLING) return
    if (table.mode[slot] === MODE.IDLE && table.head[slot]! > table.sent[slot]!) this.#notify(slot)
    else this.#output.notify(slot, table.head[slot]!)
  }

  /** The connection has room again. */
  drained(slot: number): void {
    const table = this.#table
    table.lower(slot, FLAG.SLOW)
    this.resume(slot)
  }

  /** Does what is due and returns when to look again, or Infinity. */
  due(slot: number): number {
    const table = this.#table
    const at = table.dueAt[slot]!
    if (at === 0) return Infinity
    if (table.now < at) return at
    table.dueAt[slot] = 0
    if (table.mode[slot] === MODE.PULLING) {
      this.resume(slot)
    } else if (table.mode[slot] === MODE.NOTIFIED) {
      // A slow connection still has the first NOTIFY to read.
      if (!table.has(slot, FLAG.SLOW)) this.#output.notify(slot, table.head[slot]!)
      this.#planRepeat(slot)
    }
    const next = table.dueAt[slot]
    return next === 0 ? Infinity : next
  }

  /** Raises the head; false where delivery ends there. */
  #raise(slot: number, seq: number, epoch: number): boolean {
    const table = this.#table
    if (table.state[slot] === STATE.LOGIN) {
      if (table.epoch[slot] !== epoch) table.head[slot] = 0
      table.epoch[slot] = epoch
    } else if (table.epoch[slot] !== epoch) {
      this.#output.fail(slot, 'RESYNC', 'dial again')
      return false
    }
    if (seq > table.head[slot]!) table.head[slot] = seq
    return table.state[slot] === STATE.READY
  }

  #mayPush(slot: number, bytes: number): boolean {
    const table = this.#table
    const frames = table.unackedFrames[slot]!
    if (frames > 0) {
      if (frames >= LIMITS.unackedFrames || table.unackedBytes[slot]! + bytes > LIMITS.unackedBytes)
        return false
      if (table.now - table.unackedSince[slot]! > this.#limits.suspectMs) return false
    }
    return !table.has(slot, FLAG.SLOW)
  }

  #notify(slot: number): void {
    const table = this.#table
    this.#output.notify(slot, table.head[slot]!)
    this.#await(slot)
  }

  /** The client has been told of more and is expected to PULL. */
  #await(slot: number): void {
    const table = this.#table
    table.mode[slot] = MODE.NOTIFIED
    table.notifyCount[slot] = 0
    this.#planRepeat(slot)
  }

  #planRepeat(slot: number): void {
    const table = this.#table
    const delay = Math.min(
      this.#limits.notifyMs * 2 ** table.notifyCount[slot]!,
      this.#limits.notifyMaxMs,
    )
    if (table.notifyCount[slot]! < 20) table.notifyCount[slot] = table.notifyCount[slot]! + 1
    this.#plan(slot, delay)
  }

  #plan(slot: number, delayMs: number): void {
    const at = this.#table.now + delayMs
    this.#table.dueAt[slot] = at
    this.#output.wake(slot, at)
  }

  #handedOver(slot: number, page: Page): void {
    const table = this.#table
    table.sent[slot] = Math.max(table.sent[slot]!, page.next)
    table.head[slot] = Math.max(table.head[slot]!, page.head, page.next)
    table.unackedFrames[slot] = table.unackedBytes[slot] = 0
    table.unackedSince[slot] = table.now
  }

  /** The client asks on soon after a page: it takes what it gets, so a large page does not wait for it here. */
  #isQuick(slot: number): boolean {
    const table = this.#table
    return (
      table.unackedFrames[slot] === 0 &&
      !table.has(slot, FLAG.SLOW) &&
      table.now - table.unackedSince[slot]! <= QUICK_MS
    )
  }

  #settle(slot: number, more: boolean): void {
    const table = this.#table
    if (more) {
      this.#await(slot)
    } else if (table.head[slot]! > table.sent[slot]!) {
      this.#notify(slot)
    } else {
      table.mode[slot] = MODE.IDLE
      table.dueAt[slot] = 0
    }
  }

  /** At most one frame per seq is unacked; bytes are taken as evenly spread over them. */
  #forgetUnacked(slot: number): void {
    const table = this.#table
    const frames = table.unackedFrames[slot]!
    if (frames === 0) return
    const left = Math.min(frames, table.sent[slot]! - table.acked[slot]!)
    table.unackedBytes[slot] = Math.ceil((table.unackedBytes[slot]! * left) / frames)
    table.unackedFrames[slot] = left
    table.unackedSince[slot] = table.now
  }
}

/** Leaves room for the fields beside the body of a PULL_RESP. */
const PAGE_BYTES_MAX: number = LIMITS.downlinkBytes - 64
/** Until a client has shown that it takes pages: no more than this waits for one that stops reading. */
const PAGE_BYTES_FIRST: number = 64 * 1024
const QUICK_MS = 1_000
