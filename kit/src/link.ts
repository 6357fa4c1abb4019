/**
 * PORT: a byte stream between two processes, under the trunk.
 *
 * Bytes arrive in order, split anywhere, or the link closes; nothing is repeated. `write` takes the
 * bytes over: the caller must not change them afterwards. Handlers are never called from within
 * `write` or `close`. After `close` no data arrives here, and what the other side has not yet taken
 * may be lost.
 */
export interface Link {
  /** Name of the other side, for logs. */
  readonly remote: string
  /** Sets who receives; called once, before anything arrives. `closed` is called exactly once. */
  open(handlers: LinkHandlers): void
  write(bytes: Buffer): void
  /** Bytes written but not yet taken by the other side or the kernel. */
  readonly bufferedBytes: number
  close(): void
}

export interface LinkHandlers {
  data(chunk: Buffer): void
  closed(error?: Error): void
}

/** Accepts links; `listen` resolves to the address to dial. */
export interface LinkServer {
  listen(onLink: (link: Link) => void): Promise<string>
  close(): Promise<void>
}

/** Opens a link to an address that a LinkServer gave. Rejects when nobody listens there. */
export type Dial = (address: string) => Promise<Link>
