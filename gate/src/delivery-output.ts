import { CMD, CODES, edgeBody, URGENCY } from '@longwire/proto'
import type { Random } from '@longwire/kit'
import type { Counters } from './counters.ts'
import type { Delivery } from './delivery.ts'
import type { Hangup } from './hangup.ts'
import type { Outbox } from './outbox.ts'
import { noteHeld } from './push-counters.ts'
import { FLAG, type SessionTable } from './session-table.ts'
import type { TimingWheel } from './timing-wheel.ts'
import type { Trunk } from './trunk/trunk.ts'

interface OutputParts {
  readonly table: SessionTable
  readonly outbox: Outbox
  readonly counters: Counters
  readonly random: Random
  readonly hangup: Hangup
  readonly wheel: TimingWheel
  /** It is made behind the delivery. */
  readonly trunk: () => Trunk
  /** A cursor is to be told to logic. */
  readonly ackDue: (slot: number) => void
}

/** A client that repeats its PULL while there is no logic should leave this, or up to twice it. */
const ASK_AGAIN_MS = 1_000

export type DeliveryOutput = ConstructorParameters<typeof Delivery>[1]

/** What delivery decides, as frames and questions. */
export const deliveryOutput = (parts: OutputParts): DeliveryOutput => {
  const { table, outbox, counters, wheel, hangup, trunk, ackDue } = parts
  return {
    data: (slot, hint) => {
      counters.data.add()
      const writer = hint.urgency === URGENCY.NOW ? outbox.to(slot) : outbox.lazily(slot)
      writer.data(hint.seq - table.base[slot]!, hint.back, hint.msgtype, hint.content)
    },
    notify: (slot, max) => {
      counters.notifies.add()
      outbox.to(slot).notify(max)
    },
    page: (slot, page) => {
      counters.pages.add()
      outbox.to(slot).pullResp(page.from, page.next, page.floor, page.body)
    },
    pull: slot => pull(parts, slot),
    wake: (slot, atMs) => wheel.schedule(slot, atMs),
    acked: slot => {
      if (table.has(slot, FLAG.ACK_DUE)) return
      table.raise(slot, FLAG.ACK_DUE)
      ackDue(slot)
    },
    fail: (slot, code, detail) => hangup.kickFor(slot, code, detail),
    demoted: (slot, seq) => trunk().demoted(slot, seq),
    ...noteHeld(counters),
  }
}

/** Without logic the PULL stays asked: the page comes as soon as there is one. */
const pull = ({ trunk, counters, random, outbox }: OutputParts, slot: number): void => {
  if (trunk().pull(slot)) return
  counters.shed('no_logic').add()
  const { code, text } = CODES.UNAVAILABLE
  const body = edgeBody.ErrorBody.encode({
    message: `${text}: what was asked for comes as soon as one can`,
    retryAfter: Math.round(ASK_AGAIN_MS * (1 + random())),
  }).finish()
  outbox.to(slot).coded(CMD.ERROR, code, body)
}
