/**
 * PROXY protocol version 2, as load balancers write it before the first byte of a connection:
 * https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt, section 2.2.
 *
 * Only the source address is of use here; TLVs behind the addresses are skipped.
 */
const PROXY_SIGNATURE: Uint8Array = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const HEADER_BYTES = 16
/** Addresses take at most 216 bytes; a header with more TLVs than this is refused. */
const BODY_BYTES_MAX = 1_024

const LOCAL = 0
const PROXY = 1
const INET = 1
const INET6 = 2

export type ProxyHeader =
  /** More bytes are needed. */
  | { readonly kind: 'part' }
  | { readonly kind: 'bad' }
  /** `ip` undefined: the proxy speaks for itself (a health check), or of something that has no address. */
  | { readonly kind: 'whole'; readonly bytes: number; readonly ip: string | undefined }

const PART: ProxyHeader = { kind: 'part' }
const BAD: ProxyHeader = { kind: 'bad' }

/** Reads the header at the start of a stream. */
export const readProxyHeader = (stream: Buffer): ProxyHeader => {
  const seen = Math.min(stream.length, PROXY_SIGNATURE.length)
  for (let at = 0; at < seen; at++) if (stream[at] !== PROXY_SIGNATURE[at]) return BAD
  if (stream.length < HEADER_BYTES) return PART
  const version = stream[12]! >> 4
  const command = stream[12]! & 15
  const length = stream.readUInt16BE(14)
  if (version !== 2 || command > PROXY || length > BODY_BYTES_MAX) return BAD
  const bytes = HEADER_BYTES + length
  if (stream.length < bytes) return PART
  if (command === LOCAL) return { kind: 'whole', bytes, ip: undefined }
  const family = stream[13]! >> 4
  if (family === INET) {
    if (length < 12) return BAD
    return { kind: 'whole', bytes, ip: stream.subarray(16, 20).join('.') }
  }
  if (family === INET6) {
    if (length < 36) return BAD
    const groups = Array.from({ length: 8 }, (_, at) => stream.readUInt16BE(16 + 2 * at))
    return { kind: 'whole', bytes, ip: groups.map(group => group.toString(16)).join(':') }
  }
  return { kind: 'whole', bytes, ip: undefined }
}
