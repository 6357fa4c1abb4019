import type { NodeHealth } from '@longwire/kit'

/** What a gate is told to do with some of its sessions, again and again for as long as it is to go on. */
export interface Order {
  /** The same order has the same id, however often it is sent. */
  readonly id: string
  /** `name@incarnation`. */
  readonly gate: string
  readonly state: 'run' | 'pause' | 'cancel'
  /** It takes nobody in any more, and ends once it is empty. */
  readonly drain: boolean
  readonly which: Selection
  /** URLs of the gates to go to, the best first. */
  readonly targets: readonly string[]
  /** Sessions told in a second at most. */
  readonly perSecond: number
  readonly reason: string
}

/** Which sessions; what is left out does not matter. */
export interface Selection {
  /** Buckets of the uid, of BUCKETS: from this one to before that one. */
  readonly hashFrom?: number
  readonly hashTo?: number
  readonly appcodes?: readonly number[]
  /** Names and versions of SDKs that begin like one of these. */
  readonly agents?: readonly string[]
  /** CIDR blocks of the networks of their clients. */
  readonly nets?: readonly string[]
  /** All but those. */
  readonly invert?: boolean
  /** Of these so many ten-thousandths; 0: all. */
  readonly share?: number
  /** Of these so many; 0: all. */
  readonly count?: number
}

/** What became of an order so far: numbers of sessions. */
export interface Moving {
  readonly matching: number
  readonly told: number
  readonly moved: number
  /** Those that left without being seen elsewhere. */
  readonly left: number
  readonly failed: number
  readonly pending: number
  readonly done: boolean
  /** All that the gate has. */
  readonly sessions: number
  /** Why it cannot go on; '': it can. */
  readonly problem: string
}

/** Tells a gate; undefined: it has no link here, or does not answer. Never rejects. */
export type Mover = (order: Order) => Promise<Moving | undefined>

/** A gate as operations see it. */
export interface GateView {
  readonly id: string
  readonly name: string
  /** Of the program it runs; '': it does not say. */
  readonly version: string
  /** It is in the registry: clients are sent to it. */
  readonly listed: boolean
  readonly sessions: number
  readonly conns: number
  /** Connections it is meant to hold; 0: it does not say. */
  readonly capacity: number
  /** Logins it can take in a second; 0: it does not say. */
  readonly accept: number
  readonly urls: readonly string[]
  readonly health: NodeHealth | undefined
}

/** What an operation sees of the cluster when it decides what is next. */
export interface World {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly gates: readonly GateView[]
  /** What a gate said last about an order. */
  readonly heard: (order: string, gate: string) => Moving | undefined
  /** How a gate that is not there any more went; left: by itself. */
  readonly lossOf: (gate: string) => string
}
