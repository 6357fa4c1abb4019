/**
 * Canonical LEB128 for whole numbers from 0 to 2^53 − 1. Plain numbers only: above 31 bits the parts
 * are combined by multiplication.
 */

/** Bytes that `value` takes, 1 to 8. Throws RangeError for anything but a whole number in range. */
export const varintSize = (value: number): number => {
  // One comparison that also refuses fractions, NaN and negative numbers.
  if ((value & 0x7f) === value) return 1
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${value} cannot be a varint: use a whole number from 0 to 2^53 - 1`)
  }
  let size = 1
  while (value >= 128) {
    value = Math.floor(value / 128)
    size++
  }
  return size
}

/** Writes a `value` that {@link varintSize} accepts at `at` and returns the offset behind it. */
export const writeVarint = (into: Uint8Array, at: number, value: number): number => {
  if (value < 128) {
    into[at] = value
    return at + 1
  }
  while (value > 0x7fffffff) {
    into[at++] = (value % 128) | 0x80
    value = Math.floor(value / 128)
  }
  while (value >= 128) {
    into[at++] = (value & 0x7f) | 0x80
    value >>>= 7
  }
  into[at++] = value
  return at
}

/** A cursor over bytes. `bad` is set, and 0 returned, where the bytes end early or are not canonical. */
export class ByteReader {
  bytes: Uint8Array = new Uint8Array(0)
  at = 0
  end = 0
  bad = false

  reset(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes
    this.at = at
    this.end = end
    this.bad = false
  }

  varint(): number {
    if (this.at < this.end) {
      const first = this.bytes[this.at]!
      if (first < 128) {
        this.at++
        return first
      }
    }
    return this.#long()
  }

  #long(): number {
    let value = 0
    let scale = 1
    for (let count = 0; count < 8; count++) {
      if (this.at >= this.end) break
      const byte = this.bytes[this.at++]!
      value += (byte & 0x7f) * scale
      if (byte < 128) {
        // A last byte of zero is a longer spelling of a smaller number.
        if ((byte === 0 && count > 0) || value > Number.MAX_SAFE_INTEGER) break
        return value
      }
      scale *= 128
    }
    this.bad = true
    return 0
  }
}
