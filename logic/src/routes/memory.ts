import type {
  Bound,
  NewRoute,
  Route,
  RouteKey,
  RouteTable,
  SessionRule,
  UserKey,
} from './route-table.ts'

/** Routes of one process: for all-in-one and for tests. */
export const memoryRoutes = (): RouteTable => new MemoryRoutes()

const NO_ROUTES: readonly Route[] = []
const REFUSED: Bound = {
  bound: false,
  fence: 0,
  replaced: undefined,
  kicked: NO_ROUTES,
  occupants: NO_ROUTES,
}

class MemoryRoutes implements RouteTable {
  /** Per user, in the order of their fences. */
  readonly #users = new Map<string, readonly Route[]>()
  /** One counter for everybody, so that a user without routes costs nothing. */
  #fence = 0

  async bind(route: NewRoute, rule: SessionRule): Promise<Bound> {
    const user = userKey(route)
    const known = this.#users.get(user) ?? NO_ROUTES
    const replaced = known.find(old => old.appcode === route.appcode && old.device === route.device)
    if (replaced !== undefined && replaced.dial > route.dial)
      return { ...REFUSED, fence: replaced.fence }
    const own = known.filter(old => old.appcode === route.appcode && old !== replaced)
    const excess = own.slice(0, Math.max(0, own.length + 1 - rule.sessions))
    const inTheWay = known.filter(old => rule.rivals.includes(old.appcode) || excess.includes(old))
    if (rule.full === 'refuse' && inTheWay.length > 0) return { ...REFUSED, occupants: inTheWay }
    const fence = ++this.#fence
    const kept = known.filter(old => old !== replaced && !inTheWay.includes(old))
    this.#users.set(user, [...kept, { ...route, fence }])
    return { bound: true, fence, replaced, kicked: inTheWay, occupants: NO_ROUTES }
  }

  async unbind(key: RouteKey, fence: number): Promise<boolean> {
    const user = userKey(key)
    const known = this.#users.get(user) ?? NO_ROUTES
    const kept = known.filter(route => !isOf(route, key) || route.fence !== fence)
    if (kept.length === known.length) return false
    if (kept.length === 0) this.#users.delete(user)
    else this.#users.set(user, kept)
    return true
  }

  async lookup(users: readonly UserKey[]): Promise<(readonly Route[])[]> {
    return users.map(user => this.#users.get(userKey(user)) ?? NO_ROUTES)
  }

  async close(): Promise<void> {
    this.#users.clear()
  }
}

/** A line break cannot be in a system's name, so no two users share a key. */
const userKey = ({ system, uid }: UserKey): string => `${system}\n${uid}`

const isOf = (route: Route, key: RouteKey): boolean =>
  route.appcode === key.appcode && route.device === key.device
