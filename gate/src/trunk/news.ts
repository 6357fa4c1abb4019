import { URGENCY } from '@longwire/proto'
import { holdSeconds, holdUrgency, type TrunkView } from '@longwire/proto/trunk'
import type { HeadNews, Hint } from '../delivery.ts'

/** Seqs and hold, which DELIVER begins with and HEAD consists of. */
const PREFIX_BYTES = 8

/** What DELIVER and HEAD say. Each method answers with one reused object; undefined: cut short. */
export class NewsReader {
  readonly #hint: Hint = {
    seq: 0,
    back: 0,
    epoch: 0,
    msgtype: 0,
    content: new Uint8Array(0),
    urgency: URGENCY.NORMAL,
    withinMs: 0,
  }
  readonly #head: HeadNews = {
    seq: 0,
    epoch: 0,
    urgentTo: 0,
    urgency: URGENCY.NORMAL,
    withinMs: 0,
  }

  deliver({ sequenceid, reserve, msgtype, body }: TrunkView): Hint | undefined {
    if (body.length < PREFIX_BYTES) return undefined
    const hint = this.#hint
    const hold = body.readUInt32BE(4)
    hint.seq = sequenceid
    hint.back = body.readUInt32BE(0)
    hint.epoch = reserve
    hint.msgtype = msgtype
    hint.content = body.subarray(PREFIX_BYTES)
    hint.urgency = holdUrgency(hold)
    hint.withinMs = holdSeconds(hold) * 1_000
    return hint
  }

  /** Of LIVE: seq, back and epoch mean nothing. */
  live({ msgtype, body }: TrunkView): Hint | undefined {
    if (body.length < 4) return undefined
    const hint = this.#hint
    hint.seq = hint.back = hint.epoch = 0
    hint.msgtype = msgtype
    hint.content = body.subarray(4)
    hint.urgency = holdUrgency(body.readUInt32BE(0))
    hint.withinMs = 0
    return hint
  }

  head({ sequenceid, reserve, body }: TrunkView): HeadNews | undefined {
    if (body.length < PREFIX_BYTES) return undefined
    const head = this.#head
    const hold = body.readUInt32BE(4)
    head.seq = sequenceid
    head.epoch = reserve
    head.urgentTo = sequenceid - body.readUInt32BE(0)
    head.urgency = holdUrgency(hold)
    head.withinMs = holdSeconds(hold) * 1_000
    return head
  }
}
