import { LIMITS } from '@longwire/proto'
import { BUFFERED_BYTES_MAX } from './listener.ts'

export interface TcpListenerOptions {
  /** `host:port`; port 0 picks a free one. */
  readonly address: string
  readonly tls?: TlsFiles
  /** Load balancers (CIDR blocks) that say by PROXY protocol v2 whom they serve, on every connection. */
  readonly proxies?: readonly string[]
  /** From accept to a connection. */
  readonly handshakeMs?: number
}

export interface WebSocketListenerOptions extends TcpListenerOptions {
  /** Paths that are upgraded; every path when left out. */
  readonly paths?: readonly string[]
  /** What `Origin` of a browser may be; anything when left out. Others than browsers send none and pass. */
  readonly origins?: readonly string[]
  /** uWebSockets.js: no new sockets are taken while the process has so many files open. */
  readonly filesMax?: number
  /** Proxies (CIDR blocks) whose X-Forwarded-For is believed. */
  readonly forwarders?: readonly string[]
  /** The gate's own when left out. */
  readonly terms?: WebSocketTerms
}

/** What a listener takes and keeps. Only the conformance tests use any but {@link GATE_TERMS}. */
export interface WebSocketTerms {
  /** Largest message; a larger one ends the connection (`ws` says 1009, uWebSockets.js nothing). */
  readonly messageBytes: number
  /** Parts of a message that `ws` keeps until it is whole. */
  readonly fragments: number
  /** What may wait for a slow peer; beyond it the connection is cut. */
  readonly bufferedBytes: number
  /** A text message arrived, and `answer` sends one. Left out: text is a protocol error. */
  readonly text?: (text: Uint8Array, answer: (text: Uint8Array) => void) => void
}

/** PEM files. */
export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Splits `host:port`, also `[::1]:80`. Throws where there is no valid port. */
export const parseAddress = (address: string): HostPort => {
  const colon = address.lastIndexOf(':')
  const port = Number(address.slice(colon + 1))
  if (colon < 1 || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`address "${address}" is not host:port: write it like 0.0.0.0:7000`)
  }
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port }
}

export const formatAddress = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

const MAPPED = '::ffff:'
/** The usual spelling of an address: an IPv4 peer of a dual-stack socket looks like an IPv4 peer. */
export const plainIp = (ip: string): string =>
  ip.startsWith(MAPPED) ? ip.slice(MAPPED.length) : ip

/**
 * The largest message is above the frame limit so that a frame somewhat too large still reaches the
 * codec, which can say why it hangs up.
 */
export const GATE_TERMS: WebSocketTerms = {
  messageBytes: 2 * LIMITS.uplinkBytes,
  fragments: 2_048,
  bufferedBytes: BUFFERED_BYTES_MAX,
}
/** Largest head of an upgrade request. */
export const REQUEST_BYTES_MAX: number = 8 * 1024
/** WebSocket close codes 4000–4999 are ours. */
export const CLOSE_CODE_BASE = 4000
/** What a WebSocket library reports when there was no close frame. */
export const ABNORMAL_CLOSE = 1006
