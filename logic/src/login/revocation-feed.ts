import { numberIn, textIn } from '../log/rows.ts'
import { TableUnavailable, keyEnd, keySeq, type Doc, type Row, type Table } from '../store/table.ts'

/** Tokens that are worth nothing any more. */
export interface Revocation {
  /** Its place in the feed. */
  readonly seq: number
  /** Whose tokens; '': one token. */
  readonly system: string
  readonly uid: string
  /** 0: on every appcode of the system. */
  readonly appcode: number
  readonly tokenId: string
  /** Milliseconds since 1970: only tokens issued earlier; 0: all. */
  readonly issuedBefore: number
  /** For the client and for operators. */
  readonly reason: string
  /** The business whose key was used. */
  readonly by: string
  readonly createdAt: number
  /** No token that it is about is good for longer. */
  readonly expiresAt: number
}

/** An entry of the feed: a revocation, or the end of an earlier one. */
export type FeedEntry =
  | { readonly kind: 'revoke'; readonly revocation: Revocation }
  | {
      readonly kind: 'lift'
      readonly seq: number
      readonly lifts: number
      readonly expiresAt: number
    }

const FEED = 'revocations/'
const TRIES = 100

/**
 * All revocations of a cluster in one order. An entry is born at last + 1 or not at all, so who has
 * read up to some entry misses nothing before it; the last one is never removed, so places are never
 * used again.
 */
export class RevocationFeed {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  /** Resolves to its place once the revocation is durable. */
  revoke(revocation: Omit<Revocation, 'seq'>): Promise<number> {
    const { system, uid, appcode, tokenId, issuedBefore, reason, by, createdAt, expiresAt } =
      revocation
    return this.#append({
      kind: 'revoke',
      system,
      uid,
      appcode,
      token_id: tokenId,
      issued_before: issuedBefore,
      reason,
      by,
      at: createdAt,
      expire_at: expiresAt,
    })
  }

  lift(revocation: Revocation, by: string, now: number): Promise<number> {
    const { seq, expiresAt } = revocation
    return this.#append({ kind: 'lift', lifts: seq, by, at: now, expire_at: expiresAt })
  }

  /** Entries from place `from` on, in order. */
  async read(from: number, limit: number): Promise<FeedEntry[]> {
    const rows = await this.#table.range(FEED + keySeq(from), keyEnd(FEED), limit)
    return rows.map(entryOf)
  }

  remove(places: readonly number[]): Promise<void> {
    return this.#table.remove(places.map(seq => FEED + keySeq(seq)))
  }

  async #append(doc: Doc): Promise<number> {
    for (let tries = 0; tries < TRIES; tries++) {
      const [last] = await this.#table.range(FEED, keyEnd(FEED), 1, true)
      const seq = last === undefined ? 1 : placeOf(last) + 1
      const [inserted] = await this.#table.insert([[{ key: FEED + keySeq(seq), doc }]])
      if (inserted === 1) return seq
    }
    throw new TableUnavailable('the feed of revocations has too many writers')
  }
}

const placeOf = (row: Row): number => Number(row.key.slice(FEED.length))

const entryOf = (row: Row): FeedEntry => {
  const { doc } = row
  const seq = placeOf(row)
  const expiresAt = numberIn(doc, 'expire_at')
  if (doc['kind'] === 'lift') return { kind: 'lift', seq, lifts: numberIn(doc, 'lifts'), expiresAt }
  const revocation = {
    seq,
    system: textIn(doc, 'system'),
    uid: textIn(doc, 'uid'),
    appcode: numberIn(doc, 'appcode'),
    tokenId: textIn(doc, 'token_id'),
    issuedBefore: numberIn(doc, 'issued_before'),
    reason: textIn(doc, 'reason'),
    by: textIn(doc, 'by'),
    createdAt: numberIn(doc, 'at'),
    expiresAt,
  }
  return { kind: 'revoke', revocation }
}
