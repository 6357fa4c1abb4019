import type { trunkBody } from '@longwire/proto/trunk'
import { SlotQueue } from './slot-queue.ts'

/** Where a session stands in the job that it belongs to. */
export const STAGE = { NONE: 0, CHOSEN: 1, TOLD: 2, FAILED: 3 } as const

/** One Move, and what has become of it. */
export class Job {
  /** Marks its sessions, 1 and up. */
  readonly number: number
  move: trunkBody.Move
  selects: (slot: number) => boolean
  /** Nobody has to repeat it. */
  readonly own: boolean
  /** When it was last said. */
  saidAt: number
  problem = ''

  /** The next slot to be looked at; all below it were. */
  scanAt = 0
  counted = false
  readonly chosen = new SlotQueue()
  /** Those whose client understands MIGRATE, and those whose client was only asked to leave. */
  readonly told = new SlotQueue()
  readonly asked = new SlotQueue()
  /** Sessions that may be told now, and a part of one. */
  allowance = 0

  matching = 0
  waiting = 0
  toldCount = 0
  moved = 0
  left = 0
  failed = 0
  pending = 0

  constructor(number: number, first: Pick<Job, 'move' | 'selects' | 'own' | 'saidAt'>) {
    this.number = number
    this.move = first.move
    this.selects = first.selects
    this.own = first.own
    this.saidAt = first.saidAt
  }

  /** What it counted without choosing anybody is counted anew. */
  restart(): void {
    this.scanAt = this.matching = 0
    this.counted = false
  }

  get done(): boolean {
    if (!this.counted || this.waiting + this.pending > 0) return false
    return this.matching === 0 || this.toldCount + this.left > 0
  }

  progress(sessions: number, remaining: number): trunkBody.Moving.$Properties {
    const { matching, moved, left, failed, pending, done, problem, counted } = this
    return {
      id: this.move.id,
      matching,
      told: this.toldCount,
      moved,
      left,
      failed,
      pending,
      done,
      sessions,
      problem,
      counted,
      remaining: Math.ceil(remaining),
    }
  }
}
