import type { edgeBody } from '@longwire/proto'
import { Gates } from './addresses/gates.ts'
import type { Candidate, Chooser } from './addresses/choose.ts'
import type { Client, ClientEvents, ClientState } from './api.ts'
import { systemClock, systemRandom, type Clock, type Random, type Timer } from './clock.ts'
import type { CursorStore } from './cursor-store.ts'
import { memoryCursors } from './cursors/memory.ts'
import { Emitter } from './emitter.ts'
import { LongwireError, textOf } from './errors.ts'
import { Attention } from './heartbeat/attention.ts'
import type { Environment } from './heartbeat/environment.ts'
import type { Heartbeat } from './heartbeat/heartbeat.ts'
import { hintsOf, Pulse } from './heartbeat/pulse.ts'
import { Mailbox, type MailboxParts } from './mailbox.ts'
import { hexOf, type Message } from './message.ts'
import { iterateMessages } from './messages.ts'
import { checkOptions, type ClientOptions } from './options.ts'
import type { RaceSurroundings } from './probing/race.ts'
import { StaggeredDial } from './probing/staggered-dial.ts'
import { ReconnectPlan } from './reconnect.ts'
import { Session } from './session.ts'
import type { Sync } from './sync.ts'
import { tokenFailed, TokenRenewal } from './token-renewal.ts'
import type { Transport } from './transport.ts'

type State =
  | { readonly name: 'idle' | 'closed' }
  | {
      readonly name: 'connecting'
      readonly session: Session | undefined
      /** What is dialled, once that is chosen. */
      readonly dial?: { readonly url: string }
    }
  | {
      readonly name: 'ready'
      readonly url: string
      readonly session: Session
      readonly heartbeat: Heartbeat
      /** Where tokens can be had anew. */
      readonly renewal: TokenRenewal | undefined
      readonly since: number
      readonly windowMs: number
    }
  | {
      readonly name: 'waiting'
      readonly timer: Timer
      /** The gate said when to come again. */
      readonly asked: boolean
    }

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: LongwireError) => void
}

const AGENT = 'longwire-js/0.1.0'
/** How long `close` waits for the cursor store. */
const SETTLE_MS = 2_000
/** First step by which a refused dial number is raised; each further one is 16 times as far, up to centuries. */
const LEAP_MS = 60_000
const LEAPS_MAX = 6
/** A network that is back, or a person who looks, is followed by a dial within this. */
const NOTICED_MS = 300

class GateClient implements Client {
  readonly #options: ClientOptions
  readonly #transports: Readonly<Record<string, Transport>>
  readonly #clock: Clock
  readonly #random: Random
  readonly #cursors: CursorStore
  readonly #emitter = new Emitter<ClientEvents>()
  readonly #plan: ReconnectPlan
  readonly #gates: Gates
  readonly #environment: Environment
  readonly #pulse: Pulse
  #attention: Attention | undefined
  readonly #waiters = new Set<Waiter>()
  #state: State = { name: 'idle' }
  #mailbox: Mailbox | undefined
  #previousSession: Uint8Array = new Uint8Array(0)
  #dial = 0
  /** Aborts what a dial waits for, when it is over. */
  #dialling = new AbortController()
  /** Logins in a row that were refused because of a higher dial number. */
  #stale = 0
  /** Logins in a row that were refused because the token had expired. */
  #expired = 0

  constructor(options: ClientOptions, { transports, environment, race }: Surroundings) {
    checkOptions(options, transports)
    this.#options = options
    this.#transports = transports
    this.#environment = environment
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? systemRandom
    this.#cursors = options.cursors ?? memoryCursors()
    this.#plan = new ReconnectPlan(this.#random, options.reconnect)
    const chooser = options.probes === true ? race(this.#raceParts(transports)) : undefined
    this.#gates = new Gates({ clock: this.#clock, urls: options.urls, chooser })
    this.#pulse = new Pulse(this.#clock, environment, options.networks)
    options.signal?.addEventListener('abort', () => this.#stop(aborted(options.signal?.reason)), {
      once: true,
    })
  }

  #raceParts(transports: Readonly<Record<string, Transport>>): RaceSurroundings {
    const { appcode } = this.#options
    return { clock: this.#clock, random: this.#random, transports, appcode }
  }

  get state(): ClientState {
    return this.#state.name
  }

  async connect({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (signal?.aborted || this.#options.signal?.aborted) throw aborted(signal?.reason)
    if (this.#state.name === 'ready') return
    const abort = (): void => {
      if (this.#state.name !== 'ready') this.#stop(aborted(signal?.reason))
    }
    signal?.addEventListener('abort', abort, { once: true })
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiters.add({ resolve, reject })
        if (this.#state.name === 'idle' || this.#state.name === 'closed') this.#open()
      })
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  on<K extends keyof ClientEvents>(
    event: K,
    listener: (event: ClientEvents[K]) => void | Promise<void>,
  ): () => void {
    const stop = this.#emitter.on(event, listener)
    if (event === 'message') this.#mailbox?.run()
    return stop
  }

  messages({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<Message> {
    const source = {
      listen: (handler: (message: Message) => Promise<void>) => this.on('message', handler),
      closed: (ended: (error: LongwireError | undefined) => void) =>
        this.on('state', change => {
          if (change.state === 'closed') ended(change.error)
        }),
    }
    return iterateMessages(source, signal)
  }

  async close(): Promise<void> {
    await this.#settled()
    this.#stop(undefined)
  }

  async logout(): Promise<void> {
    await this.#settled()
    this.#mailbox?.sync.flushAck()
    if (this.#state.name === 'ready') this.#state.session.logout()
    this.#stop(undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** What was handled is saved and can be acknowledged; a store that hangs is not waited for. */
  async #settled(): Promise<void> {
    if (this.#mailbox === undefined || this.#state.name === 'closed') return
    let timer: Timer | undefined
    const patience = new Promise<void>(resolve => {
      timer = this.#clock.after(SETTLE_MS, resolve)
    })
    await Promise.race([this.#mailbox.stop(), patience])
    timer?.cancel()
  }

  #enter(
    next: State,
    why: { readonly error?: LongwireError; readonly retryInMs?: number } = {},
  ): void {
    const previous = this.#state.name
    this.#state = next
    if (previous !== next.name) this.#emitter.emit('state', { state: next.name, previous, ...why })
  }

  /** Loads the cursor, then dials. */
  #open(): void {
    const opening: State = { name: 'connecting', session: undefined }
    this.#enter(opening)
    const load = async (): Promise<void> => {
      // A message that an earlier run is still handling must not be read a second time.
      await this.#mailbox?.idle()
      const key = this.#key()
      const [saved] = await Promise.all([this.#cursors.load(key), this.#pulse.load()])
      const cursor = saved ?? { epoch: 0, seq: 0 }
      if (this.#state !== opening) return
      this.#attention = new Attention(this.#clock, this.#environment, {
        try: () => this.#noticed(),
        awake: () => this.#heartbeat()?.awake(),
        retime: () => this.#heartbeat()?.retime(),
      })
      this.#mailbox = new Mailbox(this.#mailboxParts(), key, cursor)
      this.#dialNow()
    }
    load().catch((thrown: unknown) => {
      if (this.#state !== opening) return
      const text = `the cursor could not be loaded: ${textOf(thrown)}`
      this.#stop(new LongwireError('CURSOR_STORE', 'stop', text, { cause: thrown }))
    })
  }

  #key(): string {
    const { appcode, uid, device } = this.#options
    return `${appcode}/${uid}/${device}`
  }

  #mailboxParts(): MailboxParts {
    const { window } = this.#options
    return {
      clock: this.#clock,
      random: this.#random,
      store: this.#cursors,
      emitter: this.#emitter,
      window,
    }
  }

  #dialNow(): void {
    this.#dialling = new AbortController()
    const choosing: State = { name: 'connecting', session: undefined }
    this.#enter(choosing)
    this.#gates.next(this.#dialling.signal).then(
      candidates => {
        if (this.#state === choosing) this.#dialOne(candidates)
      },
      (thrown: unknown) => {
        if (this.#state === choosing) this.#ended(asError(thrown))
      },
    )
  }

  /** Dials them one after the other; it becomes a session of the first that is up. */
  #dialOne(candidates: readonly Candidate[]): void {
    const dial = new StaggeredDial({
      clock: this.#clock,
      candidates,
      transports: this.#transports,
      missed: (url, error) => this.#gates.missed(url, error),
    })
    const mailbox = this.#mailbox!
    const { sync } = mailbox
    const session = new Session(this.#clock, {
      loggedIn: (ack, roundTripMs) => this.#loggedIn({ session, url: dial.url }, ack, roundTripMs),
      notify: max => sync.notify(max),
      data: frame => sync.data(frame),
      page: page => sync.pullResp(page),
      pong: () => this.#heartbeat()?.pong(),
      hint: hint => this.#hinted(hint),
      expiring: inMs => {
        this.#emitter.emit('expiring', { inMs })
        if (this.#state.name === 'ready') this.#state.renewal?.expiring()
      },
      tokenAck: ack => {
        if (this.#state.name === 'ready') this.#state.renewal?.answered(ack)
      },
      refused: error => this.#emitter.emit('error', error),
      active: () => this.#heartbeat()?.active(),
      settled: () => mailbox.run(),
      ended: error => this.#ended(error),
    })
    this.#enter({ name: 'connecting', session, dial })
    session.start({
      url: dial.url,
      transport: dial,
      login: () => this.#login(sync),
      timeoutMs: this.#options.dialTimeoutMs ?? 10_000,
    })
  }

  async #login(sync: Sync): Promise<edgeBody.Login.$Properties> {
    const { uid, appcode, device, agent } = this.#options
    const token = await this.#token()
    this.#dial = Math.max(this.#dial + 1, this.#clock.now()) + this.#leap()
    const { epoch, seq } = sync.saved
    return {
      uid,
      appcode,
      device,
      token,
      epoch,
      seq,
      prevSession: this.#previousSession,
      dial: this.#dial,
      agent: agent === undefined ? AGENT : `${agent} ${AGENT}`,
    }
  }

  /** An earlier run of this app saw a clock that was ahead: its dial numbers are still to be passed. */
  #leap(): number {
    return this.#stale === 0 ? 0 : LEAP_MS * 16 ** Math.min(this.#stale - 1, LEAPS_MAX)
  }

  async #token(): Promise<string> {
    const { token } = this.#options
    if (typeof token === 'string') return token
    try {
      return await token({ expired: this.#expired > 0, signal: this.#dialling.signal })
    } catch (thrown) {
      throw tokenFailed(thrown)
    }
  }

  #loggedIn(
    { session, url }: { readonly session: Session; readonly url: string },
    ack: edgeBody.LoginAck,
    roundTripMs: number,
  ): void {
    const mailbox = this.#mailbox!
    this.#gates.reached(url)
    this.#expired = this.#stale = 0
    this.#previousSession = ack.session
    const side = {
      ping: (next: number | undefined, learned: boolean) => {
        mailbox.sync.flushAck()
        session.ping(next, learned)
      },
      dead: () =>
        session.abandon(new LongwireError('TIMEOUT', 'retry', 'the gate did not answer a PING')),
    }
    const welcome = {
      hints: hintsOf(ack),
      prevState: ack.prevState,
      network: hexOf(ack.network),
    }
    const heartbeat = this.#pulse.begin(side, welcome, roundTripMs)
    this.#enter({
      name: 'ready',
      url,
      session,
      heartbeat,
      renewal: this.#renewalOf(session, ack.expires),
      since: this.#clock.monotonic(),
      windowMs: ack.reconnectWindow,
    })
    mailbox.loggedIn(session, ack)
    this.#release(waiter => waiter.resolve())
  }

  #hinted(hint: edgeBody.LoginAck): void {
    this.#pulse.hinted(hintsOf(hint))
    if (this.#state.name === 'ready' && hint.reconnectWindow > 0)
      this.#state = { ...this.#state, windowMs: hint.reconnectWindow }
  }

  #renewalOf(session: Session, expiresMs: number): TokenRenewal | undefined {
    const { token } = this.#options
    if (typeof token === 'string') return undefined
    const parts = {
      clock: this.#clock,
      random: this.#random,
      source: token,
      send: (fresh: string) => session.token(fresh),
      renewed: (expiresInMs: number) => this.#emitter.emit('renewed', { expiresInMs }),
      failed: (error: LongwireError) => this.#emitter.emit('error', error),
    }
    return new TokenRenewal(parts, expiresMs)
  }

  #heartbeat(): Heartbeat | undefined {
    return this.#state.name === 'ready' ? this.#state.heartbeat : undefined
  }

  #release(how: (waiter: Waiter) => void): void {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    waiters.forEach(how)
  }

  /** The connection is gone, or never came to be. */
  #ended(error: LongwireError): void {
    this.#hangUp()
    const state = this.#state
    if (state.name === 'connecting' && state.dial !== undefined)
      this.#gates.missed(state.dial.url, error)
    if (state.name === 'ready' && error.code === 'DRAINING') this.#gates.left(state.url)
    if (error.code === 'STALE_DIAL') this.#stale++
    const refreshed =
      error.code === 'AUTH_EXPIRED' &&
      typeof this.#options.token !== 'string' &&
      this.#expired++ === 0
    if (error.action === 'stop' && !refreshed) {
      this.#stop(error)
      this.#emitter.emit('kicked', error)
      return
    }
    this.#emitter.emit('error', error)
    // A listener of that event may have closed the client.
    if (this.#state !== state) return
    if (refreshed) this.#waitToDial(0, error)
    else if (state.name === 'ready') {
      this.#waitToDial(
        this.#plan.ended(this.#clock.monotonic() - state.since, state.windowMs, error),
        error,
      )
    } else this.#waitToDial(this.#plan.failed(error), error)
  }

  #waitToDial(delayMs: number, error: LongwireError): void {
    const timer = this.#clock.after(delayMs, () => this.#dialNow())
    const asked = error.retryAfterMs !== undefined || error.spreadMs !== undefined
    this.#enter({ name: 'waiting', timer, asked }, { error, retryInMs: delayMs })
  }

  /** The device woke, a person looks, or the network changed: what waited for its time need not any more. */
  #noticed(): void {
    this.#heartbeat()?.nudge()
    const state = this.#state
    if (state.name !== 'waiting' || state.asked) return
    state.timer.cancel()
    const timer = this.#clock.after(this.#random() * NOTICED_MS, () => this.#dialNow())
    this.#state = { ...state, timer }
  }

  /** Lets go of the connection, without a word about the state. */
  #hangUp(): void {
    this.#dialling.abort()
    if (this.#state.name === 'ready') {
      this.#pulse.end()
      this.#state.renewal?.stop()
    }
    this.#mailbox?.disconnected()
  }

  #stop(error: LongwireError | undefined): void {
    const state = this.#state
    if (state.name === 'closed') return
    this.#attention?.stop()
    this.#mailbox?.sync.flushAck()
    this.#hangUp()
    if (state.name === 'waiting') state.timer.cancel()
    if (state.name === 'ready' || state.name === 'connecting') state.session?.close()
    void this.#mailbox?.stop()
    this.#enter({ name: 'closed' }, error === undefined ? {} : { error })
    if (error !== undefined && error.code !== 'ABORTED') this.#emitter.emit('error', error)
    const reason =
      error ?? new LongwireError('CLOSED', 'stop', 'the client was closed before it was connected')
    this.#release(waiter => waiter.reject(reason))
  }
}

const asError = (thrown: unknown): LongwireError =>
  thrown instanceof LongwireError
    ? thrown
    : new LongwireError('UNREACHABLE', 'retry', textOf(thrown), { cause: thrown })

const aborted = (cause: unknown): LongwireError =>
  new LongwireError('ABORTED', 'stop', 'the client was called off by its signal', { cause })

/** What an entry of the package brings. */
export interface Surroundings {
  readonly transports: Readonly<Record<string, Transport>>
  readonly environment: Environment
  /** How gates are chosen where probes are wanted. */
  readonly race: (parts: RaceSurroundings) => Chooser
}

/** A client with what `surroundings` has, where the options bring nothing of their own. */
export const createClientWith = (
  options: ClientOptions,
  surroundings: () => Surroundings,
): Client => {
  const around = surroundings()
  return new GateClient(options, {
    transports: options.transports ?? around.transports,
    environment: options.environment ?? around.environment,
    race: around.race,
  })
}
