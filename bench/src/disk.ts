import {
  closeSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { percentile, sharedNow } from './statistics.ts'

/** Where a directory lies: file systems in memory lose their contents with the machine. */
export interface Disk {
  readonly fileSystem: string
  /** Name under /proc/diskstats, or empty. */
  readonly device: string
  /** Survives a power cut when synced. */
  readonly durable: boolean
}

const IN_MEMORY = new Set(['tmpfs', 'ramfs', 'devtmpfs', 'rootfs'])

const deviceName = (path: string): string => {
  const { dev } = statSync(path)
  const major = (dev >> 8) & 0xfff
  const minor = (dev & 0xff) | ((dev >> 12) & 0xfff00)
  for (const line of readFileSync('/proc/diskstats', 'utf8').split('\n')) {
    const fields = line.trim().split(/\s+/)
    if (Number(fields[0]) === major && Number(fields[1]) === minor) return fields[2] ?? ''
  }
  return ''
}

export const diskOf = (path: string): Disk => {
  let mount = ''
  let fileSystem = 'unknown'
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [, at, type] = line.split(' ')
    if (at === undefined || type === undefined || at.length < mount.length) continue
    if (at !== '/' && path !== at && !path.startsWith(`${at}/`)) continue
    mount = at
    fileSystem = type
  }
  return { fileSystem, device: deviceName(path), durable: !IN_MEMORY.has(fileSystem) }
}

/** Cache flushes that a block device has completed: what an fsync comes down to. */
export const flushes = (device: string): number => {
  for (const line of readFileSync('/proc/diskstats', 'utf8').split('\n')) {
    const fields = line.trim().split(/\s+/)
    if (device !== '' && fields[2] === device) return Number(fields[18] ?? 0)
  }
  return 0
}

/** Milliseconds of writing 4 KiB and fdatasync in this directory. */
export const syncMs = (directory: string): { readonly median: number; readonly worst: number } => {
  const path = join(directory, 'sync-probe')
  const file = openSync(path, 'w')
  const page = Buffer.alloc(4096, 1)
  const times = new Float64Array(100)
  for (let index = 0; index < times.length; index++) {
    const began = sharedNow()
    writeSync(file, page, 0, page.length, index * page.length)
    fdatasyncSync(file)
    times[index] = sharedNow() - began
  }
  closeSync(file)
  rmSync(path)
  times.sort()
  return { median: percentile(times, 0.5), worst: percentile(times, 1) }
}
