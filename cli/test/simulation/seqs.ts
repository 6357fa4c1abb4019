import type { MemoryTable } from '@longwire/logic'
import { goneTo } from '@longwire/logic/internal'

const ROW = /^messages\/([^/]+\/[^/]+)\/(\d{16})$/

/** Tells of a seq that was given to a message, and is given to another before it is gone for good. */
export const watchSeqs = (table: MemoryTable, fault: (text: string) => void): MemoryTable => {
  const taken = new Set<string>()
  const born = async (key: string): Promise<void> => {
    const [, mailbox = '', seq = ''] = ROW.exec(key) ?? []
    if (mailbox === '') return
    if (taken.has(key) && Number(seq) > goneTo(await table.get(`mailboxes/${mailbox}`)))
      fault(`${key} was free again`)
    taken.add(key)
  }
  return {
    get: key => table.get(key),
    range: (from, to, limit, reverse) => table.range(from, to, limit, reverse),
    async insert(groups) {
      const counts = await table.insert(groups)
      for (const [index, rows] of groups.entries())
        for (const { key } of rows.slice(0, counts[index])) await born(key)
      return counts
    },
    raise: rows => table.raise(rows),
    replace: rows => table.replace(rows),
    swap: (key, rev, doc) => table.swap(key, rev, doc),
    remove: keys => table.remove(keys),
    close: () => table.close(),
    crash: () => table.crash(),
  }
}
