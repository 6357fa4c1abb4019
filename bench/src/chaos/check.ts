import type { Event } from './history.ts'

/** A client: one device of a user on an appcode. */
export interface ChaosEnd {
  readonly user: number
  readonly appcode: number
}

export interface CheckOptions {
  /** How long after its time to live a message may still arrive. @default 1_000 */
  readonly lateMs?: number
  /** Seq that each end had when this history begins: `lastSeqs` of the verdict before. */
  readonly since?: Float64Array
}

export interface Verdict {
  /** Messages that were answered as stored. */
  readonly accepted: number
  /** Messages at each end that had to get them: they arrived, or their time to live was over first. */
  readonly delivered: number
  readonly expired: number
  /** Accepted, and an end never got it. */
  readonly lost: number
  /** Came again to an app that was done with it, or was stored twice. */
  readonly repeated: number
  readonly outOfOrder: number
  /** Not sent, not to this end, refused, or not what was sent; and ends that were told of a reset or kicked. */
  readonly wrong: number
  /** Came after its time to live. */
  readonly late: number
  /** What the counts mean, one line each; the first of them. */
  readonly violations: readonly string[]
  /** Users of whom something is said there. */
  readonly suspects: readonly number[]
  readonly lastSeqs: Float64Array
}

interface Receipt {
  readonly end: number
  readonly t: number
  readonly life: number
}

interface Send {
  readonly id: number
  readonly user: number
  readonly appcodes: readonly number[]
  readonly ttlMs: number
  /** Largest seq of this user that was answered before this was sent. */
  readonly floor: number
  outcome: 'open' | 'acked' | 'failed'
  ackedAt: number
  seq: number
  readonly receipts: Receipt[]
}

type Fault = 'lost' | 'repeated' | 'outOfOrder' | 'wrong' | 'late'

const LATE_MS = 1_000
const VIOLATIONS_KEPT = 8
const SUSPECTS_KEPT = 4
/** Where several events have one time: causes before effects. */
const RANK: Readonly<Record<Event['op'], number>> = {
  send: 0,
  opened: 1,
  up: 1,
  recv: 2,
  gap: 2,
  reset: 2,
  saved: 3,
  acked: 3,
  failed: 3,
  unknown: 3,
  down: 4,
  kicked: 4,
}

/**
 * Judges a history in O(n log n):
 * 1. every accepted message reaches every end it is for, or its time to live was over;
 * 2. no message is handled twice by an end. An app that died before its cursor was saved may see again
 *    what lies behind the last cursor that was saved, and nothing else;
 * 3. seq rises at every end, and messages of a user that were sent one after the other keep that order;
 * 4. nothing arrives that was not sent, was refused, or is somebody else's;
 * 5. one message has one seq, and one seq one message;
 * 6. nothing arrives later than its time to live;
 * 7. accepted for an end = delivered + expired + lost.
 */
export const checkHistory = (
  events: readonly Event[],
  ends: readonly ChaosEnd[],
  options: CheckOptions = {},
): Verdict => new Judge(ends, options).judge(events)

class Judge {
  readonly #ends: readonly ChaosEnd[]
  readonly #lateMs: number
  readonly #counts: Record<Fault, number> = {
    lost: 0,
    repeated: 0,
    outOfOrder: 0,
    wrong: 0,
    late: 0,
  }
  readonly #violations: string[] = []
  readonly #suspects = new Set<number>()
  readonly #sends = new Map<number, Send>()
  /** Largest seq answered, by user. */
  readonly #answered = new Map<number, number>()
  /** Which message has a seq: by user, then seq. */
  readonly #owners = new Map<number, Map<number, number>>()
  readonly #last: Float64Array
  readonly #saved: Float64Array
  /** How often the app of an end came to life. */
  readonly #lives: Uint32Array

  constructor(ends: readonly ChaosEnd[], { lateMs = LATE_MS, since }: CheckOptions) {
    this.#ends = ends
    this.#lateMs = lateMs
    this.#last = since?.slice() ?? new Float64Array(ends.length)
    this.#saved = new Float64Array(ends.length)
    this.#lives = new Uint32Array(ends.length)
  }

  judge(events: readonly Event[]): Verdict {
    for (const event of events.toSorted((a, b) => a.t - b.t || RANK[a.op] - RANK[b.op])) {
      this.#take(event)
    }
    return { ...this.#account(), ...this.#counts, ...this.#told() }
  }

  #told(): Pick<Verdict, 'violations' | 'suspects' | 'lastSeqs'> {
    return { violations: this.#violations, suspects: [...this.#suspects], lastSeqs: this.#last }
  }

  #blame(fault: Fault, user: number | undefined, text: string): void {
    this.#counts[fault]++
    if (user !== undefined && this.#suspects.size < SUSPECTS_KEPT) this.#suspects.add(user)
    this.#tell(`${fault}: ${text}`)
  }

  #userOf(end: number): number | undefined {
    return this.#ends[end]?.user
  }

  #tell(text: string): void {
    if (this.#violations.length < VIOLATIONS_KEPT) this.#violations.push(text)
  }

  #name(end: number): string {
    const { user, appcode } = this.#ends[end] ?? { user: -1, appcode: -1 }
    return `end ${end} (user ${user}, appcode ${appcode})`
  }

  #take(event: Event): void {
    switch (event.op) {
      case 'send':
        return this.#send(event)
      case 'acked':
        return this.#acked(event)
      case 'failed': {
        const send = this.#sends.get(event.id)
        if (send !== undefined) send.outcome = 'failed'
        return
      }
      case 'recv':
        return this.#received(event)
      case 'saved':
        this.#saved[event.end] = Math.max(this.#saved[event.end]!, event.seq)
        return
      case 'opened':
        this.#lives[event.end]!++
        this.#last[event.end] = event.seq
        return
      case 'reset':
        return this.#blame(
          'wrong',
          this.#userOf(event.end),
          `${this.#name(event.end)} was told that its mailbox began anew`,
        )
      case 'kicked':
        return this.#blame(
          'wrong',
          this.#userOf(event.end),
          `${this.#name(event.end)} was kicked for good`,
        )
      case 'gap':
        // What is missing is found as lost; this says why.
        return this.#tell(
          `${this.#name(event.end)} was told of a gap, ${event.from} to ${event.to}`,
        )
      default:
    }
  }

  #send({ id, user, appcodes, ttlMs }: Event & { op: 'send' }): void {
    if (this.#sends.has(id)) this.#blame('wrong', user, `message ${id} was sent twice by the test`)
    const floor = this.#answered.get(user) ?? 0
    const unanswered = { outcome: 'open', ackedAt: Number.NaN, seq: 0 } as const
    this.#sends.set(id, { id, user, appcodes, ttlMs, floor, ...unanswered, receipts: [] })
  }

  #acked({ id, seq, t }: Event & { op: 'acked' }): void {
    const send = this.#sends.get(id)
    if (send === undefined)
      return this.#blame('wrong', undefined, `an answer for ${id}, which was not sent`)
    send.outcome = 'acked'
    send.ackedAt = t
    this.#place(send, seq)
    if (seq <= send.floor) {
      this.#blame(
        'outOfOrder',
        send.user,
        `message ${id} of user ${send.user} got seq ${seq}, behind ${send.floor}, which was answered before it was sent`,
      )
    }
    this.#answered.set(send.user, Math.max(this.#answered.get(send.user) ?? 0, seq))
  }

  /** One message, one seq, and the reverse. */
  #place(send: Send, seq: number): void {
    if (send.seq !== 0 && send.seq !== seq) {
      this.#blame(
        'repeated',
        send.user,
        `message ${send.id} is stored at seq ${send.seq} and ${seq}`,
      )
    }
    send.seq = seq
    let seqs = this.#owners.get(send.user)
    if (seqs === undefined) this.#owners.set(send.user, (seqs = new Map()))
    const owner = seqs.get(seq)
    if (owner === undefined) seqs.set(seq, send.id)
    else if (owner !== send.id) {
      this.#blame(
        'wrong',
        send.user,
        `seq ${seq} of user ${send.user} is message ${owner} and ${send.id}`,
      )
    }
  }

  #received({ t, end, seq, id, user }: Event & { op: 'recv' }): void {
    const send = this.#sends.get(id)
    const last = this.#last[end]!
    if (send === undefined) {
      const why = seq <= last ? 'again, from an earlier round' : 'not sent, or not yet'
      return this.#blame(
        seq <= last ? 'repeated' : 'wrong',
        this.#userOf(end),
        `${this.#name(end)} got ${id}: ${why}`,
      )
    }
    if (!isFor(send, this.#ends[end]) || user !== send.user) {
      this.#blame(
        'wrong',
        this.#userOf(end),
        `${this.#name(end)} got ${id}, which is for user ${send.user}`,
      )
      return
    }
    this.#place(send, seq)
    const life = this.#lives[end]!
    const earlier = send.receipts.findLast(receipt => receipt.end === end)
    send.receipts.push({ end, t, life })
    if (earlier !== undefined && (earlier.life === life || seq <= this.#saved[end]!)) {
      this.#blame('repeated', this.#userOf(end), `${this.#name(end)} got ${id} twice, seq ${seq}`)
    } else if (seq <= last) {
      this.#blame(
        'outOfOrder',
        this.#userOf(end),
        `${this.#name(end)} got seq ${seq} after ${last}`,
      )
    }
    this.#last[end] = Math.max(last, seq)
  }

  #account(): Pick<Verdict, 'accepted' | 'delivered' | 'expired'> {
    const endsOf = new Map<number, number[]>()
    this.#ends.forEach(({ user }, end) => {
      const list = endsOf.get(user)
      if (list === undefined) endsOf.set(user, [end])
      else list.push(end)
    })
    const sum = { accepted: 0, delivered: 0, expired: 0 }
    for (const send of this.#sends.values()) {
      if (send.outcome === 'failed' && send.receipts.length > 0) {
        this.#blame('wrong', send.user, `message ${send.id} was refused and arrived all the same`)
      }
      this.#checkTimes(send)
      if (send.outcome !== 'acked') continue
      sum.accepted++
      for (const end of endsOf.get(send.user) ?? []) {
        if (!isFor(send, this.#ends[end])) continue
        if (send.receipts.some(receipt => receipt.end === end)) sum.delivered++
        else if (send.ttlMs > 0) sum.expired++
        else
          this.#blame(
            'lost',
            send.user,
            `message ${send.id}, seq ${send.seq}: ${this.#name(end)} never got it`,
          )
      }
    }
    return sum
  }

  #checkTimes({ id, ttlMs, ackedAt, receipts }: Send): void {
    if (ttlMs === 0 || Number.isNaN(ackedAt)) return
    for (const { end, t } of receipts) {
      const late = t - ackedAt - ttlMs
      if (late > this.#lateMs)
        this.#blame(
          'late',
          this.#userOf(end),
          `${this.#name(end)} got ${id} ${late.toFixed(0)} ms after its time`,
        )
    }
  }
}

const isFor = ({ user, appcodes }: Send, end: ChaosEnd | undefined): boolean =>
  end !== undefined &&
  user === end.user &&
  (appcodes.length === 0 || appcodes.includes(end.appcode))
