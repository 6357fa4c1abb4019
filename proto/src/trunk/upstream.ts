/** Added to the ref in the header of C2S: the client waits for REPLY. */
export const WAITS_FOR_REPLY = 0x8000_0000

const FIXED = 7
const DEVICE_MAX = 255
/** Copied into a writer at once, so all share it. */
const scratch: Buffer = Buffer.alloc(FIXED + DEVICE_MAX)

/**
 * What the bodies of C2S, C2C and QUERY begin with: ref epoch u32, milliseconds to answer in u16 (0: nobody
 * waits), device (length u8, bytes). Valid until the next call. Throws RangeError where the device has more
 * than 255 bytes.
 */
export const upstreamPrefix = (refEpoch: number, withinMs: number, device: string): Uint8Array => {
  const size = device.length > DEVICE_MAX ? Infinity : scratch.write(device, FIXED, 'utf8')
  if (size > DEVICE_MAX || (size >= DEVICE_MAX - 2 && Buffer.byteLength(device) > size))
    throw new RangeError(`a device of more than ${DEVICE_MAX} bytes`)
  scratch.writeUInt32BE(refEpoch, 0)
  scratch.writeUInt16BE(withinMs, 4)
  scratch[6] = size
  return scratch.subarray(0, FIXED + size)
}

export interface Upstream {
  readonly refEpoch: number
  readonly withinMs: number
  readonly device: string
  /** Points into the body. */
  readonly content: Buffer
}

/** Undefined where the body is cut short. */
export const decodeUpstream = (body: Buffer): Upstream | undefined => {
  if (body.length < FIXED) return undefined
  const end = FIXED + body[6]!
  if (end > body.length) return undefined
  return {
    refEpoch: body.readUInt32BE(0),
    withinMs: body.readUInt16BE(4),
    device: body.toString('utf8', FIXED, end),
    content: body.subarray(end),
  }
}
