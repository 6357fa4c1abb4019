/**
 * Writes protobuf fields into one reused buffer.
 *
 * The generated encoder builds a list of closures per message; pages of offline messages are too
 * hot
 * for that. What is written here is read by the generated decoder.
 */
export class BodyWriter {
  #bytes: Buffer
  #at = 0

  constructor(size = 64 * 1024) {
    this.#bytes = Buffer.allocUnsafeSlow(size)
  }

  get size(): number {
    return this.#at
  }

  /** What was written since the last `reset`; only valid until the next write. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  reset(): void {
    this.#at = 0
  }

  /** Makes room, so that the writes after it need not look. */
  ensure(size: number): void {
    if (this.#at + size <= this.#bytes.length) return
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + size))
    this.#bytes.copy(bytes, 0, 0, this.#at)
    this.#bytes = bytes
  }

  /** A field of 15 or less with a number of at most 2^53 − 1; zero is not written. */
  uint(field: number, value: number): void {
    if (value === 0) return
    this.ensure(11)
    this.#bytes[this.#at++] = field << 3
    this.#varint(value)
  }

  bool(field: number, value: boolean): void {
    this.uint(field, value ? 1 : 0)
  }

  fixed32(field: number, value: number): void {
    if (value === 0) return
    this.ensure(5)
    this.#bytes[this.#at] = (field << 3) | 5
    this.#bytes.writeUInt32LE(value, this.#at + 1)
    this.#at += 5
  }

  /** Announces a field of `length` bytes that follow. */
  open(field: number, length: number): void {
    this.ensure(6)
    this.#bytes[this.#at++] = (field << 3) | 2
    this.#varint(length)
  }

  content(field: number, value: Uint8Array): void {
    if (value.length === 0) return
    this.ensure(6 + value.length)
    this.#bytes[this.#at++] = (field << 3) | 2
    this.#varint(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  /** Eight bytes given as 16 hex digits. */
  hex8(field: number, hex: string): void {
    this.ensure(10)
    const bytes = this.#bytes
    let at = this.#at
    bytes[at++] = (field << 3) | 2
    bytes[at++] = 8
    for (let index = 0; index < 16; index += 2) {
      bytes[at++] = (digit(hex.charCodeAt(index)) << 4) | digit(hex.charCodeAt(index + 1))
    }
    this.#at = at
  }

  text(field: number, value: string): void {
    if (value === '') return
    this.open(field, Buffer.byteLength(value))
    this.ensure(value.length * 3)
    this.#at += this.#bytes.write(value, this.#at, 'utf8')
  }

  /** Appends bytes as they are. */
  raw(value: Uint8Array): void {
    this.ensure(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  #varint(value: number): void {
    const bytes = this.#bytes
    let at = this.#at
    let rest = value
    // Bit operations only hold 32 bits; above, the low seven bits are taken off by arithmetic.
    while (rest > 0x7fff_ffff) {
      bytes[at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    while (rest > 127) {
      bytes[at++] = (rest & 127) | 128
      rest >>>= 7
    }
    bytes[at++] = rest
    this.#at = at
  }
}

/** Bytes a varint of `value` takes. */
export const varintBytes = (value: number): number => {
  let size = 1
  let rest = value
  while (rest > 0x7fff_ffff) {
    rest = Math.floor(rest / 128)
    size++
  }
  while (rest > 127) {
    rest >>>= 7
    size++
  }
  return size
}

/** '0'–'9' are 48–57, 'a'–'f' are 97–102. */
const digit = (code: number): number => (code < 58 ? code - 48 : code - 87)
