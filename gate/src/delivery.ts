import type { Random } from '@longwire/kit'
import { type CodeName, LIMITS, URGENCY } from '@longwire/proto'
import type { HealthFigures } from './health-figures.ts'
import { IdleHold } from './idle-hold.ts'
import type { GateLimits } from './limits.ts'
import { FLAG, MODE, POWER, type SessionTable, STATE } from './session-table.ts'
import type { Wakes } from './wakes.ts'

/** A hint from logic that a message exists. One object is reused. */
export interface Hint {
  seq: number
  /** seq − prev: the seqs between prev and seq are not for this end. */
  back: number
  epoch: number
  msgtype: number
  content: Uint8Array
  /** Of URGENCY. */
  urgency: number
  /** It must go out within so many milliseconds, whatever the device does; 0: it need not. */
  withinMs: number
}

/** How far a mailbox reaches. One object is reused. */
export interface HeadNews {
  seq: number
  epoch: number
  /** Up to here something may be urgent enough to wake the device. */
  urgentTo: number
  /** Of what is above `urgentTo`; these two as in {@link Hint}. */
  urgency: number
  withinMs: number
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
  /** A message waits until its device is awake. */
  held(): void
  /** The one with this seq does because its device has been woken too often. */
  demoted(slot: number, seq: number): void
  /** `count` messages that waited for `waitedMs` at most go out, with a sign of the device or with a push. */
  released(count: number, waitedMs: number, on: 'sign' | 'push' | 'itself'): void
}

type Held = Pick<Hint, 'seq' | 'urgency' | 'withinMs'>

export type DeliveryLimits = Pick<
  GateLimits,
  'suspectMs' | 'notifyMs' | 'notifyMaxMs' | 'idleSpreadMs'
>

/**
 * Down-delivery: decides, from numbers alone, what goes to a client. Nothing is kept per message.
 *
 * IDLE: everything known was handed over; a message goes out at once as DATA where that is safe,
 * otherwise one NOTIFY goes out. What may not wake a device that sleeps is HELD: it only raises `head`,
 * until a frame of the client shows that it is awake, or something goes out anyway; then one NOTIFY,
 * in the write that answers the frame, tells of all. What is idle is held for a random time at least, and while
 * the network of the device counts bytes. NOTIFIED: the client has been told and is expected to PULL; further
 * messages only raise `head`. PULLING: a page is on its way from logic.
 */
export class Delivery {
  readonly #table: SessionTable
  readonly #output: DeliveryOutput
  readonly #limits: DeliveryLimits
  readonly #wakes: Wakes
  readonly #idle: IdleHold
  readonly #health: HealthFigures

  constructor(
    table: SessionTable,
    output: DeliveryOutput,
    parts: {
      readonly limits: DeliveryLimits
      readonly wakes: Wakes
      readonly random: Random
      readonly counters: { readonly health: HealthFigures }
    },
  ) {
    this.#health = parts.counters.health
    this.#table = table
    this.#output = output
    this.#limits = parts.limits
    this.#wakes = parts.wakes
    const { wakes, random, limits } = parts
    this.#idle = new IdleHold(table, wakes, random, limits.idleSpreadMs)
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
    if (hint.seq <= sent || !this.#mayTell(slot, hint.urgency)) return
    if (!this.#idle.mayGo(slot, hint.urgency)) {
      this.#hold(slot, hint)
      return
    }
    if (
      table.mode[slot] !== MODE.IDLE ||
      hint.seq - hint.back > sent ||
      !this.#mayPush(slot, hint.content.length)
    ) {
      this.#tell(slot, 'push')
      return
    }
    this.#output.data(slot, hint)
    this.#health.delivered(hint.seq - sent)
    table.sent[slot] = hint.seq
    if (table.unackedFrames[slot] === 0) table.unackedSince[slot] = table.now
    table.unackedFrames[slot] = table.unackedFrames[slot]! + 1
    table.unackedBytes[slot] = table.unackedBytes[slot]! + hint.content.length
    if (!this.#is(slot, POWER.HELD)) return
    // What waited has a higher seq, or has gone out just now.
    if (table.head[slot]! > hint.seq) this.#tell(slot, 'push')
    else this.#release(slot, 'push')
  }

  /** Whether something that is no part of the mailbox may go to the client now. */
  mayGoNow(slot: number, urgency: number): boolean {
    const table = this.#table
    if (table.state[slot] !== STATE.READY || table.has(slot, FLAG.SLOW)) return false
    return this.#wakes.may(slot, urgency)
  }

  /** The mailbox reaches up to `seq`; no content came along. */
  headIs(slot: number, news: HeadNews): void {
    const table = this.#table
    const { seq, epoch, urgentTo, urgency, withinMs } = news
    const known = table.epoch[slot] === epoch ? table.head[slot]! : 0
    if (!this.#raise(slot, seq, epoch)) return
    if (seq <= table.sent[slot]!) return
    // Asked for after hints may have been lost: what is known already waits as before.
    if (seq <= known && (this.#is(slot, POWER.HELD) || table.mode[slot] !== MODE.IDLE)) return
    const least = urgentTo > known ? Math.min(urgency, URGENCY.NORMAL) : urgency
    if (!this.#mayTell(slot, least)) return
    if (this.#idle.mayGo(slot, least)) this.#tell(slot, 'push')
    else this.#hold(slot, { seq, urgency: least, withinMs })
  }

  /** A frame shows that the device is awake: what waited for that goes out in the same write. */
  awoke(slot: number): void {
    if (this.#is(slot, POWER.HELD) && !this.#idle.stays(slot)) this.#tell(slot, 'sign')
  }

  /** The client asks for what follows `cursor`. */
  pulled(slot: number, cursor: number, maxBytes: number, delayMs = 0): void {
    const table = this.#table
    table.pullCursor[slot] = cursor
    this.#release(slot, 'sign')
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
    this.#health.answered(true)
    this.#handedOver(slot, page)
    if (table.has(slot, FLAG.PULL_AGAIN)) this.resume(slot)
    else this.#settle(slot, page.more)
  }

  /** Logic could not answer: the client stays, the PULL is repeated after `delayMs`. */
  pullFailed(slot: number, delayMs: number): void {
    this.#health.answered(false)
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
    const acked = table.acked[slot]!
    if (seq <= acked) return
    table.acked[slot] = seq
    if (seq > table.sent[slot]!) {
      this.#health.delivered(seq - table.sent[slot]!)
      table.sent[slot] = seq
    }
    this.#health.acked(seq - acked, table.now - table.unackedSince[slot]!)
    if (seq >= table.head[slot]!) this.#release(slot, 'sign')
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
    const isIdle = table.mode[slot] === MODE.IDLE
    // What was handed over has arrived, and nothing else is to be told of.
    if (isIdle && table.acked[slot]! >= table.sent[slot]! && this.#idle.stays(slot)) return
    const isUntold = isIdle && table.head[slot]! > table.sent[slot]!
    if (isUntold || this.#is(slot, POWER.HELD)) this.#tell(slot, 'sign')
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
    if (this.nextAt(slot) > table.now) return this.nextAt(slot)
    const wakeBy = table.wakeBy[slot]!
    if (wakeBy !== 0 && table.now >= table.msOf(wakeBy)) this.#overdue(slot)
    if (this.#idle.isDue(slot)) this.awoke(slot)
    const at = table.dueAt[slot]!
    if (at !== 0 && table.now >= at) this.#repeat(slot)
    return this.nextAt(slot)
  }

  /** When something is due, or Infinity. */
  nextAt(slot: number): number {
    const table = this.#table
    const at = table.dueAt[slot] === 0 ? Infinity : table.dueAt[slot]!
    const wakeBy = table.wakeBy[slot]!
    const idleUntil = table.idleUntil[slot]!
    const waits = wakeBy === 0 ? at : Math.min(at, table.msOf(wakeBy))
    return idleUntil === 0 ? waits : Math.min(waits, table.msOf(idleUntil))
  }

  #repeat(slot: number): void {
    const table = this.#table
    table.dueAt[slot] = 0
    if (table.mode[slot] === MODE.PULLING) {
      this.resume(slot)
    } else if (table.mode[slot] === MODE.NOTIFIED) {
      // The next PING heals it: nothing that it was told of is worth a wake-up.
      if (this.#is(slot, POWER.EASY) && !this.#wakes.isAwake(slot)) return
      // A slow connection still has the first NOTIFY to read.
      if (!table.has(slot, FLAG.SLOW)) this.#output.notify(slot, table.head[slot]!)
      this.#planRepeat(slot)
    }
  }

  #overdue(slot: number): void {
    const table = this.#table
    table.wakeBy[slot] = 0
    if (table.mode[slot] === MODE.PULLING || table.head[slot]! <= table.sent[slot]!) return
    this.#wakes.overdue(slot)
    this.#tell(slot, 'itself')
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

  #is(slot: number, bit: number): boolean {
    return (this.#table.power[slot]! & bit) !== 0
  }

  /** False where the client has been told of more, and will ask. */
  #mayTell(slot: number, urgency: number): boolean {
    const table = this.#table
    if (table.mode[slot] === MODE.IDLE) return true
    if (table.mode[slot] !== MODE.NOTIFIED || !this.#is(slot, POWER.EASY)) return false
    if (!this.#wakes.isAwake(slot)) return true
    // From now on the NOTIFY is worth to be repeated.
    if (urgency <= URGENCY.NORMAL) table.power[slot] = table.power[slot]! & ~POWER.EASY
    return false
  }

  /** What was just added to `head` waits for a sign of the device. */
  #hold(slot: number, { seq, urgency, withinMs }: Held): void {
    const table = this.#table
    if (urgency <= URGENCY.NORMAL && !this.#is(slot, POWER.DOZE)) this.#output.demoted(slot, seq)
    if (!this.#is(slot, POWER.HELD)) {
      table.power[slot] = table.power[slot]! | POWER.HELD
      table.heldCount[slot] = 0
      table.heldSince[slot] = table.tenths(table.now)
      const at = urgency === URGENCY.IDLE ? this.#idle.begin(slot) : 0
      if (at !== 0) this.#output.wake(slot, at)
    } else if (urgency !== URGENCY.IDLE) this.#idle.end(slot)
    if (table.heldCount[slot]! < 255) table.heldCount[slot] = table.heldCount[slot]! + 1
    this.#output.held()
    if (withinMs === 0) return
    // The wheel looks up to a tick late.
    const by = Math.max(1, table.tenths(table.now + withinMs - WHEEL_MS))
    const before = table.wakeBy[slot]!
    if (before !== 0 && before <= by) return
    table.wakeBy[slot] = by
    this.#output.wake(slot, table.msOf(by))
  }

  /** Tells the client how far its mailbox reaches, and so of what waited. */
  #tell(slot: number, on: 'sign' | 'push' | 'itself'): void {
    this.#release(slot, on)
    this.#notify(slot)
    if (on === 'sign') this.#table.power[slot] = this.#table.power[slot]! | POWER.EASY
  }

  /** Nothing waits any more. */
  #release(slot: number, on: 'sign' | 'push' | 'itself'): void {
    const table = this.#table
    if ((table.power[slot]! & (POWER.HELD | POWER.EASY)) === 0) return
    if (this.#is(slot, POWER.HELD)) {
      const waitedMs = Math.max(0, table.now - table.msOf(table.heldSince[slot]!))
      this.#output.released(table.heldCount[slot]!, waitedMs, on)
    }
    table.power[slot] = table.power[slot]! & ~(POWER.HELD | POWER.EASY)
    table.wakeBy[slot] = 0
    this.#idle.end(slot)
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
    const sent = table.sent[slot]!
    if (page.next > sent) {
      this.#health.delivered(page.next - sent)
      table.sent[slot] = page.next
    }
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

/** Of the wheel that calls `due`, twice: it looks late by up to one of its ticks, and turns once a second. */
const WHEEL_MS = 2_100
/** Leaves room for the fields beside the body of a PULL_RESP. */
const PAGE_BYTES_MAX: number = LIMITS.downlinkBytes - 64
/** Until a client has shown that it takes pages: no more than this waits for one that stops reading. */
const PAGE_BYTES_FIRST: number = 64 * 1024
const QUICK_MS = 1_000
