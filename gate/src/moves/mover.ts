import type { Clock, Logger, Random, Ticket, TicketHolder } from '@longwire/kit'
import { CMD, CODES, edgeBody, FEATURE } from '@longwire/proto'
import { trunkBody } from '@longwire/proto/trunk'
import { widened } from '../columns.ts'
import type { Counters } from '../counters.ts'
import type { Hangup } from '../hangup.ts'
import { type GateLimits, TICK_MS } from '../limits.ts'
import type { Outbox } from '../outbox.ts'
import { FLAG, type SessionTable, STATE } from '../session-table.ts'
import { Job, STAGE } from './job.ts'
import { selectionOf } from './selection.ts'
import type { Targets } from './targets.ts'

export interface MoverParts {
  readonly table: SessionTable
  readonly outbox: Outbox
  readonly hangup: Hangup
  readonly targets: Targets
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly counters: Counters
  readonly limits: GateLimits
  readonly addressOf: (source: number) => string
  readonly mint: (holder: TicketHolder, ticket: Omit<Ticket, 'gate'>) => Uint8Array
}

/** What state a Move asks for. */
export const MOVE = { RUN: 1, PAUSE: 2, CANCEL: 3 } as const

type Move = trunkBody.Move

/** With what is left out as it is on the wire. */
export const moveOf = (given: trunkBody.Move.$Properties): Move =>
  trunkBody.Move.decode(trunkBody.Move.encode(given).finish())

const JOBS_MAX = 64
/** Slots looked at in one go: about 10 ms. */
const SCAN_SLOTS = 32_768
/** A job that nobody repeats stands still after this, and is forgotten after that. */
const LEASE_MS = 10_000
const FORGET_MS = 10 * 60_000
/** A ticket is good for a little longer than its client tries: clocks of gates and logic differ. */
const TICKET_MARGIN_MS = 10_000
/** Told sessions that have not left are let grow to what goes in this time beyond the spread. */
const UNDER_WAY_MS = 5_000
const UNDER_WAY_LEAST = 16
/** How long logic may take to say that a session which ended has a successor. */
const SETTLE_MS = 3_000

/**
 * Sends sessions elsewhere, so many in a second, and follows each of them until it has gone or its time is
 * over. While there is no job it costs nothing; a job costs six bytes a slot.
 */
export class Mover {
  readonly #parts: MoverParts
  readonly #jobs = new Map<string, Job>()
  /** By number. */
  readonly #byNumber: (Job | undefined)[] = [undefined]
  #job: Uint8Array = NO_BYTES
  #stage: Uint8Array = NO_BYTES
  #toldAt: Uint32Array = new Uint32Array(0)
  /** Sessions that have ended; whether for a successor is not known yet. By slot and generation. */
  readonly #settling = new Map<
    number,
    { readonly job: Job; readonly at: number; readonly told: number }
  >()

  constructor(parts: MoverParts) {
    this.#parts = parts
  }

  /** Somebody wants this gate to be empty. */
  get draining(): boolean {
    for (const { move } of this.#jobs.values()) if (move.drain) return true
    return false
  }

  /** Sessions that jobs have still to tell. */
  get waiting(): number {
    let waiting = 0
    for (const job of this.#jobs.values()) waiting += job.waiting
    return waiting
  }

  /** The same as bytes of MOVE and MOVING. */
  asked(body: Uint8Array): Uint8Array {
    return trunkBody.Moving.encode(this.order(trunkBody.Move.decode(body), false)).finish()
  }

  /** Takes an order, new or said before, and answers how far it is. `own`: it need not be repeated. */
  order(move: Move, own: boolean): trunkBody.Moving.$Properties {
    const { table, log } = this.#parts
    const known = this.#jobs.get(move.id)
    if (move.state === MOVE.CANCEL) {
      const last = known === undefined ? { id: move.id } : this.#progress(known)
      if (known !== undefined) this.#forget(known)
      return { ...last, done: true, sessions: table.ready }
    }
    const problem = problemOf(move)
    if (problem !== '') return { id: move.id, problem, sessions: table.ready }
    if (known === undefined && this.#jobs.size >= JOBS_MAX)
      return {
        id: move.id,
        problem: `${JOBS_MAX} moves are under way here: cancel some`,
        sessions: table.ready,
      }
    let job = known
    if (job === undefined) {
      try {
        job = this.#begin(move, own)
      } catch (error) {
        return {
          id: move.id,
          problem: error instanceof Error ? error.message : String(error),
          sessions: table.ready,
        }
      }
      log.info({ move: move.id, reason: move.reason, drain: move.drain }, 'sessions are to move')
    }
    this.#update(job, move)
    this.#scan(job)
    return this.#progress(job)
  }

  /** Every TICK_MS. */
  tick(): void {
    if (this.#jobs.size === 0) return
    const { now } = this.#parts.table
    for (const job of this.#jobs.values()) {
      const silentMs = job.own ? 0 : now - job.saidAt
      if (silentMs > FORGET_MS) {
        this.#parts.log.warn({ move: job.move.id }, 'nobody asks for this move any more')
        this.#forget(job)
        continue
      }
      this.#scan(job)
      if (job.move.state === MOVE.RUN && silentMs <= LEASE_MS) this.#tellSome(job)
      this.#overdue(job)
    }
    this.#settle()
  }

  /** A session is over; its row is still whole. */
  left(slot: number, reason: string): void {
    const job = this.#jobOf(slot)
    this.#parts.counters.health.ended(reason, job !== undefined)
    if (job === undefined) return
    const stage = this.#stage[slot]!
    const told = this.#toldAt[slot]!
    this.#release(slot)
    if (stage === STAGE.CHOSEN) {
      job.waiting--
      job.left++
      return
    }
    if (stage === STAGE.TOLD) job.pending--
    if (reason === 'SUPERSEDED') return this.#moved(job, told, stage)
    if (stage === STAGE.FAILED) return
    // Its client may have gone before logic could say that it has another session.
    job.pending++
    this.#settling.set(this.#keyOf(slot), { job, at: this.#parts.table.now, told })
  }

  /** Logic says that this session, which is not here any more, has a successor. */
  superseded(slot: number, generation: number): void {
    const key = generation * 2 ** 21 + slot
    const ended = this.#settling.get(key)
    if (ended === undefined) return
    this.#settling.delete(key)
    ended.job.pending--
    this.#moved(ended.job, ended.told, STAGE.TOLD)
  }

  #begin(move: Move, own: boolean): Job {
    const { table, addressOf } = this.#parts
    const selects = selectionOf({ table, addressOf }, move)
    const free = this.#byNumber.indexOf(undefined, 1)
    const number = free < 0 ? this.#byNumber.length : free
    const job = new Job(number, { move, selects, own, saidAt: table.now })
    this.#byNumber[number] = job
    this.#jobs.set(move.id, job)
    return job
  }

  #update(job: Job, move: Move): void {
    const { table } = this.#parts
    const counting = job.move.state === MOVE.PAUSE && job.waiting + job.toldCount === 0
    if (counting && move.state === MOVE.RUN) job.restart()
    job.move = move
    job.saidAt = table.now
  }

  #forget(job: Job): void {
    this.#jobs.delete(job.move.id)
    this.#byNumber[job.number] = undefined
    for (const [key, ended] of this.#settling) if (ended.job === job) this.#settling.delete(key)
    for (let slot = 0; slot < this.#job.length; slot++)
      if (this.#job[slot] === job.number) this.#release(slot)
    if (this.#jobs.size > 0) return
    this.#job = this.#stage = NO_BYTES
    this.#toldAt = new Uint32Array(0)
  }

  /** Looks at some slots. One that drains begins again: sessions may have been logging in. */
  #scan(job: Job): void {
    const { table } = this.#parts
    if (job.counted && !job.move.drain) return
    this.#widen()
    if (job.counted && job.scanAt >= table.capacity) job.scanAt = 0
    const chooses = job.move.state === MOVE.RUN || job.waiting + job.toldCount > 0
    const end = Math.min(table.capacity, job.scanAt + SCAN_SLOTS)
    for (let slot = job.scanAt; slot < end; slot++) {
      if (table.state[slot] !== STATE.READY || !this.#isFree(slot, job)) continue
      if (job.move.count > 0 && job.matching >= job.move.count) {
        job.counted = true
        return
      }
      if (!job.selects(slot)) continue
      job.matching++
      if (!chooses) continue
      this.#take(slot, job)
    }
    job.scanAt = end
    job.counted ||= end === table.capacity
  }

  /** A session belongs to one job; who drains takes those that no other has told. */
  #isFree(slot: number, job: Job): boolean {
    const other = this.#job[slot]!
    if (other === 0) return true
    if (other === job.number) return false
    return job.move.drain && this.#stage[slot] !== STAGE.TOLD
  }

  #take(slot: number, job: Job): void {
    const other = this.#jobOf(slot)
    if (other !== undefined && this.#stage[slot] === STAGE.CHOSEN) {
      other.waiting--
      other.matching--
    }
    this.#job[slot] = job.number
    this.#stage[slot] = STAGE.CHOSEN
    job.waiting++
    job.chosen.push(slot, 0)
  }

  #tellSome(job: Job): void {
    const perSecond = this.#perSecond(job)
    const step = (perSecond * TICK_MS) / 1_000
    job.allowance = Math.min(job.allowance + step, Math.max(1, step))
    const underWay = (perSecond * (this.#spreadMs(job) + UNDER_WAY_MS)) / 1_000 + UNDER_WAY_LEAST
    while (job.allowance >= 1 && job.chosen.size > 0 && job.pending < underWay) {
      const { slot } = job.chosen
      job.chosen.shift()
      if (this.#job[slot] !== job.number || this.#stage[slot] !== STAGE.CHOSEN) continue
      job.allowance--
      this.#tell(slot, job)
    }
  }

  #tell(slot: number, job: Job): void {
    const { table, targets, outbox, counters } = this.#parts
    const { move } = job
    const transport = table.has(slot, FLAG.WS) ? 'ws' : 'tcp'
    const need = { transport, appcode: table.appcode[slot]! } as const
    const urls = targets.pick(need, move.targets, job.waiting)
    const spread = this.#spreadMs(job)
    job.waiting--
    job.toldCount++
    this.#toldAt[slot] = table.tenths(table.now)
    job.problem = urls.length > 0 ? '' : `no other gate takes sessions by ${transport}`
    if (urls.length === 0 && !move.drain) {
      this.#stage[slot] = STAGE.FAILED
      job.failed++
      counters.moves('failed').add()
      return
    }
    this.#stage[slot] = STAGE.TOLD
    job.pending++
    counters.moves('told').add()
    const understands = (table.features[slot]! & FEATURE.MIGRATE) !== 0
    if (!understands || urls.length === 0) {
      this.#askToLeave(slot, { spread, addresses: urls })
      job.asked.push(slot, table.now)
      return
    }
    const deadline = this.#deadlineMs(job)
    const ticket = this.#ticketOf(slot, deadline)
    const body = { targets: urls, spread, ticket, reason: move.reason, deadline }
    outbox.to(slot).raw(CMD.MIGRATE, 0, edgeBody.Migrate.encode(body).finish())
    job.told.push(slot, table.now)
  }

  /** All clients know this word, and some of them that they may go on until they have another session. */
  #askToLeave(slot: number, { spread, addresses }: { spread: number; addresses: string[] }): void {
    const { code, text, remedy } = CODES.DRAINING
    const farewell = { message: `${text}: ${remedy}`, spread, addresses }
    if (spread > 0) this.#parts.hangup.warn(slot, code, farewell)
    else this.#parts.hangup.kick(slot, code, farewell)
  }

  #ticketOf(slot: number, deadlineMs: number): Uint8Array {
    const { table, clock, mint } = this.#parts
    const now = clock.now()
    const expiresAt = table.expiresAt[slot]!
    return mint(
      { uid: table.uid[slot]!, appcode: table.appcode[slot]!, device: table.device[slot]! },
      {
        slot,
        generation: table.generation[slot]!,
        expiresAt: now + deadlineMs + TICKET_MARGIN_MS,
        tokenExpiresAt: expiresAt === Infinity ? 0 : now + (expiresAt - table.now),
        issuedAt: table.issuedAt[slot]!,
        tokenHigh: table.tokenHigh[slot]!,
        tokenLow: table.tokenLow[slot]!,
      },
    )
  }

  /** What is still here although its time is over. */
  #overdue(job: Job): void {
    const { table, hangup, counters } = this.#parts
    const deadline = this.#deadlineMs(job)
    const servedMs = Math.min(deadline, this.#spreadMs(job) + this.#parts.limits.lingerMs)
    for (const queue of [job.told, job.asked]) {
      const hasMs = queue === job.told ? deadline : servedMs
      while (queue.size > 0 && table.now - queue.time >= hasMs) {
        const { slot, time } = queue
        queue.shift()
        if (!this.#isStill(slot, job, time)) continue
        this.#stage[slot] = STAGE.FAILED
        job.pending--
        job.failed++
        counters.moves('failed').add()
        if (queue === job.asked) this.#sendAway(slot, job, hangup)
      }
    }
  }

  /** It does not know MIGRATE, and has not left by itself. */
  #sendAway(slot: number, job: Job, hangup: Hangup): void {
    const { table, targets } = this.#parts
    const { code, text, remedy } = job.move.drain ? CODES.DRAINING : CODES.MOVED
    const transport = table.has(slot, FLAG.WS) ? 'ws' : 'tcp'
    const need = { transport, appcode: table.appcode[slot]! } as const
    const addresses = targets.pick(need, job.move.targets, 0)
    const spread = job.move.drain ? 0 : this.#spreadMs(job)
    hangup.kick(slot, code, { message: `${text}: ${remedy}`, spread, addresses })
  }

  #isStill(slot: number, job: Job, toldAt: number): boolean {
    return (
      this.#job[slot] === job.number &&
      this.#stage[slot] === STAGE.TOLD &&
      this.#toldAt[slot] === this.#parts.table.tenths(toldAt)
    )
  }

  #settle(): void {
    const { now } = this.#parts.table
    for (const [key, { job, at }] of this.#settling) {
      if (now - at < SETTLE_MS) return
      this.#settling.delete(key)
      job.pending--
      job.left++
      this.#parts.counters.moves('left').add()
    }
  }

  #moved(job: Job, toldTenths: number, stage: number): void {
    const { counters, table } = this.#parts
    if (stage === STAGE.FAILED) job.failed--
    job.moved++
    counters.moves('moved').add()
    counters.moveSeconds.observe(Math.max(0, table.now - table.msOf(toldTenths)) / 1_000)
  }

  #jobOf(slot: number): Job | undefined {
    const number = this.#job[slot] ?? 0
    return number === 0 ? undefined : this.#byNumber[number]
  }

  #release(slot: number): void {
    this.#job[slot] = this.#stage[slot] = this.#toldAt[slot] = 0
  }

  #widen(): void {
    const { capacity } = this.#parts.table
    if (this.#job.length === capacity) return
    this.#job = widened(new Uint8Array(capacity), this.#job)
    this.#stage = widened(new Uint8Array(capacity), this.#stage)
    this.#toldAt = widened(new Uint32Array(capacity), this.#toldAt)
  }

  #keyOf(slot: number): number {
    return this.#parts.table.generation[slot]! * 2 ** 21 + slot
  }

  #perSecond({ move }: Job): number {
    return move.perSecond || this.#parts.targets.perSecond(move.targets)
  }

  #spreadMs({ move }: Job): number {
    return move.spread || this.#parts.limits.moveSpreadMs
  }

  #deadlineMs({ move }: Job): number {
    return move.deadline || this.#parts.limits.moveDeadlineMs
  }

  #progress(job: Job): trunkBody.Moving.$Properties {
    const { table } = this.#parts
    const paceMs = (job.waiting * 1_000) / this.#perSecond(job)
    const remaining = job.done ? 0 : paceMs + this.#spreadMs(job)
    return job.progress(table.ready, remaining)
  }
}

const NO_BYTES: Uint8Array = new Uint8Array(0)

const problemOf = ({ id, state, hashFrom, hashTo, share }: Move): string => {
  if (id === '' || Buffer.byteLength(id) > 64) return 'id has to have 1 to 64 bytes'
  if (state !== MOVE.RUN && state !== MOVE.PAUSE) return `state ${state} is none of 1, 2 and 3`
  if (hashFrom > hashTo || hashTo > 10_000)
    return 'hash_from and hash_to are no range of 0 to 10000'
  if (share > 10_000) return 'share is more than 10000'
  return ''
}
