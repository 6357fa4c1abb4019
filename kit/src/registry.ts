/**
 * PORT: which nodes live. A node announces itself and must renew within the lease; a node that does
 * not is gone for everybody at the same time.
 */
export interface Registry {
  /** Adds or renews a node. A lease lasts `leaseMs` from now. */
  announce(node: NodeInfo, leaseMs: number): Promise<void>
  /** Takes a node out at once. */
  withdraw(node: NodeInfo): Promise<void>
  /** Nodes of a role whose lease has not run out. */
  list(role: NodeRole): Promise<readonly NodeInfo[]>
  close(): Promise<void>
}

export type NodeRole = 'gate' | 'logic'

export interface NodeInfo {
  readonly role: NodeRole
  /** Stable name of the process. */
  readonly name: string
  /** Changes with every start. */
  readonly incarnation: string
  /** logic: where gates dial the trunk. gate: where clients connect. */
  readonly address: string
  /** What the node said of itself with its last beat. */
  readonly vitals?: NodeVitals | undefined
  /** gate: how much it has to do, as of its last beat. */
  readonly load?: NodeLoad | undefined
  /** gate: how clients reach it. */
  readonly reach?: NodeReach | undefined
  /** Of the program it runs. */
  readonly version?: string | undefined
  /** gate: how well it does, as of its last beat. */
  readonly health?: NodeHealth | undefined
  /** logic: where clients belong while a release runs; undefined: anywhere. */
  readonly sides?: NodeSides | undefined
}

/**
 * What a gate has done since it started, and how it does now. Counters only rise; two beats of one
 * incarnation tell what happened between them.
 */
export interface NodeHealth {
  /** LOGINs and PULLs that were answered, well or not. */
  readonly requests: number
  /** Of these, those that failed and not by a fault of the client. */
  readonly errors: number
  /** Sessions that ended though nobody wanted it: reset, silent, cut. */
  readonly lost: number
  /** Messages handed to connections, and those acknowledged. */
  readonly delivered: number
  readonly acked: number
  /** Within this, in milliseconds, 99 % were acknowledged of late; 0: none was. */
  readonly latencyMs: number
  /** Milliseconds that the event loop was late at the worst since the last beat. */
  readonly lagMs: number
  /** Memory of the process, 1,000,000 bytes. */
  readonly rssMb: number
}

/** Which ends belong on which gates. */
export interface NodeSides {
  /** Names the release. */
  readonly release: string
  /** Since when, ms since 1970: of two that differ the later one holds. */
  readonly since: number
  /** New are the gates with names like one of these (`*`: anything; none: all) … */
  readonly gates: readonly string[]
  /** … that run this version; '': any. */
  readonly version: string
  readonly cohort: {
    /** Ends in buckets below this belong on new gates … */
    readonly share: number
    /** … if of these appcodes (none: all) … */
    readonly appcodes: readonly number[]
    /** … and with clients whose name and version begin like this (none: all). */
    readonly agents: readonly string[]
  }
}

export interface NodeVitals {
  /** When it started, ms since 1970 by its own clock. */
  readonly since: number
  /** gate: connections that are logged in. */
  readonly sessions: number
}

export interface NodeLoad {
  /** Connections open, logged in or not. */
  readonly conns: number
  /** It is meant to hold so many. */
  readonly capacity: number
  /** 1 to 65535, another one after every start: counts of two epochs have nothing to do with each other. */
  readonly epoch: number
  /** Share of the time for which its event loop is busy: 0 to 1. */
  readonly elu: number
  /** Logins that it can take in a second; undefined: it does not say. */
  readonly accept?: number | undefined
}

export interface NodeReach {
  readonly addresses: readonly PublicAddress[]
  /** It is only for these; undefined: for all. */
  readonly appcodes?: readonly number[] | undefined
}

export interface PublicAddress {
  /** `tcp://`, `tls://`, `ws://` or `wss://`; `#name` behind an IP says for whom its certificate is. */
  readonly url: string
  /** It lies in this network, such as an ISP or a region; undefined: it is as good from everywhere. */
  readonly net?: string | undefined
  /** TCP port of the same host that answers probes without TLS; undefined: there is none. */
  readonly probe?: number | undefined
}

/** How a route names a gate. */
export const nodeId = (node: Pick<NodeInfo, 'name' | 'incarnation'>): string =>
  `${node.name}@${node.incarnation}`

export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable'
}
