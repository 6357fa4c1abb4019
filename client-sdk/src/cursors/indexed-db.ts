import type { Cursor, CursorStore } from '../cursor-store.ts'

const STORE = 'cursors'

const finished = (request: IDBRequest | IDBOpenDBRequest): Promise<void> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error ?? new Error('IndexedDB gave no reason'))
  })

const open = async (name: string): Promise<IDBDatabase> => {
  const request = indexedDB.open(name, 1)
  request.onupgradeneeded = () => void request.result.createObjectStore(STORE)
  await finished(request)
  // Another tab that deletes or upgrades the database must not have to wait for this one.
  request.result.onversionchange = () => request.result.close()
  return request.result
}

const isCursor = (value: unknown): value is Cursor =>
  typeof value === 'object' && value !== null && 'epoch' in value && 'seq' in value

/** Keeps cursors in the browser's IndexedDB database `name`. */
export const indexedDbCursors = (name = 'longwire'): CursorStore => {
  let database: Promise<IDBDatabase> | undefined
  const opened = (): Promise<IDBDatabase> => {
    // A database that could not be opened is tried again next time.
    database ??= open(name).catch((error: unknown) => {
      database = undefined
      throw error
    })
    return database
  }
  return {
    async load(key) {
      const request = (await opened()).transaction(STORE).objectStore(STORE).get(key)
      await finished(request)
      const value: unknown = request.result
      return isCursor(value) ? { epoch: value.epoch, seq: value.seq } : undefined
    },
    async save(key, cursor) {
      const transaction = (await opened()).transaction(STORE, 'readwrite', { durability: 'strict' })
      transaction.objectStore(STORE).put({ epoch: cursor.epoch, seq: cursor.seq }, key)
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve()
        transaction.onabort = () =>
          reject(transaction.error ?? new Error('IndexedDB gave no reason'))
      })
    },
  }
}
