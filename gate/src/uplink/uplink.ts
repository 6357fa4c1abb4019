import {
  CMD,
  CODES,
  type CodeName,
  edgeBody,
  FEATURE,
  type FrameFields,
  type FrameView,
  ProtocolError,
} from '@longwire/proto'
import type { Random } from '@longwire/kit'
import type { Counters } from '../counters.ts'
import type { Outbox } from '../outbox.ts'
import type { SessionTable } from '../session-table.ts'
import type { Asks, Uplifted } from './asks.ts'
import { Logids } from './logids.ts'

export interface UplinkParts {
  readonly table: SessionTable
  readonly outbox: Outbox
  readonly counters: Counters
  readonly random: Random
  readonly asks: () => Asks
  /** What tells this gate from others. */
  readonly gate: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Bytes that logic has not taken yet, and how many there may be. */
  readonly trunkBytes: () => number
  readonly trunkBytesMax: number
  /** Contents of messages that logic has not answered, at most. */
  readonly askBytesMax: number
  readonly retryAfterMs: number
}

/** Unanswered refs of one session. */
const UNANSWERED_MAX = 64
const REF_MAX = 2 ** 21 - 1
const NOTHING = new Uint8Array(0)

/** What clients send, on its way to logic, and the answers on their way back. */
export class Uplink {
  readonly #parts: UplinkParts
  readonly #logids: Logids
  readonly #what: Uplifted = {
    cmd: 0,
    waitsForReply: false,
    ref: 0,
    msgtype: 0,
    logidHigh: 0,
    logidLow: 0,
    content: NOTHING,
  }

  constructor(parts: UplinkParts) {
    this.#parts = parts
    this.#logids = new Logids(parts.gate)
  }

  /** A C2S or C2C; throws {@link ProtocolError}. */
  message(slot: number, view: FrameView, fields: FrameFields): void {
    fields.two(view)
    const what = this.#fill(view, fields)
    what.msgtype = fields.b
    what.waitsForReply = view.cmd === CMD.C2S && view.flag && this.#knows(slot)
    if (what.ref === 0 && view.cmd === CMD.C2S && !what.waitsForReply) this.#stream(slot, what)
    else this.#ask(slot, what)
  }

  /** A RETRACT, READ or QUERY; throws {@link ProtocolError}. */
  query(slot: number, view: FrameView, fields: FrameFields): void {
    if (!this.#knows(slot))
      throw new ProtocolError(
        'BAD_FRAME',
        `command ${view.cmd} is for clients that announced it: set bit 1 of features in LOGIN`,
      )
    fields.one(view)
    const what = this.#fill(view, fields)
    what.msgtype = 0
    what.waitsForReply = false
    this.#ask(slot, what)
  }

  /** Logic has answered, or nobody has; `body` is a SendAck, empty where there is nothing to say. */
  sent(slot: number, ref: number, code: number, body: Uint8Array): void {
    this.#answered(slot)
    const { outbox, counters } = this.#parts
    counters.uplink(code === 0 ? 'taken' : 'refused').add()
    const said = code !== 0 && body.length === 0 ? this.#sendAck(code) : body
    outbox.to(slot).sendAck(ref, code, said)
  }

  reply(slot: number, ref: number, code: number, body: Uint8Array): void {
    this.#answered(slot)
    const said = code !== 0 && body.length === 0 ? this.#failure(code) : body
    this.#parts.outbox.to(slot).reply(ref, code, said)
  }

  /** Something was read at another end, or by the peer; `body` is a Read. */
  read(slot: number, body: Uint8Array): void {
    if (this.#knows(slot)) this.#parts.outbox.to(slot).coded(CMD.READ, 0, body)
  }

  #knows(slot: number): boolean {
    return (this.#parts.table.features[slot]! & FEATURE.CONVERSATIONS) !== 0
  }

  #fill(view: FrameView, fields: FrameFields): Uplifted {
    const what = this.#what
    if (fields.a > REF_MAX)
      throw new ProtocolError('BAD_FIELD', `ref ${fields.a}: use 1 to ${REF_MAX}`)
    what.cmd = view.cmd
    what.ref = fields.a
    what.content = view.bytes.subarray(fields.bodyStart, view.end)
    this.#logids.next(this.#parts.now())
    what.logidHigh = this.#logids.high
    what.logidLow = this.#logids.low
    return what
  }

  #stream(slot: number, what: Uplifted): void {
    const { asks, counters, trunkBytes, trunkBytesMax } = this.#parts
    // What may be dropped goes first: others find room as long as they can.
    const isTight = trunkBytes() > trunkBytesMax * STREAM_SHARE
    const passed = !isTight && asks().stream(slot, what)
    counters.uplink(passed ? 'streamed' : 'dropped').add()
  }

  #ask(slot: number, what: Uplifted): void {
    const { table, asks, trunkBytes, trunkBytesMax, askBytesMax } = this.#parts
    if (what.ref === 0) throw new ProtocolError('BAD_FIELD', 'ref 0: use 1 and up')
    if (table.unanswered[slot]! >= UNANSWERED_MAX) {
      const detail = `more than ${UNANSWERED_MAX} refs without an answer: wait for some`
      throw new ProtocolError('FLOOD', detail)
    }
    const isFull = trunkBytes() > trunkBytesMax || asks().bytes > askBytesMax
    table.unanswered[slot] = table.unanswered[slot]! + 1
    if (isFull) this.#refuse(slot, what, 'BUSY')
    else if (!asks().ask(slot, what)) this.#refuse(slot, what, 'UNAVAILABLE')
  }

  #refuse(slot: number, { cmd, ref, waitsForReply }: Uplifted, code: CodeName): void {
    const isSend = (cmd === CMD.C2S || cmd === CMD.C2C) && !waitsForReply
    if (isSend) this.sent(slot, ref, CODES[code].code, NOTHING)
    else this.reply(slot, ref, CODES[code].code, NOTHING)
  }

  #answered(slot: number): void {
    const { table } = this.#parts
    if (table.unanswered[slot]! > 0) table.unanswered[slot] = table.unanswered[slot]! - 1
  }

  #sendAck(code: number): Uint8Array {
    return edgeBody.SendAck.encode({ retryAfter: this.#retryAfter(code) }).finish()
  }

  #failure(code: number): Uint8Array {
    return edgeBody.Failure.encode({ retryAfter: this.#retryAfter(code) }).finish()
  }

  #retryAfter(code: number): number {
    const { random, retryAfterMs } = this.#parts
    return code < 64 ? Math.round(retryAfterMs * (0.5 + random())) : 0
  }
}

const STREAM_SHARE = 1 / 4
