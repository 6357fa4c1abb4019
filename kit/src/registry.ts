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
