/** What becomes of a message; the place in this list is the place of its number. */
export const STAGES = [
  'accepted',
  'notified',
  'inline',
  'pulled',
  'acked',
  'expired',
  'demoted',
  'upstream',
  'read',
  'recalled',
] as const
export type Stage = (typeof STAGES)[number]
export const STAGE = {
  accepted: 0,
  notified: 1,
  inline: 2,
  pulled: 3,
  acked: 4,
  expired: 5,
  demoted: 6,
  /** A message of a client is on its bus, or in the mailbox of another user. */
  upstream: 7,
  read: 8,
  recalled: 9,
} as const

/** What a message is counted under. */
export interface Counted {
  /** '': nobody's. */
  readonly business: string
  /** 0: to all ends. */
  readonly appcode: number
  readonly msgtype: number
}
