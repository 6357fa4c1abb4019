import type {
  Bound,
  Judge,
  NewRoute,
  Restored,
  Route,
  RouteTable,
  SessionRule,
  SweptSlice,
  UserKey,
} from './route-table.ts'

/** What became of the ends of one user. */
export interface RoutesChange {
  readonly user: UserKey
  /**
   * login: an end logged in; end: a session was over; restore: its gate told it again after the table
   * had lost it; sweep: its gate is dead.
   */
  readonly cause: 'login' | 'end' | 'restore' | 'sweep'
  /** Ends that are connected now. One that only changed its connection is also in `left`. */
  readonly came: readonly Route[]
  /** Routes that are no more, of the same device, of other devices that had to go, or ended. */
  readonly left: readonly Route[]
}

export type RoutesListener = (change: RoutesChange) => void

/** The route table as this node uses it: knows which gates live, and tells what it changed. */
export class Routes {
  /** What a write did is not known: gates are to announce their sessions. */
  doubtful = false
  readonly #table: RouteTable
  readonly #judge: Judge
  readonly #listeners: RoutesListener[] = []

  constructor(table: RouteTable, judge: Judge) {
    this.#table = table
    this.#judge = judge
  }

  /**
   * Calls `listener` after this node changed what is connected of a user: once per change over all
   * nodes, by the node whose write it was, in no order between nodes. A node that dies right after its
   * write tells nobody, so whoever must not miss one compares with `lookup` now and then. It must not
   * throw, and should only take note.
   */
  onRoutesChanged(listener: RoutesListener): void {
    this.#listeners.push(listener)
  }

  /**
   * See {@link RouteTable.bind}. Routes of dead gates are dropped too, but are not among `kicked`: such a
   * gate may only have stood still, and what becomes of its sessions is decided when it announces them.
   */
  async bind(route: NewRoute, rule: SessionRule): Promise<Bound> {
    const { judge, wasLive } = this.#verdicts()
    const bound = await this.#known(this.#table.bind(route, rule, judge))
    if (bound.bound) {
      const left = bound.replaced === undefined ? bound.kicked : [bound.replaced, ...bound.kicked]
      this.#tell({ user: route, cause: 'login', came: [{ ...route, fence: bound.fence }], left })
    }
    return { ...bound, kicked: bound.kicked.filter(wasLive) }
  }

  /** See {@link RouteTable.restore}; routes of dead gates are not among `left`, as in `bind`. */
  async restore(route: Route, rule: SessionRule): Promise<Restored> {
    const { judge, wasLive } = this.#verdicts()
    const { outcome, left } = await this.#known(this.#table.restore(route, rule, judge))
    if (outcome === 'restored' || left.length > 0)
      this.#tell({
        user: route,
        cause: 'restore',
        came: outcome === 'restored' ? [route] : [],
        left,
      })
    return { outcome, left: left.filter(wasLive) }
  }

  /** A write without an answer may have dropped routes whose sessions nobody was told to end. */
  async #known<T>(write: Promise<T>): Promise<T> {
    try {
      return await write
    } catch (error) {
      this.doubtful = true
      throw error
    }
  }

  /** A judge, and what it said of the gate of a route. */
  #verdicts(): { readonly judge: Judge; readonly wasLive: (route: Route) => boolean } {
    const dead = new Set<string>()
    return {
      judge: async gates => {
        const isLive = await this.#judge(gates)
        return gate => {
          const live = isLive(gate)
          if (!live) dead.add(gate)
          return live
        }
      },
      wasLive: ({ gate }) => !dead.has(gate),
    }
  }

  /** Removes `route` only if it still is the one in the table. */
  async unbind(route: Route): Promise<boolean> {
    const removed = await this.#table.unbind(route, route.fence)
    if (removed) this.#tell({ user: route, cause: 'end', came: [], left: [route] })
    return removed
  }

  /** Those of dead gates too: hints to them find no link. See {@link RouteTable.lookup}. */
  lookup(users: readonly UserKey[]): Promise<(readonly Route[])[]> {
    return this.#table.lookup(users)
  }

  /** The routes of a user that are not of dead gates. */
  async live(user: UserKey): Promise<readonly Route[]> {
    const [found = []] = await this.#table.lookup([user])
    const isLive = await this.#judge(new Set(found.map(({ gate }) => gate)))
    return found.filter(({ gate }) => isLive(gate))
  }

  /** See {@link RouteTable.sweep}. */
  async sweep(from: string, keys: number): Promise<SweptSlice> {
    const slice = await this.#table.sweep(from, keys, this.#judge)
    for (const route of slice.removed)
      this.#tell({ user: route, cause: 'sweep', came: [], left: [route] })
    return slice
  }

  /** See {@link RouteTable.life}. */
  life(): Promise<string> {
    return this.#table.life()
  }

  /** See {@link RouteTable.claim}. */
  claim(task: string, by: string, ms: number): Promise<boolean> {
    return this.#table.claim(task, by, ms)
  }

  #tell(change: RoutesChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}
