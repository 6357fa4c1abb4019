/**
 * PORT: where the ends of a user are connected.
 *
 * A route names a gate incarnation and is worth something only while that incarnation lives; nobody
 * refreshes routes. The routes of dead gates take no room: `judge` says which gates live. All methods
 * are atomic per (system, uid). A rejection ({@link RoutesUnavailable}) means it may or may not have
 * happened. The table may lose everything at any time: `life` tells, and `restore` mends.
 */
export interface RouteTable {
  /**
   * Makes `route` the one of its (system, uid, appcode, device). Routes that `rule` has no room for
   * beside it are dropped, the oldest first, or refuse it; more than {@link ENDS_MAX} ends of a user
   * always refuse it.
   *
   * Also refused where the same device has a route with a higher `dial`: a late LOGIN of a connection
   * that the client has given up never replaces the newer one. Nor does it push out others after that
   * one has gone: for {@link DIAL_KEEP_MS} at least the dial of a route that was unbound is the lowest
   * that is let in, and of one that others had no room for, the next higher. A refusal changes nothing.
   * The fence of the new route is higher than that of every route this user ever had, also of those
   * that the table has lost: it is the time by the table's clock, see {@link boundAt}, or a little more.
   */
  bind(route: NewRoute, rule: SessionRule, judge: Judge): Promise<Bound>
  /**
   * Puts back a route that `bind` once made, with its fence. Of one device the higher dial stays, then
   * the higher fence; of the devices that `rule` has no room for, the higher fences. Where the very
   * same session is there already, nothing changes.
   */
  restore(route: Route, rule: SessionRule, judge: Judge): Promise<Restored>
  /** Removes the route only if its fence still is `fence`. Returns whether it did. */
  unbind(key: RouteKey, fence: number): Promise<boolean>
  /** The routes of each user, in the order asked and of their fences. */
  lookup(users: readonly UserKey[]): Promise<(readonly Route[])[]>
  /** Names the contents. After another name than before, any number of routes may be missing. */
  life(): Promise<string>
  /** Removes routes of dead gates among about `keys` users, going on where a slice ended. */
  sweep(from: string, keys: number, judge: Judge): Promise<SweptSlice>
  /**
   * Whether `by` may do `task` for the next `ms`: nobody else has claimed it. Who claims again goes on;
   * 0 gives it back.
   */
  claim(task: string, by: string, ms: number): Promise<boolean>
  close(): Promise<void>
}

/** When a route was bound, ms since 1970; restoring it does not change that. */
export const boundAt = ({ fence }: Pick<Route, 'fence'>): number => Math.floor(fence / 1_000)

/** Longer than a LOGIN can be on its way: its connection and its request have deadlines. */
export const DIAL_KEEP_MS = 60_000

/** Ends of one user over all appcodes and devices: keeps what belongs to a user small. */
export const ENDS_MAX = 256

/** Finds out which of these gates live; asked only where that makes a difference. Never rejects. */
export type Judge = (gates: ReadonlySet<string>) => Promise<IsLive>
/** Whether the routes of a gate count. */
export type IsLive = (gate: string) => boolean

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
  /** Routes of other devices that had to go, and those of dead gates. */
  readonly kicked: readonly Route[]
  /** Routes that refused it for want of room. */
  readonly occupants: readonly Route[]
}
export interface Restored {
  /**
   * device, dial, room: it lost, to a newer route of its device, to one that was bound earlier with a
   * higher dial, or to newer devices.
   */
  readonly outcome: 'restored' | 'kept' | 'device' | 'dial' | 'room'
  /** Routes that had to go for it. */
  readonly left: readonly Route[]
}
export interface SweptSlice {
  readonly removed: readonly Route[]
  /** Where the next slice begins; '' after the last. */
  readonly next: string
}

export class RoutesUnavailable extends Error {
  override readonly name = 'RoutesUnavailable'
}
