import type { Clock, Logger, Timer } from '@longwire/kit'
import { TableUnavailable } from '../store/table.ts'
import type { FeedEntry, Revocation, RevocationFeed } from './revocation-feed.ts'
import { tokenHash, type TokenHash } from './token-hash.ts'
import { hashOfToken, type Proof } from './verifier.ts'

export interface RevocationsParts {
  readonly feed: RevocationFeed
  readonly clock: Clock
  readonly logger: Logger
  /** How long a token may be good for, and so a revocation. */
  readonly lifetimeMs: number
  /** Tells every gate: of these revocations, or that one was lifted. */
  readonly tell: (revocations: readonly Revocation[], lifted: boolean) => void
}

/** What is to be revoked: the tokens of a user, or one token. */
export type RevocationRequest = Pick<
  Revocation,
  'system' | 'uid' | 'appcode' | 'tokenId' | 'issuedBefore' | 'reason' | 'by'
>

const POLL_MS = 500
const PAGE = 1_000
/** Who has not heard of revocations for this long lets nobody in. */
const STALE_MS = 10_000
const SWEEP_MS = 10 * 60_000

/**
 * The revocations that hold, as this node knows them: at most a poll behind the store. All of them
 * are kept in memory, since every login asks.
 */
export class Revocations {
  readonly #parts: RevocationsParts
  readonly #bySeq = new Map<number, Revocation>()
  readonly #ofUser = new Map<string, Revocation[]>()
  /** By the hash of its id: tickets know no more. */
  readonly #ofToken = new Map<string, Revocation[]>()
  /** Places whose entry has no effect any more once its time is over. */
  readonly #lifts = new Map<number, number>()
  #last = 0
  #heardMs = -Infinity
  #sweptMs: number
  #timer: Timer | undefined
  #refreshing: Promise<void> | undefined
  #failing = false
  #stopped = false

  constructor(parts: RevocationsParts) {
    this.#parts = parts
    this.#sweptMs = parts.clock.monotonic()
  }

  get size(): number {
    return this.#bySeq.size
  }

  /** Resolves after the first look at the store. Never rejects: it is tried again and again. */
  async start(): Promise<void> {
    await this.#poll()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#refreshing?.catch(() => undefined)
  }

  /** 'unknown': nobody may be let in, because the store was not heard of for too long. */
  judge(
    who: { readonly system: string; readonly uid: string; readonly appcode: number },
    proof: Proof,
  ): Revocation | 'unknown' | undefined {
    const { clock } = this.#parts
    if (clock.monotonic() - this.#heardMs > STALE_MS) return 'unknown'
    if (this.#bySeq.size === 0) return undefined
    const now = clock.now()
    const holds = ({ expiresAt, appcode, issuedBefore }: Revocation): boolean =>
      expiresAt > now &&
      (appcode === 0 || appcode === who.appcode) &&
      (issuedBefore === 0 || proof.issuedAt < issuedBefore)
    const ofToken = this.#ofToken.get(keyOf(hashOfToken(proof)))?.find(holds)
    return ofToken ?? this.#ofUser.get(`${who.system}\n${who.uid}`)?.find(holds)
  }

  /** Resolves once it is durable, and told to the gates of this node. */
  async revoke(request: RevocationRequest): Promise<Revocation> {
    const { feed, clock, lifetimeMs } = this.#parts
    const createdAt = clock.now()
    // A token issued at this moment by a clock that is ahead is good for a little longer.
    const revocation = { ...request, createdAt, expiresAt: createdAt + lifetimeMs + MARGIN_MS }
    const seq = await feed.revoke(revocation)
    await this.#catchUp()
    return { ...revocation, seq }
  }

  /** Ends a revocation; undefined: there is none of that number. */
  async lift(seq: number, by: string): Promise<Revocation | undefined> {
    const revocation = await this.get(seq)
    if (revocation === undefined) return undefined
    await this.#parts.feed.lift(revocation, by, this.#parts.clock.now())
    await this.#catchUp()
    return revocation
  }

  async get(seq: number): Promise<Revocation | undefined> {
    await this.#refresh()
    return this.#current().find(each => each.seq === seq)
  }

  /** Those that hold now, the oldest first, also what other nodes took. */
  async list(): Promise<readonly Revocation[]> {
    await this.#refresh()
    return this.#current()
  }

  /** The same as far as it is known here: what a gate is told that has just linked up. */
  known(): readonly Revocation[] {
    return this.#current()
  }

  #current(): Revocation[] {
    const now = this.#parts.clock.now()
    return [...this.#bySeq.values()].filter(each => each.expiresAt > now)
  }

  /** What was stored counts, whether or not it can be read back now: then the next poll does. */
  async #catchUp(): Promise<void> {
    try {
      await this.#refresh()
    } catch (error) {
      if (!(error instanceof TableUnavailable)) throw error
    }
  }

  async #poll(): Promise<void> {
    const { clock, logger } = this.#parts
    try {
      await this.#refresh()
      await this.#sweep()
      if (this.#failing) logger.info('revocations can be read again')
      this.#failing = false
    } catch (error) {
      if (!this.#failing) logger.warn({ err: error }, 'revocations cannot be read')
      this.#failing = true
    }
    if (!this.#stopped) this.#timer = clock.after(POLL_MS, () => void this.#poll())
  }

  /** Reads what is new. One at a time: who asks meanwhile is answered by a read of its own behind it. */
  #refresh(): Promise<void> {
    const before = this.#refreshing ?? Promise.resolve()
    const mine = before.catch(() => undefined).then(() => this.#read())
    this.#refreshing = mine
    return mine
  }

  async #read(): Promise<void> {
    const { feed, clock } = this.#parts
    const askedMs = clock.monotonic()
    for (;;) {
      const page = await feed.read(Math.max(this.#last, 1), PAGE)
      // The last entry of the feed is never removed: where it is missing, this is another feed.
      const other = page.length === 0 && this.#last > 0
      if (other) this.#forget()
      this.#take(page)
      if (!other && page.length < PAGE) break
    }
    this.#heardMs = askedMs
  }

  #take(entries: readonly FeedEntry[]): void {
    const begun: Revocation[] = []
    const lifted: Revocation[] = []
    for (const entry of entries) {
      const seq = entry.kind === 'lift' ? entry.seq : entry.revocation.seq
      if (seq <= this.#last) continue
      this.#last = seq
      if (entry.kind === 'revoke') {
        this.#add(entry.revocation)
        begun.push(entry.revocation)
        continue
      }
      this.#lifts.set(seq, entry.expiresAt)
      const ended = this.#bySeq.get(entry.lifts)
      if (ended === undefined) continue
      this.#drop(ended)
      this.#lifts.set(ended.seq, ended.expiresAt)
      lifted.push(ended)
    }
    const { tell, clock } = this.#parts
    const now = clock.now()
    const holding = begun.filter(each => this.#bySeq.has(each.seq) && each.expiresAt > now)
    if (holding.length > 0) tell(holding, false)
    if (lifted.length > 0) tell(lifted, true)
  }

  /** The store was lost: what it holds from now on is read from its start. */
  #forget(): void {
    this.#parts.logger.warn('the feed of revocations began anew')
    this.#last = 0
    this.#bySeq.clear()
    this.#ofUser.clear()
    this.#ofToken.clear()
    this.#lifts.clear()
  }

  /** Removes what has expired; several nodes may do it at once. */
  async #sweep(): Promise<void> {
    const { clock, feed } = this.#parts
    if (clock.monotonic() - this.#sweptMs < SWEEP_MS) return
    this.#sweptMs = clock.monotonic()
    const old = clock.now() - MARGIN_MS
    const gone = [...this.#bySeq.values()].filter(each => each.expiresAt < old)
    const lifts = [...this.#lifts].filter(([, expiresAt]) => expiresAt < old).map(([seq]) => seq)
    const places = [...gone.map(each => each.seq), ...lifts].filter(seq => seq !== this.#last)
    await feed.remove(places)
    for (const revocation of gone) this.#drop(revocation)
    for (const seq of lifts) this.#lifts.delete(seq)
    // Kept in the store for the sake of its place.
    if (gone.some(each => each.seq === this.#last) || lifts.includes(this.#last))
      this.#lifts.set(this.#last, old)
  }

  #add(revocation: Revocation): void {
    this.#bySeq.set(revocation.seq, revocation)
    const [lists, key] = this.#placeOf(revocation)
    lists.set(key, [...(lists.get(key) ?? []), revocation])
  }

  #drop(revocation: Revocation): void {
    this.#bySeq.delete(revocation.seq)
    const [lists, key] = this.#placeOf(revocation)
    const left = (lists.get(key) ?? []).filter(each => each.seq !== revocation.seq)
    if (left.length > 0) lists.set(key, left)
    else lists.delete(key)
  }

  #placeOf({ tokenId, system, uid }: Revocation): [Map<string, Revocation[]>, string] {
    return tokenId === ''
      ? [this.#ofUser, `${system}\n${uid}`]
      : [this.#ofToken, keyOf(tokenHash(tokenId))]
  }
}

const keyOf = ({ high, low }: TokenHash): string => `${high}.${low}`

const MARGIN_MS = 60_000
