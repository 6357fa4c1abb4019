import {
  CMD,
  codeName,
  Deframer,
  edgeBody,
  FrameFields,
  FrameWriter,
  LIMITS,
  PING_BYTE,
  ProtocolError,
  type FrameView,
  type Partial,
} from '@longwire/proto'
import {
  SWEEP_MS,
  type ClientEnd,
  type EndEvents,
  type Identity,
  type Saved,
  type Stall,
} from './client-end.ts'
import { PullBodyReader } from './pull-body.ts'
import type { DialSocket, EdgeSocket, Sips, Target } from './socket.ts'

const DELIVERIES: ReadonlySet<number> = new Set([CMD.DATA, CMD.NOTIFY, CMD.PULL_RESP])
const NOTHING = new Uint8Array(0)
const PULL_BYTES = LIMITS.downlinkBytes
/** Sweeps that an acknowledgement may wait. */
const ACK_SWEEPS = LIMITS.ackDelayMs / SWEEP_MS
/** Read with each sweep by a slow reader: 48 bytes/s, less than it is sent. */
const SIP_BYTES = (48 * SWEEP_MS) / 1000

const fields = new FrameFields()
const writer = new FrameWriter()
const pullBody = new PullBodyReader()
const deframer = new Deframer<End>({
  frame: (end, view) => end.frame(view),
  maxPayload: () => LIMITS.downlinkBytes,
})

/**
 * One end of a user, as cheap as a load client needs it: the sync rules of the protocol (accept, pull,
 * acknowledge after 8 messages or 2 s) with flat numbers, no app behind it and no reconnect.
 */
export class End implements ClientEnd {
  readonly user: number
  readonly #events: EndEvents<End>
  readonly #socket: EdgeSocket
  readonly #sips: Sips | undefined
  #stall: Stall | undefined
  #partial: Partial | undefined
  #epoch = 0
  #session: Uint8Array = new Uint8Array(0)
  #base = 0
  #cursor = 0
  #head = 0
  #pulling = false
  /** Messages received and not yet acknowledged. */
  #unacked = 0
  #sweeps = 0
  #reason = ''
  loggedIn = false
  /** Over how long clients of its gate are to spread when that is lost. */
  windowMs = 0
  /** When it was refused: as it was told to wait, or 0. */
  retryAfterMs = 0
  /** Bytes at the socket before LOGIN: a WebSocket's handshake, a TCP preamble. */
  openedAt: { readonly up: number; readonly down: number } = { up: 0, down: 0 }

  constructor(dial: DialSocket, target: Target, identity: Identity, events: EndEvents<End>) {
    this.user = identity.user
    this.#events = events
    this.#stall = identity.stall
    this.#sips = this.#stall === 'slow' ? { bytes: SIP_BYTES, slow: false } : undefined
    this.#socket = dial(this.#sips === undefined ? target : { ...target, sips: this.#sips }, {
      opened: () => this.#login(identity),
      received: bytes => this.#received(bytes),
      closed: reason => events.closed(this, this.#reason === '' ? reason : this.#reason),
    })
  }

  bytesRead(): number {
    return this.#socket.bytesRead()
  }

  bytesWritten(): number {
    return this.#socket.bytesWritten()
  }

  ping(): void {
    if (this.#unacked > 0) this.#acknowledge()
    writer.byte(PING_BYTE)
    this.#socket.write(writer.take())
  }

  flush(): void {
    if (this.#unacked === 0) return
    this.#acknowledge()
    this.#socket.write(writer.take())
  }

  sweep(): void {
    if (this.#stall === 'slow') this.#socket.resume()
    if (this.#unacked > 0 && ++this.#sweeps >= ACK_SWEEPS) this.flush()
  }

  close(): void {
    this.#socket.close()
  }

  reset(): void {
    this.#socket.reset()
  }

  /** The person logs out; the server closes. */
  logout(): void {
    writer.raw(CMD.LOGOUT, 0, NOTHING)
    this.#socket.write(writer.take())
  }

  /** What the device keeps for its next session. */
  saved(): Saved {
    return { epoch: this.#epoch, seq: this.#cursor, session: this.#session }
  }

  recover(): void {
    const was = this.#stall
    this.#stall = undefined
    if (this.#sips !== undefined) this.#sips.slow = false
    this.#socket.resume()
    if (was !== 'mute') return
    // It has heard of everything and taken note of nothing.
    this.#pulling = true
    writer.pull(this.#cursor, PULL_BYTES)
    this.#socket.write(writer.take())
  }

  /** For the deframer. */
  frame(view: FrameView): boolean {
    if (this.#stall === 'mute' && DELIVERIES.has(view.cmd)) return true
    switch (view.cmd) {
      case CMD.DATA:
        this.#data(view)
        break
      case CMD.PULL_RESP:
        this.#page(view)
        break
      case CMD.NOTIFY:
        this.#notified(view)
        break
      case CMD.PONG:
        this.#events.pong(this)
        break
      case CMD.LOGIN_ACK:
        this.#welcomed(view)
        break
      case CMD.HINT:
        this.windowMs = edgeBody.LoginAck.decode(view.payload()).reconnectWindow || this.windowMs
        break
      case CMD.KICK:
      case CMD.ERROR:
        fields.one(view)
        this.retryAfterMs = edgeBody.Kick.decode(
          view.bytes.subarray(fields.bodyStart, view.end),
        ).retryAfter
        this.#reason = `${view.cmd === CMD.KICK ? 'KICK' : 'ERROR'} ${codeName(fields.a) ?? fields.a}`
        return false
      default:
        break
    }
    return true
  }

  #login(identity: Identity): void {
    this.openedAt = { up: this.#socket.bytesWritten(), down: this.#socket.bytesRead() }
    const { uid, appcode, device, token, dial, saved } = identity
    const who = { uid, appcode, device, token, dial }
    const login =
      saved === undefined
        ? who
        : { ...who, epoch: saved.epoch, seq: saved.seq, prevSession: saved.session }
    writer.raw(CMD.LOGIN, 0, edgeBody.Login.encode(login).finish())
    this.#socket.write(writer.take())
  }

  #welcomed(view: FrameView): void {
    const ack = edgeBody.LoginAck.decode(view.payload())
    this.#base = this.#cursor = ack.base
    this.#epoch = ack.epoch
    this.#session = ack.session
    this.windowMs = ack.reconnectWindow
    this.#head = Math.max(this.#head, ack.max)
    // The first page follows without being asked for.
    this.#pulling = this.#head > this.#base
    this.loggedIn = true
    if (this.#stall === 'deaf') this.#socket.pause()
    if (this.#sips !== undefined) this.#sips.slow = true
    this.#events.loggedIn(this)
  }

  #received(bytes: Uint8Array): void {
    try {
      this.#partial = deframer.push(this, this.#partial, bytes)
    } catch (error) {
      if (!(error instanceof ProtocolError) && !(error instanceof Error)) throw error
      this.#reason = error.message
    }
    if (this.#reason !== '') {
      writer.take()
      this.#socket.close()
      return
    }
    if (this.#unacked >= LIMITS.ackEvery) this.#acknowledge()
    if (writer.size > 0) this.#socket.write(writer.take())
  }

  #data(view: FrameView): void {
    fields.data(view)
    const seq = this.#base + fields.a
    if (seq <= this.#cursor) {
      this.#unacked++
      return
    }
    if (seq - fields.b > this.#cursor) {
      this.#head = Math.max(this.#head, seq)
      this.#pull()
      return
    }
    this.#accept(seq, view.bytes, fields.bodyStart, view.end)
  }

  #notified(view: FrameView): void {
    fields.one(view)
    this.#head = Math.max(this.#head, fields.a)
    if (fields.a <= this.#cursor) this.#unacked++
    this.#pull()
  }

  #page(view: FrameView): void {
    fields.pullResp(view)
    const { a: from, b: next, c: floor, bodyStart } = fields
    this.#pulling = false
    if (from !== this.#cursor && next <= this.#cursor) {
      this.#pull()
      return
    }
    if (floor > this.#cursor) {
      this.#cursor = floor
      this.#events.gap(this)
    }
    pullBody.open(view.bytes, bodyStart, view.end)
    while (pullBody.next()) {
      if (pullBody.seq <= this.#cursor) continue
      this.#accept(pullBody.seq, view.bytes, pullBody.contentStart, pullBody.contentEnd)
    }
    this.#cursor = Math.max(this.#cursor, next)
    if (pullBody.more) this.#head = Math.max(this.#head, this.#cursor + 1)
    this.#pull()
  }

  #accept(seq: number, bytes: Uint8Array, start: number, stop: number): void {
    this.#cursor = seq
    this.#unacked++
    this.#events.message(this, bytes, start, stop)
  }

  #pull(): void {
    if (this.#pulling || this.#head <= this.#cursor) return
    this.#pulling = true
    writer.pull(this.#cursor, PULL_BYTES)
  }

  #acknowledge(): void {
    this.#unacked = 0
    this.#sweeps = 0
    writer.ack(this.#cursor - this.#base)
  }
}
