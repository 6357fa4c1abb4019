/**
 * Bodies of ACKS, HEADS and ANNOUNCE: many sessions in one frame.
 *
 * An entry is: appcode u16, slot u32, generation u32, epoch u32, seq u64, uid (length u8, bytes),
 * device (length u8, bytes). ACKS ignore slot and generation; HEADS ignore epoch, seq and device.
 */
export interface SessionEntry {
  appcode: number
  slot: number
  generation: number
  epoch: number
  seq: number
  uid: string
  device: string
}

const FIXED = 24

/** Throws RangeError where uid or device has more than 255 bytes. */
export const encodeEntry = (entry: Readonly<SessionEntry>): Buffer => {
  const uid = Buffer.byteLength(entry.uid)
  const device = Buffer.byteLength(entry.device)
  if (uid > 255 || device > 255)
    throw new RangeError('uid and device of an entry have at most 255 bytes each')
  const bytes = Buffer.allocUnsafe(FIXED + uid + device)
  bytes.writeUInt16BE(entry.appcode, 0)
  bytes.writeUInt32BE(entry.slot, 2)
  bytes.writeUInt32BE(entry.generation, 6)
  bytes.writeUInt32BE(entry.epoch, 10)
  writeNumber(bytes, entry.seq, 14)
  bytes[22] = uid
  bytes.write(entry.uid, 23, 'utf8')
  bytes[23 + uid] = device
  bytes.write(entry.device, FIXED + uid, 'utf8')
  return bytes
}

/** Calls `each` with one reused entry after the other; stops silently at a cut-off end. */
export const eachEntry = (body: Buffer, each: (entry: Readonly<SessionEntry>) => void): void => {
  const entry: SessionEntry = {
    appcode: 0,
    slot: 0,
    generation: 0,
    epoch: 0,
    seq: 0,
    uid: '',
    device: '',
  }
  let at = 0
  while (at + FIXED <= body.length) {
    const uidEnd = at + 23 + body[at + 22]!
    if (uidEnd >= body.length) return
    const deviceEnd = uidEnd + 1 + body[uidEnd]!
    if (deviceEnd > body.length) return
    entry.appcode = body.readUInt16BE(at)
    entry.slot = body.readUInt32BE(at + 2)
    entry.generation = body.readUInt32BE(at + 6)
    entry.epoch = body.readUInt32BE(at + 10)
    entry.seq = readNumber(body, at + 14)
    entry.uid = body.toString('utf8', at + 23, uidEnd)
    entry.device = body.toString('utf8', uidEnd + 1, deviceEnd)
    each(entry)
    at = deviceEnd
  }
}

/** A session as ANNOUNCE tells it: what its route was made of. */
export interface RouteEntry {
  appcode: number
  slot: number
  generation: number
  /** Number of the dial that its LOGIN named. */
  dial: number
  /** As LOGIN_RESULT told it. */
  fence: number
  uid: string
  device: string
}

const ROUTE_FIXED = 28

/** appcode u16, slot u32, generation u32, dial u64, fence u64, uid and device (length u8, bytes). Throws RangeError as {@link encodeEntry} does. */
export const encodeRouteEntry = (entry: Readonly<RouteEntry>): Buffer => {
  const uid = Buffer.byteLength(entry.uid)
  const device = Buffer.byteLength(entry.device)
  if (uid > 255 || device > 255)
    throw new RangeError('uid and device of an entry have at most 255 bytes each')
  const bytes = Buffer.allocUnsafe(ROUTE_FIXED + uid + device)
  bytes.writeUInt16BE(entry.appcode, 0)
  bytes.writeUInt32BE(entry.slot, 2)
  bytes.writeUInt32BE(entry.generation, 6)
  writeNumber(bytes, entry.dial, 10)
  writeNumber(bytes, entry.fence, 18)
  bytes[26] = uid
  bytes.write(entry.uid, 27, 'utf8')
  bytes[27 + uid] = device
  bytes.write(entry.device, ROUTE_FIXED + uid, 'utf8')
  return bytes
}

/** Calls `each` with an entry of its own each time; stops silently at a cut-off end. */
export const eachRouteEntry = (body: Buffer, each: (entry: RouteEntry) => void): void => {
  let at = 0
  while (at + ROUTE_FIXED <= body.length) {
    const uidEnd = at + 27 + body[at + 26]!
    if (uidEnd >= body.length) return
    const deviceEnd = uidEnd + 1 + body[uidEnd]!
    if (deviceEnd > body.length) return
    each({
      appcode: body.readUInt16BE(at),
      slot: body.readUInt32BE(at + 2),
      generation: body.readUInt32BE(at + 6),
      dial: readNumber(body, at + 10),
      fence: readNumber(body, at + 18),
      uid: body.toString('utf8', at + 27, uidEnd),
      device: body.toString('utf8', uidEnd + 1, deviceEnd),
    })
    at = deviceEnd
  }
}

const writeNumber = (bytes: Buffer, value: number, at: number): void => {
  bytes.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at)
  bytes.writeUInt32BE(value % 0x1_0000_0000, at + 4)
}

const readNumber = (bytes: Buffer, at: number): number =>
  bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
