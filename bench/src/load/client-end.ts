/** Who logs in. */
export interface Identity {
  /** Index of the user in the benchmark. */
  readonly user: number
  readonly uid: string
  readonly appcode: number
  readonly device: string
  readonly token: string
  /** Rises with every dial of the device. */
  readonly dial: number
  /** What this device saved of its last session. */
  readonly saved?: Saved
  /** How this end is no good as a reader, until it recovers. */
  readonly stall?: Stall
}

export interface Saved {
  readonly epoch: number
  readonly seq: number
  readonly session: Uint8Array
}

/** `deaf` reads nothing once it is logged in, `mute` reads and asks for nothing, `slow` reads 48 bytes/s. */
export const STALLS = ['deaf', 'mute', 'slow'] as const
export type Stall = (typeof STALLS)[number]

/** One connected user of a fleet, whatever the protocol. */
export interface ClientEnd {
  readonly user: number
  readonly loggedIn: boolean
  ping(): void
  /** Acknowledges now what is owed. */
  flush(): void
  /** Called every {@link SWEEP_MS}: acknowledges what has waited long enough. */
  sweep(): void
  close(): void
  /** A stalled end is as any other from now on. */
  recover?(): void
}

export interface EndEvents<E extends ClientEnd = ClientEnd> {
  loggedIn(end: E): void
  /** In order, each once. The bytes are only valid until this returns. */
  message(end: E, bytes: Uint8Array, start: number, stop: number): void
  pong(end: E): void
  /** The server trimmed what this end had not read. */
  gap(end: E): void
  closed(end: E, reason: string): void
}

export const SWEEP_MS = 250
