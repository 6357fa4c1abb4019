/** Into so many buckets uids are cut, by {@link bucketOf}. */
export const BUCKETS = 10_000

/**
 * A hash of 32 bits: FNV-1a over the UTF-8 bytes, then the finalizer of MurmurHash3. The same for ever, in
 * every SDK: see PROTOCOL.md, section 16.
 */
export const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) {
      hash = Math.imul(hash ^ unit, PRIME)
      continue
    }
    const code = text.codePointAt(at)!
    if (code > 0xffff) at++
    hash = beyondAscii(hash, isSurrogate(code) ? REPLACEMENT : code)
  }
  return mixed(hash)
}

/** The bucket of a uid, 0 to 9999. */
export const bucketOf = (uid: string): number => Math.floor((hashOf(uid) / 2 ** 32) * BUCKETS)

/** The finalizer of MurmurHash3: every bit of `hash` changes about half of the bits. */
export const mixed = (hash: number): number => {
  let bits = hash ^ (hash >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

const PRIME = 0x01000193
/** What UTF-8 encoders write for half of a pair. */
const REPLACEMENT = 0xfffd

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff

/** `hash` with the two to four bytes of `code`. */
const beyondAscii = (hash: number, code: number): number => {
  let next = hash
  const byte = (value: number): void => {
    next = Math.imul(next ^ value, PRIME)
  }
  if (code < 0x800) byte(0xc0 | (code >> 6))
  else if (code < 0x1_0000) byte(0xe0 | (code >> 12))
  else byte(0xf0 | (code >> 18))
  if (code >= 0x1_0000) byte(0x80 | ((code >> 12) & 0x3f))
  if (code >= 0x800) byte(0x80 | ((code >> 6) & 0x3f))
  byte(0x80 | (code & 0x3f))
  return next
}
