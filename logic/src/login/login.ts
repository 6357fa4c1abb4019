import type { Logger, Random, Ticket } from '@longwire/kit'
import { CODES, PREV_STATE, type CodeName } from '@longwire/proto'
import { LimiterUnavailable } from '../limiter/limiter.ts'
import type { Log, MailboxId, Page, Resumption } from '../log/log.ts'
import type { Turns } from '../log/turns.ts'
import { RoutesUnavailable, type NewRoute, type Route } from '../routes/route-table.ts'
import type { Routes } from '../routes/routes.ts'
import { TableUnavailable } from '../store/table.ts'
import type { Apps } from './apps.ts'
import type { Endings, SessionId } from './endings.ts'
import type { Moves } from './moves.ts'
import type { Candidate, GateCounts, OverLimit, SessionLimits } from './session-limits.ts'
import type { Revocations } from './revocations.ts'
import type { Claim, Proof, Verifier } from './verifier.ts'

/** A LOGIN as the gate passes it on. */
export interface LoginCall {
  readonly claim: Claim
  /** Name and version of the client, as it says. */
  readonly agent: string
  /** Of a move, in place of the token; empty: none. */
  readonly ticket: Uint8Array
  /** The session that the client had before, if it says so. */
  readonly previous: SessionId | undefined
  /** The client's saved cursor; epoch 0: it has none. */
  readonly epoch: number
  readonly seq: number
  readonly dial: number
  readonly gate: string
  readonly slot: number
  readonly generation: number
  readonly maxBytes: number
  /** What the client understands: bits of FEATURE. */
  readonly features: number
  /** What its gate has, with this one. */
  readonly counts: GateCounts
}

export interface Welcome {
  readonly welcome: true
  readonly route: Route
  readonly proof: Proof
  /** A row of PREV_STATE: what became of the session that the client names. */
  readonly prevState: number
  readonly heads: Resumption['heads']
  /** Where the client goes on; `reset`: its own cursor is of no use any more. */
  readonly base: number
  readonly reset: boolean
  readonly page: Page
  /** The gate had asked another node too, and that one had set the route: it is not ours to remove. */
  readonly again: boolean
}

export interface Refusal {
  readonly welcome: false
  readonly code: CodeName
  readonly message: string
  /** Milliseconds; 0: not worth trying again as it is. */
  readonly retryAfterMs: number
  /** MOVED: where to log in instead. */
  readonly addresses?: readonly string[]
}

export interface LoginParts {
  readonly verifier: Verifier
  readonly moves: Moves
  readonly revocations: Revocations
  readonly endings: Endings
  readonly apps: Apps
  /** Left out: no limits over all gates. */
  readonly limits?: SessionLimits | undefined
  readonly routes: Routes
  readonly log: Log
  readonly random: Random
  readonly logger: Logger
  readonly pageMessages: number
  /** Shared with other reads. */
  readonly turns: Turns
  /** Told of every login with a ticket. */
  readonly ticketed: (result: 'taken' | 'refused') => void
  /** Told of every login beyond a limit. */
  readonly refused: (code: CodeName) => void
  /** Addresses for an end that does not belong at this gate; undefined: it may stay. */
  readonly elsewhere?: (
    end: { readonly uid: string; readonly appcode: number; readonly agent: string },
    gate: string,
  ) => readonly string[] | undefined
  /** Ends a session on whatever gate it is; false where that gate cannot be told. */
  readonly kick: (route: Route, code: CodeName) => boolean
}

const RETRY_MS = 1_000

/**
 * Token, revocations, then route, then cursor, then page. The route is set before the page is read, so
 * a message that comes in between is in the page or is hinted at, never neither.
 */
export class Logins {
  readonly #parts: LoginParts

  constructor(parts: LoginParts) {
    this.#parts = parts
  }

  /** Never rejects. */
  async login(call: LoginCall): Promise<Welcome | Refusal> {
    try {
      return await this.#login(call)
    } catch (error) {
      return this.#failed(error)
    }
  }

  /** Whether a session may go on with another token, and for how long. Never rejects. */
  async renew(claim: Claim): Promise<Proof | Refusal> {
    try {
      return await this.#admit(claim)
    } catch (error) {
      return this.#failed(error)
    }
  }

  /** Also spreads the clients that come back. */
  refuse(code: CodeName, message: string = CODES[code].text): Refusal {
    const retry = CODES[code].code < 64
    return {
      welcome: false,
      code,
      message,
      retryAfterMs: retry ? Math.round(RETRY_MS * (1 + 2 * this.#parts.random())) : 0,
    }
  }

  /** Removes the route of a session that ended before it was welcomed. */
  async revoke(route: Route): Promise<void> {
    try {
      await this.#parts.routes.unbind(route)
    } catch (error) {
      if (!(error instanceof RoutesUnavailable)) throw error
      // The gate answers STALE to the first hint that takes it.
      this.#parts.logger.warn({ error: error.message }, 'a stale route was left behind')
    }
  }

  async #login(call: LoginCall): Promise<Welcome | Refusal> {
    const { apps, routes, kick, limits } = this.#parts
    const { claim, dial, gate, slot, generation } = call
    const ticket = this.#parts.moves.ticketOf(call)
    const candidate = candidateOf(call, ticket !== undefined)
    const early = await limits?.beforeToken(candidate)
    if (early !== undefined) return this.#overLimit(early)
    const proof = await this.#admitted(call, ticket)
    if ('welcome' in proof) return proof
    const app = apps.get(claim.appcode)
    if (app === undefined) return this.refuse('UNKNOWN_APPCODE')
    const addresses = this.#parts.elsewhere?.({ ...claim, agent: call.agent }, gate)
    if (addresses !== undefined) return { ...this.refuse('MOVED'), retryAfterMs: 0, addresses }
    const late = await limits?.beforeRoute(candidate, app, () =>
      routes.live({ system: app.system, uid: claim.uid }),
    )
    if (late !== undefined) return this.#overLimit(late)
    const { uid, appcode, device } = claim
    const wanted: NewRoute = {
      system: app.system,
      uid,
      appcode,
      device,
      gate,
      slot,
      generation,
      dial,
    }
    const bound = await routes.bind(wanted, apps.ruleOf(app))
    if (!bound.bound) return this.refuse(bound.occupants.length === 0 ? 'STALE_DIAL' : 'NO_ROOM')
    const { replaced } = bound
    const told =
      replaced !== undefined && !isSameSession(replaced, wanted) && kick(replaced, 'SUPERSEDED')
    const prevState = this.#prevState(call, told ? replaced : undefined)
    for (const kicked of bound.kicked) kick(kicked, 'KICKED')
    const route: Route = { ...wanted, fence: bound.fence }
    const again = replaced !== undefined && isSameSession(replaced, wanted)
    try {
      return { ...(await this.#resume(call, route)), proof, prevState, again }
    } catch (error) {
      if (!again) await this.revoke(route)
      throw error
    }
  }

  #overLimit({ code, message, retryAfterMs = 0 }: OverLimit): Refusal {
    const refusal = this.refuse(code, message)
    this.#parts.refused(code)
    return { ...refusal, retryAfterMs: Math.max(refusal.retryAfterMs, retryAfterMs) }
  }

  /** By its ticket where that is good, else by its token where it has one. */
  async #admitted(call: LoginCall, ticket: Ticket | undefined): Promise<Proof | Refusal> {
    const { apps, moves, ticketed } = this.#parts
    const { claim } = call
    if (call.ticket.length === 0) return this.#admit(claim)
    const system = apps.get(claim.appcode)?.system
    const proof =
      ticket === undefined || system === undefined
        ? undefined
        : await moves.proofOf(call, ticket, system)
    ticketed(proof === undefined ? 'refused' : 'taken')
    if (proof !== undefined) return this.#unlessRevoked(claim, proof)
    return claim.token === '' ? this.refuse('TICKET_REFUSED') : this.#admit(claim)
  }

  /** Token, then appcode, then revocations: what it takes to be let in, and to stay. */
  async #admit(claim: Claim): Promise<Proof | Refusal> {
    const proof = await this.#parts.verifier.verify(claim)
    return proof.proven ? this.#unlessRevoked(claim, proof) : this.refuse(proof.code, proof.message)
  }

  #unlessRevoked({ uid, appcode }: Claim, proof: Proof): Proof | Refusal {
    const { apps, revocations } = this.#parts
    const app = apps.get(appcode)
    if (app === undefined) return this.refuse('UNKNOWN_APPCODE')
    const revocation = revocations.judge({ system: app.system, uid, appcode }, proof)
    if (revocation === undefined) return proof
    if (revocation === 'unknown')
      return this.refuse('UNAVAILABLE', 'it cannot be told whether the token was revoked')
    const { text, remedy } = CODES.REVOKED
    return this.refuse('REVOKED', `${text}: ${revocation.reason || remedy}`)
  }

  /** `closed` is the session that was open until now, and has just been told to close. */
  #prevState({ claim, previous }: LoginCall, closed: Route | undefined): number {
    if (previous === undefined) return PREV_STATE.UNKNOWN
    const ended = this.#parts.endings.find(claim.uid, previous)
    if (ended !== undefined) return ended
    return closed?.slot === previous.slot && closed.generation === previous.generation
      ? PREV_STATE.OPEN
      : PREV_STATE.UNKNOWN
  }

  async #resume(
    call: LoginCall,
    route: Route,
  ): Promise<Omit<Welcome, 'proof' | 'prevState' | 'again'>> {
    const { log, pageMessages, turns } = this.#parts
    const mailbox: MailboxId = route
    const { appcode, device } = route
    const { epoch, seq } = call
    const { heads, base, page } = await turns.read(
      () => log.resume(mailbox, appcode, { epoch, seq }, pageMessages, call.maxBytes),
      resumed => resumed.page.messages,
    )
    const end = { appcode, device }
    log.acknowledge(mailbox, end, base)
    const known = epoch === heads.epoch && base === seq
    // Others must not have trimmed what a new end has not read, whoever dies before cursors are written.
    if (!known) await log.enrol(mailbox, end, base)
    return { welcome: true, route, heads, base, reset: !known && epoch !== 0, page }
  }

  #failed(error: unknown): Refusal {
    if (error instanceof TableUnavailable || error instanceof RoutesUnavailable)
      return this.refuse('UNAVAILABLE', error.message)
    if (error instanceof LimiterUnavailable) return this.refuse('UNAVAILABLE', error.message)
    this.#parts.logger.error({ err: error }, 'login failed')
    return this.refuse('INTERNAL')
  }
}

const candidateOf = ({ claim, gate, counts }: LoginCall, replaces: boolean): Candidate => ({
  uid: claim.uid,
  appcode: claim.appcode,
  device: claim.device,
  gate,
  counts,
  replaces,
})

/** A gate that got no answer may have asked again for the very same session. */
const isSameSession = (old: Route, route: NewRoute): boolean =>
  old.gate === route.gate && old.slot === route.slot && old.generation === route.generation
