/**
 * What a benchmark message carries, so that the receiver can account for it: 100 bytes of
 * scheduled time f64 (shared clock, 0: not timed), user u32, publisher u16, number u32, filler.
 *
 * `number` counts from 1 for each pair of publisher and user.
 */
export const PAYLOAD_BYTES = 100
const STAMP_BYTES = 18

/** The stamp alone; a reader of the log needs no more. */
export interface Stamp {
  scheduledMs: number
  user: number
  publisher: number
  number: number
}

export const encodePayload = (into: Buffer, stamp: Readonly<Stamp>): void => {
  into.writeDoubleLE(stamp.scheduledMs, 0)
  into.writeUInt32LE(stamp.user, 8)
  into.writeUInt16LE(stamp.publisher, 12)
  into.writeUInt32LE(stamp.number, 14)
}

/** False where the content is too short to be one of ours. */
const decodePayload = (bytes: Uint8Array, start: number, end: number, stamp: Stamp): boolean => {
  if (end - start < STAMP_BYTES) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, STAMP_BYTES)
  stamp.scheduledMs = view.getFloat64(0, true)
  stamp.user = view.getUint32(8, true)
  stamp.publisher = view.getUint16(12, true)
  stamp.number = view.getUint32(14, true)
  return true
}

export interface Verdict {
  readonly received: number
  readonly duplicates: number
  /** A later number came before an earlier one, or one never came before its successor. */
  readonly disordered: number
  /** For somebody else, or not of ours at all. */
  readonly foreign: number
  /** Where `last[user * publishers + publisher]` is the last number seen. */
  readonly last: Uint32Array
}

/** Accounts for messages: each (publisher, user) must arrive as 1, 2, 3 … */
export class Ledger {
  readonly #first: number
  readonly #publishers: number
  readonly #last: Uint32Array
  readonly #stamp: Stamp = { scheduledMs: 0, user: 0, publisher: 0, number: 0 }
  received = 0
  #duplicates = 0
  #disordered = 0
  #foreign = 0

  /** Users `first` to `first + users − 1`. */
  constructor(first: number, users: number, publishers: number) {
    this.#first = first
    this.#publishers = publishers
    this.#last = new Uint32Array(users * publishers)
  }

  /** Enters the message that `user` received; returns its scheduled time, or 0. */
  enter(user: number, bytes: Uint8Array, start: number, end: number): number {
    const stamp = this.#stamp
    this.received++
    if (!decodePayload(bytes, start, end, stamp) || stamp.user !== user) {
      this.#foreign++
      return 0
    }
    const index = (user - this.#first) * this.#publishers + stamp.publisher
    const last = this.#last[index]
    if (last === undefined || stamp.publisher >= this.#publishers) {
      this.#foreign++
      return 0
    }
    if (stamp.number === last) this.#duplicates++
    else if (stamp.number !== last + 1) this.#disordered++
    if (stamp.number > last) this.#last[index] = stamp.number
    return stamp.scheduledMs
  }

  verdict(): Verdict {
    return {
      received: this.received,
      duplicates: this.#duplicates,
      disordered: this.#disordered,
      foreign: this.#foreign,
      last: this.#last,
    }
  }
}
