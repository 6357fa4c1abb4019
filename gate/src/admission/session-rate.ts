import { ProtocolError } from '@longwire/proto'
import type { SessionTable } from '../session-table.ts'
import type { Defence } from './defence.ts'
import { fullAfter, waitOf } from './rate.ts'

/** What is not asked for, such as an acknowledgement, costs this part of a request. */
const LIGHT = 1 / 8

/** How fast one session may send: two token buckets of one number each. */
export class SessionRate {
  readonly #table: SessionTable
  readonly #limits: Defence['session']

  constructor(table: SessionTable, limits: Defence['session']) {
    this.#table = table
    this.#limits = limits
  }

  /** Throws FLOOD where far more comes than allowed. */
  bytes(slot: number, count: number): void {
    const { bytesFullAt, now } = this.#table
    const { bytes, floodMs } = this.#limits
    const fullAt = fullAfter(bytesFullAt[slot]!, now, count, bytes)
    bytesFullAt[slot] = fullAt
    if (waitOf(fullAt, now, bytes) > floodMs) throw new ProtocolError('FLOOD', 'too many bytes')
  }

  /** Throws FLOOD where far more come than allowed. */
  frame(slot: number, isRequest: boolean): void {
    const { framesFullAt, now } = this.#table
    const { frames, floodMs } = this.#limits
    const fullAt = fullAfter(framesFullAt[slot]!, now, isRequest ? 1 : LIGHT, frames)
    framesFullAt[slot] = fullAt
    if (waitOf(fullAt, now, frames) > floodMs) throw new ProtocolError('FLOOD', 'too many frames')
  }

  /** Milliseconds until a request is welcome again; 0: it is now. */
  waitMs(slot: number): number {
    const { framesFullAt, bytesFullAt, now } = this.#table
    const { frames, bytes } = this.#limits
    return Math.ceil(
      Math.max(waitOf(framesFullAt[slot]!, now, frames), waitOf(bytesFullAt[slot]!, now, bytes)),
    )
  }
}
