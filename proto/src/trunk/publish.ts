/** Body of PUBLISH before the content: ttl in seconds u32, idempotency key (length u8, bytes). Throws RangeError beyond 255 bytes of key. */
export const encodePublishPrefix = (ttlSeconds: number, key: string): Buffer => {
  const size = Buffer.byteLength(key)
  if (size > 255) throw new RangeError(`an idempotency key of ${size} bytes, allowed are 255`)
  const prefix = Buffer.allocUnsafe(5 + size)
  prefix.writeUInt32BE(ttlSeconds, 0)
  prefix[4] = size
  prefix.write(key, 5, 'utf8')
  return prefix
}

/** Undefined where the body is cut short. `content` points into `body`. */
export const decodePublish = (
  body: Buffer,
): { ttlSeconds: number; key: string; content: Buffer } | undefined => {
  if (body.length < 5) return undefined
  const keyEnd = 5 + body[4]!
  if (keyEnd > body.length) return undefined
  return {
    ttlSeconds: body.readUInt32BE(0),
    key: body.toString('utf8', 5, keyEnd),
    content: body.subarray(keyEnd),
  }
}
