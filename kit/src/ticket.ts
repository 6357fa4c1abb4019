import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Who may use a ticket: it is of no use for anybody else. */
export interface TicketHolder {
  readonly uid: string
  readonly appcode: number
  readonly device: string
}

/** A session that its gate sends elsewhere. Times are milliseconds since 1970. */
export interface Ticket {
  /** {@link gateMark} of its gate. */
  readonly gate: string
  readonly slot: number
  readonly generation: number
  /** The ticket is of no use from then on. */
  readonly expiresAt: number
  /** The end of the token that the session goes by; 0: it has none. */
  readonly tokenExpiresAt: number
  /** When that was issued; 0: not known. */
  readonly issuedAt: number
  /** Hash of its id; both 0: it has none. */
  readonly tokenHigh: number
  readonly tokenLow: number
}

/** How tickets name the gate with this node id. */
export const gateMark = (gate: string): string =>
  createHash('sha256')
    .update(gate)
    .digest('hex')
    .slice(0, 2 * GATE_BYTES)

/**
 * Mints tickets on a gate and reads them on logic. What is in one is known to its client anyway; that it was
 * not changed, and for whom it is, is shown by a MAC whose key comes from the secret of the cluster.
 *
 * | at | bytes | |
 * |----|-------|-|
 * | 0  | 1  | version, 1 |
 * | 1  | 8  | gate: first bytes of SHA-256 of its node id |
 * | 9  | 8  | slot u32, generation u32 |
 * | 17 | 6  | end of the ticket |
 * | 23 | 6  | end of the token; 0: none |
 * | 29 | 6  | token issued at; 0: not known |
 * | 35 | 8  | hash of the token's id |
 * | 43 | 16 | HMAC-SHA256 over bytes 0 to 42, appcode u16, length of uid u8, uid, device; cut |
 */
export class Tickets {
  readonly #key: Buffer

  constructor(secret: string) {
    this.#key = createHmac('sha256', secret).update('tickets of moves, version 1').digest()
  }

  mint(holder: TicketHolder, ticket: Ticket): Uint8Array {
    const bytes = Buffer.alloc(TICKET_BYTES)
    bytes[0] = VERSION
    bytes.write(ticket.gate, 1, 'hex')
    bytes.writeUInt32BE(ticket.slot, 9)
    bytes.writeUInt32BE(ticket.generation, 13)
    bytes.writeUIntBE(timeOf(ticket.expiresAt), 17, 6)
    bytes.writeUIntBE(timeOf(ticket.tokenExpiresAt), 23, 6)
    bytes.writeUIntBE(timeOf(ticket.issuedAt), 29, 6)
    bytes.writeUInt32BE(ticket.tokenHigh, 35)
    bytes.writeUInt32BE(ticket.tokenLow, 39)
    this.#macOf(holder, bytes).copy(bytes, FACTS_BYTES)
    return bytes
  }

  /** Undefined: it is no ticket of this cluster, not for this holder, or its time is over. */
  read(holder: TicketHolder, from: Uint8Array, now: number): Ticket | undefined {
    if (from.length !== TICKET_BYTES || from[0] !== VERSION) return undefined
    const bytes = Buffer.from(from)
    if (!timingSafeEqual(this.#macOf(holder, bytes), bytes.subarray(FACTS_BYTES))) return undefined
    const ticket = {
      gate: bytes.toString('hex', 1, 1 + GATE_BYTES),
      slot: bytes.readUInt32BE(9),
      generation: bytes.readUInt32BE(13),
      expiresAt: bytes.readUIntBE(17, 6),
      tokenExpiresAt: bytes.readUIntBE(23, 6),
      issuedAt: bytes.readUIntBE(29, 6),
      tokenHigh: bytes.readUInt32BE(35),
      tokenLow: bytes.readUInt32BE(39),
    }
    const { expiresAt, tokenExpiresAt } = ticket
    return now >= expiresAt || (tokenExpiresAt !== 0 && now >= tokenExpiresAt) ? undefined : ticket
  }

  #macOf({ uid, appcode, device }: TicketHolder, bytes: Buffer): Buffer {
    const head = Buffer.from([appcode >> 8, appcode & 255, Buffer.byteLength(uid)])
    return createHmac('sha256', this.#key)
      .update(bytes.subarray(0, FACTS_BYTES))
      .update(head)
      .update(uid)
      .update(device)
      .digest()
      .subarray(0, MAC_BYTES)
  }
}

const VERSION = 1
const GATE_BYTES = 8
const FACTS_BYTES = 43
const MAC_BYTES = 16
const TICKET_BYTES: number = FACTS_BYTES + MAC_BYTES
const TIME_MAX: number = 2 ** 48 - 1

const timeOf = (ms: number): number => Math.min(TIME_MAX, Math.max(0, Math.round(ms)))
