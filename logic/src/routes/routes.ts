import type { Bound, NewRoute, Route, RouteTable, SessionRule, UserKey } from './route-table.ts'

/** What became of the ends of one user. */
export interface RoutesChange {
  readonly user: UserKey
  /** login: an end logged in; end: a session was over. */
  readonly cause: 'login' | 'end'
  /** Ends that are connected now. One that only changed its connection is also in `left`. */
  readonly came: readonly Route[]
  /** Routes that are no more, of the same device, of other devices that had to go, or ended. */
  readonly left: readonly Route[]
}

export type RoutesListener = (change: RoutesChange) => void

/** The route table as this node uses it: tells what it changed. */
export class Routes {
  readonly #table: RouteTable
  readonly #listeners: RoutesListener[] = []

  constructor(table: RouteTable) {
    this.#table = table
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

  /** See {@link RouteTable.bind}. */
  async bind(route: NewRoute, rule: SessionRule): Promise<Bound> {
    const bound = await this.#table.bind(route, rule)
    if (bound.bound) {
      const left = bound.replaced === undefined ? bound.kicked : [bound.replaced, ...bound.kicked]
      this.#tell({ user: route, cause: 'login', came: [{ ...route, fence: bound.fence }], left })
    }
    return bound
  }

  /** Removes `route` only if it still is the one in the table. */
  async unbind(route: Route): Promise<boolean> {
    const removed = await this.#table.unbind(route, route.fence)
    if (removed) this.#tell({ user: route, cause: 'end', came: [], left: [route] })
    return removed
  }

  /** See {@link RouteTable.lookup}. */
  lookup(users: readonly UserKey[]): Promise<(readonly Route[])[]> {
    return this.#table.lookup(users)
  }

  #tell(change: RoutesChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}
