/** How far an end has read its mailbox. */
export interface Cursor {
  readonly epoch: number
  readonly seq: number
}

/**
 * PORT: keeps the cursor of an end over restarts. `save` resolves when the cursor would survive a
 * crash of the app; the SDK acknowledges a message only after that.
 */
export interface CursorStore {
  load(key: string): Promise<Cursor | undefined>
  save(key: string, cursor: Cursor): Promise<void>
}
