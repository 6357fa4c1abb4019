import type { OutboxEntry, OutboxStore } from '../outbox-store.ts'

/** Keeps what is to be sent as long as the process lives. */
export const memoryOutbox = (): OutboxStore => {
  const kept = new Map<string, { epoch: number; last: number; entries: OutboxEntry[] }>()
  return {
    load: key => {
      const found = kept.get(key)
      return Promise.resolve(found && { ...found, entries: [...found.entries] })
    },
    put: (key, epoch, entry) => {
      const found = kept.get(key)
      if (found === undefined) kept.set(key, { epoch, last: entry.ref, entries: [entry] })
      else {
        found.epoch = epoch
        found.last = entry.ref
        found.entries.push(entry)
      }
      return Promise.resolve()
    },
    remove: (key, entries) => {
      const found = kept.get(key)
      const gone = new Set(entries.map(({ ref }) => ref))
      if (found !== undefined) found.entries = found.entries.filter(({ ref }) => !gone.has(ref))
      return Promise.resolve()
    },
  }
}
