import type { Cursor, CursorStore } from '../cursor-store.ts'

/** Keeps cursors as long as the process lives: after a restart an end starts at what the mailbox keeps. */
export const memoryCursors = (): CursorStore => {
  const cursors = new Map<string, Cursor>()
  return {
    load: key => Promise.resolve(cursors.get(key)),
    save: (key, cursor) => {
      cursors.set(key, cursor)
      return Promise.resolve()
    },
  }
}
