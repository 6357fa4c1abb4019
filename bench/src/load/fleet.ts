import { MqttEnd } from '../peers/mqtt-end.ts'
import { STALLS, SWEEP_MS, type ClientEnd, type EndEvents } from './client-end.ts'
import { End } from './end.ts'
import { Ledger, type Verdict } from './payload.ts'
import { sharedNow, sleep } from '../statistics.ts'
import type { Source } from './socket.ts'
import { dialTcp } from './tcp.ts'
import { signToken } from './token.ts'
import { dialWebSocket } from './websocket.ts'

export type Transport = 'tcp' | 'ws' | 'mqtt'

export interface FleetOptions {
  readonly transport: Transport
  readonly host: string
  readonly port: number
  readonly appcode: number
  readonly tokenSecret: string
  /** Users `first` to `first + users − 1`, one end each. */
  readonly first: number
  readonly users: number
  readonly publishers: number
  /** Logins under way at the same time. */
  readonly concurrency: number
  /** Ends that do not read as they should, a third of each kind of {@link STALLS}, until `recover`. */
  readonly stalls?: boolean
}

export interface ConnectReport {
  readonly connected: number
  /** The first few reasons of connections that did not come up. */
  readonly failures: readonly string[]
}

/** What has arrived so far. */
export interface Counts {
  readonly received: number
  readonly gaps: number
  /** Connections lost after login. */
  readonly lost: number
}

const FAILURES_KEPT = 5
const LATENCIES_MIN = 4096
/** Sweeps from one ping of a stalled end to the next: it has nothing else to say. */
const PING_SWEEPS = 60_000 / SWEEP_MS

export const uidOf = (user: number): string => `user-${String(user).padStart(7, '0')}`

// Below the ports that the kernel gives away, so that nobody else has one of them by chance.
const FIRST_PORT = 21_000
const SOURCES = 8

/** One for each user, over several addresses, so that few ports do for many users. */
const sourceOf = (user: number): Source => ({
  localAddress: `127.0.0.${2 + (user % SOURCES)}`,
  localPort: FIRST_PORT + Math.floor(user / SOURCES),
})

/** Many ends in this process. */
export class Fleet implements EndEvents {
  readonly #options: FleetOptions
  readonly #ledger: Ledger
  readonly #ends: ClientEnd[] = []
  readonly #sweeper: NodeJS.Timeout
  #latencies: Float64Array = new Float64Array(LATENCIES_MIN)
  #timed = 0
  #dialing = 0
  #started = 0
  #connected = 0
  #pongs = 0
  #gaps = 0
  #lost = 0
  #closing = false
  #stalled: boolean
  #sweeps = 0
  #failures: string[] = []
  #finished: (() => void) | undefined

  constructor(options: FleetOptions) {
    this.#options = options
    this.#stalled = options.stalls === true
    this.#ledger = new Ledger(options.first, options.users, options.publishers)
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS)
  }

  /** Logs everybody in; resolves when each has succeeded or failed. */
  async connect(): Promise<ConnectReport> {
    const finished = new Promise<void>(resolve => {
      this.#finished = resolve
    })
    this.#dialMore()
    await finished
    return { connected: this.#connected, failures: this.#failures }
  }

  /** One PING of every end, spread over `overMs`; resolves to the PONGs within five more seconds. */
  async keepalive(overMs: number): Promise<number> {
    this.#pongs = 0
    const rounds = Math.max(1, Math.floor(overMs / 20))
    for (let round = 0; round < rounds; round++) {
      for (let at = round; at < this.#ends.length; at += rounds) this.#ends[at]!.ping()
      await sleep(overMs / rounds)
    }
    for (let wait = 0; wait < 100 && this.#pongs < this.#ends.length; wait++) await sleep(50)
    return this.#pongs
  }

  counts(): Counts {
    return { received: this.#ledger.received, gaps: this.#gaps, lost: this.#lost }
  }

  verdict(): Verdict {
    return this.#ledger.verdict()
  }

  /** Milliseconds from scheduled to received, of timed messages since the last call. */
  latencies(): Float64Array {
    const taken = this.#latencies.slice(0, this.#timed)
    this.#timed = 0
    return taken
  }

  /** Stalled ends read from now on. */
  recover(): void {
    this.#stalled = false
    for (const end of this.#ends) end.recover?.()
  }

  /** Acknowledges what is owed and hangs up. */
  close(): void {
    this.#closing = true
    clearInterval(this.#sweeper)
    for (const end of this.#ends) {
      end.flush()
      end.close()
    }
  }

  loggedIn(end: ClientEnd): void {
    this.#connected++
    this.#ends.push(end)
    this.#settled()
  }

  message(end: ClientEnd, bytes: Uint8Array, start: number, stop: number): void {
    const scheduledMs = this.#ledger.enter(end.user, bytes, start, stop)
    if (scheduledMs === 0) return
    if (this.#timed === this.#latencies.length) {
      const larger = new Float64Array(this.#timed * 2)
      larger.set(this.#latencies)
      this.#latencies = larger
    }
    this.#latencies[this.#timed++] = sharedNow() - scheduledMs
  }

  pong(): void {
    this.#pongs++
  }

  gap(): void {
    this.#gaps++
  }

  closed(end: ClientEnd, reason: string): void {
    if (this.#closing) return
    if (this.#failures.length < FAILURES_KEPT) this.#failures.push(reason)
    if (end.loggedIn) this.#lost++
    else this.#settled()
  }

  #dialMore(): void {
    const { users, concurrency } = this.#options
    while (this.#dialing < concurrency && this.#started < users) this.#dial(this.#started++)
    if (this.#dialing === 0) this.#finished?.()
  }

  #dial(index: number): void {
    const { transport, host, port, appcode, tokenSecret, first } = this.#options
    const user = first + index
    const uid = uidOf(user)
    const token = signToken(tokenSecret, uid)
    const device = 'bench-device-001'
    const stall = this.#stalled ? { stall: STALLS[user % STALLS.length]! } : {}
    const identity = { user, uid, appcode, device, token, dial: Date.now(), ...stall }
    const target = { host, port, from: sourceOf(user) }
    this.#dialing++
    if (transport === 'mqtt') new MqttEnd(target, identity, this)
    else new End(transport === 'tcp' ? dialTcp : dialWebSocket, target, identity, this)
  }

  #settled(): void {
    this.#dialing--
    // Not from within the socket's callback: the end is not quite made yet where a dial fails at once.
    setImmediate(() => this.#dialMore())
  }

  #sweep(): void {
    for (const end of this.#ends) end.sweep()
    this.#sweeps++
    if (!this.#stalled) return
    for (let at = this.#sweeps % PING_SWEEPS; at < this.#ends.length; at += PING_SWEEPS)
      this.#ends[at]!.ping()
  }
}
