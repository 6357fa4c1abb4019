import {
  CMD,
  Deframer,
  FrameFields,
  FrameWriter,
  LIMITS,
  PING_BYTE,
  ProtocolError,
  edgeBody,
  type FrameSink,
  type FrameView,
  type Partial,
} from '@longwire/proto'
import type { Clock, Timer } from './clock.ts'
import { dialError, errorOfCode, LongwireError, textOf } from './errors.ts'
import { METERED } from './heartbeat/wakefulness.ts'
import { hexOf, Message, messageOf } from './message.ts'
import type { MigrateOrder } from './migration.ts'
import type { DataFrame, PageFrame } from './sync.ts'
import type { Transport, TransportConnection } from './transport.ts'

/** A PUBLICATION; `third` is a msgtype, or (`special`) a row of TOPIC_KIND. */
export interface PublicationFrame {
  readonly number: number
  readonly seq: number
  readonly third: number
  readonly special: boolean
  readonly body: Uint8Array
}

/** What a session tells: `ended` exactly once and last, unless `close` was called before. */
export interface SessionSide {
  loggedIn(ack: edgeBody.LoginAck, roundTripMs: number): void
  notify(max: number): void
  data(frame: DataFrame): void
  /** A message that is no part of the mailbox. */
  live(message: Message): void
  page(page: PageFrame): void
  pong(): void
  /** Other hints hold than LOGIN_ACK said: fields that are 0 say nothing. */
  hint(hint: edgeBody.LoginAck): void
  /** The session ends soon for its token. */
  expiring(inMs: number): void
  /** What became of a token that was sent. */
  tokenAck(ack: edgeBody.TokenAck): void
  topicAck(ref: number, status: number, body: Uint8Array): void
  publication(frame: PublicationFrame): void
  /** What became of what was sent under this ref. */
  sent(ref: number, status: number, body: Uint8Array): void
  reply(ref: number, status: number, body: Uint8Array): void
  /** Something was read at another end, or by a peer. */
  read(read: edgeBody.Read): void
  /** The gate complains about a request, and goes on; `ref` is 0 where it does not say which. */
  refused(error: LongwireError, ref: number): void
  /** The gate is being emptied: it serves until there is a session elsewhere, for a while. */
  leaving(error: LongwireError): void
  /** The gate wants a session elsewhere in place of this one. */
  migrate(order: MigrateOrder): void
  /** Bytes went either way. */
  active(): void
  /** All frames of a chunk were told. */
  settled(): void
  ended(error: LongwireError): void
}

export interface Dial {
  readonly url: string
  readonly transport: Transport
  /** Resolves to the LOGIN to send. */
  readonly login: () => Promise<edgeBody.Login.$Properties>
  /** From the start of the dial to LOGIN_ACK. */
  readonly timeoutMs: number
  /** Until there is a connection; as long as all of it when left out. */
  readonly answerMs?: number
  /** Where there may be other gates for `transport` to connect to: told of one that does not answer LOGIN. */
  readonly others?: { passOver(error: LongwireError): boolean }
}

/** A gate that has not answered LOGIN until then will not: it sheds those that wait for longer than 2.5 s. */
const LOGIN_MS = 3_500

// One of each serves all sessions of a process: frames are read and written whole, in one turn.
const writer = new FrameWriter()
const fields = new FrameFields()

const LOGID_BYTES = 8

// Not `slice`: that of a Buffer copies nothing, and a transport may reuse its memory.
const copyOf = (bytes: Uint8Array, start: number, end: number): Uint8Array =>
  new Uint8Array(bytes.subarray(start, end))

const dataOf = (view: FrameView): DataFrame => {
  fields.data(view)
  fields.extensions(view)
  const { a: seq, b: back, c: msgtype, bodyStart, logidStart } = fields
  const content = copyOf(view.bytes, bodyStart, view.end)
  if (logidStart < 0) return { seq, back, msgtype, content }
  const logid = hexOf(view.bytes.subarray(logidStart, logidStart + LOGID_BYTES))
  return { seq, back, msgtype, content, logid }
}

const liveOf = (view: FrameView): Message => {
  fields.one(view)
  const { a: msgtype, bodyStart } = fields
  return new Message({ seq: 0, msgtype, content: copyOf(view.bytes, bodyStart, view.end) })
}

const publicationIn = (view: FrameView): PublicationFrame => {
  fields.publication(view)
  const { a: number, b: seq, c: third, bodyStart } = fields
  return { number, seq, third, special: view.flag, body: copyOf(view.bytes, bodyStart, view.end) }
}

const pageOf = (view: FrameView): PageFrame => {
  fields.pullResp(view)
  const { a: from, b: next, c: floor, bodyStart } = fields
  // The copy is what the contents of the messages point into.
  const body = edgeBody.PullBody.decode(copyOf(view.bytes, bodyStart, view.end))
  return { from, next, floor, more: body.more, messages: body.messages.map(messageOf) }
}

const codedOf = (view: FrameView): LongwireError => {
  fields.one(view)
  const { a: code, bodyStart } = fields
  const { message, retryAfter, spread, addresses } = edgeBody.Kick.decode(
    copyOf(view.bytes, bodyStart, view.end),
  )
  return errorOfCode(code, message, {
    ...(retryAfter > 0 ? { retryAfterMs: retryAfter } : {}),
    ...(spread > 0 ? { spreadMs: spread } : {}),
    ...(addresses.length > 0 ? { addresses } : {}),
  })
}

/** ERROR, and the ref that it is about. */
const refusalOf = (view: FrameView): { error: LongwireError; ref: number } => {
  fields.one(view)
  const { a: code, bodyStart } = fields
  const { message, retryAfter, ref } = edgeBody.ErrorBody.decode(
    copyOf(view.bytes, bodyStart, view.end),
  )
  const details = retryAfter > 0 ? { retryAfterMs: retryAfter } : {}
  return { error: errorOfCode(code, message, details), ref }
}

const orderOf = (view: FrameView): MigrateOrder => {
  const { targets, spread, ticket, reason, deadline } = edgeBody.Migrate.decode(
    copyOf(view.bytes, view.start, view.end),
  )
  return { targets, spreadMs: spread, ticket, reason, deadlineMs: deadline }
}

/** One connection to one gate: from the dial over LOGIN to the end. It is never used again. */
export class Session {
  readonly #clock: Clock
  readonly #side: SessionSide
  readonly #abort: AbortController = new AbortController()
  #connection: TransportConnection | undefined
  #partial: Partial | undefined
  #out: Uint8Array[] = []
  #state: 'dialling' | 'login' | 'ready' | 'over' = 'dialling'
  #timer: Timer | undefined
  #answerTimer: Timer | undefined
  #loginAt = 0
  /** What the gate was told of the network last. */
  #metered = false

  constructor(clock: Clock, side: SessionSide) {
    this.#clock = clock
    this.#side = side
  }

  start(dial: Dial): void {
    this.#timer = this.#clock.after(dial.timeoutMs, () => {
      this.#end(
        new LongwireError(
          'TIMEOUT',
          'retry',
          `no LOGIN_ACK from ${dial.url} within ${dial.timeoutMs} ms`,
        ),
      )
    })
    this.#open(dial).catch((thrown: unknown) => this.#end(dialError(thrown)))
  }

  pull(cursor: number, maxBytes: number): void {
    writer.pull(cursor, maxBytes)
    this.#send()
  }

  ack(cumulative: number): void {
    writer.ack(cumulative)
    this.#send()
  }

  /**
   * `next`: when the next PING comes; `device`: what it is doing (of AWAKE, and METERED). Undefined: nothing
   * new.
   */
  ping(next: number | undefined, learned: boolean, device: number | undefined): void {
    if (next === undefined && device === undefined) writer.byte(PING_BYTE)
    else if (device === undefined) writer.pingNext(next ?? 0, learned)
    else {
      const metered = device >= METERED
      const isNews = metered !== this.#metered
      this.#metered = metered
      writer.pingNext(next ?? 0, learned, device % METERED, isNews ? Number(metered) : -1)
    }
    this.#send()
  }

  topic(ref: number, op: number, body: Uint8Array): void {
    writer.request(CMD.TOPIC, ref, op, body)
    this.#send()
  }

  /** C2S or C2C. */
  request(cmd: number, ref: number, msgtype: number, body: Uint8Array): void {
    writer.request(cmd, ref, msgtype, body)
    this.#send()
  }

  /** A C2S that waits for REPLY. */
  call(ref: number, msgtype: number, body: Uint8Array): void {
    writer.call(ref, msgtype, body)
    this.#send()
  }

  /** RETRACT, READ or QUERY. */
  query(cmd: number, ref: number, body: Uint8Array): void {
    writer.coded(cmd, ref, body)
    this.#send()
  }

  token(token: string): void {
    writer.raw(CMD.TOKEN, 0, edgeBody.Token.encode({ token }).finish())
    this.#send()
  }

  logout(): void {
    writer.raw(CMD.LOGOUT, 0, new Uint8Array(0))
    this.#send()
  }

  /** Ends the session with `error`, as if the gate had hung up. */
  abandon(error: LongwireError): void {
    this.#end(error)
  }

  /** Writes what is still to be written and hangs up; nothing is told any more. */
  close(): void {
    if (this.#state === 'over') return
    this.#flush()
    this.#state = 'over'
    this.#timer?.cancel()
    this.#answerTimer?.cancel()
    this.#abort.abort()
    this.#connection?.close()
  }

  /** Called for each frame. */
  frame(view: FrameView): boolean {
    if (this.#state === 'ready') this.#readyFrame(view)
    else this.#loginFrame(view)
    return this.#state !== 'over'
  }

  async #open(dial: Dial): Promise<void> {
    const login = await dial.login()
    if (this.#state === 'over') return
    const handlers = {
      received: (bytes: Uint8Array) => this.#received(bytes),
      closed: (code?: number) => this.#closed(code),
    }
    this.#awaitAnswer(dial)
    const connection = await dial.transport.connect(dial.url, handlers, this.#abort.signal)
    this.#answerTimer?.cancel()
    if (this.#abort.signal.aborted) {
      connection.close()
      return
    }
    this.#connection = connection
    this.#state = 'login'
    this.#loginAt = this.#clock.monotonic()
    this.#metered = login.metered === true
    writer.raw(CMD.LOGIN, 0, edgeBody.Login.encode(login).finish())
    this.#send()
    if (dial.others !== undefined)
      this.#answerTimer = this.#clock.after(LOGIN_MS, () => this.#passOver(dial))
  }

  /** Hangs up on a gate that does not answer LOGIN, and sends another with a higher number to the next. */
  #passOver(dial: Dial): void {
    const text = `no LOGIN_ACK within ${LOGIN_MS} ms`
    if (this.#state !== 'login') return
    if (dial.others?.passOver(new LongwireError('TIMEOUT', 'retry', text)) !== true) return
    this.#connection?.close()
    this.#connection = undefined
    this.#partial = undefined
    this.#out = []
    this.#state = 'dialling'
    this.#open(dial).catch((thrown: unknown) => this.#end(dialError(thrown)))
  }

  #awaitAnswer({ url, answerMs }: Dial): void {
    if (answerMs === undefined) return
    this.#answerTimer = this.#clock.after(answerMs, () => {
      const text = `${url} did not take a connection within ${answerMs} ms`
      this.#end(new LongwireError('UNREACHABLE', 'retry', text))
    })
  }

  #received(bytes: Uint8Array): void {
    this.#side.active()
    try {
      this.#partial = deframer.push(this, this.#partial, bytes)
    } catch (thrown) {
      // Whatever is wrong with the bytes, another connection may bring better ones.
      const code = thrown instanceof ProtocolError ? thrown.code : 'BAD_FRAME'
      this.#end(
        new LongwireError(code, 'retry', `the gate broke the protocol: ${textOf(thrown)}`, {
          cause: thrown,
        }),
      )
    }
    if (this.#state === 'ready') this.#side.settled()
  }

  #closed(code: number | undefined): void {
    this.#end(
      code === undefined
        ? new LongwireError('CLOSED', 'retry', 'the connection broke')
        : errorOfCode(code),
    )
  }

  #loginFrame(view: FrameView): void {
    if (view.cmd === CMD.KICK || view.cmd === CMD.ERROR) this.#end(codedOf(view))
    if (view.cmd !== CMD.LOGIN_ACK) return
    const ack = edgeBody.LoginAck.decode(copyOf(view.bytes, view.start, view.end))
    this.#state = 'ready'
    this.#timer?.cancel()
    this.#answerTimer?.cancel()
    this.#side.loggedIn(ack, this.#clock.monotonic() - this.#loginAt)
  }

  #readyFrame(view: FrameView): void {
    switch (view.cmd) {
      case CMD.DATA:
        return this.#side.data(dataOf(view))
      case CMD.PULL_RESP:
        return this.#side.page(pageOf(view))
      case CMD.LIVE:
        return this.#side.live(liveOf(view))
      case CMD.PUBLICATION:
        return this.#side.publication(publicationIn(view))
      case CMD.TOPIC_ACK:
        fields.two(view)
        return this.#side.topicAck(
          fields.a,
          fields.b,
          copyOf(view.bytes, fields.bodyStart, view.end),
        )
      case CMD.NOTIFY:
        fields.one(view)
        return this.#side.notify(fields.a)
      case CMD.PONG:
        return this.#side.pong()
      case CMD.HINT:
        return this.#side.hint(edgeBody.LoginAck.decode(copyOf(view.bytes, view.start, view.end)))
      case CMD.EXPIRING:
        return this.#side.expiring(
          edgeBody.Expiring.decode(copyOf(view.bytes, view.start, view.end)).expires,
        )
      case CMD.TOKEN_ACK:
        return this.#side.tokenAck(
          edgeBody.TokenAck.decode(copyOf(view.bytes, view.start, view.end)),
        )
      case CMD.MIGRATE:
        return this.#side.migrate(orderOf(view))
      case CMD.KICK:
        return this.#kicked(codedOf(view))
      case CMD.ERROR: {
        const { error, ref } = refusalOf(view)
        return this.#side.refused(error, ref)
      }
      default:
        return this.#answer(view)
    }
  }

  #answer(view: FrameView): void {
    const body = (): Uint8Array => copyOf(view.bytes, fields.bodyStart, view.end)
    switch (view.cmd) {
      case CMD.SEND_ACK:
        fields.two(view)
        return this.#side.sent(fields.a, fields.b, body())
      case CMD.REPLY:
        fields.two(view)
        return this.#side.reply(fields.a, fields.b, body())
      case CMD.READ:
        fields.one(view)
        return this.#side.read(edgeBody.Read.decode(body()))
    }
  }

  #kicked(error: LongwireError): void {
    if (error.code === 'DRAINING' && error.spreadMs !== undefined) this.#side.leaving(error)
    else this.#end(error)
  }

  #end(error: LongwireError): void {
    if (this.#state === 'over') return
    this.close()
    this.#side.ended(error)
  }

  /** Frames written in one turn leave in one write. */
  #send(): void {
    this.#out.push(writer.take())
    if (this.#out.length === 1) queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    if (this.#out.length === 0) return
    const out = this.#out
    this.#out = []
    if (this.#connection === undefined || this.#state === 'over') return
    this.#connection.write(out.length === 1 ? out[0]! : joined(out))
    this.#side.active()
  }
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

const sink: FrameSink<Session> = {
  frame: (session, view) => session.frame(view),
  maxPayload: () => LIMITS.downlinkBytes,
}
const deframer = new Deframer(sink)
