const SLOTS = 16_384

/** The hash slot of a Redis Cluster that a key belongs to. */
export const slotOf = (key: string): number => {
  const open = key.indexOf('{')
  const close = open < 0 ? -1 : key.indexOf('}', open + 1)
  const hashed = close > open + 1 ? key.slice(open + 1, close) : key
  return crc16(Buffer.from(hashed)) % SLOTS
}

const tags = new Map<number, string>()

/** A short `{tag}` whose keys are in `slot`. */
export const tagOfSlot = (slot: number): string => {
  for (let n = 0; !tags.has(slot); n++) {
    const tag = `{${n.toString(36)}}`
    const own = slotOf(tag)
    if (!tags.has(own)) tags.set(own, tag)
  }
  return tags.get(slot) ?? ''
}

/** CRC-16/XMODEM, as Redis Cluster defines it. */
const crc16 = (bytes: Uint8Array): number => {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++)
      crc = (crc & 0x8000) === 0 ? (crc << 1) & 0xffff : ((crc << 1) ^ 0x1021) & 0xffff
  }
  return crc
}
