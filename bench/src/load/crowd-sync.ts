import { FrameFields, LIMITS, type FrameView, type FrameWriter } from '@longwire/proto'
import { Beats } from './beats.ts'
import { PullBodyReader } from './pull-body.ts'

/** A message that is new to its session. The bytes are only valid until this returns. */
export type Take = (session: number, bytes: Uint8Array, start: number, stop: number) => void

const fields = new FrameFields()
const pullBody = new PullBodyReader()

/** The sync rules of the protocol for many sessions, in columns; what is to be sent goes to `writer`. */
export class CrowdSync {
  readonly #writer: FrameWriter
  readonly #take: Take
  readonly #base: Float64Array
  readonly #cursor: Float64Array
  readonly #head: Float64Array
  readonly #pulling: Uint8Array
  /** Messages received and not yet acknowledged. */
  readonly #unacked: Uint8Array
  /** It is in the wheel of acknowledgements. */
  readonly #due: Uint8Array
  readonly #wheel: Beats
  gaps = 0

  constructor(sessions: number, writer: FrameWriter, take: Take) {
    this.#writer = writer
    this.#take = take
    this.#base = new Float64Array(sessions)
    this.#cursor = new Float64Array(sessions)
    this.#head = new Float64Array(sessions)
    this.#pulling = new Uint8Array(sessions)
    this.#unacked = new Uint8Array(sessions)
    this.#due = new Uint8Array(sessions)
    this.#wheel = new Beats(sessions)
  }

  /** As LOGIN_ACK says. */
  open(session: number, base: number, max: number): void {
    this.#base[session] = this.#cursor[session] = base
    this.#head[session] = Math.max(this.#head[session]!, max)
    // The first page follows without being asked for.
    this.#pulling[session] = max > base ? 1 : 0
  }

  data(session: number, view: FrameView): void {
    fields.data(view)
    const seq = this.#base[session]! + fields.a
    if (seq <= this.#cursor[session]!) {
      this.#owe(session)
    } else if (seq - fields.b > this.#cursor[session]!) {
      this.#head[session] = Math.max(this.#head[session]!, seq)
      this.#pull(session)
    } else {
      this.#cursor[session] = seq
      this.#owe(session)
      this.#take(session, view.bytes, fields.bodyStart, view.end)
    }
  }

  page(session: number, view: FrameView): void {
    fields.pullResp(view)
    const { a: from, b: next, c: floor, bodyStart } = fields
    this.#pulling[session] = 0
    if (from !== this.#cursor[session] && next <= this.#cursor[session]!) {
      this.#pull(session)
      return
    }
    if (floor > this.#cursor[session]!) {
      this.#cursor[session] = floor
      this.gaps++
    }
    pullBody.open(view.bytes, bodyStart, view.end)
    while (pullBody.next()) {
      const { seq, contentStart, contentEnd } = pullBody
      if (seq <= this.#cursor[session]!) continue
      this.#cursor[session] = seq
      this.#owe(session)
      this.#take(session, view.bytes, contentStart, contentEnd)
    }
    this.#cursor[session] = Math.max(this.#cursor[session]!, next)
    if (pullBody.more)
      this.#head[session] = Math.max(this.#head[session]!, this.#cursor[session] + 1)
    this.#pull(session)
  }

  notified(session: number, view: FrameView): void {
    fields.one(view)
    this.#head[session] = Math.max(this.#head[session]!, fields.a)
    if (fields.a <= this.#cursor[session]!) this.#owe(session)
    this.#pull(session)
  }

  /** Acknowledges where `least` messages or more wait for it. */
  acknowledge(session: number, least: number): void {
    if (this.#unacked[session]! < least) return
    this.#unacked[session] = 0
    this.#writer.ack(this.#cursor[session]! - this.#base[session]!)
  }

  /** Every {@link Beats.tickMs}: calls `due` with the sessions that have waited long enough. */
  tick(due: (session: number) => void): void {
    this.#wheel.tick(session => {
      this.#due[session] = 0
      if (this.#unacked[session]! > 0) due(session)
    })
  }

  /** One more message to acknowledge, after two seconds at the latest. */
  #owe(session: number): void {
    this.#unacked[session]!++
    if (this.#due[session] === 1) return
    this.#due[session] = 1
    this.#wheel.set(session, LIMITS.ackDelayMs)
  }

  #pull(session: number): void {
    if (this.#pulling[session] === 1 || this.#head[session]! <= this.#cursor[session]!) return
    this.#pulling[session] = 1
    this.#writer.pull(this.#cursor[session]!, LIMITS.downlinkBytes)
  }
}
