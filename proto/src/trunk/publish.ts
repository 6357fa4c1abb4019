import { URGENCY } from '../urgency.ts'

/** What a publisher says of when its message goes out, beside its ttl. */
export interface PublishTerms {
  /** Of URGENCY. */
  readonly urgency: number
  /** For those that are online now, and never stored: the ttl means nothing. */
  readonly onlineOnly: boolean
  /** Sent at the latest after `maxDeferSeconds`, even if that wakes the device. */
  readonly mustWake: boolean
  /** 0: the server's. */
  readonly maxDeferSeconds: number
  /** '': none. */
  readonly collapseKey: string
  /** The sender is told where it is removed before every end that it is for has read it. Left out: no. */
  readonly tellExpired?: true
}

export const PLAIN_TERMS: PublishTerms = {
  urgency: URGENCY.NORMAL,
  onlineOnly: false,
  mustWake: false,
  maxDeferSeconds: 0,
  collapseKey: '',
}

const ALL_ENDS = 1
const URGENCY_SHIFT = 1
const MUST_WAKE = 16
const ONLINE_ONLY = 32
const TELL_EXPIRED = 128
/** The body says more behind the idempotency key. */
const MORE = 64

const hasMore = ({ maxDeferSeconds, collapseKey }: PublishTerms): boolean =>
  maxDeferSeconds > 0 || collapseKey !== ''

/** Header field `reserve` of PUBLISH: all ends 1, (urgency + 1) × 2 (0: normal), must wake 16, online only 32, more in the body 64, tell expired 128. */
export const publishReserve = (allEnds: boolean, terms: PublishTerms = PLAIN_TERMS): number =>
  (allEnds ? ALL_ENDS : 0) |
  (terms.urgency === URGENCY.NORMAL ? 0 : (terms.urgency + 1) << URGENCY_SHIFT) |
  (terms.mustWake ? MUST_WAKE : 0) |
  (terms.onlineOnly ? ONLINE_ONLY : 0) |
  (hasMore(terms) ? MORE : 0) |
  (terms.tellExpired === true ? TELL_EXPIRED : 0)

/**
 * Body of PUBLISH before the content: ttl in seconds u32, idempotency key (length u8, bytes); with MORE
 * also max defer in seconds u32, collapse key (length u8, bytes). Throws RangeError beyond 255 bytes of a key.
 */
export const encodePublishPrefix = (
  ttlSeconds: number,
  key: string,
  terms: PublishTerms = PLAIN_TERMS,
): Buffer => {
  const head = numberAndText(ttlSeconds, key, 'idempotency key')
  if (!hasMore(terms)) return head
  return Buffer.concat([
    head,
    numberAndText(terms.maxDeferSeconds, terms.collapseKey, 'collapse key'),
  ])
}

const numberAndText = (value: number, text: string, name: string): Buffer => {
  const size = Buffer.byteLength(text)
  if (size > 255) throw new RangeError(`a ${name} of ${size} bytes, allowed are 255`)
  const bytes = Buffer.allocUnsafe(5 + size)
  bytes.writeUInt32BE(value, 0)
  bytes[4] = size
  bytes.write(text, 5, 'utf8')
  return bytes
}

export interface DecodedPublish {
  readonly allEnds: boolean
  readonly ttlSeconds: number
  readonly key: string
  readonly terms: PublishTerms
  /** Points into the body. */
  readonly content: Buffer
}

/** Undefined where the body is cut short. `reserve` is that of the header. */
export const decodePublish = (body: Buffer, reserve = 0): DecodedPublish | undefined => {
  if (body.length < 5) return undefined
  const keyEnd = 5 + body[4]!
  const more = (reserve & MORE) !== 0
  if (keyEnd + (more ? 5 : 0) > body.length) return undefined
  const end = more ? keyEnd + 5 + body[keyEnd + 4]! : keyEnd
  if (end > body.length) return undefined
  const urgency = (reserve >> URGENCY_SHIFT) & 7
  return {
    allEnds: (reserve & ALL_ENDS) !== 0,
    ttlSeconds: body.readUInt32BE(0),
    key: body.toString('utf8', 5, keyEnd),
    terms: {
      urgency: urgency === 0 ? URGENCY.NORMAL : Math.min(urgency - 1, URGENCY.IDLE),
      onlineOnly: (reserve & ONLINE_ONLY) !== 0,
      mustWake: (reserve & MUST_WAKE) !== 0,
      maxDeferSeconds: more ? body.readUInt32BE(keyEnd) : 0,
      collapseKey: more ? body.toString('utf8', keyEnd + 5, end) : '',
      ...((reserve & TELL_EXPIRED) === 0 ? {} : { tellExpired: true }),
    },
    content: body.subarray(end),
  }
}
