import { CMD, CODES } from '@longwire/proto'
import { TRUNK, type TrunkView, upstreamPrefix, WAITS_FOR_REPLY } from '@longwire/proto/trunk'
import { type SessionTable, STATE } from '../session-table.ts'
import { Contexts } from '../trunk/contexts.ts'
import type { Links } from '../trunk/links.ts'
import type { LogicLink } from '../trunk/logic-link.ts'

/** A frame of a client, as it is passed on. */
export interface Uplifted {
  /** Of CMD: C2S, C2C, RETRACT, READ or QUERY. */
  cmd: number
  waitsForReply: boolean
  ref: number
  msgtype: number
  logidHigh: number
  logidLow: number
  /** Copied before `ask` returns. */
  content: Uint8Array
}

export interface AskLimits {
  /** Time logic has to take a message, and to answer what waits for REPLY. */
  readonly requestMs: number
  readonly callMs: number
}

/** What became of what a session asked; the slot may serve another generation by now. */
export interface AskSink {
  sent(slot: number, ref: number, code: number, body: Uint8Array): void
  reply(slot: number, ref: number, code: number, body: Uint8Array): void
}

/** Codes that another node may not answer with. */
const ELSEWHERE: ReadonlySet<number> = new Set([
  CODES.BUSY.code,
  CODES.DRAINING.code,
  CODES.UNAVAILABLE.code,
])
const ASKED_MAX = 3
const KIND = { SEND: 1, CALL: 2 } as const
/** A note is a generation and a ref in one number. */
const REFS = 2 ** 21
/** cmd u8, waits u8, msgtype u16, logid 2 × u32: what is kept in front of the content to send it again. */
const HEAD_BYTES = 12
const NOTHING = new Uint8Array(0)

/**
 * What clients ask of logic, until it is answered: repeated at another node where one refuses or is lost,
 * which harms nobody, because logic knows refs again. Only a call that may have reached a backend is not.
 */
export class Asks {
  readonly #table: SessionTable
  readonly #links: Links
  readonly #limits: AskLimits
  readonly #sink: AskSink
  readonly #sends = new Contexts()
  readonly #calls = new Contexts()
  /** Contents of all that is not answered. */
  #bytes = 0

  constructor(table: SessionTable, links: Links, limits: AskLimits, sink: AskSink) {
    this.#table = table
    this.#links = links
    this.#limits = limits
    this.#sink = sink
  }

  get size(): number {
    return this.#sends.size + this.#calls.size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** False where no logic node can be reached. */
  ask(slot: number, what: Uplifted): boolean {
    const table = this.#table
    const link = this.#links.pick(table.uid[slot]!)
    if (link === undefined) return false
    const isCall = what.waitsForReply || (what.cmd !== CMD.C2S && what.cmd !== CMD.C2C)
    const contexts = isCall ? this.#calls : this.#sends
    const id = contexts.open(isCall ? KIND.CALL : KIND.SEND, slot, link.number, table.now)
    contexts.note[id] = table.generation[slot]! * REFS + what.ref
    contexts.body[id] = kept(what)
    this.#bytes += what.content.length
    this.#write(contexts, id, link)
    return true
  }

  /** Passes on what nobody waits for; false where it is dropped. */
  stream(slot: number, what: Uplifted): boolean {
    const table = this.#table
    const link = this.#links.pick(table.uid[slot]!)
    if (link === undefined) return false
    const writer = link.writer()
    const { head } = writer
    head.msgtype = what.msgtype
    head.logidHigh = what.logidHigh
    head.logidLow = what.logidLow
    this.#address(head, slot)
    const prefix = upstreamPrefix(table.refEpoch[slot]!, 0, table.device[slot]!)
    writer.frame(TRUNK.C2S, table.uid[slot]!, what.content, prefix)
    return true
  }

  /** SENT or REPLY. */
  answered(view: TrunkView): void {
    const contexts = view.cmd === TRUNK.REPLY ? this.#calls : this.#sends
    const id = contexts.find(view.sequenceid)
    if (id < 0) return
    if (ELSEWHERE.has(view.msgtype) && this.#elsewhere(contexts, id)) return
    this.#settle(contexts, id, view.msgtype, view.body)
  }

  /** A link is gone, and what it carried with it. */
  lost(link: LogicLink): void {
    for (const sequenceid of this.#sends.ofLink(link.number)) {
      const id = this.#sends.find(sequenceid)
      if (id >= 0 && !this.#elsewhere(this.#sends, id))
        this.#settle(this.#sends, id, CODES.UNAVAILABLE.code, NOTHING)
    }
    for (const sequenceid of this.#calls.ofLink(link.number)) {
      const id = this.#calls.find(sequenceid)
      if (id < 0) continue
      const mayRepeat = this.#calls.body[id]![0] !== CMD.C2S
      if (!mayRepeat || !this.#elsewhere(this.#calls, id))
        this.#settle(this.#calls, id, CODES.UNAVAILABLE.code, NOTHING)
    }
  }

  tick(): void {
    const { requestMs, callMs } = this.#limits
    this.#expire(this.#sends, requestMs, CODES.UNAVAILABLE.code)
    this.#expire(this.#calls, callMs, CODES.BACKEND_TIMEOUT.code)
  }

  #expire(contexts: Contexts, afterMs: number, code: number): void {
    const before = this.#table.now - afterMs
    for (let id = contexts.expired(before); id >= 0; id = contexts.expired(before))
      this.#settle(contexts, id, code, NOTHING)
  }

  /** Asks another node; false where there is none, or it was asked often. */
  #elsewhere(contexts: Contexts, id: number): boolean {
    const table = this.#table
    const slot = contexts.slot[id]!
    if (contexts.asked[id]! >= ASKED_MAX || !this.#isHere(contexts, id)) return false
    const link = this.#links.pickAny(table.uid[slot]!, contexts.link[id])
    if (link === undefined) return false
    contexts.move(id, link.number)
    this.#write(contexts, id, link)
    return true
  }

  #isHere(contexts: Contexts, id: number): boolean {
    const table = this.#table
    const slot = contexts.slot[id]!
    const generation = Math.floor(contexts.note[id]! / REFS)
    return table.generation[slot] === generation && table.state[slot] === STATE.READY
  }

  #settle(contexts: Contexts, id: number, code: number, body: Uint8Array): void {
    const slot = contexts.slot[id]!
    const ref = contexts.note[id]! % REFS
    const isHere = this.#isHere(contexts, id)
    const isCall = contexts.kind[id] === KIND.CALL
    this.#bytes -= contexts.body[id]!.length - HEAD_BYTES
    contexts.close(id)
    if (!isHere) return
    if (isCall) this.#sink.reply(slot, ref, code, body)
    else this.#sink.sent(slot, ref, code, body)
  }

  #write(contexts: Contexts, id: number, link: LogicLink): void {
    const table = this.#table
    const slot = contexts.slot[id]!
    const isCall = contexts.kind[id] === KIND.CALL
    const body = contexts.body[id]!
    const [edgeCmd, waits] = [body[0]!, body[1] === 1]
    const waitMs = isCall ? this.#limits.callMs : this.#limits.requestMs
    const left = contexts.startedAt[id]! + waitMs - table.now
    const writer = link.writer()
    const { head } = writer
    const cmd = TRUNK_CMD[edgeCmd]!
    head.msgtype = cmd === TRUNK.QUERY ? edgeCmd : body[2]! * 256 + body[3]!
    head.logidHigh = numberAt(body, 4)
    head.logidLow = numberAt(body, 8)
    head.sequenceid = contexts.sequenceid(id)
    head.reserve = (contexts.note[id]! % REFS) + (waits ? WAITS_FOR_REPLY : 0)
    this.#address(head, slot)
    const withinMs = Math.max(1, Math.min(Math.ceil(left), 0xffff))
    const prefix = upstreamPrefix(table.refEpoch[slot]!, withinMs, table.device[slot]!)
    writer.frame(cmd, table.uid[slot]!, body.subarray(HEAD_BYTES), prefix)
  }

  #address(head: { appcode: number; slot: number; generation: number }, slot: number): void {
    head.appcode = this.#table.appcode[slot]!
    head.slot = slot
    head.generation = this.#table.generation[slot]!
  }
}

const TRUNK_CMD: Readonly<Record<number, number>> = {
  [CMD.C2S]: TRUNK.C2S,
  [CMD.C2C]: TRUNK.C2C,
  [CMD.RETRACT]: TRUNK.QUERY,
  [CMD.READ]: TRUNK.QUERY,
  [CMD.QUERY]: TRUNK.QUERY,
}

const kept = (what: Uplifted): Uint8Array => {
  const body = Buffer.allocUnsafe(HEAD_BYTES + what.content.length)
  body[0] = what.cmd
  body[1] = what.waitsForReply ? 1 : 0
  body.writeUInt16BE(what.msgtype, 2)
  body.writeUInt32BE(what.logidHigh, 4)
  body.writeUInt32BE(what.logidLow, 8)
  body.set(what.content, HEAD_BYTES)
  return body
}

const numberAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
