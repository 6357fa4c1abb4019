import { CODES, edgeBody } from '@longwire/proto'
import { trunkBody, TRUNK, type TrunkView } from '@longwire/proto/trunk'
import type { Counters } from './counters.ts'
import type { Delivery } from './delivery.ts'
import type { Hangup } from './hangup.ts'
import type { Mover } from './moves/mover.ts'
import type { Outbox } from './outbox.ts'
import type { Revocations } from './revocations.ts'
import type { SessionTable } from './session-table.ts'
import { NewsReader } from './trunk/news.ts'
import type { Uplink } from './uplink/uplink.ts'

export interface PushesParts {
  readonly table: SessionTable
  readonly outbox: Outbox
  readonly delivery: Delivery
  readonly hangup: Hangup
  readonly revocations: Revocations
  readonly uplink: Uplink
  readonly mover: Mover
  readonly counters: Counters
}

/** What logic says without being asked. */
export class Pushes {
  readonly #parts: PushesParts
  readonly #news: NewsReader = new NewsReader()

  constructor(parts: PushesParts) {
    this.#parts = parts
  }

  /** False: the session that it names is not there. */
  take(view: TrunkView): boolean {
    const { table, revocations, hangup, uplink } = this.#parts
    if (view.cmd === TRUNK.REVOKE) {
      for (const each of trunkBody.Revocations.decode(view.body).revocations) revocations.take(each)
      return true
    }
    const { slot, generation } = view
    if (!table.live(slot, generation)) {
      if (view.cmd === TRUNK.KICK && view.reserve === SUPERSEDED)
        this.#parts.mover.superseded(slot, generation)
      return false
    }
    if (view.cmd === TRUNK.DELIVER) this.#deliver(slot, view)
    else if (view.cmd === TRUNK.LIVE) this.#live(slot, view)
    else if (view.cmd === TRUNK.HEAD) this.#head(slot, view)
    else if (view.cmd === TRUNK.READ) uplink.read(slot, view.body)
    else if (view.cmd === TRUNK.KICK) {
      const { message, retryAfter, spread } = edgeBody.Kick.decode(view.body)
      hangup.kick(slot, view.reserve, { message, retryAfter, spread })
    }
    return true
  }

  #deliver(slot: number, view: TrunkView): void {
    const hint = this.#news.deliver(view)
    if (hint !== undefined) this.#parts.delivery.deliver(slot, hint)
  }

  #head(slot: number, view: TrunkView): void {
    const head = this.#news.head(view)
    if (head !== undefined) this.#parts.delivery.headIs(slot, head)
  }

  #live(slot: number, view: TrunkView): void {
    const { delivery, counters, outbox } = this.#parts
    const message = this.#news.live(view)
    if (message === undefined || !delivery.mayGoNow(slot, message.urgency))
      return counters.live('dropped').add()
    counters.live('sent').add()
    outbox.to(slot).live(message.msgtype, message.content)
  }
}

const SUPERSEDED: number = CODES.SUPERSEDED.code
