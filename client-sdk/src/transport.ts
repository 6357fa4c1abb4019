/**
 * PORT: a byte stream to a gate. An adapter connects, sends the preamble where its protocol has one,
 * and hands over bytes as they come.
 */
export interface Transport {
  /** Rejects when the gate cannot be reached or `signal` aborts. */
  connect(url: string, handlers: TransportHandlers, signal: AbortSignal): Promise<TransportConnection>
}

export interface TransportHandlers {
  received(bytes: Uint8Array): void
  /** Called once. */
  closed(): void
}

export interface TransportConnection {
  /** Takes the bytes over. */
  write(bytes: Uint8Array): void
  close(): void
}
