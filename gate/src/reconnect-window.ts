/** Somewhat more than those who are left need to take everybody in. */
const ROOM = 1.2
export const WINDOW_MIN_MS = 300
const WINDOW_MAX_MS = 300_000
/** A smaller change is not worth a word to anybody. */
const MOVED = 0.25

/** Over how long the clients of a gate are to spread when it dies, in milliseconds. */
export const reconnectWindow = (conns: number, acceptPerSecond: number): number =>
  Math.round(
    Math.min(WINDOW_MAX_MS, Math.max(WINDOW_MIN_MS, (ROOM * conns * 1_000) / acceptPerSecond)),
  )

/** Whether clients that were told `before` should be told `after`. */
export const hasMoved = (before: number, after: number): boolean =>
  Math.abs(after - before) > MOVED * before
