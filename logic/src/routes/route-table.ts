/**
 * PORT: where the ends of a user are connected.
 *
 * A route names a gate incarnation and is worth something only while that incarnation lives (see
 * the
 * registry); nobody refreshes routes. All methods are atomic per (system, uid). A rejection
 * ({@link RoutesUnavailable}) means it may or may not have happened.
 */
export interface RouteTable {
  /**
   * Makes `route` the one of its (system, uid, appcode, device). Routes that `rule` has no room for
   * beside it are dropped, the oldest first, or refuse it.
   *
   * Also refused where the same device already has a route with a higher `dial`: a late LOGIN of a
   * connection that the client has given up never replaces the newer one. A refusal changes nothing.
   * The fence of the new route is higher than that of every route this user had before.
   */
  bind(route: NewRoute, rule: SessionRule): Promise<Bound>
  /** Removes the route only if its fence still is `fence`. Returns whether it did. */
  unbind(key: RouteKey, fence: number): Promise<boolean>
  /** The routes of each user, in the order asked. */
  lookup(users: readonly UserKey[]): Promise<(readonly Route[])[]>
  close(): Promise<void>
}

export interface UserKey {
  readonly system: string
  readonly uid: string
}
export interface RouteKey extends UserKey {
  readonly appcode: number
  readonly device: string
}
export interface NewRoute extends RouteKey {
  /** Node name and incarnation of the gate, `name@incarnation`. */
  readonly gate: string
  readonly slot: number
  readonly generation: number
  readonly dial: number
}
export interface Route extends NewRoute {
  readonly fence: number
}
/** Which sessions of a user may be there at once. */
export interface SessionRule {
  /** Devices on the appcode of the route. */
  readonly sessions: number
  /** Where there is no room: the oldest session ends, or the new one is refused. */
  readonly full: 'oldest' | 'refuse'
  /** Other appcodes of the system that leave no room at all while they are in use. */
  readonly rivals: readonly number[]
}
export interface Bound {
  readonly bound: boolean
  /** Of the new route; where the dial was too low, that of the one that stays; else 0. */
  readonly fence: number
  /** The same device's former route, if there was one: its connection is stale. */
  readonly replaced: Route | undefined
  /** Routes of other devices that had to go. */
  readonly kicked: readonly Route[]
  /** Routes that refused it for want of room. */
  readonly occupants: readonly Route[]
}

export class RoutesUnavailable extends Error {
  override readonly name = 'RoutesUnavailable'
}
