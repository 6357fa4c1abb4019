import type { Rate } from './rate.ts'

/** What a gate does against floods and broken peers. Times are milliseconds. */
export interface Defence {
  /** From accept to a connection that may send frames: PROXY header, TLS handshake and HTTP upgrade. */
  readonly handshakeMs: number
  /** Connections accepted by the whole process. */
  readonly accept: Rate
  /** Of one IPv4 address, or one IPv6 /64. */
  readonly address: {
    readonly accept: Rate
    /** Open at once. */
    readonly connections: number
    /** Addresses without connections that are remembered. */
    readonly remembered: number
  }
  /** Breaking the protocol `strikes` times within `windowMs` shuts an address out, each time for twice as long. */
  readonly ban: {
    readonly strikes: number
    readonly windowMs: number
    readonly firstMs: number
    readonly maxMs: number
  }
  /** Of one session after login. Beyond the rates its requests get ERROR(BUSY); `floodMs` beyond, FLOOD. */
  readonly session: {
    readonly frames: Rate
    readonly bytes: Rate
    readonly floodMs: number
  }
  /** CIDR blocks without limits per address and without bans: load balancers, monitoring. */
  readonly exempt: readonly string[]
}

export const DEFENCE: Defence = {
  handshakeMs: 5_000,
  accept: { perSecond: 5_000, burst: 20_000 },
  address: {
    accept: { perSecond: 100, burst: 1_000 },
    connections: 2_000,
    remembered: 65_536,
  },
  ban: { strikes: 20, windowMs: 60_000, firstMs: 60_000, maxMs: 3_600_000 },
  session: {
    frames: { perSecond: 200, burst: 1_000 },
    bytes: { perSecond: 256 * 1024, burst: 2 * 1024 * 1024 },
    floodMs: 10_000,
  },
  exempt: ['127.0.0.0/8', '::1/128'],
}
