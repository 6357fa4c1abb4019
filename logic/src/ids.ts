import type { Clock } from '@longwire/kit'
import type { Table } from './store/table.ts'
import { numberIn } from './log/rows.ts'

/** Makes ids of 16 lower-case hex digits. */
export interface Ids {
  /** 42 bits of milliseconds, 12 of node, 10 of counter. Each is greater than the one before. */
  msgid(): string
  /** 12 bits of node, 32 of seconds, 20 of counter. Each is greater than the one before, but when seconds wrap in 2106. */
  logid(): string
}

export interface IdOptions {
  readonly clock: Clock
  /** 0–4095, different in every process that is alive: see {@link claimNodeNumber}. */
  readonly node: number
}

const NODES = 4096
const COUNT_IN_MS = 1024
const COUNT_IN_SECOND = 1 << 20

export const createIds = ({ clock, node }: IdOptions): Ids => {
  if (!Number.isInteger(node) || node < 0 || node >= NODES)
    throw new RangeError(`node is ${node}; node numbers are 0 to ${NODES - 1}`)
  const byMs = new Ticks(COUNT_IN_MS)
  const bySecond = new Ticks(COUNT_IN_SECOND)
  return {
    msgid() {
      byMs.next(clock.now())
      const { time, count } = byMs
      return hex32(Math.floor(time / 1024)) + hex32(((time % 1024) << 22) | (node << 10) | count)
    },
    logid() {
      bySecond.next(Math.floor(clock.now() / 1000))
      const { time, count } = bySecond
      return hex32((node << 20) | ((time >>> 12) & 0xfffff)) + hex32(((time & 0xfff) << 20) | count)
    },
  }
}

/** Pairs of time and counter that only rise: a clock that steps back is not followed, a full counter borrows from the future. */
class Ticks {
  time = 0
  count = 0
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  next(now: number): void {
    if (now > this.time) {
      this.time = now
      this.count = 0
    } else if (++this.count === this.#limit) {
      this.time++
      this.count = 0
    }
  }
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

const hex32 = (word: number): string =>
  `${HEX[(word >>> 24) & 0xff]}${HEX[(word >>> 16) & 0xff]}${HEX[(word >>> 8) & 0xff]}${HEX[word & 0xff]}`

const CLAIM_KEY = 'settings/node-number'

/**
 * A node number for this incarnation: every call on a table gets the next one, and after 4,096 calls
 * the first again. So a process that restarts with a clock that is behind cannot repeat its ids.
 */
export const claimNodeNumber = async (table: Table): Promise<number> => {
  for (;;) {
    const claimed = await table.get(CLAIM_KEY)
    const node = numberIn(claimed, 'next') % NODES
    if (await table.swap(CLAIM_KEY, numberIn(claimed, 'rev'), { next: (node + 1) % NODES }))
      return node
  }
}
