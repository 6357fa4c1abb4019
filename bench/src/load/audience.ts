import {
  CMD,
  codeName,
  Deframer,
  edgeBody,
  encodePreamble,
  FEATURE,
  FrameFields,
  FrameWriter,
  LIMITS,
  PROTOCOL_VERSION,
  TOPIC_KIND,
  TOPIC_OP,
  type FrameView,
  type Partial,
} from '@longwire/proto'
import { sharedNow } from '../statistics.ts'
import {
  type SocketOwner,
  CrowdSocket,
  afterUpgrade,
  eachMessage,
  upgradeRequest,
} from './crowd-socket.ts'
import { uidOf } from './fleet.ts'
import { signToken } from './token.ts'
import { encodeFrame, OPCODE } from './websocket.ts'

export interface AudienceOptions {
  readonly host: string
  readonly port: number
  readonly transport: 'tcp' | 'ws'
  readonly appcode: number
  readonly tokenSecret: string
  /** Users `first` to `first + users − 1`. */
  readonly first: number
  readonly users: number
  /** Logins, and subscriptions, under way at the same time. */
  readonly concurrency: number
  readonly topic: string
  /** Who comes and goes is to be told. */
  readonly events: boolean
  /** Number of this process: it has source addresses of its own. */
  readonly process: number
}

export interface AudienceReport {
  readonly loggedIn: number
  readonly subscribed: number
  /** Publications in order, live or by page. */
  readonly received: number
  /** Of them by page. */
  readonly recovered: number
  /** Publications that were not the next one, and came again by page. */
  readonly holes: number
  readonly events: number
  /** The most that an event said, and how many sessions were told that. */
  readonly count: number
  readonly told: number
  readonly bytes: number
  /** When the last publication, and the last event, came: on the clock that all processes share. */
  readonly lastMs: number
  readonly lastEventMs: number
  readonly failures: readonly string[]
}

const PREAMBLE = encodePreamble(PROTOCOL_VERSION, PROTOCOL_VERSION, 0)
const FIRST_PORT = 21_000
const SOURCES = 4
const FAILURES_KEPT = 3
const RETRY_MS = 300
const fields = new FrameFields()
const writer = new FrameWriter()

/** Many sessions of one process that have one topic: each reads it with a cursor of its own. */
export class Audience implements SocketOwner {
  readonly #options: AudienceOptions
  readonly #sockets: (CrowdSocket | undefined)[] = []
  readonly #upgrading = new Set<number>()
  readonly #seq: Float64Array
  /** What the last event of each said. */
  readonly #counts: Uint32Array
  /** A page is asked for. */
  readonly #asking: Uint8Array
  #epoch = 0
  readonly #partials = new Map<number, Partial>()
  readonly #leftovers = new Map<number, Buffer>()
  readonly #deframer: Deframer<number>
  #started = 0
  #asked = 0
  #busy = 0
  #retries = 0
  #closing = false
  #finished: (() => void) | undefined
  #next: () => void = () => undefined
  #loggedIn = 0
  #subscribed = 0
  #received = 0
  #recovered = 0
  #holes = 0
  #events = 0
  #count = 0
  #bytes = 0
  #lastMs = 0
  #lastEventMs = 0
  readonly #failures: string[] = []

  constructor(options: AudienceOptions) {
    this.#options = options
    this.#seq = new Float64Array(options.users)
    this.#asking = new Uint8Array(options.users)
    this.#counts = new Uint32Array(options.users)
    this.#deframer = new Deframer<number>({
      frame: (session, view) => this.#frame(session, view),
      maxPayload: () => LIMITS.downlinkBytes,
    })
  }

  /** Logs everybody in. */
  async connect(): Promise<AudienceReport> {
    this.#started = this.#retries = 0
    this.#loggedIn = this.#subscribed = 0
    return this.#run(() => {
      const { users, concurrency } = this.#options
      while (this.#busy < concurrency && this.#started < users) this.#dial(this.#started++)
      return this.#busy === 0
    })
  }

  /** Everybody subscribes, behind its cursor where it has one. */
  async subscribe(): Promise<AudienceReport> {
    this.#asked = 0
    return this.#run(() => {
      const { users, concurrency } = this.#options
      while (this.#busy < concurrency && this.#asked < users) this.#ask(this.#asked++)
      return this.#busy === 0
    })
  }

  /** Everybody has hung up. */
  async hangUp(): Promise<AudienceReport> {
    this.#closing = true
    for (const socket of this.#sockets) socket?.destroy()
    this.#sockets.length = 0
    this.#partials.clear()
    this.#leftovers.clear()
    await new Promise(resolve => setTimeout(resolve, 500))
    this.#closing = false
    return this.report()
  }

  report(): AudienceReport {
    return {
      loggedIn: this.#loggedIn,
      subscribed: this.#subscribed,
      received: this.#received,
      recovered: this.#recovered,
      holes: this.#holes,
      events: this.#events,
      count: this.#count,
      told: this.#counts.reduce((told, count) => told + (count === this.#count ? 1 : 0), 0),
      bytes: this.#bytes,
      lastMs: this.#lastMs,
      lastEventMs: this.#lastEventMs,
      failures: this.#failures,
    }
  }

  connected(session: number): void {
    if (this.#options.transport === 'tcp') return this.#login(session)
    this.#upgrading.add(session)
    const { host, port } = this.#options
    this.#sockets[session]?.write(upgradeRequest(host, port))
  }

  read(session: number, bytes: Buffer): void {
    const before = this.#leftovers.get(session)
    const chunk = before === undefined ? bytes : Buffer.concat([before, bytes])
    if (before !== undefined) this.#leftovers.delete(session)
    this.#bytes += bytes.length
    try {
      if (this.#options.transport === 'tcp') this.#frames(session, chunk)
      else this.#messages(session, chunk)
    } catch (error) {
      this.failed(error instanceof Error ? error.message : String(error))
      this.#sockets[session]?.destroy()
    }
  }

  failed(reason: string): void {
    if (!this.#closing && this.#failures.length < FAILURES_KEPT) this.#failures.push(reason)
  }

  closed(session: number): void {
    if (this.#closing) return
    this.#sockets[session] = undefined
    // Who was sent away dials again, as an app would.
    if (this.#retries++ > this.#options.users) return this.#settled()
    setTimeout(() => {
      this.#busy--
      this.#dial(session)
    }, RETRY_MS)
  }

  async #run(more: () => boolean): Promise<AudienceReport> {
    const finished = new Promise<void>(resolve => {
      this.#finished = resolve
    })
    this.#next = () => {
      if (more()) this.#finished?.()
    }
    this.#next()
    await finished
    return this.report()
  }

  #settled(): void {
    this.#busy--
    setImmediate(() => this.#next())
  }

  #dial(session: number): void {
    const { host, port, process: own } = this.#options
    this.#partials.delete(session)
    this.#leftovers.delete(session)
    const socket = new CrowdSocket(this, session)
    this.#sockets[session] = socket
    this.#busy++
    socket.connect({
      host,
      port,
      localAddress: `127.1.${own + 1}.${2 + (session % SOURCES)}`,
      localPort: FIRST_PORT + Math.floor(session / SOURCES),
    })
  }

  #login(session: number): void {
    const { first, appcode, tokenSecret, transport } = this.#options
    const uid = uidOf(first + session)
    const token = signToken(tokenSecret, uid)
    const device = 'bench-device-001'
    const login = { uid, appcode, device, token, dial: Date.now(), features: FEATURE.TOPICS }
    writer.raw(CMD.LOGIN, 0, edgeBody.Login.encode(login).finish())
    const frame = writer.take()
    this.#write(session, transport === 'tcp' ? Buffer.concat([PREAMBLE, frame]) : frame)
  }

  #ask(session: number): void {
    const { topic, events } = this.#options
    const request = { topic, events, epoch: this.#epoch, seq: this.#seq[session]! }
    const body = edgeBody.TopicRequest.encode(
      this.#seq[session] === 0 ? { topic, events } : request,
    )
    writer.request(CMD.TOPIC, 1, TOPIC_OP.SUBSCRIBE, body.finish())
    this.#busy++
    this.#write(session, writer.take())
  }

  #pull(session: number): void {
    if (this.#asking[session] === 1) return
    this.#asking[session] = 1
    const request = { topic: this.#options.topic, epoch: this.#epoch, seq: this.#seq[session]! }
    const body = edgeBody.TopicRequest.encode(request).finish()
    writer.request(CMD.TOPIC, 2, TOPIC_OP.HISTORY, body)
    this.#write(session, writer.take())
  }

  #write(session: number, bytes: Uint8Array): void {
    const isTcp = this.#options.transport === 'tcp'
    this.#sockets[session]?.write(isTcp ? bytes : encodeFrame(OPCODE.BINARY, bytes))
  }

  #messages(session: number, chunk: Buffer): void {
    let rest = chunk
    if (this.#upgrading.has(session)) {
      const end = afterUpgrade(chunk)
      if (end < 0) {
        this.#leftovers.set(session, Buffer.from(chunk))
        return
      }
      this.#upgrading.delete(session)
      this.#login(session)
      rest = chunk.subarray(end)
    }
    const at = eachMessage(rest, (opcode, payload) => {
      if (opcode < OPCODE.CLOSE) this.#frames(session, payload)
    })
    if (at < rest.length) this.#leftovers.set(session, Buffer.from(rest.subarray(at)))
  }

  #frames(session: number, bytes: Uint8Array): void {
    const partial = this.#deframer.push(session, this.#partials.get(session), bytes)
    if (partial !== undefined) this.#partials.set(session, partial)
    else if (this.#partials.size > 0) this.#partials.delete(session)
  }

  #frame(session: number, view: FrameView): boolean {
    if (view.cmd === CMD.PUBLICATION) this.#publication(session, view)
    else if (view.cmd === CMD.TOPIC_ACK) this.#answered(session, view)
    else if (view.cmd === CMD.LOGIN_ACK) {
      this.#loggedIn++
      this.#settled()
    } else if (view.cmd === CMD.KICK || view.cmd === CMD.ERROR) {
      fields.one(view)
      throw new Error(`told ${codeName(fields.a) ?? fields.a}`)
    }
    return true
  }

  #publication(session: number, view: FrameView): void {
    fields.publication(view)
    const { b: seq, c: kind, bodyStart } = fields
    if (!view.flag) {
      if (seq !== this.#seq[session]! + 1) {
        if (seq > this.#seq[session]!) {
          this.#holes++
          this.#pull(session)
        }
        return
      }
      this.#seq[session] = seq
      this.#received++
      this.#lastMs = sharedNow()
    } else if (kind === TOPIC_KIND.HEAD && seq > this.#seq[session]!) this.#pull(session)
    else if (kind === TOPIC_KIND.EVENT) {
      this.#events++
      const { count } = edgeBody.TopicEvent.decode(view.bytes.subarray(bodyStart, view.end))
      this.#counts[session] = count
      this.#count = Math.max(this.#count, count)
      this.#lastEventMs = sharedNow()
    }
  }

  #answered(session: number, view: FrameView): void {
    fields.two(view)
    const { a: ref, b: status, bodyStart } = fields
    const answer = edgeBody.TopicAnswer.decode(view.bytes.subarray(bodyStart, view.end))
    if (status !== 0) this.failed(`${codeName(status) ?? status}: ${answer.message}`)
    const before = this.#seq[session]!
    this.#epoch = answer.epoch
    for (const { seq } of answer.publications) {
      if (seq !== this.#seq[session]! + 1) continue
      this.#seq[session] = seq
      this.#received++
      this.#recovered++
      this.#lastMs = sharedNow()
    }
    if (ref === 2) this.#asking[session] = 0
    else {
      if (status === 0) this.#subscribed++
      if (before === 0) this.#seq[session] = answer.head
      this.#settled()
    }
    if (status === 0 && answer.head > this.#seq[session]!) this.#pull(session)
  }
}
