import { readFileSync } from 'node:fs'

/** Files (and sockets) that one process may have open. */
export const openFiles = (): number => {
  const limits = readFileSync('/proc/self/limits', 'utf8')
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1]
  return soft === undefined || soft === 'unlimited' ? Infinity : Number(soft)
}
