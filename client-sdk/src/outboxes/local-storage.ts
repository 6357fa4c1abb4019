import type { OutboxEntry, OutboxStore } from '../outbox-store.ts'
import { entryOf, placeOf, rowOf } from './entry-text.ts'

const META = /^(\d+):(\d+)$/

/**
 * Keeps what is to be sent in localStorage under `prefix`. A browser writes it to disk a little later, and
 * has room for a few megabytes. Prefer `indexedDbOutbox`.
 */
export const localStorageOutbox = (prefix = 'longwire-outbox:'): OutboxStore => {
  const metaKey = (key: string): string => `${prefix}${key}\nmeta`
  const entryKey = (key: string, entry: OutboxEntry): string => `${prefix}${key}\n${placeOf(entry)}`
  return {
    load: async key => {
      const meta = META.exec(localStorage.getItem(metaKey(key)) ?? '')
      if (meta === null) return undefined
      const start = `${prefix}${key}\n`
      const places: string[] = []
      for (let index = 0; index < localStorage.length; index++) {
        const place = localStorage.key(index)
        if (place !== null && place.startsWith(start) && place !== metaKey(key)) places.push(place)
      }
      const entries: OutboxEntry[] = []
      for (const place of places.sort()) {
        const entry = entryOf(JSON.parse(localStorage.getItem(place) ?? 'null'))
        if (entry !== undefined) entries.push(entry)
      }
      return { epoch: Number(meta[1]), last: Number(meta[2]), entries }
    },
    put: async (key, epoch, entry) => {
      localStorage.setItem(metaKey(key), `${epoch}:${entry.ref}`)
      localStorage.setItem(entryKey(key, entry), JSON.stringify(rowOf(entry)))
    },
    remove: async (key, entries) => {
      for (const entry of entries) localStorage.removeItem(entryKey(key, entry))
    },
  }
}
