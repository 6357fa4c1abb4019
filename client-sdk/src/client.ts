import type { edgeBody } from '@longwire/proto'
import type { Gates } from './addresses/gates.ts'
import { gatesOf } from './addresses/gates-of.ts'
import type { Candidate } from './addresses/choose.ts'
import type { Client, ClientEvents, ClientState } from './api.ts'
import type { Timer } from './clock.ts'
import { ClientCalls } from './client-calls.ts'
import type { State } from './client-state.ts'
import { Credentials } from './credentials.ts'
import { aborted, dialError, isSentAway, LongwireError, ownDoing, textOf } from './errors.ts'
import { Attention } from './heartbeat/attention.ts'
import type { Environment } from './heartbeat/environment.ts'
import type { Heartbeat } from './heartbeat/heartbeat.ts'
import { hintsOf, Pulse } from './heartbeat/pulse.ts'
import { Mailbox, type MailboxParts } from './mailbox.ts'
import { hexOf, type Message } from './message.ts'
import { iterateMessages, messagesOf } from './messages.ts'
import { dialable, Migration, type MigrateOrder } from './migration.ts'
import { checkOptions, type ClientOptions } from './options.ts'
import { StaggeredDial } from './probing/staggered-dial.ts'
import { ASK_MS, ReconnectPlan } from './reconnect.ts'
import { Session } from './session.ts'
import { Successor, type Dialled, type Heir } from './successor.ts'
import { renewalOf } from './token-renewal.ts'
import { Waiters } from './waiters.ts'
import type { Surroundings } from './surroundings.ts'
import type { Transport } from './transport.ts'

export class GateClient extends ClientCalls implements Client {
  readonly #options: ClientOptions
  readonly #transports: Readonly<Record<string, Transport>>
  readonly #shared: Pick<MailboxParts, 'clock' | 'random' | 'emitter'>
  readonly #credentials: Credentials
  readonly #plan: ReconnectPlan
  readonly #gates: Gates
  readonly #environment: Environment
  readonly #pulse: Pulse
  readonly #successor: Successor
  readonly #migration: Migration
  #attention: Attention | undefined
  /** Until a connection that was tried has to have answered. */
  #trying: Timer | undefined
  readonly #waiters = new Waiters()
  #state: State = { name: 'idle' }
  #mailbox: Mailbox | undefined
  /** Aborts what a dial waits for, when it is over. */
  #dialling = new AbortController()
  /** The gate of the session at hand is being emptied, or the network is another one than it began on. */
  #uprooted = false
  /** The session at hand is over because its heir is logged in: the answer to that LOGIN is on its way. */
  #superseded = false

  constructor(options: ClientOptions, surroundings: Surroundings) {
    const { transports, environment } = surroundings
    checkOptions(options, transports)
    super(options)
    this.#options = options
    this.#transports = transports
    this.#environment = environment
    this.#credentials = new Credentials(options, this.clock, environment)
    this.#plan = new ReconnectPlan(
      this.random,
      options.reconnect,
      () => environment.foreground || environment.unattended === true,
    )
    this.#gates = gatesOf(options, { ...surroundings, clock: this.clock, random: this.random })
    this.#pulse = new Pulse(this.clock, environment, options.networks)
    this.#shared = { clock: this.clock, random: this.random, emitter: this.emitter }
    this.#successor = new Successor({
      clock: this.clock,
      choose: async signal => this.#migration.candidates ?? this.#gates.next(signal),
      dial: (candidates, signal) => this.#dial(candidates, signal, false),
      failed: thrown => this.emitter.emit('error', dialError(thrown)),
    })
    const successor = this.#successor
    this.#migration = new Migration({ ...this.#shared, transports, successor })
    options.signal?.addEventListener('abort', () => this.#stop(aborted(options.signal?.reason)), {
      once: true,
    })
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
      const connected = this.#waiters.wait()
      if (this.#state.name === 'idle' || this.#state.name === 'closed') this.#open()
      await connected
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  on<K extends keyof ClientEvents>(
    event: K,
    listener: (event: ClientEvents[K]) => void | Promise<void>,
  ): () => void {
    const stop = this.emitter.on(event, listener)
    if (event === 'message') this.#mailbox?.run()
    return stop
  }

  messages({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<Message> {
    return iterateMessages(messagesOf(this), signal)
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
    if (this.#state.name !== 'closed') await this.#mailbox?.settle()
  }

  #enter(
    next: State,
    why: { readonly error?: LongwireError; readonly retryInMs?: number } = {},
  ): void {
    const previous = this.#state.name
    this.#state = next
    if (previous !== next.name) this.emitter.emit('state', { state: next.name, previous, ...why })
  }

  /** Loads the cursor, then dials. */
  #open(): void {
    const opening: State = { name: 'connecting', session: undefined, asking: false }
    this.#enter(opening)
    const load = async (): Promise<void> => {
      // A message that an earlier run is still handling must not be read a second time.
      await this.#mailbox?.idle()
      const key = this.key
      const [saved] = await Promise.all([
        this.cursors.load(key),
        this.#pulse.load(),
        this.#gates.load(),
      ])
      const cursor = saved ?? { epoch: 0, seq: 0 }
      if (this.#state !== opening) return
      this.#attention = new Attention(this.clock, this.#environment, {
        try: moved => this.#noticed(moved),
        awake: () => this.#heartbeat()?.awake(),
        retime: () => this.#heartbeat()?.retime(),
        changed: () => this.#credentials.wakefulness.changed(),
      })
      const own = { store: this.cursors, window: this.#options.window }
      this.#mailbox = new Mailbox({ ...this.#shared, ...own }, key, cursor)
      this.#dialNow()
    }
    load().catch((thrown: unknown) => {
      if (this.#state !== opening) return
      const text = `the cursor could not be loaded: ${textOf(thrown)}`
      this.#stop(new LongwireError('CURSOR_STORE', 'stop', text, { cause: thrown }))
    })
  }

  /** `asking`: the gate that was lost, whether it lives. */
  #dialNow(asking = false, error?: LongwireError): void {
    this.#dialling = new AbortController()
    const { signal } = this.#dialling
    const choosing: State = { name: 'connecting', session: undefined, asking }
    this.#enter(choosing, error === undefined ? {} : { error })
    this.#gates.next(signal).then(
      candidates => {
        if (this.#state !== choosing) return
        const dialled = this.#dial(candidates, signal, asking)
        this.#enter({ name: 'connecting', ...dialled, asking })
      },
      (thrown: unknown) => {
        if (this.#state === choosing) this.#ended(dialError(thrown))
      },
    )
  }

  /** Dials them one after the other; it becomes a session of the first that is up. */
  #dial(candidates: readonly Candidate[], signal: AbortSignal, asking: boolean): Dialled {
    const dial = new StaggeredDial({
      clock: this.clock,
      candidates,
      transports: this.#transports,
      missed: (url, error) => this.#gates.missed(url, error),
    })
    const mailbox = this.#mailbox!
    const { sync } = mailbox
    const session: Session = new Session(this.clock, {
      loggedIn: (ack, roundTripMs) => this.#loggedIn({ session, url: dial.url }, ack, roundTripMs),
      notify: max => sync.notify(max),
      data: frame => sync.data(frame),
      live: message => this.emitter.emit('live', message),
      ...this.sending.side,
      page: page => sync.pullResp(page),
      topicAck: (...ack) => this.topics.answered(...ack),
      publication: frame => this.topics.pushed(frame),
      pong: () => this.#heartbeat()?.pong(),
      hint: hint => this.#hinted(hint),
      expiring: inMs => {
        this.emitter.emit('expiring', { inMs })
        if (this.#state.name === 'ready') this.#state.renewal?.expiring()
      },
      tokenAck: ack => {
        if (this.#state.name === 'ready') this.#state.renewal?.answered(ack)
      },
      refused: (error, ref) => this.sending.refused(error, ref),
      leaving: error => this.#leaving(session, error),
      migrate: order => this.#migrate(session, order),
      active: () => {
        if (this.#state.name === 'ready' && this.#state.session === session)
          this.#state.heartbeat.active()
      },
      settled: () => {
        mailbox.run()
        this.topics.run()
      },
      ended: error => this.#sessionEnded(session, error),
    })
    const ticket = this.#migration.ticketsFor(candidates)
    session.start({
      url: dial.url,
      transport: dial,
      others: dial,
      login: () => this.#credentials.login(sync, this.sending, { signal, ticket: ticket() }),
      timeoutMs: this.#options.dialTimeoutMs ?? 10_000,
      ...(asking ? { answerMs: ASK_MS } : {}),
    })
    return { session, dial }
  }

  #loggedIn(
    { session, url }: { readonly session: Session; readonly url: string },
    ack: edgeBody.LoginAck,
    roundTripMs: number,
  ): void {
    const mailbox = this.#mailbox!
    const migrated = this.#migration.arrived(this.#replace(), url)
    this.#gates.reached(url)
    this.#plan.window(ack.reconnectWindow)
    this.#credentials.accepted(ack)
    this.#uprooted = this.#superseded = this.#successor.tried = false
    const side = {
      ping: (next: number | undefined, learned: boolean) => {
        mailbox.sync.flushAck()
        session.ping(next, learned, this.#credentials.wakefulness.pinging())
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
      renewal: renewalOf(this.#options.token, { ...this.#shared, session }, ack.expires),
      since: this.clock.monotonic(),
    })
    mailbox.loggedIn(session, ack)
    this.sending.attach(session)
    this.topics.began(session)
    this.#credentials.wakefulness.begin(() => side.ping(undefined, false), heartbeat)
    this.#waiters.resolve()
    if (migrated !== undefined) this.emitter.emit('migrated', migrated)
  }

  #hinted(hint: edgeBody.LoginAck): void {
    this.#pulse.hinted(hintsOf(hint))
    if (hint.reconnectWindow > 0) this.#plan.window(hint.reconnectWindow)
  }

  #heartbeat(): Heartbeat | undefined {
    return this.#state.name === 'ready' ? this.#state.heartbeat : undefined
  }

  /**
   * A session that was made beside the one at hand takes over: what that still has to say comes again.
   * Returns where that was; '' where there was none.
   */
  #replace(): string {
    const old = this.#state
    if (old.name !== 'ready') return ''
    this.#successor.take()
    // Its ping may have no answer yet: that says nothing about the network.
    old.heartbeat.stop()
    old.renewal?.stop()
    this.#mailbox?.sync.flushAck()
    old.session.close()
    this.#disconnected()
    return old.url
  }

  /** The gate wants a session elsewhere. What is dialled already may lead there as well as anywhere. */
  #migrate(session: Session, order: MigrateOrder): void {
    const state = this.#state
    if (state.name === 'ready' && state.session === session && this.#successor.heir === undefined)
      this.#migration.begin(state.url, order)
  }

  /** What a gate names is dialled next. */
  #prefer(from: string, urls: readonly string[]): void {
    this.#gates.prefer(dialable(this.#transports, from, urls))
  }

  /** The gate is being emptied: another one takes over before it is left. */
  #leaving(session: Session, error: LongwireError): void {
    const state = this.#state
    if (state.name !== 'ready' || state.session !== session) return
    this.#migration.forget()
    this.#gates.left(state.url)
    this.#prefer(state.url, error.addresses)
    this.#uprooted = true
    if (this.#gates.more) this.#successor.plan(this.#plan.failed(error))
    else session.abandon(error)
  }

  #sessionEnded(session: Session, error: LongwireError): void {
    const { heir, tried } = this.#successor
    if (heir === undefined) this.#ended(tried ? ownDoing(error) : error)
    else if (heir.session === session) this.#heirFailed(heir, error)
    else if (error.code === 'SUPERSEDED') this.#awaitHeir()
    else if (error.action === 'stop') this.#ended(error)
    else this.#inherit(heir, error)
  }

  /** The heir is logged in already, as the gate that was left has heard: nothing changes for the app. */
  #awaitHeir(): void {
    if (this.#state.name !== 'ready') return
    this.#superseded = true
    this.#state.heartbeat.stop()
    this.#state.renewal?.stop()
  }

  /** The session at hand goes on. */
  #heirFailed({ dial }: Heir, error: LongwireError): void {
    this.#successor.take()
    this.#gates.missed(dial.url, error)
    if (this.#superseded && error.code !== 'TICKET_REFUSED') return this.#ended(error)
    this.#credentials.refused(error)
    if (this.#migration.failed(error)) return
    this.emitter.emit('error', error)
    const state = this.#state
    if (state.name !== 'ready' || error.action === 'stop') return
    // Otherwise the heartbeat decides what becomes of it.
    if (this.#uprooted) this.#successor.plan(this.#plan.failed(error))
  }

  /** The session at hand is gone before the one that is to take its place is logged in. */
  #inherit({ dial, session, abort }: Heir, error: LongwireError): void {
    this.#hangUp()
    this.#successor.take()
    this.#dialling = abort
    this.#enter({ name: 'connecting', session, dial, asking: false }, { error })
    this.emitter.emit('error', error)
  }

  /** The connection is gone, or never came to be. */
  #ended(error: LongwireError): void {
    const plannedMs = this.#successor.waitMs
    this.#successor.stop()
    this.#hangUp()
    const state = this.#state
    if (state.name === 'connecting' && state.dial !== undefined)
      this.#gates.missed(state.dial.url, error)
    if (state.name === 'ready') {
      if (isSentAway(error)) this.#gates.left(state.url)
      this.#prefer(state.url, [...error.addresses, ...this.#migration.lost()])
    } else if (state.name === 'connecting' && state.dial !== undefined)
      this.#prefer(state.dial.url, error.addresses)
    this.#superseded = false
    const refreshed = this.#credentials.refused(error)
    if (error.action === 'stop' && !refreshed) {
      this.#stop(error)
      this.emitter.emit('kicked', error)
      return
    }
    this.emitter.emit('error', error)
    // A listener of that event may have closed the client.
    if (this.#state !== state) return
    if (refreshed) this.#waitToDial(0, error)
    else if (state.name === 'ready') this.#lost(state.since, plannedMs, error)
    else if (state.name === 'connecting' && state.asking)
      this.#waitToDial(this.#plan.silent(error), error)
    else this.#waitToDial(this.#plan.failed(error), error)
  }

  /** `plannedMs`: until a dial that was to come anyway. */
  #lost(since: number, plannedMs: number | undefined, error: LongwireError): void {
    const step = this.#plan.ended(this.clock.monotonic() - since, error)
    if (plannedMs !== undefined) this.#waitToDial(plannedMs, error)
    else if (step.ask) this.#dialNow(true, error)
    else this.#waitToDial(step.delayMs, error)
  }

  #waitToDial(delayMs: number, error: LongwireError): void {
    const asked = error.retryAfterMs !== undefined || error.spreadMs !== undefined
    const waiting: State = { name: 'waiting', timer: this.#dialAfter(delayMs), asked }
    this.#enter(waiting, { error, retryInMs: delayMs })
  }

  /** Of timers that come due at once, as after a sleep, one dials: two would push each other out. */
  #dialAfter(delayMs: number): Timer {
    const timer = this.clock.after(delayMs, () => {
      if (this.#state.name === 'waiting' && this.#state.timer === timer) this.#dialNow()
    })
    return timer
  }

  /**
   * The device woke, a person looks, or the network changed. What waited for its time need not any more; a
   * connection from another network gets an heir, and so does one that does not answer.
   */
  #noticed(moved: boolean): void {
    this.#heartbeat()?.nudge()
    const state = this.#state
    if (state.name === 'waiting' && !state.asked) {
      state.timer.cancel()
      this.#state = { ...state, timer: this.#dialAfter(this.#plan.noticed()) }
    }
    if (state.name !== 'ready') return
    this.#trying?.cancel()
    this.#uprooted ||= moved
    if (moved) return this.#successor.plan(this.#plan.noticed())
    this.#trying = this.clock.after(ASK_MS, () => {
      if (this.#heartbeat()?.unanswered === true) this.#successor.plan(this.#plan.noticed())
    })
  }

  /** Lets go of the connection, without a word about the state. */
  #hangUp(): void {
    this.#dialling.abort()
    if (this.#state.name === 'ready') {
      this.#pulse.end()
      this.#credentials.wakefulness.end()
      this.#state.renewal?.stop()
    }
    this.#disconnected()
  }

  #disconnected(): void {
    this.#mailbox?.disconnected()
    this.sending.detach()
    this.topics.disconnected()
  }

  #stop(error: LongwireError | undefined): void {
    const state = this.#state
    if (state.name === 'closed') return
    this.#attention?.stop()
    this.#trying?.cancel()
    this.#migration.forget()
    this.#successor.stop()
    this.#gates.close()
    this.#mailbox?.sync.flushAck()
    this.#hangUp()
    if (state.name === 'waiting') state.timer.cancel()
    if (state.name === 'ready' || state.name === 'connecting') state.session?.close()
    void this.#mailbox?.stop()
    this.sending.close()
    this.topics.closed(error)
    this.#enter({ name: 'closed' }, error === undefined ? {} : { error })
    if (error !== undefined && error.code !== 'ABORTED') this.emitter.emit('error', error)
    const text = 'the client was closed before it was connected'
    this.#waiters.reject(error ?? new LongwireError('CLOSED', 'stop', text))
  }
}
