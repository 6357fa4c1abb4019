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
  /** Called every `TICK_MS`: cuts what has not become a connection in time. */
  tick(): void
  /**
   * Reads the certificate again; `force`: also where the files look the same. True where a new one is
   * served from now on. Rejects where it is not usable: the old one stays. Open connections stay.
   */
  reload(force: boolean): Promise<boolean>
  /** Closes everything. */
  close(): Promise<void>
}

/** Who asked by GET /probe. */
export interface ProbeGuest {
  /** Called once, unless the guest has left before. */
  answer(json: string): void
}

/** Where an adapter that reads HTTP takes GET /probe. */
export interface ProbeDesk {
  /** A ticket, or −1: hang up. The guest may be answered before this returns. */
  ask(guest: ProbeGuest, ip: string): number
  /** The guest has hung up. */
  left(guest: ProbeGuest, ticket: number): void
}

/** What a listener calls. */
export interface GateSide {
  /** Left out: GET /probe is no endpoint. */
  readonly probes?: ProbeDesk
  /**
   * A socket of this address was accepted; nothing was read. It counts for the address until `departed`
   * or `opened`. Answers its source; below 0 it is refused with the code −source: it may go on to
   * `opened`, which tells the peer why, or be hung up on.
   */
  arrived(ip: string): number
  /** It came from a trusted proxy, which serves a client at `ip`: answers its source from now on. */
  renamed(source: number, ip: string): number
  /** It will not be opened. `reason`: why the listener hung up; undefined: the peer left. */
  departed(source: number, reason: DropReason | undefined): void
  /** It may send frames: its slot, or −1 where it was told goodbye (and ended) from within. */
  opened(connection: Connection, ip: string, source: number): number
  /** Bytes arrived; they are only valid until this returns. */
  received(slot: number, bytes: Uint8Array): void
  /** Something arrived that is no part of a stream of bytes: a text message. */
  misused(slot: number): void
  /** A connection that had {@link SLOW_BYTES} or more waiting has none any more. It may be called too often. */
  drained(slot: number): void
  /** It is gone; called exactly once per slot. `reset`: the peer vanished (RST, timeout) rather than said goodbye. */
  closed(slot: number, reset: boolean): void
}

/** Why a listener hung up on a socket that was no connection yet: the label of a counter. */
export type DropReason =
  /** The PROXY header, the TLS handshake or the HTTP upgrade took too long. */
  | 'PROXY_TIMEOUT'
  | 'TLS_TIMEOUT'
  | 'UPGRADE_TIMEOUT'
  /** A trusted proxy sent no usable PROXY header, or somebody else sent one over HTTP. */
  | 'BAD_PROXY'
  | 'TLS_FAILED'
  /** Not HTTP, or an upgrade that is not ours. */
  | 'BAD_UPGRADE'
  | 'ORIGIN'

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
