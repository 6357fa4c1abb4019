import type { Cursor, CursorStore } from '../cursor-store.ts'

const FORM = /^(\d+):(\d+)$/

/**
 * Keeps cursors in localStorage under `prefix`. A browser writes it to disk a little later: after a
 * crash of the browser the last messages may come again. Prefer `indexedDbCursors`.
 */
export const localStorageCursors = (prefix = 'longwire:'): CursorStore => ({
  load: async key => {
    const match = FORM.exec(localStorage.getItem(prefix + key) ?? '')
    return match === null ? undefined : { epoch: Number(match[1]), seq: Number(match[2]) }
  },
  save: async (key: string, cursor: Cursor) => {
    localStorage.setItem(prefix + key, `${cursor.epoch}:${cursor.seq}`)
  },
})
