import { WS_SUBPROTOCOL } from '@longwire/proto'
import type { BlockList } from 'node:net'
import { blockList, within } from '@longwire/kit'
import { forwardedClient } from './forwarded.ts'
import type { DropReason } from './listener.ts'
import type { WebSocketListenerOptions } from './options.ts'

/** What an upgrade request says of itself; '' where it says nothing. */
export interface UpgradeRequest {
  readonly path: string
  readonly protocols: string
  readonly origin: string
}

interface Refusal {
  readonly status: string
  readonly text: string
  readonly reason: DropReason
}

/** Which upgrade requests go on, the same whatever library reads them. */
export class UpgradeRules {
  readonly #paths: ReadonlySet<string> | undefined
  readonly #origins: ReadonlySet<string> | undefined
  readonly #forwarders: BlockList | undefined

  /** Throws where a block of addresses is none. */
  constructor({ paths, origins, forwarders }: WebSocketListenerOptions) {
    this.#paths = paths === undefined ? undefined : new Set(paths)
    this.#origins = origins === undefined ? undefined : new Set(origins)
    this.#forwarders = forwarders === undefined ? undefined : blockList(forwarders)
  }

  /** Why a page of this origin may not ask. */
  originRefusal(origin: string): Refusal | undefined {
    return origin !== '' && this.#origins?.has(origin) === false ? WRONG_ORIGIN : undefined
  }

  refusal({ path, protocols, origin }: UpgradeRequest): Refusal | undefined {
    if (this.#paths?.has(path) === false) return NO_ENDPOINT
    const refusal = this.originRefusal(origin)
    if (refusal !== undefined) return refusal
    return offersProtocol(protocols) ? undefined : NO_PROTOCOL
  }

  /** The client's address: that of the peer, unless the peer is a proxy of ours that names its client. */
  client(peer: string, forwardedFor: string): string {
    const forwarders = this.#forwarders
    if (forwarders === undefined || forwardedFor === '' || !within(forwarders, peer)) return peer
    return forwardedClient(forwardedFor, forwarders) ?? peer
  }
}

/** Whether a Sec-WebSocket-Protocol header offers ours. */
export const offersProtocol = (header: string): boolean =>
  header.split(',').some(offer => offer.trim() === WS_SUBPROTOCOL)

const NO_ENDPOINT: Refusal = {
  status: '404 Not Found',
  text: 'no WebSocket endpoint here\n',
  reason: 'BAD_UPGRADE',
}
const WRONG_ORIGIN: Refusal = {
  status: '403 Forbidden',
  text: 'this Origin is not among gate.ws.origins\n',
  reason: 'ORIGIN',
}
const NO_PROTOCOL: Refusal = {
  status: '400 Bad Request',
  text: `this endpoint speaks the WebSocket subprotocol ${WS_SUBPROTOCOL}: offer it\n`,
  reason: 'BAD_UPGRADE',
}

/** Where browsers, and clients that get through nothing but HTTP, probe a gate. */
export const PROBE_PATH = '/probe'
/** Of the answer: any page that may ask may read it, and nothing of it is kept. */
export const PROBE_HEADERS: readonly (readonly [string, string])[] = [
  ['content-type', 'application/json'],
  ['cache-control', 'no-store'],
  ['access-control-allow-origin', '*'],
]
