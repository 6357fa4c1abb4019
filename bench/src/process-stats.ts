import { readdirSync, readFileSync } from 'node:fs'

/** A process as /proc shows it. */
export interface ProcessStats {
  /** Bytes. */
  readonly rss: number
  /** Of these, what belongs to no file: a store that is mapped into memory is not in it. */
  readonly anonymous: number
  /** Open files and sockets. */
  readonly descriptors: number
  /** Bytes, shared pages counted by their share; 0 where the kernel does not say. */
  readonly pss: number
  /** User and system time of all threads since the start, in milliseconds. */
  readonly cpuMs: number
}

const TICK_MS = 10

const kilobytes = (source: string, field: string): number => {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(source)
  return match === null ? 0 : Number(match[1]) * 1024
}

const readOr = (path: string, fallback: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return fallback
  }
}

/** User and system time of all threads, in milliseconds. Cheap: it does not look at memory. */
export const cpuMsOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in brackets may hold spaces: fields are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Throws when the process is gone. Takes milliseconds for each hundred MB. */
export const processStats = (pid: number): ProcessStats => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return {
    rss: kilobytes(status, 'VmRSS'),
    anonymous: kilobytes(status, 'RssAnon'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    pss: kilobytes(readOr(`/proc/${pid}/smaps_rollup`, ''), 'Pss'),
    cpuMs: cpuMsOf(pid),
  }
}
