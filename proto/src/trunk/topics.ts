/**
 * Bodies of TOPIC_WATCH, TOPIC_MEMBERS and TOPIC_THESE: many entries in one frame.
 *
 * TOPIC_WATCH: flags u8 (1: tell the head, 2: not any more), number u32, appcode u16, count u32, topic (length u8, bytes).
 * Members: joined u8 (0: left), appcode u16, uid and device (length u8, bytes each).
 */
export interface WatchEntry {
  /** Answer with TOPIC_HEAD. */
  ask: boolean
  /** The gate does not want it any more. */
  gone: boolean
  /** The gate's own. */
  number: number
  appcode: number
  /** Sessions that have it. */
  count: number
  topic: string
}

export interface MemberEntry {
  joined: boolean
  appcode: number
  uid: string
  device: string
}

/** Bit of `reserve` in TOPIC_RESULT of a subscription: it is told who comes and goes. Above it: topics a session may have. */
export const TOPIC_PRESENCE = 1

const WATCH_FIXED = 12

export const encodeWatch = ({
  ask,
  gone,
  number,
  appcode,
  count,
  topic,
}: Readonly<WatchEntry>): Buffer => {
  const size = Buffer.byteLength(topic)
  if (size > 255) throw new RangeError('a topic has at most 255 bytes')
  const bytes = Buffer.allocUnsafe(WATCH_FIXED + size)
  bytes[0] = (ask ? 1 : 0) | (gone ? 2 : 0)
  bytes.writeUInt32BE(number, 1)
  bytes.writeUInt16BE(appcode, 5)
  bytes.writeUInt32BE(count, 7)
  bytes[11] = size
  bytes.write(topic, WATCH_FIXED, 'utf8')
  return bytes
}

/** Calls `each` with one reused entry after the other; stops silently at a cut-off end. */
export const eachWatch = (body: Buffer, each: (entry: Readonly<WatchEntry>) => void): void => {
  const entry: WatchEntry = { ask: false, gone: false, number: 0, appcode: 0, count: 0, topic: '' }
  let at = 0
  while (at + WATCH_FIXED <= body.length) {
    const end = at + WATCH_FIXED + body[at + 11]!
    if (end > body.length) return
    entry.ask = (body[at]! & 1) !== 0
    entry.gone = (body[at]! & 2) !== 0
    entry.number = body.readUInt32BE(at + 1)
    entry.appcode = body.readUInt16BE(at + 5)
    entry.count = body.readUInt32BE(at + 7)
    entry.topic = body.toString('utf8', at + WATCH_FIXED, end)
    each(entry)
    at = end
  }
}

const MEMBER_FIXED = 5

export const encodeMember = ({ joined, appcode, uid, device }: Readonly<MemberEntry>): Buffer => {
  const uidBytes = Buffer.byteLength(uid)
  const deviceBytes = Buffer.byteLength(device)
  if (uidBytes > 255 || deviceBytes > 255)
    throw new RangeError('uid and device of a member have at most 255 bytes each')
  const bytes = Buffer.allocUnsafe(MEMBER_FIXED + uidBytes + deviceBytes)
  bytes[0] = joined ? 1 : 0
  bytes.writeUInt16BE(appcode, 1)
  bytes[3] = uidBytes
  bytes.write(uid, 4, 'utf8')
  bytes[4 + uidBytes] = deviceBytes
  bytes.write(device, MEMBER_FIXED + uidBytes, 'utf8')
  return bytes
}

/** Calls `each` with an entry of its own each time; stops silently at a cut-off end. */
export const eachMember = (body: Buffer, each: (entry: MemberEntry) => void): void => {
  let at = 0
  while (at + MEMBER_FIXED <= body.length) {
    const uidEnd = at + 4 + body[at + 3]!
    if (uidEnd >= body.length) return
    const end = uidEnd + 1 + body[uidEnd]!
    if (end > body.length) return
    each({
      joined: body[at] === 1,
      appcode: body.readUInt16BE(at + 1),
      uid: body.toString('utf8', at + 4, uidEnd),
      device: body.toString('utf8', uidEnd + 1, end),
    })
    at = end
  }
}
