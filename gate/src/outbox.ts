import type { Clock } from '@longwire/kit'
import { FrameWriter } from '@longwire/proto'
import type { Counters } from './counters.ts'
import type { GateLimits } from './limits.ts'
import { SLOW_BYTES } from './listeners/listener.ts'
import { FLAG, MODE, type SessionTable, STATE } from './session-table.ts'

/** How frames that need not leave at once wait for more: all of them together, for a moment. */
export interface Cork {
  /** Calls `task` when that is over, as an event of its own. */
  later(task: () => void): void
  /** Frames that waited left in the write of others. */
  joined(): void
}

/** Undefined: nothing waits. */
export const corkOf = ({
  clock,
  limits,
  counters,
  begin,
  end,
}: {
  readonly clock: Clock
  readonly limits: Pick<GateLimits, 'corkMs'>
  readonly counters: Pick<Counters, 'corked'>
  readonly begin: () => void
  readonly end: () => void
}): Cork | undefined =>
  limits.corkMs === 0
    ? undefined
    : {
        later(task) {
          clock.after(limits.corkMs, () => {
            begin()
            task()
            end()
          })
        },
        joined: () => counters.corked.add(),
      }

/** What waits for a session. */
interface Corked {
  readonly generation: number
  readonly chunks: Uint8Array[]
}

/**
 * Gathers the frames of a batch so that each session gets one write of them.
 *
 * A batch is what one event brings: a received chunk, a trunk chunk, a tick. Frames for one session
 * in a row are contiguous; where sessions alternate, each holds a chain of segments until `flush`.
 */
export class Outbox {
  readonly #table: SessionTable
  readonly #writer: FrameWriter = new FrameWriter()
  readonly #tooSlow: (slot: number) => void
  readonly #bufferedBytesMax: number
  #current = NONE
  readonly #touched: number[] = []
  readonly #segments: Uint8Array[] = []
  readonly #nextSegment: number[] = []
  readonly #cork: Cork | undefined
  readonly #corked = new Map<number, Corked>()

  /** Without `cork` nothing waits. `tooSlow` is called, after the flush, for sessions that let more than `bufferedBytesMax` pile up. */
  // oxlint-disable-next-line max-params -- what it writes to, its bound, and the two that hear of it
  constructor(
    table: SessionTable,
    bufferedBytesMax: number,
    tooSlow: (slot: number) => void,
    cork?: Cork,
  ) {
    this.#table = table
    this.#bufferedBytesMax = bufferedBytesMax
    this.#tooSlow = tooSlow
    this.#cork = cork
  }

  /** The writer, ready for a frame to `slot`; use it at once. */
  to(slot: number): FrameWriter {
    if (this.#cork !== undefined) this.#table.raise(slot, FLAG.PROMPT)
    return this.lazily(slot)
  }

  /** The same for a frame that may wait a moment for more of its kind. */
  lazily(slot: number): FrameWriter {
    if (slot !== this.#current) {
      this.#cut()
      this.#current = slot
    }
    return this.#writer
  }

  flush(): void {
    if (this.#current === NONE) return
    if (this.#touched.length === 0) {
      const slot = this.#current
      this.#current = NONE
      if (this.#writer.size > 0) this.#send(slot, this.#writer.take())
      return
    }
    this.#cut()
    this.#current = NONE
    const touched = this.#touched.splice(0)
    const segments = this.#segments.splice(0)
    const next = this.#nextSegment.splice(0)
    for (const slot of touched) this.#send(slot, this.#gather(slot, segments, next))
  }

  /** What a batch has for a session: at once, and what waited before it, unless it may wait itself. */
  #send(slot: number, bytes: Uint8Array): void {
    if (this.#cork === undefined) return this.#write(slot, bytes)
    const table = this.#table
    const found = this.#corked.get(slot)
    const corked = found?.generation === table.generation[slot] ? found : undefined
    if (table.has(slot, FLAG.PROMPT)) {
      table.lower(slot, FLAG.PROMPT)
      if (found !== undefined) this.#corked.delete(slot)
      if (corked === undefined) return this.#write(slot, bytes)
      this.#cork.joined()
      return this.#write(slot, Buffer.concat([...corked.chunks, bytes]))
    }
    if (this.#corked.size === 0) this.#cork.later(this.#uncork)
    if (corked === undefined)
      this.#corked.set(slot, { generation: table.generation[slot]!, chunks: [bytes] })
    else {
      this.#cork.joined()
      corked.chunks.push(bytes)
    }
  }

  readonly #uncork = (): void => {
    const table = this.#table
    for (const [slot, { generation, chunks }] of this.#corked)
      if (table.generation[slot] === generation && table.state[slot] === STATE.READY)
        this.#write(slot, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
    this.#corked.clear()
  }

  #cut(): void {
    const slot = this.#current
    if (slot === NONE || this.#writer.size === 0) return
    const table = this.#table
    const id = this.#segments.push(this.#writer.take())
    this.#nextSegment.push(0)
    const last = table.outLast[slot]!
    if (last === 0) {
      table.outFirst[slot] = id
      this.#touched.push(slot)
    } else {
      this.#nextSegment[last - 1] = id
    }
    table.outLast[slot] = id
  }

  #gather(slot: number, segments: readonly Uint8Array[], next: readonly number[]): Uint8Array {
    const table = this.#table
    const first = table.outFirst[slot]!
    table.outFirst[slot] = table.outLast[slot] = 0
    const only = segments[first - 1]!
    if (next[first - 1] === 0) return only
    const chain: Uint8Array[] = []
    for (let id = first; id !== 0; id = next[id - 1]!) chain.push(segments[id - 1]!)
    return Buffer.concat(chain)
  }

  /** What waits holds the whole chunk it was written into, unless it is a copy. */
  #mayWait(slot: number): boolean {
    const table = this.#table
    return (
      table.mode[slot] !== MODE.IDLE ||
      table.unackedBytes[slot]! >= UNACKED_BYTES_SUSPECT ||
      table.has(slot, FLAG.SLOW)
    )
  }

  #write(slot: number, bytes: Uint8Array): void {
    const connection = this.#table.connection[slot]
    if (connection === undefined) return
    const copied = bytes.length < COPIED_BYTES_MAX && this.#mayWait(slot)
    connection.write(copied ? bytes.slice() : bytes)
    const waiting = connection.bufferedBytes()
    if (waiting >= SLOW_BYTES) this.#table.raise(slot, FLAG.SLOW)
    if (waiting > this.#bufferedBytesMax) this.#tooSlow(slot)
  }
}

const NONE = -1
/** So much unacknowledged may already fill what the kernel takes. */
const UNACKED_BYTES_SUSPECT = 16 * 1024
const COPIED_BYTES_MAX = 16 * 1024
