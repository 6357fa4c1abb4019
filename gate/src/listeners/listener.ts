/**
 * PORT: how clients reach the gate. TCP and WebSocket look the same from here: a stream of bytes.
 *
 * A connection is identified by a slot number that the gate chose; adapters keep nothing else per
 * connection. Events come one at a time, never from within a call of the gate.
 */
export interface Listener {
  readonly transport: 'tcp' | 'ws'
  /** Resolves to the bound `host:port`. */
  listen(gate: GateSide): Promise<string>
  /** Stops accepting; open connections stay. */
  stopAccepting(): void
  /** Closes everything. */
  close(): Promise<void>
}

/** What a listener calls. */
export interface GateSide {
  /** A connection was accepted: its slot, or −1 to refuse it. */
  opened(connection: Connection, ip: string): number
  /** Bytes arrived; they are only valid until this returns. */
  received(slot: number, bytes: Uint8Array): void
  /** A connection that had {@link SLOW_BYTES} or more waiting has none any more. It may be called too often. */
  drained(slot: number): void
  /** It is gone; called exactly once per slot. `reset`: the peer vanished (RST, timeout) rather than said goodbye. */
  closed(slot: number, reset: boolean): void
}

/** What the gate calls. After `end` or `destroy` nothing but `closed` happens any more. */
export interface Connection {
  /** Sends; takes the bytes over: the caller never changes them afterwards. */
  write(bytes: Uint8Array): void
  /** Bytes that wait for a slow peer. */
  bufferedBytes(): number
  /** Says goodbye after what was written: `code` of CODES (a WebSocket close is 4000 + code). */
  end(code: number): void
  /** Hangs up at once. */
  destroy(): void
}

/** So much waiting means that a peer is slow. */
export const SLOW_BYTES: number = 16 * 1024
/** An adapter that keeps what waits bounds it here, and hangs up on a peer beyond it. */
export const BUFFERED_BYTES_MAX: number = 4 * 1024 * 1024
