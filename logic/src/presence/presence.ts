import type { Clock, Counter, Logger, Metrics, Timer } from '@longwire/kit'
import type { EndEvent } from '../events/event.ts'
import type { EventLog } from '../events/event-log.ts'
import { RoutesUnavailable, type Route, type UserKey } from '../routes/route-table.ts'
import type { RoutesChange } from '../routes/routes.ts'
import { TableUnavailable, keyPart, type Table } from '../store/table.ts'
import type { Detector } from './detector.ts'
import { diffOf, endName, isSame, type ToldEnd } from './ends.ts'
import { Markers, pathOf } from './markers.ts'
import type { Online } from './online.ts'
import { ToldDocs } from './told.ts'

export interface PresenceOptions {
  /** Ends of these are told of. */
  readonly appcodes: readonly number[]
  /** An end that is back within this time was never away. */
  readonly settleMs: number
  /** What nobody reported (a sweep found it) is believed after this long: routes may be on their way back. */
  readonly confirmMs: number
  /** Users to be looked at, remembered at most; beyond, all gates are asked for their sessions again. */
  readonly usersMax: number
}

export interface PresenceParts {
  readonly table: Table
  readonly online: Online
  readonly detector: Detector
  readonly events: EventLog
  readonly msgid: () => string
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** `name@incarnation` of this logic. */
  readonly node: string
  /** Asks all gates for their sessions. */
  readonly resync: () => void
  readonly options: PresenceOptions
}

/** A user to be looked at. */
interface Entry {
  readonly user: UserKey
  /** Ends that are away, and when (monotonic) that is believed. */
  readonly away: Map<string, number>
  /** Monotonic. */
  dueAt: number
  running: boolean
  tries: number
  /** That an end is away was told by its gate, not found by a comparison. */
  reported: boolean
  /** It is among the markers. */
  marked: boolean
}

const AT_ONCE = 256
const TICK_MS = 50
const RETRY_MS = { first: 500, max: 10_000 } as const
const ROUNDS = 20

/**
 * Tells what becomes of users' ends. The truth is the route table; `presence/<system>/<uid>` says what
 * was last told. Looking at a user compares the two, and tells the difference.
 */
export class Presence {
  readonly #parts: PresenceParts
  readonly #docs: ToldDocs<readonly ToldEnd[]>
  readonly #appcodes: ReadonlySet<number>
  readonly #markers: Markers
  readonly #entries = new Map<string, Entry>()
  readonly #told: Counter
  readonly #overflows: Counter
  #running = 0
  #owed = false
  #timer: Timer | undefined
  #stopped = false
  #idle: (() => void) | undefined

  constructor(parts: PresenceParts) {
    const { table, events, node, logger, metrics, options } = parts
    this.#parts = parts
    this.#appcodes = new Set(options.appcodes)
    this.#docs = userDocs(table, events)
    this.#markers = new Markers(table, node, logger)
    this.#told = metrics.counter('longwire_presence_events_total', 'Events told', ['kind'])
    this.#overflows = metrics.counter(
      'longwire_presence_overflows_total',
      'Users that were not looked at because too many waited; a sweep finds them',
    )
    metrics.gauge('longwire_presence_users', 'Users to be looked at', () => this.#entries.size)
  }

  get markers(): Markers {
    return this.#markers
  }

  get waiting(): number {
    return this.#entries.size
  }

  /** A listener of {@link Routes}. */
  readonly changed = ({ user, came, left }: RoutesChange): void => {
    const back = new Set(this.#concerned(came).map(endName))
    const gone = this.#concerned(left).filter(end => !back.has(endName(end)))
    if (back.size + gone.length === 0) return
    const { settleMs } = this.#parts.options
    const entry = this.#look(user, back.size > 0 ? 0 : settleMs)
    if (entry === undefined) return
    const believedAt = this.#parts.clock.monotonic() + settleMs
    for (const name of back) entry.away.delete(name)
    for (const end of gone) entry.away.set(endName(end), believedAt)
    if (gone.length > 0) this.#mark(entry)
  }

  /** Takes over a user whose end went away, from a node that died before it told. */
  adopt(user: UserKey): void {
    const entry = this.#look(user, 0)
    if (entry === undefined) return
    entry.reported = true
    this.#mark(entry)
  }

  /** Has `user` looked at. */
  look(user: UserKey): void {
    this.#look(user, 0)
  }

  #look(user: UserKey, ms: number): Entry | undefined {
    if (this.#stopped) return undefined
    const name = pathOf(user)
    const dueAt = this.#parts.clock.monotonic() + ms
    this.#arm(ms === 0 ? 0 : TICK_MS)
    const known = this.#entries.get(name)
    if (known !== undefined) {
      known.dueAt = Math.min(known.dueAt, dueAt)
      return known
    }
    if (this.#entries.size >= this.#parts.options.usersMax) {
      this.#overflows.add()
      this.#owed = true
      return undefined
    }
    const entry: Entry = {
      user: { system: user.system, uid: user.uid },
      away: new Map(),
      dueAt,
      running: false,
      tries: 0,
      reported: false,
      marked: false,
    }
    this.#entries.set(name, entry)
    return entry
  }

  #mark(entry: Entry): void {
    if (entry.marked) return
    entry.marked = true
    this.#markers.set(entry.user)
  }

  /** Has those of `users` looked at for whom what was told differs from the routes. Rejects where a store is away. */
  async compare(users: readonly UserKey[]): Promise<void> {
    const { table, online } = this.#parts
    const docs = await Promise.all(users.map(user => table.get(keyOf(user))))
    const found = await online.of(users)
    for (const [index, user] of users.entries()) {
      const doc = docs[index]
      const told = doc === undefined ? undefined : this.#docs.peek(doc)
      const routes = this.#concerned(found[index] ?? [])
      if (told?.pending === true || !isSame(told?.state ?? [], routes)) this.look(user)
    }
  }

  /** Looks at nobody any more; what is being told is finished. Markers stay for another node. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    if (this.#running > 0) await new Promise<void>(resolve => (this.#idle = resolve))
    await this.#markers.flush()
  }

  #arm(ms: number): void {
    if (this.#stopped) return
    if (this.#timer !== undefined) {
      if (ms > 0) return
      this.#timer.cancel()
    }
    this.#timer = this.#parts.clock.after(ms, () => {
      this.#timer = undefined
      this.#run()
    })
  }

  #run(): void {
    const now = this.#parts.clock.monotonic()
    for (const entry of this.#entries.values()) {
      if (this.#running >= AT_ONCE) break
      if (entry.running || entry.dueAt > now) continue
      entry.running = true
      this.#running++
      void this.#lookAt(entry)
    }
    if (this.#entries.size > this.#running) this.#arm(TICK_MS)
    if (this.#entries.size > 0 || !this.#owed) return
    this.#owed = false
    this.#parts.resync()
  }

  /** Never rejects. */
  async #lookAt(entry: Entry): Promise<void> {
    const { clock, logger } = this.#parts
    entry.dueAt = Infinity
    try {
      const dueAt = await this.#reconcile(entry)
      entry.tries = 0
      entry.dueAt = Math.min(entry.dueAt, dueAt)
    } catch (error) {
      if (!(error instanceof TableUnavailable) && !(error instanceof RoutesUnavailable))
        logger.error({ err: error, uid: entry.user.uid }, 'telling presence failed')
      const wait = Math.min(RETRY_MS.first * 2 ** entry.tries++, RETRY_MS.max)
      entry.dueAt = Math.min(entry.dueAt, clock.monotonic() + wait)
    }
    entry.running = false
    this.#running--
    if (entry.dueAt === Infinity) this.#forget(entry)
    if (this.#stopped) {
      if (this.#running === 0) this.#idle?.()
    } else
      this.#arm(this.#running === AT_ONCE - 1 || entry.dueAt <= clock.monotonic() ? 0 : TICK_MS)
  }

  #forget(entry: Entry): void {
    this.#entries.delete(pathOf(entry.user))
    if (entry.marked) this.#markers.clear(entry.user)
  }

  /** Tells what has changed; returns when the next end that is away will be believed to be. */
  async #reconcile(entry: Entry): Promise<number> {
    const { user } = entry
    const key = keyOf(user)
    for (let round = 0; round < ROUNDS; round++) {
      const { rev, state = [] } = await this.#docs.read(key)
      const [found = []] = await this.#parts.online.of([user])
      const routes = this.#concerned(found)
      const diff = diffOf(state, routes)
      const gone = diff.missing.filter(end => this.#isSettled(entry, end))
      for (const name of entry.away.keys())
        if (!diff.missing.some(end => endName(end) === name)) entry.away.delete(name)
      if (diff.came.length + diff.moved.length + gone.length > 0) {
        const kept = diff.missing.filter(end => !gone.includes(end))
        await this.#index(user, [...diff.came, ...diff.moved])
        const events = [
          ...gone.map(end => this.#event(user, end, 'offline')),
          ...diff.came.map(end => this.#event(user, end, 'online')),
        ]
        const at = this.#parts.clock.now()
        const told = { state: [...routes.map(endOf), ...kept], events, at }
        if (!(await this.#docs.tell(key, rev, told))) continue
        for (const { kind } of events) this.#told.add(1, { kind })
        for (const end of gone) entry.away.delete(endName(end))
      }
      return Math.min(Infinity, ...entry.away.values())
    }
    throw new Error(`what was told of ${key} did not come to rest in ${ROUNDS} rounds`)
  }

  /** Whether `end`, which has no live route, has been away for long enough. */
  #isSettled({ away, reported }: Entry, end: ToldEnd): boolean {
    const { clock, detector, options } = this.#parts
    const now = clock.monotonic()
    const name = endName(end)
    const believedAt = away.get(name)
    if (believedAt !== undefined) return now >= believedAt
    const unsure = !reported && detector.isLive(end.gate)
    const wait = unsure ? options.confirmMs : options.settleMs
    away.set(name, now + wait)
    return wait === 0
  }

  #event(user: UserKey, end: ToldEnd, kind: 'online' | 'offline'): EndEvent {
    const { msgid, clock, detector } = this.#parts
    const { appcode, device, gate } = end
    const lost = detector.isLive(gate) ? 'closed' : 'gate-lost'
    const reason = kind === 'online' ? 'login' : lost
    const { system, uid } = user
    return { kind, id: msgid(), at: clock.now(), system, uid, appcode, device, gate, reason }
  }

  /** So that all users of a gate are found when it dies; before they are told to be there. */
  async #index(user: UserKey, ends: readonly ToldEnd[]): Promise<void> {
    const gates = new Set(ends.map(({ gate }) => gate))
    if (gates.size === 0) return
    const rows = [...gates].map(gate => ({ key: indexOf(gate) + pathOf(user), doc: { user: 1 } }))
    await this.#parts.table.insert(rows.map(row => [row]))
  }

  #concerned(routes: readonly Route[]): readonly Route[] {
    return routes.filter(({ appcode }) => this.#appcodes.has(appcode))
  }
}

/** `presence-gates/<gate>/`: the users that were ever told to be there. */
export const indexOf = (gate: string): string => `presence-gates/${keyPart(gate)}/`

export const USERS = 'presence/'

const keyOf = (user: UserKey): string => USERS + pathOf(user)
const endOf = ({ appcode, device, gate }: ToldEnd): ToldEnd => ({ appcode, device, gate })

const userDocs = (table: Table, events: EventLog): ToldDocs<readonly ToldEnd[]> =>
  new ToldDocs(
    { table, events },
    {
      pack: ends => JSON.stringify(ends),
      unpack: text => {
        const ends: unknown = JSON.parse(text === '' ? '[]' : text)
        return Array.isArray(ends) ? (ends as ToldEnd[]) : []
      },
    },
  )
