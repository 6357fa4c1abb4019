import {
  CMD,
  CODES,
  codeAction,
  edgeBody,
  type FrameView,
  LIMITS,
  ProtocolError,
} from '@longwire/proto'
import { trunkBody, type TrunkView } from '@longwire/proto/trunk'
import type { Random } from '@longwire/kit'
import type { Counters } from './counters.ts'
import type { Hangup } from './hangup.ts'
import type { Outbox } from './outbox.ts'
import type { Revocations } from './revocations.ts'
import { FLAG, type SessionTable, STATE } from './session-table.ts'

export interface TokensParts {
  readonly table: SessionTable
  readonly outbox: Outbox
  readonly hangup: Hangup
  readonly revocations: Revocations
  readonly counters: Counters
  readonly random: Random
  readonly expiringMs: number
  /** Sends the request to logic; false where none can be reached. */
  readonly ask: (slot: number, body: Uint8Array) => boolean
  readonly wake: (slot: number) => void
}

/** What logic says of a token, at login and later. */
export type TokenFacts = Pick<
  trunkBody.TokenResult,
  'expires' | 'issuedAt' | 'tokenHigh' | 'tokenLow'
>

/** How long a session may last, and how it gets a longer life. */
export class Tokens {
  readonly #parts: TokensParts

  constructor(parts: TokensParts) {
    this.#parts = parts
  }

  /** The session goes by this token from now on. */
  hold(slot: number, { expires, issuedAt, tokenHigh, tokenLow }: TokenFacts): void {
    const { table, expiringMs } = this.#parts
    const expiresAt = expires === 0 ? Infinity : table.now + expires
    table.expiresAt[slot] = expiresAt
    const ahead = Math.max(expires / WARN_SHARE, WARN_MIN_MS)
    table.warnAt[slot] = expiresAt - Math.min(expiringMs, ahead)
    table.issuedAt[slot] = issuedAt
    table.tokenHigh[slot] = tokenHigh
    table.tokenLow[slot] = tokenLow
  }

  /** When to look at the session again. */
  nextAt(slot: number): number {
    const { table } = this.#parts
    return Math.min(table.expiresAt[slot]!, table.warnAt[slot]!)
  }

  /** Says that the end is near, or ends the session; returns when to look again. */
  due(slot: number): number {
    const { table, hangup, outbox, counters } = this.#parts
    const { now } = table
    const expiresAt = table.expiresAt[slot]!
    if (now >= expiresAt) {
      hangup.kickFor(slot, 'AUTH_EXPIRED')
      return Infinity
    }
    if (now >= table.warnAt[slot]!) {
      table.warnAt[slot] = Infinity
      counters.expiring.add()
      const body = edgeBody.Expiring.encode({ expires: Math.ceil(expiresAt - now) }).finish()
      outbox.to(slot).raw(CMD.EXPIRING, 0, body)
    }
    return this.nextAt(slot)
  }

  /** A client sent TOKEN. Throws {@link ProtocolError} where it is not one. */
  request(slot: number, view: FrameView): void {
    const { table, ask } = this.#parts
    const token = decodeToken(view)
    if (table.has(slot, FLAG.TOKEN_ASKED)) {
      this.later(slot, RETRY_MS)
      return
    }
    const device = table.device[slot]!
    if (ask(slot, trunkBody.TokenRequest.encode({ token, device }).finish()))
      table.raise(slot, FLAG.TOKEN_ASKED)
    else this.#failed(slot)
  }

  /** The client may send its token again after this. */
  later(slot: number, retryAfter: number): void {
    this.#answer(slot, { code: CODES.BUSY.code, retryAfter })
  }

  /** Logic answered for the session (slot, generation). */
  result(slot: number, generation: number, view: TrunkView): void {
    if (!this.#waits(slot, generation)) return
    const { counters, hangup, revocations, wake } = this.#parts
    const result = trunkBody.TokenResult.decode(view.body)
    const { code, message, retryAfter, expires } = result
    if (code !== 0) {
      counters.tokens.add(1, { result: codeAction(code) === 'stop' ? 'refused' : 'failed' })
      this.#answer(slot, { code, message, retryAfter })
      return
    }
    counters.tokens.add(1, { result: 'taken' })
    this.hold(slot, result)
    const revoked = revocations.of(slot)
    if (revoked !== undefined) {
      hangup.kickFor(slot, 'REVOKED', revoked)
      return
    }
    this.#answer(slot, { expires })
    wake(slot)
  }

  /** No logic node answered for the session (slot, generation). */
  failed(slot: number, generation: number): void {
    if (this.#waits(slot, generation)) this.#failed(slot)
  }

  #failed(slot: number): void {
    const { counters, random } = this.#parts
    counters.tokens.add(1, { result: 'failed' })
    const { code, text, remedy } = CODES.UNAVAILABLE
    const retryAfter = Math.round(RETRY_MS * (1 + random()))
    this.#answer(slot, { code, message: `${text}: ${remedy}`, retryAfter })
  }

  #waits(slot: number, generation: number): boolean {
    const { table } = this.#parts
    if (table.generation[slot] !== generation || table.state[slot] !== STATE.READY) return false
    table.lower(slot, FLAG.TOKEN_ASKED)
    return true
  }

  #answer(slot: number, ack: edgeBody.TokenAck.$Properties): void {
    this.#parts.outbox.to(slot).raw(CMD.TOKEN_ACK, 0, edgeBody.TokenAck.encode(ack).finish())
  }
}

const RETRY_MS = 1_000
/** A token of a minute is not announced as ending at once: only in its last quarter. */
const WARN_SHARE = 4
/** The wheel may look two seconds late: the warning must still come first. */
const WARN_MIN_MS = 2_500

const decodeToken = (view: FrameView): string => {
  let token: string
  try {
    token = edgeBody.Token.decode(view.payload()).token
  } catch {
    throw new ProtocolError(
      'BAD_FRAME',
      'the body of TOKEN is not a Token message: encode it as in PROTOCOL.md',
    )
  }
  const bytes = Buffer.byteLength(token)
  if (bytes === 0 || bytes > LIMITS.tokenBytes)
    throw new ProtocolError(
      'BAD_FIELD',
      `token has ${bytes} bytes: send 1 to ${LIMITS.tokenBytes} bytes`,
    )
  return token
}
