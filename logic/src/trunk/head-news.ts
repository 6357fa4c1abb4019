import { URGENCY } from '@longwire/proto'
import { holdOf } from '@longwire/proto/trunk'
import type { Heads } from '../log/log.ts'

/** How far a mailbox reaches, as gates are told. */
export interface HeadNews {
  readonly epoch: number
  readonly head: number
  /** So many of the last seqs may be held back: as `hold` says. */
  readonly calm: number
  readonly hold: number
}

/** Where hints may have been lost: nothing is known of single messages. */
export const newsOf = ({ epoch, head, urgentTo }: Heads): HeadNews => ({
  epoch,
  head,
  calm: Math.max(0, head - urgentTo),
  hold: head > urgentTo ? CALM : LOUD,
})

const LOUD = holdOf(URGENCY.NORMAL, 0)
const CALM = holdOf(URGENCY.LOW, 0)
