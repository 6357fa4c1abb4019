import type { Cursor, SyncOutput } from '@longwire/client'
import {
  Delivery,
  GATE_LIMITS,
  type Page as GatePage,
  SessionTable,
  STATE,
} from '@longwire/gate/internal'
import { seededRandom, VirtualClock } from '@longwire/kit'
import type { Appended, Heads } from '@longwire/logic'
import { History } from './history.ts'
import { APPCODE, GRACE_MS, LogicNode } from './logic-node.ts'
import { pageOf, pages, Reader, type Frame, type Mutant } from './wire.ts'

const OTHER_APPCODE = 2
const PULL_BYTES = 1_000
const SLOT = 0

/**
 * One user with one end, one gate and one log, on virtual time: the product's own Sync, Delivery and
 * Log, joined by a network that drops, repeats, swaps and cuts, with crashes of every part.
 */
export class World {
  readonly history: History = new History()
  readonly #random: () => number
  readonly #clock: VirtualClock = new VirtualClock()
  readonly #mutant: Mutant
  readonly #logic: LogicNode
  #nextId = 0

  #saved: Cursor = { epoch: 0, seq: 0 }
  #reader: Reader
  #clientLife = 0
  #connected = false
  /** Handed over and not yet handled by the app. */
  #waiting: { epoch: number; seq: number; msgid: string }[] = []
  readonly #knownEpochs = new Set<number>()

  #sessions: SessionTable
  #delivery: Delivery
  #link = 0
  #toGate: Frame[] = []
  #toClient: Frame[] = []
  /** From here on nothing passes: both sides still believe in the connection. */
  #cut = false
  #hostile = true

  constructor(seed: number, mutant: Mutant) {
    this.#random = seededRandom(seed)
    this.#mutant = mutant
    this.#logic = new LogicNode(this.#clock, this.#random)
    this.#reader = this.#openReader()
    const gate = this.#openGate()
    this.#sessions = gate.sessions
    this.#delivery = gate.delivery
  }

  /** One random event; resolves when what it set off within this instant has settled. */
  async step(): Promise<void> {
    const at = this.#random()
    if (at < 0.2) this.#publish()
    else if (at < 0.4) this.#gateReceives()
    else if (at < 0.66) this.#clientReceives()
    else if (at < 0.76) this.#appHandles()
    else if (at < 0.84) this.#save()
    else if (at < 0.87) this.#clientPings()
    else if (at < 0.91) this.#clock.advance(this.#int(4_000))
    else if (at < 0.92) this.#clock.advance(GRACE_MS + 5_000)
    else if (at < 0.94) this.#disturb()
    else if (at < 0.95) this.#cut = true
    else if (at < 0.96) this.#hangUp()
    else if (at < 0.965) this.#crashClient()
    else if (at < 0.97) this.#crashLogic()
    else if (at < 0.972) this.#loseStore()
    else if (at < 0.975) this.#crashGate()
    else this.#dial()
    await this.#settle()
    await this.#observe()
  }

  /** Where each side stands, for a failing seed. */
  describe(): string {
    const { state, mode, epoch, base, sent, acked, head, request } = this.#sessions
    const gate = {
      state: state[SLOT],
      mode: mode[SLOT],
      epoch: epoch[SLOT],
      base: base[SLOT],
      sent: sent[SLOT],
      acked: acked[SLOT],
      head: head[SLOT],
      request: request[SLOT],
    }
    const client = {
      cursor: this.#reader.cursor,
      saved: this.#saved,
      connected: this.#connected,
      toGate: this.#toGate,
      toClient: this.#toClient,
    }
    return JSON.stringify({ gate, client })
  }

  /** Faults end, everybody comes back, and all that is owed has to arrive. */
  async quiesce(): Promise<void> {
    this.#hostile = false
    // A connection that works is kept: what was lost on it has to be healed by a ping.
    if (this.#cut) this.#hangUp()
    await this.#flow()
    const heads = await this.#heads()
    if (this.#sessions.state[SLOT] === STATE.READY)
      this.#delivery.headIs(SLOT, heads.head, heads.epoch)
    await this.#flow()
    this.#clientPings()
    await this.#flow()
    this.history.finish(heads.epoch, this.#knownEpochs, this.#clock.now())
  }

  async #flow(): Promise<void> {
    for (let idle = 0; idle < 3;) {
      const busy = this.#toGate.length + this.#toClient.length + this.#waiting.length
      this.#gateReceives()
      this.#clientReceives()
      this.#appHandles()
      this.#save()
      if (!this.#connected) this.#dial()
      this.#clock.advance(50)
      this.#tick()
      await this.#settle()
      idle = busy === 0 ? idle + 1 : 0
    }
  }

  // The publisher and the log.

  #publish(): void {
    const at = this.#random()
    const appcode = at < 0.6 ? APPCODE : at < 0.8 ? 0 : OTHER_APPCODE
    const ttlSeconds = this.#random() < 0.2 ? 1 + this.#int(5) : 3_600
    const msgid = (this.#nextId++).toString(16).padStart(16, '0')
    const life = this.#logic.life
    const message = {
      appcode,
      msgtype: 1,
      content: Buffer.from(msgid),
      ttlSeconds,
      msgid,
      logid: msgid,
    }
    this.history.published(msgid, appcode !== OTHER_APPCODE, this.#clock.now() + ttlSeconds * 1_000)
    this.#logic.append(message).then(
      appended => {
        if (life !== this.#logic.life) return
        this.history.accepted(msgid, appended.epoch, appended.seq)
        if (appcode !== OTHER_APPCODE) this.#hint(appended, message.content)
      },
      () => {},
    )
  }

  #hint(appended: Appended, content: Uint8Array): void {
    if (this.#hostile && this.#random() < 0.05) return
    const state = this.#sessions.state[SLOT]
    if (state !== STATE.READY && state !== STATE.LOGIN) return
    const { seq, prev, epoch } = appended
    this.#tick()
    if (this.#random() < 0.1) this.#delivery.headIs(SLOT, seq, epoch)
    else this.#delivery.deliver(SLOT, { seq, back: seq - prev, epoch, msgtype: 1, content })
  }

  #crashLogic(): void {
    this.#logic.crash()
    this.#forgetRequests()
  }

  #loseStore(): void {
    this.#logic.loseStore()
    this.#forgetRequests()
  }

  /** What the gate asked the dead node is asked again when the next one is there. */
  #forgetRequests(): void {
    const sessions = this.#sessions
    if (sessions.request[SLOT] === 0) return
    sessions.request[SLOT] = 0
    if (sessions.state[SLOT] === STATE.READY) this.#delivery.pullFailed(SLOT, 100)
    else this.#closeSession()
  }

  async #heads(): Promise<Heads> {
    let heads: Heads | undefined
    this.#logic.heads().then(
      found => (heads = found),
      () => {},
    )
    for (let tries = 0; heads === undefined && tries < 1_000; tries++) await this.#settle()
    if (heads === undefined) throw new Error('the log does not answer')
    return heads
  }

  async #observe(): Promise<void> {
    if (this.#random() > 0.05) return
    const life = this.#logic.life
    const heads = await this.#heads()
    if (life === this.#logic.life) this.history.heads(heads)
    this.history.acked(
      this.#sessions.acked[SLOT]!,
      this.#reader.cursor,
      this.#sessions.epoch[SLOT]!,
    )
  }

  // The gate.

  #openGate(): { sessions: SessionTable; delivery: Delivery } {
    const sessions = new SessionTable(4, this.#link * 1_000)
    const output = {
      data: (_slot: number, hint: { seq: number; back: number; content: Uint8Array }) => {
        this.#send({
          kind: 'data',
          a: hint.seq - sessions.base[SLOT]!,
          b: hint.back,
          page: pageOf([{ seq: hint.seq, content: hint.content }]),
        })
      },
      notify: (_slot: number, max: number) => this.#send({ kind: 'notify', a: max }),
      page: (_slot: number, page: GatePage) =>
        this.#send({ kind: 'page', page: pages.get(page.body)! }),
      pull: () => this.#askPage(),
      // Repeats are driven by `step` and `quiesce`: whatever is due is done at the next event.
      wake: () => {},
      acked: () => this.#logic.acknowledge(sessions.acked[SLOT]!),
      fail: () => {
        this.#send({ kind: 'kick' })
        this.#closeSession()
      },
    }
    return { sessions, delivery: new Delivery(sessions, output, GATE_LIMITS) }
  }

  #askPage(): void {
    const sessions = this.#sessions
    const { generation } = sessions
    const before = generation[SLOT]
    const life = this.#logic.life
    sessions.request[SLOT] = 1
    const current = (): boolean =>
      life === this.#logic.life && sessions === this.#sessions && generation[SLOT] === before
    this.#logic.page(sessions.epoch[SLOT]!, sessions.pullCursor[SLOT]!).then(
      page => {
        if (!current() || sessions.state[SLOT] !== STATE.READY) return
        sessions.request[SLOT] = 0
        this.#tick()
        if (page !== undefined) return this.#delivery.paged(SLOT, page)
        this.#send({ kind: 'kick' })
        this.#closeSession()
      },
      () => {},
    )
  }

  #gateReceives(): void {
    const frame = this.#toGate.shift()
    if (frame === undefined) return
    this.#tick()
    const sessions = this.#sessions
    if (frame.kind === 'login') return this.#login({ epoch: frame.epoch!, seq: frame.a! })
    if (sessions.state[SLOT] !== STATE.READY) return
    if (frame.kind === 'pull') this.#delivery.pulled(SLOT, frame.a!, PULL_BYTES)
    else if (frame.kind === 'ack') this.#delivery.acked(SLOT, frame.a!)
    else if (frame.kind === 'ping' && this.#mutant !== 'no heal on ping') this.#delivery.heal(SLOT)
  }

  #login(cursor: Cursor): void {
    const sessions = this.#sessions
    if (sessions.state[SLOT] !== STATE.FREE) this.#closeSession()
    const slot = sessions.acquire(NO_CONNECTION, '')
    if (slot !== SLOT) throw new Error('one session at a time')
    sessions.enter(SLOT, STATE.LOGIN)
    const generation = sessions.generation[SLOT]
    const life = this.#logic.life
    this.#logic.admit(cursor).then(
      welcome => {
        if (
          life !== this.#logic.life ||
          sessions !== this.#sessions ||
          sessions.generation[SLOT] !== generation
        )
          return
        if (sessions.state[SLOT] !== STATE.LOGIN) return
        this.#tick()
        sessions.enter(SLOT, STATE.READY)
        this.#delivery.begin(SLOT, welcome.epoch, welcome.base, welcome.page)
        this.#send({
          kind: 'ack-login',
          epoch: welcome.epoch,
          a: welcome.base,
          b: sessions.head[SLOT]!,
          reset: welcome.reset,
        })
        this.#delivery.firstPage(SLOT, welcome.page)
      },
      () => {},
    )
  }

  #closeSession(): void {
    if (this.#sessions.state[SLOT] !== STATE.FREE) this.#sessions.release(SLOT)
  }

  #crashGate(): void {
    const gate = this.#openGate()
    this.#sessions = gate.sessions
    this.#delivery = gate.delivery
    this.#hangUp()
  }

  #tick(): void {
    this.#sessions.now = this.#clock.monotonic()
    if (this.#sessions.state[SLOT] === STATE.READY) this.#delivery.due(SLOT)
  }

  // The network.

  #send(frame: Frame): void {
    if (this.#cut) return
    const loss =
      this.#hostile && (frame.kind === 'data' || frame.kind === 'notify') && this.#random() < 0.05
    if (!loss) this.#toClient.push(frame)
  }

  /** Repeats or swaps what is under way. */
  #disturb(): void {
    const frames = this.#toClient
    const at = frames.findIndex(
      frame => frame.kind === 'data' || frame.kind === 'notify' || frame.kind === 'page',
    )
    if (at < 0) return
    const frame = frames[at]!
    if (this.#random() < 0.5 || frame.kind !== 'data' || frames[at + 1] === undefined)
      frames.splice(at, 0, frame)
    else [frames[at], frames[at + 1]] = [frames[at + 1]!, frame]
  }

  #hangUp(): void {
    this.#cut = false
    this.#connected = false
    this.#toGate = []
    this.#toClient = []
    this.#reader.disconnected()
    // Half of the time the gate does not notice.
    if (!this.#hostile || this.#random() < 0.5) this.#closeSession()
  }

  #dial(): void {
    if (this.#connected) return
    this.#link++
    this.#connected = true
    const { epoch, seq } = this.#reader.saved
    this.#toGate.push({ kind: 'login', epoch, a: seq })
  }

  // The client.

  #openReader(): Reader {
    const life = this.#clientLife
    const output: SyncOutput = {
      pull: cursor => this.#up({ kind: 'pull', a: cursor }),
      ack: cumulative => this.#up({ kind: 'ack', a: cumulative }),
      deliver: message => {
        if (life === this.#clientLife)
          this.#waiting.push({
            epoch: this.#reader.cursor.epoch,
            seq: message.seq,
            msgid: message.text(),
          })
      },
      gap: gap => this.history.gap(this.#reader.cursor.epoch, gap.from, gap.to),
      reset: reset => {
        this.#waiting = []
        this.history.reset(reset.previous, reset.cursor)
      },
    }
    const reader = new Reader(this.#saved, output, { messages: 6, bytes: 10_000 })
    reader.mutant = this.#mutant
    return reader
  }

  #up(frame: Frame): void {
    if (this.#cut || !this.#connected) return
    if (this.#hostile && frame.kind === 'ack' && this.#random() < 0.05) return
    this.#toGate.push(frame)
  }

  #clientReceives(): void {
    const frame = this.#toClient.shift()
    if (frame === undefined || !this.#connected) return
    const reader = this.#reader
    if (frame.kind === 'ack-login') {
      if (reader.saved.epoch === 0) {
        this.#knownEpochs.clear()
        this.history.startedAt(frame.epoch!, frame.a!)
      }
      this.#knownEpochs.add(frame.epoch!)
      reader.loggedIn({ epoch: frame.epoch!, base: frame.a!, max: frame.b!, reset: frame.reset! })
    } else if (frame.kind === 'data') {
      reader.data({
        seq: frame.a!,
        back: frame.b!,
        msgtype: 1,
        content: frame.page!.messages[0]!.content,
      })
    } else if (frame.kind === 'notify') {
      reader.notify(frame.a!)
    } else if (frame.kind === 'page') {
      reader.pullResp(
        this.#mutant === 'no gap flag' ? { ...frame.page!, floor: -1, from: 0 } : frame.page!,
      )
    } else {
      this.#hangUp()
    }
  }

  #appHandles(): void {
    const first = this.#waiting.shift()
    if (first === undefined) return
    this.history.delivered(first.msgid, first.epoch, first.seq)
  }

  /** The cursor reaches the disk; only then may it be acknowledged. */
  #save(): void {
    const waiting = this.#waiting[0]
    const cursor = this.#reader.cursor
    const reached = waiting === undefined ? cursor : { epoch: waiting.epoch, seq: waiting.seq - 1 }
    if (
      reached.epoch === 0 ||
      (reached.epoch === this.#saved.epoch && reached.seq <= this.#saved.seq)
    )
      return
    this.#saved = reached
    this.history.saved(reached)
    this.#reader.delivered(reached)
  }

  #clientPings(): void {
    if (!this.#connected) return
    this.#reader.flushAck()
    this.#up({ kind: 'ping' })
  }

  #crashClient(): void {
    this.#clientLife++
    this.#waiting = []
    this.history.clientCrashed()
    // What was learned after the last save is forgotten, epochs too.
    this.#knownEpochs.clear()
    this.#knownEpochs.add(this.#saved.epoch)
    this.#hangUp()
    this.#reader = this.#openReader()
  }

  #int(below: number): number {
    return Math.floor(this.#random() * below)
  }

  /** Lets promises run, and timers that are due at this instant. */
  async #settle(): Promise<void> {
    for (let round = 0; round < 6; round++) {
      this.#clock.advance(0)
      await Promise.resolve()
      await Promise.resolve()
    }
  }
}

const NO_CONNECTION = { write: () => {}, bufferedBytes: () => 0, end: () => {}, destroy: () => {} }
