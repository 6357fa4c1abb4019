import {
  closeSync,
  existsSync,
  fdatasyncSync,
  openSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Finding } from './finding.ts'
import { fine, ill } from './finding.ts'

/** What was seen of the disk that a directory is on. */
export interface DiskReading {
  readonly directory: string
  /** Where it was measured: the directory, or what there is of its path. */
  readonly place: string
  /** How long each write of 4 KiB took to be on disk, in milliseconds. */
  readonly syncMs: readonly number[]
  readonly freeBytes: number
  readonly totalBytes: number
  /** Magic number of statfs. */
  readonly type: number
  readonly problem: string | undefined
}

const WRITES = 20
const WRITE_BYTES = 4_096
const MIB = 2 ** 20
const GIB = 2 ** 30

const existing = (directory: string): string => {
  const path = resolve(directory)
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path))
}

const timeWrites = (place: string): number[] => {
  const file = join(place, `.longwire-doctor-${process.pid}`)
  const descriptor = openSync(file, 'wx')
  const block = Buffer.alloc(WRITE_BYTES, 'x')
  try {
    return Array.from({ length: WRITES }, (_, index) => {
      const began = performance.now()
      writeSync(descriptor, block, 0, WRITE_BYTES, index * WRITE_BYTES)
      fdatasyncSync(descriptor)
      return performance.now() - began
    })
  } finally {
    closeSync(descriptor)
    rmSync(file, { force: true })
  }
}

/** Writes a small file for a moment. */
export const readDisk = (directory: string): DiskReading => {
  const place = existing(directory)
  const nothing = { syncMs: [], freeBytes: 0, totalBytes: 0, type: 0 }
  try {
    const { bavail, blocks, bsize, type } = statfsSync(place)
    const space = { freeBytes: bavail * bsize, totalBytes: blocks * bsize, type }
    return { directory, place, ...space, syncMs: timeWrites(place), problem: undefined }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { directory, place, ...nothing, problem }
  }
}

const SYNC_WARN_MS = 10
const SYNC_FAIL_MS = 200
const FREE_WARN = 2 * GIB
const FREE_FAIL = 200 * MIB

const checkSync = ({ syncMs, place, problem }: DiskReading): Finding => {
  const check = 'disk-sync'
  if (problem !== undefined)
    return ill(check, 'fail', `${place}: ${problem}`, {
      why: 'The store lies there: nothing can be accepted.',
      mend: [`sudo chown $(id -u) ${place}`, 'or set data, or store to a database of its own'],
    })
  const sorted = [...syncMs].sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  const most = sorted.at(-1) ?? 0
  const found = `${place}: 4 KiB are on disk after ${median.toFixed(2)} ms (median), ${most.toFixed(2)} ms (worst of ${sorted.length})`
  if (median <= SYNC_WARN_MS) return fine(check, found)
  return ill(check, median > SYNC_FAIL_MS ? 'fail' : 'warn', found, {
    why: 'A publish is answered once it is on disk; those of a moment share one write. This is the least time each takes.',
    mend: ['set data to a directory on a local SSD', 'or set store to mongodb://…'],
  })
}

const checkSpace = ({ place, freeBytes, totalBytes, problem }: DiskReading): Finding[] => {
  if (problem !== undefined) return []
  const check = 'disk-space'
  const found = `${place}: ${(freeBytes / GIB).toFixed(1)} of ${(totalBytes / GIB).toFixed(1)} GiB free`
  if (freeBytes >= FREE_WARN) return [fine(check, found)]
  const advice = {
    why: 'When it is full publishes are refused; what was accepted stays.',
    mend: [
      `du -xh ${place} | sort -h | tail`,
      'lower mailbox.maxBytes, mailbox.graceSeconds or the time to live of messages',
    ],
  }
  return [ill(check, freeBytes < FREE_FAIL ? 'fail' : 'warn', found, advice)]
}

/** Names of statfs types on which an embedded store is no good. */
const TYPES: Readonly<Record<number, string>> = {
  0x6969: 'NFS',
  0xff534d42: 'CIFS',
  0x01021994: 'tmpfs',
  0x65735546: 'FUSE',
  0x01021997: '9p',
}

const checkType = ({ place, type, problem }: DiskReading): Finding[] => {
  const name = TYPES[type]
  if (problem !== undefined || name === undefined) return []
  const why =
    name === 'tmpfs'
      ? 'It is memory: all messages are gone when the host restarts.'
      : 'The embedded store maps its file into memory, which is not safe on this file system.'
  const mend = ['set data to a directory on a local disk', 'or set store to mongodb://…']
  return [ill('disk-type', 'warn', `${place} is on ${name}`, { why, mend })]
}

/** The disk of an embedded store. */
export const checkDisk = (reading: DiskReading): Finding[] => [
  checkSync(reading),
  ...checkSpace(reading),
  ...checkType(reading),
]
