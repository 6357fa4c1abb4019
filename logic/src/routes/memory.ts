import { systemClock, type Clock } from '@longwire/kit'
import { Dials } from './dials.ts'
import {
  ENDS_MAX,
  type Bound,
  type IsLive,
  type Judge,
  type NewRoute,
  type Restored,
  type Route,
  type RouteKey,
  type RouteTable,
  type SessionRule,
  type SweptSlice,
  type UserKey,
} from './route-table.ts'

/** Routes of one process, which a test can make forget everything. */
export interface MemoryRouteTable extends RouteTable {
  lose(): void
}

/** Routes of one process: for all-in-one and for tests. */
export const memoryRoutes = (clock: Clock = systemClock): MemoryRouteTable =>
  new MemoryRoutes(clock)

const NO_ROUTES: readonly Route[] = []
const REFUSED: Bound = {
  bound: false,
  fence: 0,
  replaced: undefined,
  kicked: NO_ROUTES,
  occupants: NO_ROUTES,
}

class MemoryRoutes implements MemoryRouteTable {
  readonly #clock: Clock
  /** Per user, in the order of their fences. */
  #users = new Map<string, readonly Route[]>()
  /** The last one of anybody, so that a user without routes costs nothing. */
  #fence = 0
  #lives = 1
  #dials: Dials
  readonly #claims = new Map<string, { readonly by: string; readonly untilMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
    this.#dials = new Dials(clock)
  }

  async bind(route: NewRoute, rule: SessionRule, judge: Judge): Promise<Bound> {
    const user = userKey(route)
    const isLive = await this.#judged(user, judge)
    const known = this.#users.get(user) ?? NO_ROUTES
    const live = known.filter(old => isLive(old.gate))
    const replaced = live.find(old => isOf(old, route))
    if (replaced !== undefined && replaced.dial > route.dial)
      return { ...REFUSED, fence: replaced.fence }
    if (this.#dials.least(route) > route.dial) return REFUSED
    const others = live.filter(old => old !== replaced)
    const own = others.filter(old => old.appcode === route.appcode)
    const excess = own.slice(0, Math.max(0, own.length + 1 - rule.sessions))
    const inTheWay = others.filter(old => rule.rivals.includes(old.appcode) || excess.includes(old))
    if (rule.full === 'refuse' && inTheWay.length > 0) return { ...REFUSED, occupants: inTheWay }
    const kept = others.filter(old => !inTheWay.includes(old))
    if (kept.length >= ENDS_MAX) return { ...REFUSED, occupants: others }
    this.#fence = Math.max(this.#fence + 1, this.#clock.now() * 1_000)
    const fence = this.#fence
    this.#users.set(user, [...kept, { ...route, fence }])
    this.#displaced(inTheWay)
    const kicked = known.filter(old => old !== replaced && !kept.includes(old))
    return { bound: true, fence, replaced, kicked, occupants: NO_ROUTES }
  }

  async restore(route: Route, rule: SessionRule, judge: Judge): Promise<Restored> {
    const user = userKey(route)
    const isLive = await this.#judged(user, judge)
    const known = this.#users.get(user) ?? NO_ROUTES
    const live = known.filter(old => isLive(old.gate))
    const replaced = live.find(old => isOf(old, route))
    const same = replaced !== undefined && isSameSession(replaced, route)
    if (replaced !== undefined && isNewer(replaced, route))
      return { outcome: same ? 'kept' : lossTo(replaced, route), left: NO_ROUTES }
    const others = live.filter(old => old !== replaced)
    const own = others.filter(old => old.appcode === route.appcode)
    const newer = own.filter(old => old.fence > route.fence)
    const rivals = others.filter(old => rule.rivals.includes(old.appcode))
    const crowded = newer.length >= rule.sessions || rivals.some(old => old.fence > route.fence)
    const excess = own.slice(0, Math.max(0, own.length + 1 - rule.sessions))
    const kept = others.filter(old => !rivals.includes(old) && !excess.includes(old))
    if (crowded || kept.length >= ENDS_MAX) return { outcome: 'room', left: NO_ROUTES }
    this.#users.set(
      user,
      [...kept, { ...route }].sort((a, b) => a.fence - b.fence),
    )
    this.#fence = Math.max(this.#fence, route.fence)
    this.#displaced([...rivals, ...excess])
    return {
      outcome: same ? 'kept' : 'restored',
      left: known.filter(old => !kept.includes(old) && !(same && old === replaced)),
    }
  }

  async unbind(key: RouteKey, fence: number): Promise<boolean> {
    const route = this.#remove(key, fence)
    if (route !== undefined) this.#dials.raise(key, route.dial)
    return route !== undefined
  }

  async lookup(users: readonly UserKey[]): Promise<(readonly Route[])[]> {
    return users.map(user => this.#users.get(userKey(user)) ?? NO_ROUTES)
  }

  async life(): Promise<string> {
    return `memory-${this.#lives}`
  }

  async sweep(from: string, keys: number, judge: Judge): Promise<SweptSlice> {
    const all = [...this.#users.keys()]
    const begin = Number(from)
    const removed: Route[] = []
    for (const user of all.slice(begin, begin + keys)) {
      const isLive = await this.#judged(user, judge)
      const dead = this.#users.get(user)?.filter(route => !isLive(route.gate)) ?? NO_ROUTES
      for (const route of dead) if (this.#remove(route, route.fence)) removed.push(route)
    }
    // Users that are gone now no longer count.
    const next = begin + keys - (all.length - this.#users.size)
    return { removed, next: next >= this.#users.size ? '' : `${next}` }
  }

  async claim(task: string, by: string, ms: number): Promise<boolean> {
    const now = this.#clock.monotonic()
    const held = this.#claims.get(task)
    if (held !== undefined && held.by !== by && held.untilMs > now) return false
    if (ms === 0) this.#claims.delete(task)
    else this.#claims.set(task, { by, untilMs: now + ms })
    return true
  }

  async close(): Promise<void> {
    this.#users.clear()
  }

  #remove(key: RouteKey, fence: number): Route | undefined {
    const user = userKey(key)
    const known = this.#users.get(user) ?? NO_ROUTES
    const gone = known.find(route => isOf(route, key) && route.fence === fence)
    if (gone === undefined) return undefined
    if (known.length === 1) this.#users.delete(user)
    else
      this.#users.set(
        user,
        known.filter(route => route !== gone),
      )
    return gone
  }

  /** A LOGIN of these devices that comes now is late, unless they have dialled anew. */
  #displaced(routes: readonly Route[]): void {
    for (const route of routes) this.#dials.raise(route, route.dial + 1)
  }

  /** Knows all gates that the user's routes name when it returns, also those that came meanwhile. */
  async #judged(user: string, judge: Judge): Promise<IsLive> {
    const verdicts = new Map<string, boolean>()
    for (;;) {
      const gates = new Set(this.#users.get(user)?.map(route => route.gate))
      for (const gate of gates) if (verdicts.has(gate)) gates.delete(gate)
      if (gates.size === 0) return gate => verdicts.get(gate) ?? true
      const isLive = await judge(gates)
      for (const gate of gates) verdicts.set(gate, isLive(gate))
    }
  }

  lose(): void {
    this.#lives++
    this.#users = new Map()
    this.#claims.clear()
    this.#dials = new Dials(this.#clock)
  }
}

/** A line break cannot be in a system's name, so no two users share a key. */
const userKey = ({ system, uid }: UserKey): string => `${system}\n${uid}`

const isOf = (route: Route, key: RouteKey): boolean =>
  route.appcode === key.appcode && route.device === key.device

const isSameSession = (old: Route, route: Route): boolean =>
  old.gate === route.gate && old.slot === route.slot && old.generation === route.generation

/** Of two routes of one device; equal ones count as newer. */
const isNewer = (old: Route, route: Route): boolean =>
  old.dial === route.dial ? old.fence >= route.fence : old.dial > route.dial

const lossTo = (old: Route, route: Route): 'device' | 'dial' =>
  old.dial > route.dial && old.fence < route.fence ? 'dial' : 'device'
