/**
 * How long a hint may be held back, in four bytes of DELIVER and HEAD: urgency (of URGENCY) in the upper
 * two bits, below them the seconds within which it must be sent whatever the device does (0: it need not).
 */
export const holdOf = (urgency: number, withinSeconds: number): number =>
  ((urgency << 30) | Math.min(withinSeconds, HOLD_SECONDS_MAX)) >>> 0
export const holdUrgency = (hold: number): number => hold >>> 30
export const holdSeconds = (hold: number): number => hold & HOLD_SECONDS_MAX
export const HOLD_SECONDS_MAX = 0x3fff_ffff
