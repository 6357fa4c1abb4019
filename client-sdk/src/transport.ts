/**
 * PORT: a byte stream to a gate. An adapter connects, sends the preamble where its protocol has one,
 * and hands over bytes as they come.
 *
 * Handlers are called only after `connect` has resolved, one at a time, never from within `write` or
 * `close`, and not at all after `close`.
 */
export interface Transport {
  /** Rejects when the gate cannot be reached or `signal` aborts; then nothing stays open. */
  connect(
    url: string,
    handlers: TransportHandlers,
    signal: AbortSignal,
  ): Promise<TransportConnection>
}

export interface TransportHandlers {
  /** The bytes are only valid until this returns. */
  received(bytes: Uint8Array): void
  /** Called once when the other side hung up or the link broke. `code`: of CODES, where it said one. */
  closed(code?: number): void
}

export interface TransportConnection {
  /** Takes the bytes over. */
  write(bytes: Uint8Array): void
  /** Hangs up after what was written; `closed` is not called. */
  close(): void
}
