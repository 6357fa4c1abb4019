import {
  CMD,
  CODES,
  edgeBody,
  FEATURE,
  type FrameView,
  LIMITS,
  PREV_STATE,
  PROTOCOL_VERSION,
  ProtocolError,
} from '@longwire/proto'
import { trunkBody, type TrunkView } from '@longwire/proto/trunk'
import type { Admission, Random } from '@longwire/kit'
import type { Reception } from './admission/reception.ts'
import type { Counters } from './counters.ts'
import type { Delivery, Page } from './delivery.ts'
import type { Endings } from './endings.ts'
import type { Hinting } from './hints.ts'
import type { Hangup } from './hangup.ts'
import type { GateLimits } from './limits.ts'
import type { Outbox } from './outbox.ts'
import type { Revocations } from './revocations.ts'
import { FLAG, type SessionTable, STATE } from './session-table.ts'
import type { Tokens } from './tokens.ts'
import type { Topics } from './topics/topics.ts'
import type { Wakes } from './wakes.ts'

export interface LoginParts {
  readonly table: SessionTable
  readonly outbox: Outbox
  readonly endings: Endings
  readonly hangup: Hangup
  readonly delivery: Delivery
  readonly tokens: Tokens
  readonly wakes: Wakes
  readonly topics: Topics
  readonly revocations: Revocations
  readonly counters: Counters
  readonly limits: GateLimits
  readonly random: Random
  readonly hinting: Hinting
  /** What the network of a source is called; empty where it is not known. */
  readonly networkId: (source: number) => Uint8Array
  /** Of LOGINs that wait for logic. */
  readonly admission: Admission
  /** Sends the request to logic; false where none can be reached. `note` comes back with the result. */
  readonly ask: (slot: number, body: Uint8Array, note: number) => boolean
  /** The mailbox could not be read: asks how far it reaches. */
  readonly askHead: (slot: number) => void
  /** Undoes a login that nobody waits for any more. */
  readonly undo: (slot: number) => void
  /** A session is READY whose LOGIN logic was asked for at this time. */
  readonly welcomed: (slot: number, askedAt: number) => void
  readonly wake: (slot: number) => void
  /** As {@link Reception.busyAddress}. */
  readonly busyAddress: Reception['busyAddress']
}

/** From the LOGIN frame to a session that is READY, or a KICK. */
export class Login {
  readonly #parts: LoginParts

  constructor(parts: LoginParts) {
    this.#parts = parts
  }

  /** Throws {@link ProtocolError} where a field is not allowed. */
  request(slot: number, view: FrameView): void {
    const { table, limits, admission } = this.#parts
    // Sessions that are here go first: a LOGIN that would wait too long costs nothing but this answer.
    if (admission.full) {
      this.#shed(slot)
      return
    }
    const payload = view.payload()
    const login = decodeLogin(payload)
    table.uid[slot] = login.uid
    table.device[slot] = login.device
    table.appcode[slot] = login.appcode
    table.dial[slot] = login.dial
    table.features[slot] = login.features
    table.agent[slot] = table.agents.take(login.agent)
    // Without one of their own, refs mean something for as long as this session lasts.
    table.refEpoch[slot] = login.refEpoch || Math.floor(this.#parts.random() * 2 ** 32)
    this.#parts.wakes.says(slot, login.awake)
    this.#parts.wakes.saysMetered(slot, login.metered)
    const body = trunkBody.LoginRequest.encode({
      login: payload,
      ip: table.ip[slot]!,
      transport: table.has(slot, FLAG.WS) ? 'ws' : 'tcp',
      maxBytes: limits.firstPageBytes,
      appSessions: (table.apps.get(login.appcode) ?? 0) + 1,
      ...this.#parts.busyAddress(table.source[slot]!),
    }).finish()
    table.ip[slot] = ''
    table.enter(slot, STATE.LOGIN)
    if (!this.#parts.ask(slot, body, this.#previous(slot, login.prevSession)))
      this.#unavailable(slot)
  }

  /** Logic answered; `note` is what `ask` was given. */
  result(slot: number, note: number, view: TrunkView): void {
    const { table, hangup, delivery, tokens, revocations, wakes, topics } = this.#parts
    const result = trunkBody.LoginResult.decode(view.body)
    if (table.state[slot] !== STATE.LOGIN) {
      if (result.code === 0) this.#parts.undo(slot)
      this.#forget(slot)
      return
    }
    if (result.code !== 0) {
      this.#refused(slot, result)
      return
    }
    tokens.hold(slot, result)
    const revoked = revocations.of(slot)
    if (revoked !== undefined) {
      this.#parts.undo(slot)
      hangup.kickFor(slot, 'REVOKED', revoked)
      return
    }
    if (note % STATES === PREV_STATE.OPEN) this.#closePrevious(slot, Math.floor(note / STATES))
    const page = pageOf(result.page)
    delivery.begin(slot, result.epoch, result.base, page)
    table.fence[slot] = result.fence
    const askedAt = table.since[slot]!
    wakes.acted(slot)
    table.enter(slot, STATE.READY)
    this.#parts.welcomed(slot, askedAt)
    this.#parts.counters.logins.add()
    this.#parts.counters.health.answered(true)
    this.#welcome(slot, note % STATES, result)
    if (page === undefined) this.#parts.askHead(slot)
    else delivery.firstPage(slot, page)
    if ((table.features[slot]! & FEATURE.TOPICS) !== 0) topics.welcomed(slot)
    this.#parts.wake(slot)
  }

  /** Logic was asked and has not answered; it may have made a route all the same. */
  failed(slot: number): void {
    this.#parts.undo(slot)
    if (this.#parts.table.state[slot] === STATE.LOGIN) this.#unavailable(slot)
    else this.#forget(slot)
  }

  #refused(slot: number, { code, message, retryAfter, addresses }: trunkBody.LoginResult): void {
    const { hangup, counters } = this.#parts
    counters.health.answered(!FAULTS.has(code))
    hangup.kick(slot, code, { message, retryAfter, addresses })
  }

  #unavailable(slot: number): void {
    const { hangup, random, counters } = this.#parts
    counters.health.answered(false)
    counters.shed('no_logic').add()
    const { code, text, remedy } = CODES.UNAVAILABLE
    const retryAfter = Math.round(RETRY_MIN_MS + random() * RETRY_SPREAD_MS)
    hangup.kick(slot, code, { message: `${text}: ${remedy}`, retryAfter })
  }

  #shed(slot: number): void {
    const { admission, hangup, counters, random } = this.#parts
    admission.refused()
    counters.health.answered(false)
    counters.shed('load').add()
    const { code, text, remedy } = CODES.BUSY
    const retryAfter = Math.round(admission.retryMs * (1 + 2 * random()))
    hangup.kick(slot, code, { message: `${text}: ${remedy}`, retryAfter })
  }

  #forget(slot: number): void {
    if (this.#parts.table.state[slot] === STATE.LOST) this.#parts.table.release(slot)
  }

  #welcome(slot: number, prevState: number, result: trunkBody.LoginResult): void {
    const { table, outbox, hinting, networkId, counters } = this.#parts
    const hints = hinting.current
    const state = prevState === PREV_STATE.UNKNOWN ? result.prevState : prevState
    counters.prevState(state)
    hinting.welcomed(slot)
    const session = Buffer.alloc(8)
    session.writeUInt32BE(slot, 0)
    session.writeUInt32BE(table.generation[slot]!, 4)
    const ack = edgeBody.LoginAck.encode({
      session,
      epoch: result.epoch,
      max: table.head[slot]!,
      base: result.base,
      prevState: state,
      pingStart: hints.startMs / 1000,
      pingMax: hints.maxMs / 1000,
      pingFloor: hints.floorMs / 1000,
      ackTimeout: hints.ackTimeoutMs,
      network: networkId(table.source[slot]!),
      reconnectWindow:
        result.reconnectWindow === 0 ? hints.reconnectWindowMs : result.reconnectWindow,
      version: PROTOCOL_VERSION,
      reset: result.reset,
      expires: result.expires,
    }).finish()
    outbox.to(slot).raw(CMD.LOGIN_ACK, 0, ack)
  }

  /** What became of the session that this one replaces, and its slot where it is still open. */
  #previous(slot: number, named: Uint8Array): number {
    if (named.length === 0) return PREV_STATE.UNKNOWN
    const { table, endings } = this.#parts
    const id = Buffer.from(named)
    const old = id.readUInt32BE(0)
    const generation = id.readUInt32BE(4)
    if (old < table.capacity && table.generation[old] === generation && this.#isSameEnd(old, slot))
      return old * STATES + PREV_STATE.OPEN
    return endings.find(old, generation) ?? PREV_STATE.UNKNOWN
  }

  /** Only now that logic has verified the token: nobody else can close a session by naming it. */
  #closePrevious(slot: number, old: number): void {
    if (this.#isSameEnd(old, slot)) this.#parts.hangup.kickFor(old, 'SUPERSEDED')
  }

  #isSameEnd(old: number, slot: number): boolean {
    const { table } = this.#parts
    if (old === slot || table.state[old] !== STATE.READY) return false
    return (
      table.appcode[old] === table.appcode[slot] &&
      table.uid[old] === table.uid[slot] &&
      table.device[old] === table.device[slot]
    )
  }
}

/** Refusals that no client can help. */
const FAULTS: ReadonlySet<number> = new Set([
  CODES.INTERNAL.code,
  CODES.BUSY.code,
  CODES.UNAVAILABLE.code,
])
/** A note is a slot and a PREV_STATE in one number. */
const STATES = 8
const RETRY_MIN_MS = 500
const RETRY_SPREAD_MS = 1_500

/** What logic read, or undefined where it could not. */
export const pageOf = (page: trunkBody.Page.$Properties | null | undefined): Page | undefined => {
  if (page === null || page === undefined || (page.code ?? 0) !== 0) return undefined
  return {
    from: page.from ?? 0,
    next: page.next ?? 0,
    head: page.head ?? 0,
    floor: page.gap === true ? (page.floor ?? 0) : -1,
    more: page.more ?? false,
    body: page.body ?? EMPTY,
  }
}

const EMPTY = new Uint8Array(0)

const decodeLogin = (payload: Uint8Array): edgeBody.Login => {
  let login: edgeBody.Login
  try {
    login = edgeBody.Login.decode(payload)
  } catch {
    throw new ProtocolError(
      'BAD_FRAME',
      'the body of LOGIN is not a Login message: encode it as in PROTOCOL.md',
    )
  }
  checkText('uid', login.uid, LIMITS.uidBytes)
  checkText('device', login.device, LIMITS.deviceBytes)
  const ticketBytes = login.ticket.length
  if (ticketBytes > LIMITS.ticketBytes)
    throw badField('ticket', `has ${ticketBytes} bytes`, 'send the one of MIGRATE, or nothing')
  if (ticketBytes === 0 || login.token !== '') checkText('token', login.token, LIMITS.tokenBytes)
  if (login.appcode < 1 || login.appcode > LIMITS.appcodeMax) {
    throw badField(
      'appcode',
      `is ${login.appcode}`,
      `use the number of your app, 1 to ${LIMITS.appcodeMax}`,
    )
  }
  const named = login.prevSession.length
  if (named !== 0 && named !== 8)
    throw badField(
      'prev_session',
      `has ${named} bytes`,
      'send the 8 bytes of LOGIN_ACK.session, or nothing',
    )
  return login
}

const checkText = (field: string, text: string, bytesMax: number): void => {
  const bytes = Buffer.byteLength(text)
  if (bytes === 0) throw badField(field, 'is empty', `send 1 to ${bytesMax} bytes`)
  if (bytes > bytesMax) throw badField(field, `has ${bytes} bytes`, `send 1 to ${bytesMax} bytes`)
}

const badField = (field: string, problem: string, remedy: string): ProtocolError =>
  new ProtocolError('BAD_FIELD', `${field} ${problem}: ${remedy}`)
