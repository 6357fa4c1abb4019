/** How soon a message has to reach a device that sleeps. */
export const URGENCY = {
  /** A call, a kick: at once, whatever it costs. */
  NOW: 0,
  /** At once, while the device's budget of wake-ups lasts. */
  NORMAL: 1,
  /** With the next sign that the device is awake. */
  LOW: 2,
  /** The same, at some time later, and not over a network that counts bytes: for what goes to very many. */
  IDLE: 3,
} as const
export const URGENCY_NAMES = ['now', 'normal', 'low', 'idle'] as const
export type UrgencyName = (typeof URGENCY_NAMES)[number]

/** What a client says of its device, in LOGIN and by EXT.AWAKE on PING. */
export const AWAKE = {
  /** It may sleep whenever nothing goes on. */
  BACKGROUND: 0,
  /** A person looks at it, or it never sleeps: nothing needs to wait. */
  FOREGROUND: 1,
  /** Its system keeps it from the network but for a few moments: only what is urgent now may disturb it. */
  DOZE: 2,
} as const
