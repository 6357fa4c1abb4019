import type { Candidate } from './addresses/choose.ts'
import { fullJitter, type Clock, type Random, type Timer } from './clock.ts'
import type { LongwireError } from './errors.ts'
import type { Successor } from './successor.ts'
import type { Transport } from './transport.ts'

/** What a MIGRATE says. */
export interface MigrateOrder {
  /** Gates to go to, best first; none: stay after all. */
  readonly targets: readonly string[]
  readonly spreadMs: number
  /** For the LOGIN there. */
  readonly ticket: Uint8Array
  readonly reason: string
  readonly deadlineMs: number
}

/** A client has another gate now, and its app need not know. */
export interface Migrated {
  readonly from: string
  readonly to: string
  /** What the operators say of it. */
  readonly reason: string
}

export interface MigrationParts {
  readonly clock: Clock
  readonly random: Random
  /** By URL scheme. */
  readonly transports: Readonly<Record<string, Transport>>
  readonly successor: Pick<Successor, 'plan' | 'unplan' | 'isDialling'>
}

/** A target that takes no connection within this is passed over. */
const PATIENCE_MS = 2_000
const RETRY_MS = { base: 1_000, max: 10_000 } as const
/** A server that knows no tickets sees a LOGIN without a token. */
const NO_TICKET: ReadonlySet<string> = new Set(['TICKET_REFUSED', 'AUTH_INVALID', 'BAD_FIELD'])

interface Course {
  readonly candidates: readonly Candidate[]
  readonly reason: string
  readonly endsAt: number
  readonly timer: Timer
  /** Dropped once a gate has refused it: then the token is taken. */
  ticket: Uint8Array | undefined
  tries: number
}

/** The gates that a session is to move to, until it is there or the time for it is over. */
export class Migration {
  readonly #parts: MigrationParts
  #course: Course | undefined

  constructor(parts: MigrationParts) {
    this.#parts = parts
  }

  /** Where to dial; undefined: there is nothing to be moved. */
  get candidates(): readonly Candidate[] | undefined {
    return this.#course?.candidates
  }

  /** Takes up a MIGRATE of the gate at `url`. */
  begin(url: string, order: MigrateOrder): void {
    this.forget()
    const candidates = dialable(this.#parts.transports, url, order.targets)
    if (candidates.length === 0) return
    const { clock, random, successor } = this.#parts
    const endsAt = clock.monotonic() + order.deadlineMs
    // What is under way comes to its end: its LOGIN may have been taken already.
    const timer = clock.after(order.deadlineMs, () => {
      if (!successor.isDialling) this.forget()
    })
    const { ticket, reason } = order
    this.#course = {
      candidates,
      reason,
      endsAt,
      timer,
      ticket: ticket.length === 0 ? undefined : ticket,
      tries: 0,
    }
    successor.plan(random() * order.spreadMs)
  }

  /**
   * For the LOGINs of one dial to these: the first may have used the ticket up although nobody answered.
   * Undefined: it takes its token.
   */
  ticketsFor(candidates: readonly Candidate[]): () => Uint8Array | undefined {
    let ticket = this.#course?.candidates === candidates ? this.#course.ticket : undefined
    return () => {
      const once = ticket
      ticket = undefined
      return once
    }
  }

  /** A dial or a login there failed. True: it is tried again, or was only wanted by operators. */
  failed(error: LongwireError): boolean {
    const course = this.#course
    if (course === undefined) return false
    const { clock, random, successor } = this.#parts
    if (course.ticket !== undefined && NO_TICKET.has(error.code)) {
      course.ticket = undefined
      successor.plan(0)
      return true
    }
    const delayMs = fullJitter(random, ++course.tries, RETRY_MS.base, RETRY_MS.max)
    if (error.action === 'stop' || clock.monotonic() + delayMs >= course.endsAt) this.forget()
    else successor.plan(delayMs)
    return true
  }

  /** The client is at `to`: what its app may be told, where that was wanted and nothing was lost between (`from` is ''). */
  arrived(from: string, to: string): Migrated | undefined {
    const course = this.#course
    this.forget()
    if (from === '' || course?.candidates.some(({ url }) => url === to) !== true) return undefined
    return { from, to, reason: course.reason }
  }

  /** Where it is dialled next, now that the session at hand is lost; forgets the rest. */
  lost(): readonly string[] {
    const urls = this.#course?.candidates.map(({ url }) => url) ?? []
    this.forget()
    return urls
  }

  forget(): void {
    if (this.#course === undefined) return
    this.#course.timer.cancel()
    this.#course = undefined
    this.#parts.successor.unplan()
  }
}

/** Of `targets`, what can be dialled from here; nobody is moved from TLS to plain text. */
export const dialable = (
  transports: Readonly<Record<string, Transport>>,
  from: string,
  targets: readonly string[],
): Candidate[] => {
  const secured = isSecured(from)
  return [...new Set(targets)]
    .filter(url => url !== from && transports[schemeOf(url)] !== undefined)
    .filter(url => !secured || isSecured(url))
    .map(url => ({ url, banned: false, patienceMs: PATIENCE_MS }))
}

/** '' of what is no URL. */
const schemeOf = (url: string): string => /^([a-z]+):\/\/[^/\s]/.exec(url)?.[1] ?? ''

const isSecured = (url: string): boolean => ['tls', 'wss'].includes(schemeOf(url))
