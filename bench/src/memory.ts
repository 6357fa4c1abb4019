import { readFileSync } from 'node:fs'

/** What the kernel says of this machine's memory. */
export interface MachineMemory {
  /** Bytes of the kernel's own objects: sockets, files, and what else it keeps. */
  readonly slab: number
  /** Bytes that sockets wait to send or to be read. */
  readonly socketBuffers: number
  readonly available: number
  readonly total: number
  /** Open files of all processes, and how many there may be. */
  readonly files: number
  readonly filesMax: number
  readonly tcpSockets: number
}

const PAGE = 4_096

const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0)

export const machineMemory = (): MachineMemory => {
  const memory = readFileSync('/proc/meminfo', 'utf8')
  const sockets = readFileSync('/proc/net/sockstat', 'utf8')
  const files = readFileSync('/proc/sys/fs/file-nr', 'utf8').trim().split(/\s+/).map(Number)
  const kilobytes = (field: string): number =>
    numberIn(memory, new RegExp(`^${field}:\\s+(\\d+)`, 'm')) * 1024
  return {
    slab: kilobytes('Slab'),
    socketBuffers: numberIn(sockets, /^TCP:.*\bmem (\d+)/m) * PAGE,
    available: kilobytes('MemAvailable'),
    total: kilobytes('MemTotal'),
    files: files[0] ?? 0,
    filesMax: files[2] ?? 0,
    tcpSockets: numberIn(sockets, /^TCP: inuse (\d+)/m),
  }
}
