import type { OutboxEntry, OutboxStore } from '../outbox-store.ts'
import { entryOf, placeOf, rowOf } from './entry-text.ts'

const STORE = 'outbox'

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

const isMeta = (value: unknown): value is { epoch: number; last: number } =>
  typeof value === 'object' && value !== null && 'epoch' in value && 'last' in value

/** Keeps what is to be sent in the browser's IndexedDB database `name`. */
export const indexedDbOutbox = (name = 'longwire-outbox'): OutboxStore => {
  let database: Promise<IDBDatabase> | undefined
  const opened = (): Promise<IDBDatabase> => {
    // A database that could not be opened is tried again next time.
    database ??= open(name).catch((error: unknown) => {
      database = undefined
      throw error
    })
    return database
  }
  const write = async (work: (store: IDBObjectStore) => void): Promise<void> => {
    const transaction = (await opened()).transaction(STORE, 'readwrite', { durability: 'strict' })
    work(transaction.objectStore(STORE))
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB gave no reason'))
    })
  }
  return {
    async load(key) {
      const store = (await opened()).transaction(STORE).objectStore(STORE)
      const [meta, rows] = [
        store.get(`${key}\nmeta`),
        store.getAll(IDBKeyRange.bound(`${key}\n0`, `${key}\n:`)),
      ]
      await Promise.all([finished(meta), finished(rows)])
      const saved: unknown = meta.result
      if (!isMeta(saved)) return undefined
      const entries: OutboxEntry[] = []
      for (const row of rows.result as unknown[]) {
        const entry = entryOf(row)
        if (entry !== undefined) entries.push(entry)
      }
      return { epoch: saved.epoch, last: saved.last, entries }
    },
    put: (key, epoch, entry) =>
      write(store => {
        store.put({ epoch, last: entry.ref }, `${key}\nmeta`)
        store.put(rowOf(entry), `${key}\n${placeOf(entry)}`)
      }),
    remove: (key, entries) =>
      write(store => {
        for (const entry of entries) store.delete(`${key}\n${placeOf(entry)}`)
      }),
  }
}
