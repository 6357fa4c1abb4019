/** A probe and its answer have this many bytes, bare in a datagram or as the payload of a frame. */
export const PROBE_BYTES = 16
export const PROBE_NONCE_BYTES = 8
const MAGIC_1 = 0xd5
const MAGIC_2 = 0x4d
const VERSION = 1
const NONCE_AT = 4
/** Where the appcode stands in a probe; what is behind it is 0. */
const APPCODE_AT = 12

/** What a gate says of itself when it answers a probe. */
export interface ProbeAck {
  /** Connections as a share of the capacity, in 255ths. */
  load: number
  /** For so many milliseconds the answer was held. */
  delayMs: number
  /** Another one after every start of the gate. */
  epoch: number
}

/** `nonce` has {@link PROBE_NONCE_BYTES} that nobody can guess. */
export const encodeProbe = (nonce: Uint8Array, appcode: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(PROBE_BYTES)
  bytes[0] = MAGIC_1
  bytes[1] = MAGIC_2
  bytes[2] = VERSION
  bytes.set(nonce.subarray(0, PROBE_NONCE_BYTES), NONCE_AT)
  writeU16(bytes, APPCODE_AT, appcode)
  return bytes
}

/** Whether these bytes are a probe of this version. */
export const isProbe = (bytes: Uint8Array): boolean =>
  bytes.length === PROBE_BYTES &&
  bytes[0] === MAGIC_1 &&
  bytes[1] === MAGIC_2 &&
  bytes[2] === VERSION

/** Where {@link isProbe}: its nonce, in the same memory. */
export const probeNonce = (probe: Uint8Array): Uint8Array =>
  probe.subarray(NONCE_AT, NONCE_AT + PROBE_NONCE_BYTES)

export const encodeProbeAck = (nonce: Uint8Array, ack: ProbeAck): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(PROBE_BYTES)
  bytes.set(nonce.subarray(0, PROBE_NONCE_BYTES))
  bytes[8] = ack.load
  writeU16(bytes, 9, ack.delayMs)
  writeU16(bytes, 12, ack.epoch)
  return bytes
}

/** What the answer to the probe with this nonce says; undefined where it is none. */
export const decodeProbeAck = (bytes: Uint8Array, nonce: Uint8Array): ProbeAck | undefined => {
  if (bytes.length !== PROBE_BYTES) return undefined
  for (let at = 0; at < PROBE_NONCE_BYTES; at++) if (bytes[at] !== nonce[at]) return undefined
  return { load: bytes[8] ?? 0, delayMs: readU16(bytes, 9), epoch: readU16(bytes, 12) }
}

const writeU16 = (into: Uint8Array, at: number, value: number): void => {
  into[at] = value >>> 8
  into[at + 1] = value & 0xff
}
const readU16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
