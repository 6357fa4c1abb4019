/** A connection of the load client: TCP or WebSocket, seen as a stream of edge bytes. */
export interface EdgeSocket {
  write(bytes: Uint8Array): void
  /** Says goodbye; `closed` follows. */
  close(): void
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

export interface Target {
  readonly host: string
  readonly port: number
  /** A source address has 28,000 ports: many connections need several. */
  readonly localAddress: string | undefined
}

export type DialSocket = (target: Target, events: SocketEvents) => EdgeSocket
