import {
  CMD,
  codeName,
  CODES,
  type CodeName,
  edgeBody,
  PREV_STATE,
  ProtocolError,
} from '@longwire/proto'
import type { Logger } from '@longwire/kit'
import type { Counters } from './counters.ts'
import type { Endings } from './endings.ts'
import type { Outbox } from './outbox.ts'
import { type SessionTable, STATE } from './session-table.ts'
import type { TimingWheel } from './timing-wheel.ts'

export interface HangupParts {
  readonly table: SessionTable
  readonly outbox: Outbox
  readonly endings: Endings
  readonly wheel: TimingWheel
  readonly counters: Counters
  readonly log: Logger
  readonly lingerMs: number
  /** A logged-in session is over: logic is to know. Its row is still whole; `ending` is a PREV_STATE. */
  readonly left: (slot: number, ending: number, loggedOut: boolean) => void
  /** The same, with the reason as it is counted. */
  readonly ended: (slot: number, reason: string) => void
  /** Its client broke the protocol. */
  readonly broke: (slot: number) => void
}

export interface Farewell {
  readonly message: string
  readonly retryAfter?: number
  readonly spread?: number
  /** Where to go instead. */
  readonly addresses?: string[]
}

/** Every way a session ends, whoever ends it. */
export class Hangup {
  readonly #parts: HangupParts

  constructor(parts: HangupParts) {
    this.#parts = parts
  }

  /** Says KICK with a code (of CODES or newer) and closes. */
  kick(slot: number, code: number, farewell: Farewell): void {
    const { table, outbox } = this.#parts
    const connection = table.connection[slot]
    if (connection === undefined || table.state[slot] === STATE.CLOSING) return
    outbox.to(slot).coded(CMD.KICK, code, edgeBody.Kick.encode(farewell).finish())
    this.#end(slot, code, false)
  }

  /** Says KICK and goes on: the client leaves when it has another session. */
  warn(slot: number, code: number, farewell: Farewell): void {
    const body = edgeBody.Kick.encode(farewell).finish()
    this.#parts.outbox.to(slot).coded(CMD.KICK, code, body)
  }

  kickFor(slot: number, name: CodeName, detail?: string): void {
    const { text, remedy, code } = CODES[name]
    this.kick(slot, code, {
      message: detail === undefined ? `${text}: ${remedy}` : `${text}: ${detail}`,
    })
  }

  /** What handling a client's bytes threw. Nothing that a client sends may end the process. */
  fault(slot: number, error: unknown): void {
    if (error instanceof ProtocolError) {
      this.kick(slot, CODES[error.code].code, {
        message: `${error.message} (${CODES[error.code].remedy})`,
      })
      return
    }
    this.#parts.log.error({ error }, 'handling a frame failed')
    this.kickFor(slot, 'INTERNAL')
  }

  /** The person logged out. */
  logout(slot: number): void {
    this.#end(slot, CODES.LOGGED_OUT.code, true)
  }

  /** Closes without a word: the peer does not read. */
  cut(slot: number, name: CodeName): void {
    const { table } = this.#parts
    const connection = table.connection[slot]
    if (connection === undefined || table.state[slot] === STATE.CLOSING) return
    this.#leave(slot, name, PREV_STATE.CLOSED_BY_SERVER, false)
    this.#linger(slot)
    connection.destroy()
  }

  /** The connection is gone. */
  closed(slot: number, reset: boolean): void {
    const { table, wheel } = this.#parts
    if (table.state[slot] !== STATE.CLOSING) {
      const ending = reset ? PREV_STATE.RESET_BY_PEER : PREV_STATE.CLOSED_BY_PEER
      this.#leave(slot, reset ? 'PEER_RESET' : 'PEER_CLOSED', ending, false)
    }
    wheel.remove(slot)
    if (table.request[slot] === 0) {
      table.release(slot)
      return
    }
    // Logic still looks at the LOGIN: the row stays until the answer, which must be undone.
    table.enter(slot, STATE.LOST)
    table.connection[slot] = undefined
    table.partial[slot] = undefined
  }

  #end(slot: number, code: number, loggedOut: boolean): void {
    const { table, outbox } = this.#parts
    outbox.flush()
    this.#leave(
      slot,
      codeName(code) ?? String(code),
      loggedOut ? PREV_STATE.CLOSED_BY_PEER : PREV_STATE.CLOSED_BY_SERVER,
      loggedOut,
    )
    this.#linger(slot)
    table.connection[slot]?.end(code)
  }

  #leave(slot: number, reason: string, ending: number, loggedOut: boolean): void {
    const { table, endings, counters, left, ended, broke } = this.#parts
    counters.closed.add(1, { reason })
    if (BREACHES.has(reason)) broke(slot)
    if (table.state[slot] !== STATE.READY) return
    endings.add(slot, table.generation[slot]!, ending, table.now)
    ended(slot, reason)
    left(slot, ending, loggedOut)
  }

  /** A peer that does not hang up is cut later. */
  #linger(slot: number): void {
    const { table, wheel, lingerMs } = this.#parts
    table.enter(slot, STATE.CLOSING)
    table.partial[slot] = undefined
    wheel.schedule(slot, table.now + lingerMs)
  }
}

/** What no client does that follows the protocol. */
const BREACHES: ReadonlySet<string> = new Set<CodeName>([
  'BAD_MAGIC',
  'BAD_FRAME',
  'FRAME_TOO_LARGE',
  'UNKNOWN_COMMAND',
  'UNSUPPORTED_EXTENSION',
  'NOT_LOGGED_IN',
  'ALREADY_LOGGED_IN',
  'PING_FLOOD',
  'FLOOD',
])
