import { gateMark, type Clock, type Ticket, type Tickets } from '@longwire/kit'
import type { Route, UserKey } from '../routes/route-table.ts'
import type { LoginCall } from './login.ts'
import type { Proof } from './verifier.ts'

export interface MovesParts {
  readonly clock: Clock
  readonly tickets: Tickets
  /** The user's sessions that are not of dead gates. */
  readonly live: (user: UserKey) => Promise<readonly Route[]>
}

/** Logins of sessions that their gate has sent elsewhere: its ticket stands in for the token. */
export class Moves {
  readonly #parts: MovesParts

  constructor(parts: MovesParts) {
    this.#parts = parts
  }

  /** The ticket of a LOGIN; undefined: it has none, or none that is good for it. */
  ticketOf({ claim, ticket }: LoginCall): Ticket | undefined {
    const { tickets, clock } = this.#parts
    return ticket.length === 0 ? undefined : tickets.read(claim, ticket, clock.now())
  }

  /** What it proves; undefined: its device has another session by now. */
  async proofOf(call: LoginCall, ticket: Ticket, system: string): Promise<Proof | undefined> {
    const { uid, appcode, device } = call.claim
    const routes = await this.#parts.live({ system, uid })
    const current = routes.find(route => route.appcode === appcode && route.device === device)
    if (current !== undefined && !isOf(current, ticket) && !isOurs(current, call)) return undefined
    const { tokenExpiresAt, issuedAt, tokenHigh, tokenLow } = ticket
    const leftMs = tokenExpiresAt - this.#parts.clock.now()
    return {
      proven: true,
      expiresMs: tokenExpiresAt === 0 ? 0 : Math.max(1, leftMs),
      issuedAt,
      tokenId: '',
      tokenHash: { high: tokenHigh, low: tokenLow },
    }
  }
}

const isOf = (route: Route, { gate, slot, generation }: Ticket): boolean =>
  route.slot === slot && route.generation === generation && gateMark(route.gate) === gate

/** Its gate had asked another node for the very same session. */
const isOurs = (route: Route, { gate, slot, generation }: LoginCall): boolean =>
  route.gate === gate && route.slot === slot && route.generation === generation
