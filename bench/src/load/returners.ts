import { LongwireError } from '@longwire/client'
import { ReconnectPlan } from '@longwire/client/internal'
import type { EndEvents } from './client-end.ts'
import { End } from './end.ts'
import { uidOf } from './fleet.ts'
import { sharedNow, sleep } from '../statistics.ts'
import { dialTcp } from './tcp.ts'
import { signToken } from './token.ts'
import { dialWebSocket } from './websocket.ts'

export interface GatePorts {
  readonly tcp: number
  readonly ws: number
}

export interface ReturnersOptions {
  readonly host: string
  /** Where everybody logs in. */
  readonly home: GatePorts
  /** Where they go when that is lost. */
  readonly refuge: GatePorts
  readonly appcode: number
  readonly tokenSecret: string
  /** Users `first` to `first + users − 1`, half of them over TCP. */
  readonly first: number
  readonly users: number
  /** First logins under way at the same time. */
  readonly concurrency: number
}

export interface ReturnReport {
  readonly loggedIn: number
  /** Milliseconds on the shared clock at which users were back, sorted. */
  readonly backAt: Float64Array
  /** Dials of the refuge, and of the gate that was lost. */
  readonly tries: number
  readonly asks: number
  /** Over how long its gates told users to spread, on average. */
  readonly windowMs: number
  /** The first few reasons of what went wrong. */
  readonly failures: readonly string[]
}

const STAGE = { AWAY: 0, FIRST: 1, HOME: 2, ASKING: 3, COMING: 4, BACK: 5 } as const
const FAILURES_KEPT = 5
/** As the SDK waits for LOGIN_ACK. */
const PATIENCE_MS = 10_000
/** Source addresses: few connections each, so that none has too many and ports are found quickly. */
const SOURCES = 250

const lost = new LongwireError('CLOSED', 'retry', 'the connection broke')
const refused = new LongwireError('UNREACHABLE', 'retry', 'the dial failed')

/** Users that lose their gate, and come back to another one as the SDK does: by its own reconnect plan. */
export class Returners implements EndEvents<End> {
  readonly #options: ReturnersOptions
  readonly #plans: ReconnectPlan[] = []
  readonly #tokens: string[]
  readonly #ends: (End | undefined)[] = []
  readonly #stage: Uint8Array
  readonly #patience: (NodeJS.Timeout | undefined)[] = []
  readonly #backAt: number[] = []
  readonly #failures: string[] = []
  #dial = Date.now()
  #started = 0
  #underWay = 0
  #loggedIn = 0
  #tries = 0
  #asks = 0
  #pongs = 0
  #closing = false
  #finished: (() => void) | undefined

  constructor(options: ReturnersOptions) {
    this.#options = options
    const { users, first, tokenSecret } = options
    this.#stage = new Uint8Array(users)
    this.#tokens = Array.from({ length: users }, (_, index) =>
      signToken(tokenSecret, uidOf(first + index)),
    )
    for (let index = 0; index < users; index++) this.#plans.push(new ReconnectPlan(Math.random))
  }

  /** Logs everybody in; resolves to the milliseconds that took, when each has succeeded or failed. */
  async connect(): Promise<number> {
    const began = sharedNow()
    await new Promise<void>(resolve => {
      this.#finished = resolve
      this.#more()
    })
    return sharedNow() - began
  }

  /** One PING of each, spread over `overMs`: a HINT comes along where there is one. Resolves to the PONGs. */
  async ping(overMs: number): Promise<number> {
    const rounds = Math.max(1, Math.floor(overMs / 20))
    for (let round = 0; round < rounds; round++) {
      for (let at = round; at < this.#ends.length; at += rounds) this.#ends[at]?.ping()
      await sleep(overMs / rounds)
    }
    for (let wait = 0; wait < 100 && this.#pongs < this.#loggedIn; wait++) await sleep(50)
    return this.#pongs
  }

  report(): ReturnReport {
    const told = this.#ends.filter(end => end !== undefined)
    return {
      loggedIn: this.#loggedIn,
      backAt: Float64Array.from(this.#backAt).sort(),
      tries: this.#tries,
      asks: this.#asks,
      windowMs: told.reduce((sum, end) => sum + end.windowMs, 0) / Math.max(1, told.length),
      failures: this.#failures,
    }
  }

  close(): void {
    this.#closing = true
    for (const end of this.#ends) end?.close()
  }

  loggedIn(end: End): void {
    const index = this.#indexOf(end)
    clearTimeout(this.#patience[index])
    const stage = this.#stage[index]
    if (stage === STAGE.FIRST) {
      this.#loggedIn++
      this.#stage[index] = STAGE.HOME
      this.#settled()
      return
    }
    this.#stage[index] = STAGE.BACK
    this.#backAt.push(sharedNow())
  }

  message(): void {
    // Nobody publishes.
  }

  pong(): void {
    this.#pongs++
  }

  gap(): void {
    // Nothing was read.
  }

  closed(end: End, reason: string): void {
    const index = this.#indexOf(end)
    if (this.#closing || this.#ends[index] !== end) return
    clearTimeout(this.#patience[index])
    // Not from within the socket's callback: the end is not quite made yet where a dial fails at once.
    setImmediate(() => this.#lost(index, end, reason))
  }

  #lost(index: number, end: End, reason: string): void {
    const plan = this.#plans[index]!
    const error =
      end.retryAfterMs === 0
        ? refused
        : new LongwireError('BUSY', 'retry', reason, { retryAfterMs: end.retryAfterMs })
    switch (this.#stage[index]) {
      case STAGE.FIRST:
        this.#stage[index] = STAGE.AWAY
        this.#note(reason)
        this.#settled()
        return
      case STAGE.ASKING:
        this.#come(index, plan.silent(error))
        return
      case STAGE.COMING:
        this.#note(reason)
        this.#come(index, plan.failed(error))
        return
      default: {
        plan.window(end.windowMs)
        const step = plan.ended(60_000, lost)
        if (step.ask) this.#ask(index)
        else this.#come(index, step.delayMs)
      }
    }
  }

  #ask(index: number): void {
    this.#asks++
    this.#stage[index] = STAGE.ASKING
    this.#open(index, this.#options.home)
  }

  #come(index: number, delayMs: number): void {
    this.#stage[index] = STAGE.COMING
    setTimeout(() => {
      if (this.#closing) return
      this.#tries++
      this.#open(index, this.#options.refuge)
    }, delayMs)
  }

  #more(): void {
    const { users, concurrency, home } = this.#options
    while (this.#underWay < concurrency && this.#started < users) {
      const index = this.#started++
      this.#underWay++
      this.#stage[index] = STAGE.FIRST
      this.#open(index, home)
    }
    if (this.#underWay === 0) this.#finished?.()
  }

  #settled(): void {
    this.#underWay--
    setImmediate(() => this.#more())
  }

  #open(index: number, ports: GatePorts): void {
    const { host, appcode, first } = this.#options
    const user = first + index
    const tcp = index % 2 === 0
    const uid = uidOf(user)
    const token = this.#tokens[index]!
    const identity = { user, uid, appcode, device: 'bench-device-001', token, dial: ++this.#dial }
    const from = { localAddress: `127.2.0.${1 + (user % SOURCES)}`, localPort: 0 }
    const target = { host, port: tcp ? ports.tcp : ports.ws, from }
    const end = new End(tcp ? dialTcp : dialWebSocket, target, identity, this)
    this.#ends[index] = end
    this.#patience[index] = setTimeout(() => end.reset(), PATIENCE_MS)
  }

  #indexOf(end: End): number {
    return end.user - this.#options.first
  }

  #note(reason: string): void {
    if (this.#failures.length < FAILURES_KEPT) this.#failures.push(reason)
  }
}
