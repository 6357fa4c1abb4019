/** A message that waits until the server has it. */
export interface OutboxEntry {
  /** Its number within the life of the refs: a repeat has the same one. */
  readonly ref: number
  readonly kind: 'c2s' | 'c2c'
  readonly msgtype: number
  /** As it is sent. */
  readonly body: Uint8Array
  /** What the app calls it. */
  readonly id: string
  /** Milliseconds since 1970; never less than that of an earlier entry. */
  readonly at: number
}

export interface SavedOutbox {
  /** The life of the refs. */
  readonly epoch: number
  /** The last ref that was given away. */
  readonly last: number
  /** In the order in which they were put. */
  readonly entries: readonly OutboxEntry[]
}

/**
 * PORT: keeps what is still to be sent over restarts. `put` resolves when the entry, and that its ref is
 * used, would survive a crash of the app.
 */
export interface OutboxStore {
  /** Undefined: nothing was ever put. */
  load(key: string): Promise<SavedOutbox | undefined>
  put(key: string, epoch: number, entry: OutboxEntry): Promise<void>
  /** Those that are gone already are no error. */
  remove(key: string, entries: readonly OutboxEntry[]): Promise<void>
}
