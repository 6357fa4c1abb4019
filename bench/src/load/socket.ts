/** A connection of the load client: TCP or WebSocket, seen as a stream of edge bytes. */
export interface EdgeSocket {
  write(bytes: Uint8Array): void
  /** Says goodbye; `closed` follows. */
  close(): void
  /** Vanishes with a RST; `closed` follows. */
  reset(): void
  /** Takes nothing from the kernel any more, until `resume`. */
  pause(): void
  resume(): void
  /** Bytes at the socket, preamble, handshake and WebSocket framing included. */
  bytesRead(): number
  bytesWritten(): number
}

export interface SocketEvents {
  /** The preamble is sent or the handshake is done. */
  opened(): void
  /** The bytes are only valid until this returns. */
  received(bytes: Uint8Array): void
  /** Called once, also where the connection never opened. */
  closed(reason: string): void
}

/**
 * Where a connection comes from. Address and port are both given: where only the address is, the
 * kernel looks for a free port in a way that costs milliseconds once many are taken.
 */
export interface Source {
  readonly localAddress: string
  readonly localPort: number
}

export interface Target {
  readonly host: string
  readonly port: number
  /** Undefined: the kernel picks. */
  readonly from: Source | undefined
  readonly sips?: Sips
}

/** How a slow reader takes what came: so many bytes with each `resume`, for as long as it is `slow`. */
export interface Sips {
  readonly bytes: number
  slow: boolean
}

export type DialSocket = (target: Target, events: SocketEvents) => EdgeSocket
