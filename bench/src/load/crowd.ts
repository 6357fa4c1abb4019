import {
  CMD,
  codeName,
  Deframer,
  edgeBody,
  encodePreamble,
  FrameFields,
  FrameWriter,
  LIMITS,
  PING_BYTE,
  PROTOCOL_VERSION,
  type FrameView,
  type Partial,
} from '@longwire/proto'
import { sharedNow } from '../statistics.ts'
import { Beats } from './beats.ts'
import { uidOf } from './fleet.ts'
import { Ledger, type Verdict } from './payload.ts'
import {
  type SocketOwner,
  CrowdSocket,
  afterUpgrade,
  eachMessage,
  upgradeRequest,
} from './crowd-socket.ts'
import { CrowdSync } from './crowd-sync.ts'
import { signToken } from './token.ts'
import { encodeFrame, OPCODE } from './websocket.ts'

export interface CrowdOptions {
  readonly host: string
  readonly tcp: number
  readonly ws: number
  readonly appcode: number
  readonly tokenSecret: string
  /** Users `first` to `first + users − 1`; everyone in `tcpEvery` uses TCP, the others WebSocket. */
  readonly first: number
  readonly users: number
  readonly tcpEvery: number
  /** Logins under way at the same time. */
  readonly concurrency: number
  /** Number of this process: it has source addresses of its own. */
  readonly process: number
}

export interface CrowdReport {
  readonly loggedIn: number
  readonly lost: number
  readonly pings: number
  readonly pongs: number
  /** PINGs without a PONG in time. */
  readonly missed: number
  /** Logins that were tried again. */
  readonly retries: number
  readonly received: number
  readonly gaps: number
  /** On the clock that all processes share. */
  readonly lastMs: number
  /** The first few reasons of what went wrong. */
  readonly failures: readonly string[]
}

const FAILURES_KEPT = 3
const FIRST_PORT = 21_000
const SOURCES = 4
const RETRY_MS = 1_000
/** More than that are no accident. */
const RETRIES_SHARE = 0.1
/** The longest that the protocol waits for a PONG. */
const PONG_MS = 20_000
const STATE = { NONE: 0, UPGRADING: 1, LOGGING_IN: 2, IN: 3, GONE: 4 } as const

const PREAMBLE = encodePreamble(PROTOCOL_VERSION, PROTOCOL_VERSION, 0)

const fields = new FrameFields()
const writer = new FrameWriter()

/**
 * Many sessions of one process: what `End` is, without an object per session beside its socket. It keeps the rules
 * of the protocol (accept by seq, pull, acknowledge, ping after `ping_start` without a byte) and never dials again once it was in.
 */
export class Crowd implements SocketOwner {
  readonly #options: CrowdOptions
  readonly #ledger: Ledger
  readonly #sockets: (CrowdSocket | undefined)[] = []
  readonly #state: Uint8Array
  readonly #sync: CrowdSync
  /** When the last byte came or went, and how long the client may then be silent, in milliseconds. */
  readonly #byteMs: Float64Array
  readonly #pingMs: Float64Array
  /** A PING has no PONG yet. */
  readonly #waiting: Uint8Array
  readonly #beats: Beats
  readonly #timer: NodeJS.Timeout
  readonly #deframer: Deframer<number>
  /** Of frames that came in parts: rare, so no column. */
  readonly #partials = new Map<number, Partial>()
  readonly #leftovers = new Map<number, Buffer>()
  readonly #latencies: number[] = []
  #started = 0
  #dialing = 0
  #now = sharedNow()
  #finished: (() => void) | undefined
  #closing = false
  #failures: string[] = []
  #loggedIn = 0
  #lost = 0
  #pings = 0
  #pongs = 0
  #missed = 0
  #retries = 0
  #lastMs = 0

  constructor(options: CrowdOptions) {
    const { users } = options
    this.#options = options
    this.#ledger = new Ledger(options.first, users, 1)
    this.#state = new Uint8Array(users)
    this.#byteMs = new Float64Array(users)
    this.#pingMs = new Float64Array(users)
    this.#waiting = new Uint8Array(users)
    this.#beats = new Beats(users)
    this.#sync = new CrowdSync(users, writer, (session, bytes, start, stop) => {
      const scheduledMs = this.#ledger.enter(options.first + session, bytes, start, stop)
      this.#lastMs = sharedNow()
      if (scheduledMs > 0) this.#latencies.push(this.#lastMs - scheduledMs)
    })
    this.#deframer = new Deframer<number>({
      frame: (session, view) => this.#frame(session, view),
      maxPayload: () => LIMITS.downlinkBytes,
    })
    this.#timer = setInterval(() => this.#tick(), Beats.tickMs)
  }

  /** Logs everybody in; resolves when each has succeeded or failed. */
  async connect(): Promise<CrowdReport> {
    const finished = new Promise<void>(resolve => {
      this.#finished = resolve
    })
    this.#dialMore()
    await finished
    return this.report()
  }

  report(): CrowdReport {
    return {
      loggedIn: this.#loggedIn,
      lost: this.#lost,
      pings: this.#pings,
      pongs: this.#pongs,
      missed: this.#missed,
      retries: this.#retries,
      received: this.#ledger.received,
      gaps: this.#sync.gaps,
      lastMs: this.#lastMs,
      failures: this.#failures,
    }
  }

  verdict(): Verdict {
    return this.#ledger.verdict()
  }

  /** Milliseconds from scheduled to received, of timed messages since the last call. */
  latencies(): Float64Array {
    return Float64Array.from(this.#latencies.splice(0))
  }

  close(): void {
    this.#closing = true
    clearInterval(this.#timer)
    for (const socket of this.#sockets) socket?.destroy()
  }

  connected(session: number): void {
    if (this.#isWebSocket(session)) {
      this.#state[session] = STATE.UPGRADING
      const { host, ws } = this.#options
      this.#sockets[session]?.write(upgradeRequest(host, ws))
    } else this.#login(session)
  }

  read(session: number, bytes: Buffer): void {
    const before = this.#leftovers.get(session)
    const chunk = before === undefined ? bytes : Buffer.concat([before, bytes])
    if (before !== undefined) this.#leftovers.delete(session)
    this.#byteMs[session] = this.#now
    try {
      if (this.#state[session] === STATE.UPGRADING) this.#upgraded(session, chunk)
      else if (this.#isWebSocket(session)) this.#messages(session, chunk)
      else this.#bytes(session, chunk)
    } catch (error) {
      this.failed(error instanceof Error ? error.message : String(error))
      this.#sockets[session]?.destroy()
      writer.take()
      return
    }
    if (writer.size > 0) this.#send(session)
  }

  failed(reason: string): void {
    if (!this.#closing && this.#failures.length < FAILURES_KEPT) this.#failures.push(reason)
  }

  closed(session: number): void {
    const was = this.#state[session]
    this.#state[session] = STATE.GONE
    this.#sockets[session] = undefined
    this.#partials.delete(session)
    this.#leftovers.delete(session)
    if (this.#closing) return
    if (was !== STATE.IN) return this.#again(session)
    this.#lost++
    this.failed('closed by the server')
  }

  #isWebSocket(session: number): boolean {
    return session % this.#options.tcpEvery !== 0
  }

  #dialMore(): void {
    const { users, concurrency } = this.#options
    while (this.#dialing < concurrency && this.#started < users) this.#dial(this.#started++)
    if (this.#dialing === 0) this.#finished?.()
  }

  #dial(session: number): void {
    const { host, tcp, ws, process: own } = this.#options
    const socket = new CrowdSocket(this, session)
    this.#sockets[session] = socket
    this.#dialing++
    // The kernel looks long for a free port once many are taken: it is told which to take.
    socket.connect({
      host,
      port: this.#isWebSocket(session) ? ws : tcp,
      localAddress: `127.1.${own + 1}.${2 + (session % SOURCES)}`,
      localPort: FIRST_PORT + Math.floor(session / SOURCES),
    })
  }

  /** Who was sent away because there was too much to do dials again, as an app would. */
  #again(session: number): void {
    if (this.#retries >= this.#options.users * RETRIES_SHARE) return this.#settled()
    this.#retries++
    setTimeout(() => {
      if (this.#closing) return
      this.#dialing--
      this.#dial(session)
    }, RETRY_MS)
  }

  #settled(): void {
    this.#dialing--
    setImmediate(() => this.#dialMore())
  }

  #login(session: number): void {
    this.#state[session] = STATE.LOGGING_IN
    const { first, appcode, tokenSecret } = this.#options
    const uid = uidOf(first + session)
    const token = signToken(tokenSecret, uid)
    const login = { uid, appcode, device: 'bench-device-001', token, dial: Date.now() }
    writer.raw(CMD.LOGIN, 0, edgeBody.Login.encode(login).finish())
    const frame = writer.take()
    const bytes = this.#isWebSocket(session)
      ? encodeFrame(OPCODE.BINARY, frame)
      : Buffer.concat([PREAMBLE, frame])
    this.#sockets[session]?.write(bytes)
  }

  #send(session: number): void {
    this.#byteMs[session] = this.#now
    const bytes = writer.take()
    this.#sockets[session]?.write(
      this.#isWebSocket(session) ? encodeFrame(OPCODE.BINARY, bytes) : bytes,
    )
  }

  #upgraded(session: number, chunk: Buffer): void {
    const end = afterUpgrade(chunk)
    if (end < 0) {
      this.#leftovers.set(session, Buffer.from(chunk))
      return
    }
    this.#login(session)
    if (chunk.length > end) this.#messages(session, chunk.subarray(end))
  }

  /** What is left of a frame waits for the rest. */
  #messages(session: number, chunk: Buffer): void {
    const at = eachMessage(chunk, (opcode, payload) => {
      if (opcode < OPCODE.CLOSE) this.#bytes(session, payload)
      else if (opcode === OPCODE.PING)
        this.#sockets[session]?.write(encodeFrame(OPCODE.PONG, payload))
    })
    if (at < chunk.length) this.#leftovers.set(session, Buffer.from(chunk.subarray(at)))
  }

  #bytes(session: number, bytes: Uint8Array): void {
    const partial = this.#deframer.push(session, this.#partials.get(session), bytes)
    if (partial !== undefined) this.#partials.set(session, partial)
    else if (this.#partials.size > 0) this.#partials.delete(session)
    this.#sync.acknowledge(session, LIMITS.ackEvery)
  }

  #frame(session: number, view: FrameView): boolean {
    switch (view.cmd) {
      case CMD.DATA:
        this.#sync.data(session, view)
        break
      case CMD.PULL_RESP:
        this.#sync.page(session, view)
        break
      case CMD.NOTIFY:
        this.#sync.notified(session, view)
        break
      case CMD.PONG:
        this.#pongs++
        this.#waiting[session] = 0
        break
      case CMD.LOGIN_ACK:
        this.#welcomed(session, view)
        break
      case CMD.KICK:
      case CMD.ERROR:
        fields.one(view)
        throw new Error(
          `${view.cmd === CMD.KICK ? 'KICK' : 'ERROR'} ${codeName(fields.a) ?? fields.a}`,
        )
      default:
        break
    }
    return true
  }

  #welcomed(session: number, view: FrameView): void {
    const ack = edgeBody.LoginAck.decode(view.payload())
    this.#sync.open(session, ack.base, ack.max)
    this.#state[session] = STATE.IN
    const pingMs = ack.pingStart === 0 ? LIMITS.pingStartMs : ack.pingStart * 1_000
    this.#pingMs[session] = pingMs
    this.#beats.set(session, pingMs)
    this.#loggedIn++
    this.#settled()
  }

  #tick(): void {
    this.#now = sharedNow()
    this.#sync.tick(session => {
      if (this.#state[session] !== STATE.IN) return
      this.#sync.acknowledge(session, 1)
      this.#send(session)
    })
    this.#beats.tick(session => this.#beat(session))
  }

  /** Its time without a byte may be over, or the time that a PONG may take. */
  #beat(session: number): void {
    if (this.#state[session] !== STATE.IN) return
    if (this.#waiting[session] === 1) {
      this.#missed++
      this.#waiting[session] = 0
    }
    const silentMs = this.#now - this.#byteMs[session]!
    const leftMs = this.#pingMs[session]! - silentMs
    if (leftMs > 0) {
      this.#beats.set(session, leftMs)
      return
    }
    this.#sync.acknowledge(session, 1)
    writer.byte(PING_BYTE)
    this.#send(session)
    this.#pings++
    this.#waiting[session] = 1
    this.#beats.set(session, Math.min(PONG_MS, this.#pingMs[session]!))
  }
}
